//! All SQL of webhooks.

pub mod claims;
pub mod deliveries;
pub mod endpoints;
