//! What the live feed tells.

use crate::types::usage::LiveUsage;

/// One thing that happened to the feed, or on it.
pub enum FeedEvent {
    /// The connection stands, for the first time or again.
    Connected,
    /// It was lost; it is being mended.
    Lost,
    /// It could not keep up, and left something out.
    Missed,
    /// New calls were counted.
    Usage(LiveUsage),
}
