-- Calls that carried an Idempotency-Key, for a day: who carries the call out, and then its answer.
create table idempotency_keys (
    org_id text not null references orgs (id) on delete cascade,
    environment text not null,
    product text not null,
    operation text not null,
    key text not null,
    -- SHA-256 of the request, so that the key is not used for another.
    fingerprint blob not null,
    -- The request id of the call that carries it out. Only this one may commit or answer.
    claimed_by text not null,
    leased_until bigint not null,
    -- Set in the transaction of the call's effect.
    took_effect boolean not null,
    -- The answer; null while there is none.
    status bigint,
    code text,
    headers_json text,
    -- Null also where the answer is too large to keep, or holds a secret.
    body blob,
    created_at bigint not null,
    primary key (org_id, environment, product, operation, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
