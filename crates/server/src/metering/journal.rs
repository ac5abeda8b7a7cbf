//! The journal: a write-ahead log of all metered calls. Each gateway response is appended before
//! its status line is sent, with one `write` for concurrent responses (group commit). A worker, the
//! applier, applies each record to the database exactly once, because the rows and the cursor that
//! marks the progress commit together.
//!
//! On disk: one folder per instance, with a file `id` and numbered segments of records.

pub mod aside;
pub mod damaged;
mod inspect;
mod lag;
mod record;
pub mod segment;
mod start;
pub mod store;
pub mod stretch;
mod sync;
mod writer;

pub use aside::Aside;
pub use inspect::{Inspected, inspect};
pub use lag::{Lag, MAX_AGE, MAX_BYTES};
#[cfg(test)]
pub use record::tests::example;
pub use record::{LIMITS, Record, Texts};
pub use start::begin;
pub use stretch::Gaps;
pub use writer::{Journal, Position};
