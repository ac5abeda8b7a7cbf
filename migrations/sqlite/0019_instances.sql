-- Which server runs with which journal. A copy of a data folder has the same journal id: it must not
-- run beside the original, because each would skip what the other one has recorded.
create table instances (
    journal_id text not null primary key,
    -- Changes with every heartbeat. Empty once the server has stopped.
    token text not null,
    -- Machine, boot and file of the journal, none of which a copy shares.
    place text not null,
    host text not null,
    data_dir text not null,
    started_at bigint not null,
    seen_at bigint not null
);

-- The run of the server that may move the cursor.
alter table journal_cursors add column owner text not null default '';
-- Records in segments before this one may be in the database already: each is looked up before it is applied.
alter table journal_cursors add column recheck_before bigint not null default 0;
