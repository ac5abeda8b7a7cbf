-- People, organisations and how people get in. Times are unix milliseconds; ids are TypeIDs.
create table users (
    id text primary key not null,
    email text not null unique,
    name text not null,
    password_hash text not null,
    is_operator boolean not null default false,
    email_verified_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);

create table orgs (
    id text primary key not null,
    name text not null,
    is_demo boolean not null default false,
    created_at bigint not null,
    updated_at bigint not null
);

create table members (
    org_id text not null references orgs (id) on delete cascade,
    user_id text not null references users (id) on delete cascade,
    role text not null,
    created_at bigint not null,
    primary key (org_id, user_id)
);
create index members_by_user on members (user_id);

create table invitations (
    id text primary key not null,
    org_id text not null references orgs (id) on delete cascade,
    email text not null,
    role text not null,
    token_hash blob not null unique,
    invited_by text not null references users (id) on delete cascade,
    created_at bigint not null,
    expires_at bigint not null,
    accepted_at bigint,
    revoked_at bigint
);
create index invitations_by_org on invitations (org_id, id);

-- The cookie's token is never stored, only its SHA-256.
create table sessions (
    id text primary key not null,
    token_hash blob not null unique,
    user_id text not null references users (id) on delete cascade,
    org_id text references orgs (id) on delete set null,
    source_ip text not null,
    user_agent text not null,
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null
);
create index sessions_by_user on sessions (user_id, id);
create index sessions_by_expiry on sessions (expires_at);

-- Single-use links in mails: purpose is verify_email or reset_password.
create table one_time_tokens (
    token_hash blob primary key not null,
    user_id text not null references users (id) on delete cascade,
    purpose text not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create index one_time_tokens_by_user on one_time_tokens (user_id, purpose);

-- Mail is written in the transaction of what it tells of and sent afterwards.
create table mails (
    id text primary key not null,
    recipient text not null,
    subject text not null,
    body text not null,
    created_at bigint not null,
    next_attempt_at bigint,
    attempts bigint not null default 0,
    sent_at bigint,
    last_error text
);
create index mails_due on mails (next_attempt_at);

create table audit_entries (
    id text primary key not null,
    org_id text,
    actor_kind text not null,
    actor_id text not null,
    action text not null,
    target_id text not null,
    before_json text,
    after_json text,
    source_ip text not null,
    request_id text not null,
    created_at bigint not null
);
create index audit_entries_by_org on audit_entries (org_id, id);
