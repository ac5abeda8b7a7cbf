-- What can be subscribed to. A plan never changes: a new version is a new row, and who subscribed to an
-- older one keeps it until moved. Money is in minor units of the currency.
create table plans (
    id text primary key not null,
    product text not null,
    name text not null,
    version bigint not null,
    -- Who has no subscription is on the product's default plan.
    is_default boolean not null,
    -- Offered to everybody, or given by the operator only.
    is_public boolean not null,
    currency text not null,
    monthly_price bigint not null,
    included_units bigint not null,
    -- Stops at the included units, or goes on as overage.
    is_hard boolean not null,
    -- Prices of a month's units, graduated: [{"up_to":1000,"unit_price":"0"},{"up_to":null,"unit_price":"0.2"}]
    prices_json text not null,
    -- Null: the server's settings hold.
    key_calls bigint,
    key_seconds bigint,
    key_burst bigint,
    org_calls bigint,
    org_seconds bigint,
    org_burst bigint,
    created_at bigint not null,
    -- From then on nobody can subscribe to it.
    archived_at bigint
);
create unique index plans_by_name on plans (product, name, version);

create table subscriptions (
    org_id text not null references orgs (id) on delete cascade,
    product text not null,
    plan_id text not null references plans (id),
    state text not null,
    since bigint not null,
    primary key (org_id, product)
);
create index subscriptions_by_plan on subscriptions (plan_id);

-- What was settled for one organisation, whatever its plan.
create table org_limits (
    org_id text primary key not null references orgs (id) on delete cascade,
    -- The most that a month's overage may cost; null: no cap.
    spend_cap bigint,
    key_calls bigint,
    key_seconds bigint,
    key_burst bigint,
    org_calls bigint,
    org_seconds bigint,
    org_burst bigint,
    updated_at bigint not null
);

-- These three are written by the journal's applier, with the usage they are sums of. month is unix
-- milliseconds at the start of the month, UTC.
create table quota_counters (
    org_id text not null,
    product text not null,
    month bigint not null,
    -- Billed units.
    units bigint not null,
    primary key (org_id, product, month)
);

-- Those months that were used before there were counters, so that a month in which this program is brought up
-- to date is counted whole. Only live calls are billed.
insert into quota_counters (org_id, product, month, units)
select org_id, product, cast(strftime('%s', hour / 1000, 'unixepoch', 'start of month') as integer) * 1000, sum(billed_units)
from usage_hourly where environment = 'live' and org_id <> '' and billed_units > 0 group by 1, 2, 3;

create table key_spend (
    key_id text not null,
    month bigint not null,
    units bigint not null,
    -- What they cost, in 10^-9 minor units, each call rounded up.
    amount_nano bigint not null,
    primary key (key_id, month)
);

-- Who was told what: once for each month, threshold and size of the quota or cap.
create table threshold_notices (
    org_id text not null,
    -- quota:PRODUCT, spend_cap:PRODUCT or the id of a key.
    subject text not null,
    month bigint not null,
    bound bigint not null,
    percent bigint not null,
    created_at bigint not null,
    primary key (org_id, subject, month, bound, percent)
);
