//! The live feed: what the applier has just counted, told to the dashboards that look on.

use tokio::sync::broadcast;

use crate::types::environment::Environment;
use crate::types::id::OrgId;
use crate::types::usage::UsagePoint;

/// Batches that a slow dashboard may lag behind before it has to fetch the whole chart again.
const CAPACITY: usize = 256;

/// What one applied batch adds to one organisation's usage.
#[derive(Clone, Debug)]
pub struct Counted {
    pub org: OrgId,
    pub environment: Environment,
    pub points: Vec<UsagePoint>,
}

#[derive(Clone)]
pub struct LiveFeed(broadcast::Sender<Counted>);

impl Default for LiveFeed {
    fn default() -> Self {
        Self(broadcast::channel(CAPACITY).0)
    }
}

impl LiveFeed {
    pub fn tell(&self, counted: Counted) {
        // Fails only when nobody listens.
        let _ = self.0.send(counted);
    }

    pub fn listen(&self) -> broadcast::Receiver<Counted> {
        self.0.subscribe()
    }
}
