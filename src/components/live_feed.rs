//! Events of the live feed.

use crate::types::usage::LiveUsage;

/// A change of the feed's connection, or new data.
pub enum FeedEvent {
    /// The connection is open, for the first time or again.
    Connected,
    /// It was lost; it is being reconnected.
    Lost,
    /// It could not keep up, and missed data.
    Missed,
    /// New calls were counted.
    Usage(LiveUsage),
}
