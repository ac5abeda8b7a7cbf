//! Money: what is owed for plans and usage, and Stripe, which collects it. Our subscription row
//! decides access; our ledger, which the journal's applier writes, decides usage. After each
//! notification, Stripe's objects are fetched again, so notifications may arrive twice, late, or in
//! any order.
#![deny(clippy::float_arithmetic, reason = "money is counted, never measured")]

mod amounts;
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
mod retire;
mod revenue;
mod signature;
mod statement;
mod store;
mod sync;

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::Notify;
use tollgate_types::plan::NewPlan;

use crate::config::BillingConfig;
use crate::{Base, Result};

/// Checks that the payment provider can charge the plan's prices.
///
/// # Errors
/// `validation_failed` for an amount that the provider accepts only in larger steps.
pub fn check_chargeable(plan: &NewPlan) -> Result<()> {
    amounts::check("monthly_price", plan.currency, plan.monthly_price)
}

pub use change::{cancel, preview, resume};
pub use check::{Checked, check};
pub use checkout::{Chosen, SHOWN_FOR, choose, choose_knowingly, portal};
pub use client::Stripe;
pub use drift::drift;
pub use inbox::{apply_due, poll, prune, receive};
pub use invoices::{close_months, closes};
pub use ledger::record;
pub use outbox::{fill, send_due};
pub use report::{billed, view};
pub use retire::end_retired;
pub use revenue::{Sums, month, revenue, simulate, try_price};
pub use store::leases::{hold, release};
pub use sync::sync;

/// What billing needs of a running server.
pub struct Billing<'a> {
    pub base: &'a Base,
    pub biller: &'a Biller,
    /// Monthly totals that take long to calculate.
    pub revenue: &'a Arc<Sums>,
    /// Notified when the payment provider has reported something.
    pub told: &'a Notify,
}

impl Deref for Billing<'_> {
    type Target = Base;

    fn deref(&self) -> &Base {
        self.base
    }
}

/// Who collects payments; chosen once at the start.
#[derive(Clone)]
pub enum Biller {
    /// Nobody: plan changes take effect immediately, and invoices are calculated but not charged.
    Off,
    Stripe(Arc<Stripe>),
}

impl Biller {
    /// # Errors
    /// Fails if the key is not valid.
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
