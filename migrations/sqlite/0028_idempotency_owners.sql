-- Admin tokens own keys as well, so the owner is not always an organisation. SQLite removes a reference only with its table.
create table idempotency_keys_new (
    owner_id text not null,
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
    -- The response; null while there is none.
    status bigint,
    code text,
    headers_json text,
    -- Null also if the response is too large to store, or contains a secret.
    body blob,
    created_at bigint not null,
    -- Whether the call was about to be sent to a product's own server.
    sent boolean not null default false,
    primary key (owner_id, environment, product, operation, key)
);
insert into idempotency_keys_new
select org_id, environment, product, operation, key, fingerprint, claimed_by, leased_until, took_effect, status, code, headers_json, body,
       created_at, sent
from idempotency_keys;
drop table idempotency_keys;
alter table idempotency_keys_new rename to idempotency_keys;
create index idempotency_keys_by_age on idempotency_keys (created_at);
