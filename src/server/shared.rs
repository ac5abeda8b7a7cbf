//! What instances share. Here: in this process alone.

mod limiter;
mod live;

pub use limiter::{Bucket, Limiter, Policy, Verdict};
pub use live::{Counted, LiveFeed};
