//! The server. How data flows:
//!
//! ```text
//! request ─ router ─┬─ pages and server functions ── session ── feature ── store ── db
//!                   └─ /v1 ── gateway (id, ip, key, scope, limit, idempotency, handler) ── journal ── answer
//!
//! journal ── applier (one transaction) ─┬─ request_logs, usage_hourly, quota counters, last used
//!                                       └─ live feed ── dashboards (SSE)
//! feature transaction ── mails, audit_entries, changes ── mail job, caches of all instances
//! ```

pub mod access;
pub mod accounts;
pub mod admin;
pub mod api;
pub mod audit;
pub mod billing;
pub mod cli;
pub mod clients;
pub mod clock;
pub mod config;
pub mod connections;
pub mod csrf;
pub mod customers;
pub mod db;
pub mod docs;
pub mod docs_text;
pub mod error;
pub mod events;
pub mod gateway;
pub mod idempotency;
pub mod jobs;
pub mod journal;
pub mod keys;
pub mod mail;
pub mod markdown;
pub mod mock;
pub mod notices;
pub mod outbound;
pub mod outline;
pub mod plans;
pub mod problem;
pub mod products;
pub mod quota;
pub mod random;
pub mod request_logs;
pub mod router;
pub mod samples;
pub mod schemas;
pub mod sealer;
pub mod search;
pub mod serve;
pub mod session;
pub mod shared;
pub mod spec;
pub mod state;
pub mod telemetry;
pub mod upstream;
pub mod usage;
pub mod validate;
pub mod webhooks;

pub use error::{Error, Result};
pub use state::App;
