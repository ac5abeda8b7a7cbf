//! A strict, stateful fake of the part of Stripe that subscriptions with metered overage need.
//!
//! It follows Stripe's public documentation and returns the same errors. The forms of its objects
//! follow the example objects that Stripe publishes with its OpenAPI document (MIT licence,
//! Copyright Stripe). `serve` runs it in a test; the example program runs it for a local trial.
#![allow(dead_code, unused_imports, reason = "each test uses a different part of the controls")]

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

/// The state that connections and the webhook sender share.
pub struct Shared {
    pub state: parking_lot::Mutex<state::State>,
}
