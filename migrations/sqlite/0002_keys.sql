-- A key's text is never stored: only the SHA-256 of all of it, and the prefix that is safe to show.
create table keys (
    id text primary key not null,
    org_id text not null references orgs (id) on delete cascade,
    environment text not null,
    prefix text not null unique,
    key_hash blob not null unique,
    name text not null,
    scopes text not null,
    created_by text not null,
    created_at bigint not null,
    expires_at bigint,
    disabled_at bigint,
    revoked_at bigint,
    last_used_at bigint,
    last_used_ip text,
    last_used_agent text
);
create index keys_by_org on keys (org_id, environment, id);
