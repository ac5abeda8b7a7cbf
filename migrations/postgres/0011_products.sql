-- What is sold: an API, described by an OpenAPI document.
create table products (
    -- Part of scopes and URLs: ^[a-z][a-z0-9-]*$.
    id text primary key not null,
    name text not null,
    -- Empty: the document's own.
    description text not null,
    category text not null,
    tags_json text not null,
    -- active, beta or deprecated.
    status text not null,
    -- Where live calls go.
    base_url text not null,
    -- Where sandbox calls go; null: the built-in mock answers them.
    sandbox_url text,
    settings_json text not null,
    -- The upstream verifies by it that a call comes from here.
    signing_secret text not null,
    -- Where the document is fetched from again; null: it is handed in.
    source_url text,
    fetched_at bigint,
    -- Why the last fetch brought nothing; empty if it did.
    fetch_error text not null,
    -- The version that is shown and called.
    active_version text not null,
    created_at bigint not null,
    updated_at bigint not null
);

create table product_versions (
    id text primary key not null,
    product text not null references products (id) on delete cascade,
    number bigint not null,
    -- The document's own: info.version.
    label text not null,
    -- As it came, compressed (gzip).
    document bytea not null,
    sha256 text not null,
    -- The ids of its operations, which keys may be scoped to: a JSON array.
    operations_json text not null,
    created_by text not null,
    created_at bigint not null
);
create unique index product_versions_by_number on product_versions (product, number);

-- Tokens of the admin API.
create table admin_tokens (
    id text primary key not null,
    name text not null,
    prefix text not null,
    token_hash bytea not null,
    created_by text not null,
    created_at bigint not null,
    last_used_at bigint,
    revoked_at bigint
);
create unique index admin_tokens_by_hash on admin_tokens (token_hash);

-- What an organisation is told in its dashboard until somebody there says that it was read.
create table notices (
    id text primary key not null,
    org_id text not null references orgs (id) on delete cascade,
    kind text not null,
    -- What it is about, so that the same is told once.
    subject text not null,
    title text not null,
    body text not null,
    link text not null,
    created_at bigint not null,
    read_at bigint
);
create unique index notices_by_subject on notices (org_id, kind, subject);
