-- What an organisation's calls cost in a month, over all products: written by the journal's applier, as key_spend is.
create table org_spend (
    org_id text not null,
    month bigint not null,
    -- In 10^-9 minor units, each call rounded up.
    amount_nano bigint not null,
    primary key (org_id, month)
);

insert into org_spend (org_id, month, amount_nano)
select k.org_id, s.month, cast(sum(s.amount_nano) as bigint) from key_spend s join keys k on k.id = s.key_id group by k.org_id, s.month;
