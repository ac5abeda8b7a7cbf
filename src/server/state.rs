//! What every part of a running server shares.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use tokio_util::task::TaskTracker;

use super::billing::Biller;
use super::clock::Clock;
use super::config::Config;
use super::customers::CustomerCache;
use super::db::Db;
use super::docs::DocsCache;
use super::journal::Journal;
use super::keys::KeyCache;
use super::mock;
use super::outbound::Outbound;
use super::products::Products;
use super::sealer::Sealer;
use super::shared::{LiveFeed, Shared};
use super::upstream::Upstreams;
use super::webhooks::Wake;

/// A handle on the running server; cheap to clone.
#[derive(Clone)]
pub struct App(
    /// Open, so that a test can put parts of its own in before the first clone.
    pub Arc<Parts>,
);

pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub journal: Journal,
    pub keys: KeyCache,
    pub customers: CustomerCache,
    pub shared: Shared,
    pub live: LiveFeed,
    pub outbound: Outbound,
    pub products: Products,
    pub docs: DocsCache,
    pub upstreams: Arc<Upstreams>,
    /// What was created in the sandboxes of products that have none of their own.
    pub mocks: mock::Store,
    pub sealer: Sealer,
    /// Rings when there is something to deliver.
    pub deliveries: Wake,
    pub biller: Biller,
    /// That the payment provider has told something.
    pub told: tokio::sync::Notify,
    pub leptos: LeptosOptions,
    /// Calls that go on though their callers may be gone.
    pub calls: TaskTracker,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> Self {
        app.leptos.clone()
    }
}
