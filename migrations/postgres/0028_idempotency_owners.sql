-- Admin tokens own keys as well, so the owner is not always an organisation.
alter table idempotency_keys drop constraint idempotency_keys_org_id_fkey;
alter table idempotency_keys rename column org_id to owner_id;
