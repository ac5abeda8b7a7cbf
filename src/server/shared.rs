//! What instances share. Here: in this process alone.

mod cache;
mod limiter;
mod live;

pub use cache::{Epoch, ReadCache};
pub use limiter::{Bucket, Limiter, Policy, Verdict};
pub use live::{Counted, LiveFeed};
