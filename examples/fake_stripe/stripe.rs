//! A strict, stateful fake of the part of Stripe that subscriptions with metered overage need.
//!
//! It follows Stripe's public documentation and refuses what Stripe refuses. The shapes of its objects follow
//! the example objects Stripe publishes with its OpenAPI document (MIT licence, Copyright Stripe).
//! `serve` runs it inside a test; the example program runs it beside a local trial.
#![allow(dead_code, unused_imports, reason = "every test uses another part of the controls")]

mod account;
mod billing;
mod catalog;
mod changes;
mod checkout;
mod clock;
mod config;
mod control;
mod customers;
mod dice;
mod error;
mod events;
mod http;
mod invoices;
mod lines;
mod meters;
mod money;
mod pages;
mod params;
mod pdf;
mod portal;
mod preview;
mod routes;
mod schedules;
mod server;
mod state;
mod subscriptions;
mod webhooks;

pub use config::{Config, Faults, Webhooks};
pub use http::VERSION;
pub use money::{Exact, tiered};
pub use server::{Handle, serve};
pub use webhooks::sign;

/// What connections and the webhook sender share.
pub struct Shared {
    pub state: parking_lot::Mutex<state::State>,
}
