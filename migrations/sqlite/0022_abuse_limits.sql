-- Invitations are limited by who sends them and by who receives them.
create index invitations_by_email on invitations (email, created_at);
create index invitations_by_inviter on invitations (invited_by, created_at);

-- An invitation ends when its sender can no longer invite. Those that outlived their sender until now end here.
update invitations set revoked_at = created_at
where accepted_at is null and revoked_at is null and not exists (
    select 1 from members m where m.org_id = invitations.org_id and m.user_id = invitations.invited_by
    and (m.role = 'owner' or (m.role = 'admin' and invitations.role <> 'owner')));

-- What failed deliveries said of addresses inside the network, which partners could read.
update webhook_attempts set error = 'the host name does not resolve to a public address'
where error like '% is not a public address' or error = 'the host''s name cannot be resolved';
update webhook_deliveries set last_error = 'the host name does not resolve to a public address'
where last_error like '% is not a public address' or last_error = 'the host''s name cannot be resolved';

-- The organisation whose free plan counts for this one, too: the first of the same owner. Null for a first one, and for those from before,
-- which keep what they had.
alter table orgs add column free_with text;
