-- All of this is written by the journal's applier, in one transaction with the journal's cursor.

-- Request ids sort by time, so the primary key is also the order of a tenant's log.
create table request_logs (
    org_id text not null,
    id text not null,
    environment text not null,
    key_id text not null,
    product text not null,
    operation text not null,
    method text not null,
    path text not null,
    status bigint not null,
    code text not null,
    units bigint not null,
    billed_units bigint not null,
    latency_us bigint not null,
    request_bytes bigint not null,
    response_bytes bigint not null,
    source_ip text not null,
    user_agent text not null,
    client_request_id text not null,
    created_at bigint not null,
    primary key (org_id, id)
);

-- hour is unix milliseconds at the start of the hour, UTC.
create table usage_hourly (
    org_id text not null,
    environment text not null,
    hour bigint not null,
    product text not null,
    operation text not null,
    key_id text not null,
    status bigint not null,
    calls bigint not null,
    units bigint not null,
    billed_units bigint not null,
    latency_us bigint not null,
    request_bytes bigint not null,
    response_bytes bigint not null,
    primary key (org_id, environment, hour, product, operation, key_id, status)
);

-- A histogram per hour: bucket b holds calls of 2^(b/4) up to 2^((b+1)/4) microseconds.
create table latency_hourly (
    org_id text not null,
    environment text not null,
    hour bigint not null,
    bucket bigint not null,
    calls bigint not null,
    primary key (org_id, environment, hour, bucket)
);

-- How far each instance's journal has been applied.
create table journal_cursors (
    journal_id text primary key not null,
    segment bigint not null,
    position bigint not null,
    records bigint not null,
    updated_at bigint not null
);
