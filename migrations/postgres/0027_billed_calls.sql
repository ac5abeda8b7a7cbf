-- Calls that were billed, beside all calls. Those of the past are counted from the hours, where calls with the same status are one
-- sum: a call that was not billed counts if others with its status were billed in that hour.
alter table usage_daily add column billed_calls bigint not null default 0;

update usage_daily set billed_calls = coalesce((
    select sum(h.calls) from usage_hourly h
    where h.org_id = usage_daily.org_id and h.environment = usage_daily.environment
        and h.hour >= usage_daily.day and h.hour < usage_daily.day + 86400000
        and h.product = usage_daily.product and h.operation = usage_daily.operation and h.key_id = usage_daily.key_id
        and h.billed_units > 0
), 0) where billed_units > 0;
