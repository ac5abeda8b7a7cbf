-- Hours within which the provider responds to a question; null: not promised.
alter table plans add column support_hours bigint;
