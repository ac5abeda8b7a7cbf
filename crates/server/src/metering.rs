//! Calls as records, and their sums.

pub mod context;
pub mod instance;
pub mod journal;
pub mod quota;
pub mod request_logs;
pub mod usage;
