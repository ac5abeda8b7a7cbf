//! The journal: the one truth of metering. Each gateway answer is appended before its status
//! line leaves, by one `write` for those of the same moment; a worker applies the records to the database, each exactly once,
//! because the rows they become and the cursor that says how far it got commit together.
//!
//! On disk: a folder per instance, with a file `id` and numbered segments of records.

mod applier;
mod batch;
mod record;
mod segment;
mod store;
mod sync;
mod writer;

pub use applier::run as apply;
pub use batch::{UsageKey, UsageSum};
#[cfg(test)]
pub use record::tests::example;
pub use record::{LIMITS, Record, Texts};
pub use store::cursor;
pub use writer::{Journal, Position};
