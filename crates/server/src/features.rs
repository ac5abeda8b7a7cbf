//! What partners and operators have: accounts, keys, plans, products, webhooks. A room has its
//! rules, and all of its SQL in `store`.

pub mod accounts;
pub mod audit;
pub mod customers;
pub mod idempotency;
pub mod keys;
pub mod mail;
pub mod notices;
pub mod plans;
pub mod products;
pub mod webhooks;
