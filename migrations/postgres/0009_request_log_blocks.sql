-- Request logs by the block instead of by the row: what a row cost was more than what a call costs. The
-- rows there were are given up; the sums that are billed from stand in usage_hourly and stay.
drop table request_logs;

-- Calls of one organisation, environment and hour, packed (src/server/request_logs/block.rs). The ids
-- are those of the first and last request in it, as 16 bytes that sort by time.
create table request_log_blocks (
    org_id text not null,
    environment text not null,
    first_id bytea not null,
    last_id bytea not null,
    calls bigint not null,
    data bytea not null,
    primary key (org_id, environment, last_id)
);
