//! State that all parts of a running server share.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio_util::task::TaskTracker;
use tollgate_openapi::mock;
use tollgate_proxy::upstream::Upstreams;

use crate::Base;
use crate::billing::{self, Biller, Billing};
use crate::customers::CustomerCache;
use crate::db::Db;
use crate::instance::Instance;
use crate::keys::KeyCache;
use crate::products::{DocsCache, Products, UncheckedCalls};
use crate::shared::LiveFeed;
use crate::webhooks::Wake;

/// A handle on the running server; cheap to clone.
#[derive(Clone)]
pub struct App(
    /// Public, so that a test can replace parts before the first clone.
    pub Arc<Parts>,
);

pub struct Parts {
    pub base: Base,
    /// The same through connections that only metered calls use.
    pub gateway_db: Db,
    /// This server's lease of the journal.
    pub instance: Instance,
    /// Held as long as this server uses an embedded database.
    pub database_lock: Option<std::fs::File>,
    pub keys: KeyCache,
    pub customers: CustomerCache,
    pub live: LiveFeed,
    pub products: Products,
    pub docs: DocsCache,
    pub upstreams: Arc<Upstreams>,
    /// Objects created in the sandboxes of products without a sandbox of their own.
    pub mocks: mock::Store,
    /// Calls that could not be validated against products' documents.
    pub unchecked: UncheckedCalls,
    /// Notified when there is something to deliver.
    pub deliveries: Wake,
    pub biller: Biller,
    /// Monthly totals that take long to calculate.
    pub revenue: Arc<billing::Sums>,
    /// Notified when the payment provider has reported something.
    pub payment_events: tokio::sync::Notify,
    /// Calls that continue although their clients may have disconnected.
    pub calls: TaskTracker,
    /// Whether the server is about to stop, which `/readyz` reports before connections are refused.
    pub is_draining: AtomicBool,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Parts {
    pub fn billing(&self) -> Billing<'_> {
        Billing {
            base: &self.base,
            biller: &self.biller,
            revenue: &self.revenue,
            payment_events: &self.payment_events,
        }
    }
}

impl Deref for Parts {
    type Target = Base;

    fn deref(&self) -> &Base {
        &self.base
    }
}

impl DerefMut for Parts {
    fn deref_mut(&mut self) -> &mut Base {
        &mut self.base
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
