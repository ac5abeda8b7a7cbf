//! What calls cost, and when they are refused for it.

pub mod billing;
pub mod openapi;
pub mod usage_limits;
