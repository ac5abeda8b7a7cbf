//! Money: what is owed for plans and usage, and Stripe, which collects it. Our subscription row
//! decides access; our ledger, which the journal's applier writes, decides usage. After each
//! notification, Stripe's objects are fetched again, so notifications may arrive twice, late, or in
//! any order.
#![deny(clippy::float_arithmetic, reason = "money is counted, never measured")]

mod amounts;
mod biller;
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
mod stripe_objects;
mod sync;

use tollgate_types::plan::NewPlan;

use crate::Result;

/// Checks that the payment provider can charge the plan's prices.
///
/// # Errors
/// `validation_failed` for an amount that the provider accepts only in larger steps.
pub fn check_chargeable(plan: &NewPlan) -> Result<()> {
    amounts::check("monthly_price", plan.currency, plan.monthly_price)
}

pub use biller::{Biller, Billing};
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
