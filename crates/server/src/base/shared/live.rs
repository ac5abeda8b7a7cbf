//! The live feed: new usage from the applier, sent to open dashboards, also those of other
//! instances.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tollgate_types::environment::Environment;
use tollgate_types::id::OrgId;
use tollgate_types::usage::UsagePoint;

/// Batches that a slow dashboard may lag behind before it must load the whole chart again.
const CAPACITY: usize = 256;

/// The usage that one applied batch adds to one organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counted {
    pub org: OrgId,
    pub environment: Environment,
    pub points: Vec<UsagePoint>,
}

type Outlet = Box<dyn Fn(&Counted) + Send + Sync>;

#[derive(Clone)]
pub struct LiveFeed {
    here: broadcast::Sender<Counted>,
    /// The channel to other instances, if there are any.
    others: Arc<OnceLock<Outlet>>,
}

impl Default for LiveFeed {
    fn default() -> Self {
        Self { here: broadcast::channel(CAPACITY).0, others: Arc::default() }
    }
}

impl LiveFeed {
    /// Publishes usage counted here.
    pub fn publish(&self, counted: Counted) {
        if let Some(pass_on) = self.others.get() {
            pass_on(&counted);
        }
        self.receive(counted);
    }

    /// Sends usage to the dashboards of this instance, wherever it was counted.
    pub(super) fn receive(&self, counted: Counted) {
        // Fails only without listeners.
        let _ = self.here.send(counted);
    }

    /// Sets the channel to other instances, once.
    pub(super) fn pass_on(&self, outlet: impl Fn(&Counted) + Send + Sync + 'static) {
        let _ = self.others.set(Box::new(outlet));
    }

    pub fn listen(&self) -> broadcast::Receiver<Counted> {
        self.here.subscribe()
    }
}
