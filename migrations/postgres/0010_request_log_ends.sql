-- How streamed answers ended, where that was recorded after the block with their call was written. The id is that of
-- the request, as 16 bytes that sort by time.
create table request_log_ends (
    id bytea not null primary key,
    org_id text not null,
    request_bytes bigint not null,
    response_bytes bigint not null,
    duration_us bigint not null,
    ended bigint not null
);
