-- The audit log of operators: entries that belong to no organisation, except what people do with their own accounts.
create index audit_entries_of_operators on audit_entries (org_id, id)
    where org_id is null and action not like 'user.%' and action not like 'session.%';
