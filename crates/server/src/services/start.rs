//! Opens everything that a server needs.

use std::sync::Arc;

use anyhow::Context;
use tokio_util::task::TaskTracker;
use tollgate_openapi::mock;
use tollgate_proxy::outbound::{Outbound, Resolver};
use tollgate_proxy::upstream::Upstreams;

use crate::app::Parts;
use crate::billing::Biller;
use crate::clock::Clock;
use crate::config::Config;
use crate::customers::CustomerCache;
use crate::db::Db;
use crate::instance::{Instance, Place};
use crate::journal::{self, Journal};
use crate::keys::KeyCache;
use crate::products::{self, DocsCache, Product, Products, UncheckedCalls};
use crate::sealer::Sealer;
use crate::shared::{LiveFeed, Shared};
use crate::webhooks::Wake;
use crate::{App, Base, Result, api, plans};

/// Opens the database and the journal, and builds the shared state.
pub async fn prepare(config: Config, clock: Clock) -> Result<App> {
    config.check()?;
    let db =
        Db::open(config.database_url.as_ref().map(|url| url.expose()), &config.data_dir).await?;
    // The lock on the folder first: nobody may migrate tables while a server runs.
    let journal = Journal::open(&config.data_dir, &config.journal)?;
    let database_lock = db.lock()?;
    db.migrate().await?;
    let instance = Instance::claim(
        &db,
        &journal.id,
        &Place::here(journal.place()?, &config.data_dir)?,
        clock.now(),
    )
    .await?;
    plans::provide(&db, clock.now()).await?;
    journal::begin(&journal, &db, &instance.run, clock.now()).await?;
    let live = LiveFeed::default();
    let talk = (!db.is_embedded()).then(|| (&live, db.changes()));
    let calls = TaskTracker::new();
    let base_url = config.base_url().parse().context("the portal's own URL cannot be read")?;
    let of_upstreams = clock.clone();
    let upstreams = Arc::new(Upstreams::new(
        &base_url,
        config.limits.max_body_bytes,
        move || of_upstreams.now(),
        &calls,
    ));
    let sealer = Arc::new(Sealer::open_key(config.secret_key.as_ref(), &config.data_dir)?);
    products::seal_all(&db, &sealer, clock.now()).await?;
    let gateway_db = db.for_gateway();
    let (keys, customers) = (KeyCache::new(&config.limits, db.changes()), CustomerCache::new(&db));
    let base_url = config.base_url();
    let document = serde_json::to_value(api::without_dry_runs(&base_url))?;
    let own = Product::own(document, &api::openapi(&base_url), api::codes)?;
    let products = Products::new(own, &upstreams, &sealer, db.changes());
    let docs = DocsCache::new(&config.data_dir);
    let (biller, deliveries) = (Biller::open(&config.billing)?, Wake::new(db.changes()));
    let base = Base {
        shared: Shared::open(&config.redis, &clock, &journal.id, talk).await?,
        outbound: Outbound::new(config.outbound, Resolver::default()),
        config,
        clock,
        db,
        journal,
        sealer,
    };
    Ok(App::new(Parts {
        base,
        gateway_db,
        instance,
        database_lock,
        keys,
        customers,
        live,
        docs,
        products,
        upstreams,
        mocks: mock::Store::default(),
        unchecked: UncheckedCalls::default(),
        deliveries,
        biller,
        revenue: Arc::default(),
        payment_events: tokio::sync::Notify::new(),
        calls,
        is_draining: std::sync::atomic::AtomicBool::new(false),
    }))
}
