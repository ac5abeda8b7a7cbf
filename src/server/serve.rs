//! A server's life: prepare, serve, stop in good order.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use leptos::config::{LeptosOptions, get_configuration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::billing::Biller;
use super::clock::Clock;
use super::config::Config;
use super::customers::CustomerCache;
use super::db::Db;
use super::docs::DocsCache;
use super::journal::{self, Journal};
use super::keys::KeyCache;
use super::outbound::{Outbound, Resolver};
use super::products::{Product, Products};
use super::sealer::Sealer;
use super::shared::{LiveFeed, Shared};
use super::state::Parts;
use super::upstream::Upstreams;
use super::webhooks::Wake;
use super::{App, Result, connections, jobs, mock, plans, router, session};
use crate::types::error::ON_REFUSED;

/// How long calls that are under way may take to end after a stop is asked for.
const FINISH: Duration = Duration::from_secs(30);

/// And how long background jobs may take after that, the last of the journal included.
const JOBS_END: Duration = Duration::from_secs(20);

/// Opens the database and the journal and builds what all parts share.
pub async fn prepare(config: Config, clock: Clock) -> Result<App> {
    config.check()?;
    // The same function each time, so a second server in this process changes nothing.
    let _ = ON_REFUSED.set(session::answer_with);
    let leptos = leptos_options(config.addr)?;
    let db = Db::open(config.database_url.as_ref().map(|url| url.expose()), &config.data_dir).await?;
    // The lock on the folder first: nobody changes tables under a server that runs.
    let journal = Journal::open(&config.data_dir, &config.journal)?;
    db.migrate().await?;
    plans::provide(&db, clock.now()).await?;
    journal.begin_after(journal::cursor(&db, &journal.id).await?.unwrap_or_default())?;
    let live = LiveFeed::default();
    let talk = (!db.is_embedded()).then(|| (&live, db.changes()));
    let calls = TaskTracker::new();
    let base_url = config.base_url().parse().context("the portal's own URL cannot be read")?;
    let upstreams = Arc::new(Upstreams::new(&base_url, config.limits.max_body_bytes, &clock, &calls));
    Ok(App::new(Parts {
        shared: Shared::open(&config.redis, &clock, &journal.id, talk).await?,
        clock,
        journal,
        keys: KeyCache::new(&config.limits, db.changes()),
        customers: CustomerCache::new(&db),
        live,
        docs: DocsCache::default(),
        products: Products::new(Product::platform()?, &upstreams, db.changes()),
        upstreams,
        mocks: mock::Store::default(),
        sealer: Sealer::open_key(config.secret_key.as_ref(), &config.data_dir)?,
        deliveries: Wake::new(db.changes()),
        outbound: Outbound::new(config.outbound, Resolver::default()),
        biller: Biller::open(&config.billing)?,
        told: tokio::sync::Notify::new(),
        leptos,
        calls,
        config,
        db,
    }))
}

/// Serves until `stop`; then lets calls end, applies the journal, and returns.
pub async fn run(app: App, listener: TcpListener, stop: CancellationToken) -> Result<()> {
    let jobs_stop = CancellationToken::new();
    let jobs = jobs::start(&app, &jobs_stop);
    let front = router::build(app.clone(), stop.clone())?;
    let serving =
        connections::serve(listener, move |request, peer| front.answer(request, peer), connections::Bounds::default(), stop.clone());
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(FINISH).await;
    };
    tokio::select! {
        () = serving => {}
        () = overdue => tracing::warn!("some calls did not end in time"),
    }
    app.upstreams.close();
    app.calls.close();
    if tokio::time::timeout(FINISH, app.calls.wait()).await.is_err() {
        tracing::warn!("some calls whose callers are gone did not end in time");
    }
    jobs_stop.cancel();
    if tokio::time::timeout(JOBS_END, jobs.wait()).await.is_err() {
        tracing::warn!("some background jobs did not end in time; what is left is done at the next start");
    }
    app.db.close().await;
    Ok(())
}

/// Reads Leptos.toml from the working directory, or from beside the program.
fn leptos_options(addr: SocketAddr) -> Result<LeptosOptions> {
    let name = Path::new("Leptos.toml");
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(name)));
    let path = std::iter::once(name.to_owned()).chain(beside).find(|path| path.exists());
    let path = path.context("Leptos.toml is neither in the working directory nor beside the program")?;
    let text = path.to_str().context("the path of Leptos.toml is not UTF-8")?;
    let mut options = get_configuration(Some(text)).with_context(|| format!("cannot read {text}"))?.leptos_options;
    options.site_addr = addr;
    // The names of the hashed files stand beside the program; where it was not built by cargo-leptos, they are missing.
    let names = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(&*options.hash_file)));
    if options.hash_files && !names.is_some_and(|names| names.exists()) {
        tracing::warn!("{} is not beside the program: pages work without their scripts only", options.hash_file);
        options.hash_files = false;
    }
    Ok(options)
}
