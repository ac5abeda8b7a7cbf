-- Indexes that lists and jobs follow however much there is; and calls by the day, which months are summed from and callers of an
-- operation are found by.

drop index events_by_org;
drop index events_by_request;
drop index events_by_time;
create index events_by_environment on events (org_id, environment, id);
create index events_by_type on events (org_id, environment, type, id);
create index events_by_time on events (org_id, environment, created_at, id);
create index events_by_request on events (org_id, request_id, id);

create index webhook_deliveries_by_state on webhook_deliveries (org_id, environment, state, id);
create index webhook_deliveries_by_type on webhook_deliveries (org_id, environment, event_type, id);
create index webhook_deliveries_of_endpoint_by_state on webhook_deliveries (endpoint_id, state, id);
-- Pending deliveries that are held back: of endpoints that are disabled.
create index webhook_deliveries_held on webhook_deliveries (endpoint_id, id) where state = 'pending' and next_attempt_at is null;
-- Endpoints that are deleted and still have deliveries.
create index webhook_endpoints_deleted on webhook_endpoints (id) where state = 'deleted';

drop index webhook_attempts_by_endpoint;
create index webhook_attempts_by_endpoint on webhook_attempts (endpoint_id, started_at, status);

-- For what is deleted by its age.
create index request_log_blocks_by_age on request_log_blocks (last_id);
create index key_notices_by_age on key_notices (created_at);
create index notices_by_age on notices (created_at);
create index threshold_notices_by_age on threshold_notices (created_at);
create index month_parts_by_age on month_parts (month);
create index one_time_tokens_by_age on one_time_tokens (expires_at);
create index invitations_by_age on invitations (expires_at);
create index sessions_by_use on sessions (last_seen_at);
drop index mails_due;
create index mails_due on mails (next_attempt_at, id) where next_attempt_at is not null;
create index mails_done on mails (created_at) where next_attempt_at is null;
create index mails_with_text on mails (created_at) where next_attempt_at is null and body <> '';
create index billing_inbox_by_age on billing_inbox (type, applied_at);

-- For what concerns all organisations.
create index quota_counters_by_month on quota_counters (month, org_id, product);
create index invoices_failed on invoices (created_at, id) where state = 'failed';
create index subscriptions_charged on subscriptions (org_id, product) where stripe_id is not null;
create index meter_outbox_alarmed on meter_outbox (alarmed_at) where alarmed_at is not null;

-- Sums of usage_hourly, written with it. day is unix milliseconds at the start of the day, UTC.
create table usage_daily (
    org_id text not null,
    environment text not null,
    day bigint not null,
    product text not null,
    operation text not null,
    key_id text not null,
    calls bigint not null,
    errors bigint not null,
    units bigint not null,
    billed_units bigint not null,
    primary key (org_id, environment, day, product, operation, key_id)
) without rowid;
create index usage_daily_by_operation on usage_daily (product, operation, org_id, day, key_id);

insert into usage_daily (org_id, environment, day, product, operation, key_id, calls, errors, units, billed_units)
select org_id, environment, hour / 86400000 * 86400000, product, operation, key_id, cast(sum(calls) as bigint),
    cast(sum(case when status >= 400 then calls else 0 end) as bigint), cast(sum(units) as bigint), cast(sum(billed_units) as bigint)
from usage_hourly group by 1, 2, 3, 4, 5, 6;

-- Partners that are still to be notified of a breaking version, a part at a time.
create table breaking_notices (
    product text not null,
    revision bigint not null,
    -- Name and version of the product, and the breaking changes.
    version_json text not null,
    -- The day from which on calls count.
    since bigint not null,
    -- The last organisation that was notified.
    after_org text not null,
    created_at bigint not null,
    primary key (product, revision)
);
