-- Days that a new subscriber pays nothing for.
alter table plans add column trial_days bigint not null default 0;
-- The one organisation that a plan is offered to; null: is_public decides.
alter table plans add column offered_to text;

-- The subscription at the payment provider; null where nobody pays, or nobody is asked to.
alter table subscriptions add column stripe_id text;
-- What was paid for last, in unix milliseconds.
alter table subscriptions add column stripe_created_at bigint;
alter table subscriptions add column started_at bigint;
alter table subscriptions add column ended_at bigint;
alter table subscriptions add column period_start bigint;
alter table subscriptions add column period_end bigint;
alter table subscriptions add column trial_ends_at bigint;
-- When it ends by itself.
alter table subscriptions add column ends_at bigint;
-- From then on live calls are refused, because a payment failed and nobody mended it.
alter table subscriptions add column blocked_at bigint;
-- The plan that takes over when the period ends.
alter table subscriptions add column next_plan_id text;
create unique index subscriptions_by_stripe on subscriptions (stripe_id);

-- Which plan was in force when, so that a month can be charged by parts.
create table plan_periods (
    org_id text not null references orgs (id) on delete cascade,
    product text not null,
    from_at bigint not null,
    -- Null: the default plan, or none.
    plan_id text,
    primary key (org_id, product, from_at)
);
insert into plan_periods (org_id, product, from_at, plan_id) select org_id, product, since, plan_id from subscriptions;

create table billing_customers (
    org_id text primary key not null references orgs (id) on delete cascade,
    stripe_id text not null,
    created_at bigint not null
);
create unique index billing_customers_by_stripe on billing_customers (stripe_id);

-- What of ours is known at the payment provider, by its id there: meters of products, prices of plans.
create table billing_objects (
    -- product, price_month, price_units or meter.
    kind text not null,
    -- A plan's id, or a product's.
    subject text not null,
    stripe_id text not null,
    -- What it was made of, to tell whether it still is.
    fingerprint text not null,
    synced_at bigint not null,
    primary key (kind, subject)
);
create index billing_objects_by_stripe on billing_objects (stripe_id);

-- One visit to the payment page.
create table checkouts (
    id text primary key not null,
    org_id text not null references orgs (id) on delete cascade,
    product text not null,
    plan_id text not null references plans (id),
    -- open, done or over.
    state text not null,
    -- Counts the requests that failed on the other side, whose failure would be repeated under the same key.
    round bigint not null,
    session_id text,
    url text,
    created_at bigint not null,
    expires_at bigint not null
);
-- One at a time.
create unique index checkouts_open on checkouts (org_id, product) where state = 'open';
create unique index checkouts_by_session on checkouts (session_id);

-- What the payment provider told, as it came: once for each of its ids.
create table billing_inbox (
    event_id text primary key not null,
    type text not null,
    -- The object to fetch; empty where nothing is to be done.
    object_id text not null,
    body_json text not null,
    received_at bigint not null,
    applied_at bigint,
    attempts bigint not null,
    next_attempt_at bigint not null,
    fault text not null
);
create index billing_inbox_due on billing_inbox (applied_at, next_attempt_at);

-- Who does a thing that one instance at a time may do.
create table leases (
    name text primary key not null,
    holder text not null,
    until bigint not null
);

create table invoices (
    id text primary key not null,
    org_id text not null references orgs (id) on delete cascade,
    -- Empty where it is for more than one product.
    product text not null,
    -- At the payment provider; null for an invoice that was only computed.
    stripe_id text,
    number text not null,
    period_start bigint not null,
    period_end bigint not null,
    currency text not null,
    total bigint not null,
    -- draft, open, paid, failed, void, or not_charged.
    state text not null,
    lines_json text not null,
    page_url text not null,
    pdf_url text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index invoices_by_stripe on invoices (stripe_id);
create index invoices_by_org on invoices (org_id, created_at);
create unique index invoices_computed on invoices (org_id, product, period_start) where stripe_id is null;
