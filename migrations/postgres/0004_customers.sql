create table customers (
    id text primary key not null,
    org_id text not null references orgs (id) on delete cascade,
    environment text not null,
    name text not null,
    email text,
    description text,
    metadata text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index customers_by_org on customers (org_id, environment, id);
