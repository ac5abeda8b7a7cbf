-- What happened to an organisation's things, written in the transaction that made it happen.
create table events (
    id text primary key not null,
    org_id text not null references orgs (id) on delete cascade,
    -- Empty where an event belongs to no environment.
    environment text not null,
    type text not null,
    data_json text not null,
    -- The call that caused it; empty where none did.
    request_id text not null,
    created_at bigint not null
);
create index events_by_org on events (org_id, id);
create index events_by_request on events (org_id, request_id);
