//! All SQL of billing, except subscriptions, which belong to plans.

pub mod checkouts;
pub mod inbox;
pub mod invoices;
pub mod leases;
pub mod ledger;
pub mod objects;
pub mod outbox;
pub mod revenue;
