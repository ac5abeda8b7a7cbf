-- Billed units by the hour, written by the journal's applier in the transaction of its cursor: each record is in it
-- once. hour is unix milliseconds at its start, UTC.
create table usage_ledger (
    org_id text not null,
    product text not null,
    hour bigint not null,
    units bigint not null,
    -- What they cost when they were used, in 10^-9 minor units, each call rounded up.
    amount_nano bigint not null,
    -- Of the units, those that a row of meter_outbox has.
    reported bigint not null,
    -- Rows of meter_outbox for this hour: more than one where records came late.
    reports bigint not null,
    primary key (org_id, product, hour)
);

-- Usage from before there was a ledger; what it cost is not known by the hour.
insert into usage_ledger (org_id, product, hour, units, amount_nano, reported, reports)
select org_id, product, hour, cast(sum(billed_units) as bigint), 0, 0, 0 from usage_hourly
where environment = 'live' and org_id <> '' and billed_units > 0 group by org_id, product, hour;

-- Usage on its way to the payment provider.
create table meter_outbox (
    -- The same on every attempt: what was taken once is not taken again.
    identifier text primary key not null,
    org_id text not null,
    product text not null,
    hour bigint not null,
    customer text not null,
    event_name text not null,
    units bigint not null,
    -- The moment it is counted at, in unix milliseconds.
    occurred_at bigint not null,
    created_at bigint not null,
    attempts bigint not null,
    -- What was tried a day ago may have been taken, and forgotten by now: it is not tried again.
    first_attempt_at bigint,
    next_attempt_at bigint not null,
    sent_at bigint,
    -- When somebody was alarmed, because it could not be sent for so long or never can be.
    alarmed_at bigint,
    fault text not null
);
create index meter_outbox_due on meter_outbox (sent_at, next_attempt_at);
create index meter_outbox_by_day on meter_outbox (org_id, product, occurred_at);
