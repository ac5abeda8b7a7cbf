//! The live feed: what the applier has just counted, told to the dashboards that look on, also those of
//! other instances.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::types::environment::Environment;
use crate::types::id::OrgId;
use crate::types::usage::UsagePoint;

/// Batches that a slow dashboard may lag behind before it has to fetch the whole chart again.
const CAPACITY: usize = 256;

/// What one applied batch adds to one organisation's usage.
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
    /// The way to other instances, if there are any.
    others: Arc<OnceLock<Outlet>>,
}

impl Default for LiveFeed {
    fn default() -> Self {
        Self { here: broadcast::channel(CAPACITY).0, others: Arc::default() }
    }
}

impl LiveFeed {
    /// Tells what was counted here.
    pub fn tell(&self, counted: Counted) {
        if let Some(pass_on) = self.others.get() {
            pass_on(&counted);
        }
        self.hear(counted);
    }

    /// Tells the dashboards of this instance what was counted, wherever.
    pub(super) fn hear(&self, counted: Counted) {
        // Fails only when nobody listens.
        let _ = self.here.send(counted);
    }

    /// Sets the way to other instances, once.
    pub(super) fn pass_on(&self, outlet: impl Fn(&Counted) + Send + Sync + 'static) {
        let _ = self.others.set(Box::new(outlet));
    }

    pub fn listen(&self) -> broadcast::Receiver<Counted> {
        self.here.subscribe()
    }
}
