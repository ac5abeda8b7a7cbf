-- Where an organisation wants its events to be told.
create table webhook_endpoints (
    id text primary key not null,
    org_id text not null references orgs (id) on delete cascade,
    environment text not null,
    url text not null,
    description text not null,
    -- Types and patterns of them: a JSON array.
    event_types_json text not null,
    header_names_json text not null,
    -- Headers of its own, with their values, sealed; null where there are none.
    headers_sealed bytea,
    -- Deliveries a second; null: no rate.
    rate bigint,
    -- With a rate: when the next delivery may go out, in microseconds, for all instances.
    next_slot_us bigint not null,
    -- active or disabled.
    state text not null,
    -- by_hand, gone or failing; empty while it is active.
    disabled_reason text not null,
    -- What signs, sealed.
    secret_sealed bytea not null,
    -- What signs as well, until then.
    old_secret_sealed bytea,
    old_secret_until bigint,
    -- Since when every attempt has failed; null after one that did not.
    failing_since bigint,
    last_success_at bigint,
    last_failure_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index webhook_endpoints_by_org on webhook_endpoints (org_id, environment, id);

-- One event to one endpoint, written in the transaction of the event.
create table webhook_deliveries (
    id text primary key not null,
    org_id text not null,
    environment text not null,
    endpoint_id text not null references webhook_endpoints (id) on delete cascade,
    event_id text not null references events (id) on delete cascade,
    event_type text not null,
    -- pending, delivered or failed.
    state text not null,
    -- Attempts that were made.
    attempts bigint not null,
    -- Attempts of the present schedule, which begins again when it is retried by hand.
    step bigint not null,
    -- A claim moves this into the future; null where nothing is to be done, or the endpoint is disabled.
    next_attempt_at bigint,
    -- Who claimed it last is the only one to write what became of it.
    claims bigint not null,
    last_status bigint,
    -- Why there was no answer; empty where there was one.
    last_error text not null,
    last_attempt_at bigint,
    created_at bigint not null
);
create unique index webhook_deliveries_by_endpoint on webhook_deliveries (endpoint_id, event_id);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at, id) where next_attempt_at is not null;
create index webhook_deliveries_by_org on webhook_deliveries (org_id, environment, id);
create index webhook_deliveries_of_endpoint on webhook_deliveries (endpoint_id, id);
create index webhook_deliveries_by_event on webhook_deliveries (event_id);

create table webhook_attempts (
    id text primary key not null,
    delivery_id text not null references webhook_deliveries (id) on delete cascade,
    endpoint_id text not null,
    started_at bigint not null,
    latency_ms bigint not null,
    -- Null where there was no answer.
    status bigint,
    error text not null,
    -- The first 4 KiB of the answer.
    answer text not null
);
create index webhook_attempts_by_delivery on webhook_attempts (delivery_id, id);
create index webhook_attempts_by_endpoint on webhook_attempts (endpoint_id, started_at);

-- For what is listed or told again by time.
create index events_by_time on events (org_id, created_at, id);
