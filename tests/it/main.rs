//! The integration tests: a file per feature, each test on SQLite and on PostgreSQL.

mod support;

mod accounts;
mod cli;
mod compact_logs;
mod customers;
mod database_away;
mod deadlines;
mod docs_pages;
mod dry_run;
mod error_table;
mod idempotency;
mod idempotency_claims;
mod journal_full;
mod journal_kill;
mod key_bounds;
mod key_notices;
mod key_use;
mod keys;
mod leaked_keys;
mod leptos_toml;
mod limits;
mod live_feed;
mod openapi;
mod pages;
mod plans;
mod quota;
mod rate_model;
mod redis;
mod redis_away;
mod redis_cluster;
mod redis_counters;
mod request_logs;
mod rotation;
mod schema;
mod shutdown;
