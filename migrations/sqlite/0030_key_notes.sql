-- What its owner wrote about a key.
alter table keys add column note text;
