//! The integration tests: a file per feature, each test on SQLite and on PostgreSQL.

mod support;

mod accounts;
mod cli;
mod customers;
mod database_away;
mod errors;
mod journal_full;
mod journal_kill;
mod key_bounds;
mod keys;
mod leptos_toml;
mod limits;
mod live_feed;
mod openapi;
mod pages;
mod plans;
mod quota;
mod rate_model;
mod request_logs;
mod rotation;
mod schema;
mod shutdown;
