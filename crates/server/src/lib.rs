//! The server. How data flows:
//!
//! ```text
//! request ─ router ─┬─ pages and server functions ── session ── feature ── store ── db
//!                   └─ /v1 ── gateway (id, ip, key, scope, limit, idempotency, handler) ── journal ── response
//!
//! journal ── applier (one transaction) ─┬─ request_logs, usage_hourly, quota counters, last used
//!                                       └─ live feed ── dashboards (SSE)
//! feature transaction ── mails, audit_entries, changes ── mail job, caches of all instances
//! ```

pub mod base;
pub mod calls;
pub mod charging;
pub mod features;
pub mod metering;
pub mod services;

pub use base::{
    access, clock, config, db, error, in_time, names, offload, private, problem, random, sealer,
    shared, telemetry,
};
pub use calls::{app, docs, explain, gateway};
pub use charging::{billing, openapi, usage_limits};
pub use features::{
    accounts, audit, customers, idempotency, keys, mail, notices, plans, products, webhooks,
};
pub use metering::{context, instance, journal, quota, request_logs, usage};
pub use services::{admin, api, applier, jobs, start};

#[cfg(test)]
use crate as server;
/// Databases for unit tests that need internals.
#[cfg(test)]
#[path = "../../../tests/it/support/database.rs"]
mod test_support;

pub use app::App;
pub use context::Base;
pub use error::{Error, Result};
