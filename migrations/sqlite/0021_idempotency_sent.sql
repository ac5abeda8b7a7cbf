-- Whether the call was about to be sent to a product's own server: written before its first byte leaves. What happens there, no
-- transaction of ours can undo, so such a call is never carried out a second time.
alter table idempotency_keys add column sent boolean not null default false;
