-- Rotation: the key that takes over, the one taken over from, when it began, and when the old key ends.
alter table keys add column rotated_from text;
alter table keys add column rotated_to text;
alter table keys add column rotated_at bigint;
alter table keys add column retires_at bigint;

-- What bounds a key beyond its scopes: networks as a JSON list, a rate, and minor units a month.
alter table keys add column ip_allow_list text not null default '[]';
alter table keys add column rate_calls bigint;
alter table keys add column rate_seconds bigint;
alter table keys add column spend_cap bigint;

-- Whose spending its calls add to: the first key of its rotations, or a capped key that made it; null for its own.
alter table keys add column spend_id text;

create index keys_by_expiry on keys (expires_at);

-- What was told about a key, so that no two instances tell it twice.
create table key_notices (
    key_id text not null references keys (id) on delete cascade,
    notice text not null,
    created_at bigint not null,
    primary key (key_id, notice)
);
