-- What each journal added to a month's sum, in the transaction that adds it to the sum itself. Instances tell each other such parts:
-- who is told of one again, or by two ways, sees that it is the same, which of a sum nobody can see.
create table month_parts (
    -- `quota:ORG:PRODUCT` (units, as quota_counters), `key:KEY` and `org:ORG` (10^-9 minor units, as key_spend and org_spend).
    subject text not null,
    month bigint not null,
    -- Empty for what was added before there were parts.
    journal_id text not null,
    amount bigint not null,
    primary key (subject, month, journal_id)
);

insert into month_parts (subject, month, journal_id, amount)
select 'quota:' || org_id || ':' || product, month, '', units from quota_counters;
insert into month_parts (subject, month, journal_id, amount) select 'key:' || key_id, month, '', amount_nano from key_spend;
insert into month_parts (subject, month, journal_id, amount) select 'org:' || org_id, month, '', amount_nano from org_spend;
