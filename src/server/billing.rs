//! Money: what is owed for plans and usage, and Stripe, which collects it. The truth of access is our subscription row;
//! the truth of usage is our ledger, which the journal's applier writes. Stripe's objects are fetched again whenever it
//! tells that they changed, so that its messages may come twice, late, or in any order.
#![deny(clippy::float_arithmetic, reason = "money is counted, never measured")]

mod answers;
mod change;
mod check;
mod checkout;
mod client;
mod customer;
mod drift;
mod inbox;
mod invoices;
mod ledger;
mod objects;
mod outbox;
mod report;
mod revenue;
mod signature;
mod statement;
mod store;
mod sync;

use std::sync::Arc;

use super::Result;
use super::config::BillingConfig;

pub use change::{cancel, preview, resume};
pub use check::{Checked, check};
pub use checkout::{Chosen, choose, choose_as_member, open_portal_as_member, portal};
pub use client::Stripe;
pub use drift::drift;
pub use inbox::{apply_due, poll, prune, receive};
pub use invoices::{close_months, closes};
pub use ledger::record;
pub use outbox::{fill, send_due};
pub use report::{billed, view};
pub use revenue::{month, revenue, simulate, try_price};
pub use store::leases::{hold, release};
pub use sync::sync;

/// Who collects; chosen once, at the start.
#[derive(Clone)]
pub enum Biller {
    /// Nobody: plans switch at once, and invoices are computed and not charged.
    Off,
    Stripe(Arc<Stripe>),
}

impl Biller {
    /// # Errors
    /// If the key cannot be one.
    pub fn open(config: &BillingConfig) -> Result<Self> {
        Ok(match &config.stripe_secret_key {
            None => Self::Off,
            Some(key) => Self::Stripe(Arc::new(Stripe::open(config, key)?)),
        })
    }

    pub fn stripe(&self) -> Option<&Stripe> {
        match self {
            Self::Off => None,
            Self::Stripe(stripe) => Some(stripe),
        }
    }
}
