//! Ten thousand pending deliveries to a hundred endpoints, five of which hang. Measures how long
//! the others take, how many are delivered per second, and the memory of the process.
//!
//! `cargo bench --features ssr --bench webhooks -- [DELIVERIES]`, on SQLite or, with
//! `DATABASE_URL`, on an empty PostgreSQL database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tollgate::server::access::{Actor, Permit};
use tollgate::server::clock::Clock;
use tollgate::server::config::Config;
use tollgate::server::webhooks::{self, events};
use tollgate::server::{App, accounts, jobs};
use tollgate::types::environment::Environment;
use tollgate::types::id::OrgId;
use tollgate::web::serve;

const ORGS: usize = 2;
const ENDPOINTS: usize = 50;
const DEAD: usize = 5;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let deliveries = args.first().map_or(10_000, |text| text.parse().expect("a number"));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure(deliveries));
}

async fn measure(deliveries: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().to_str().expect("UTF-8");
    let config = Config::from_flags(["--data-dir", data_dir, "--outbound", "anywhere"])
        .expect("a configuration");
    let app = serve::prepare(config, Clock::default()).await.expect("prepares");
    let (url, received) = receiver().await;
    let mut orgs = Vec::new();
    for o in 0..ORGS {
        let org = accounts::create_org(
            &app.db,
            "Acme",
            None,
            false,
            &Actor::command_line(),
            app.clock.now(),
        )
        .await
        .expect("an organisation");
        for e in 0..ENDPOINTS {
            let kind = if o * ENDPOINTS + e < DEAD { "dead" } else { "alive" };
            endpoint(&app, &org, &format!("{url}/{kind}")).await;
        }
        orgs.push(org);
    }
    let events = deliveries / (ORGS * ENDPOINTS);
    for org in &orgs {
        for _ in 0..events {
            event(&app, org).await;
        }
    }
    let wanted = events * (ORGS * ENDPOINTS - DEAD);
    let before = resident_mb();
    let (began, stop) = (Instant::now(), CancellationToken::new());
    let worker = tokio::spawn(jobs::deliver_webhooks(app.clone(), stop.clone()));
    let mut highest = before;
    while received.load(Ordering::Relaxed) < wanted {
        tokio::time::sleep(Duration::from_millis(20)).await;
        highest = highest.max(resident_mb());
        assert!(
            began.elapsed() < Duration::from_secs(300),
            "{} of {wanted}",
            received.load(Ordering::Relaxed)
        );
    }
    let took = began.elapsed();
    println!(
        "{wanted} deliveries to {} endpoints beside {DEAD} dead ones: {:.1} s, {:.0} a second; memory {before:.0} MB before, {highest:.0} MB at most",
        ORGS * ENDPOINTS - DEAD,
        took.as_secs_f64(),
        wanted as f64 / took.as_secs_f64(),
    );
    stop.cancel();
    worker.await.expect("ends");
}

/// Responds at `/alive` immediately and at `/dead` never. Counts the former.
async fn receiver() -> (String, Arc<AtomicUsize>) {
    let received = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&received);
    let handler = move |Path(kind): Path<String>| async move {
        if kind == "dead" {
            std::future::pending::<()>().await;
        }
        counted.fetch_add(1, Ordering::Relaxed);
        StatusCode::NO_CONTENT
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/{kind}", post(handler))).await
    });
    (url, received)
}

async fn endpoint(app: &App, org: &OrgId, url: &str) {
    let new = serde_json::from_value(json!({ "url": url })).expect("fields");
    webhooks::create(
        app,
        &Permit::for_command_line(org.clone()),
        Environment::Live,
        new,
        app.clock.now(),
    )
    .await
    .expect("an endpoint");
}

async fn event(app: &App, org: &OrgId) {
    let new = serde_json::from_value(json!({ "type": "a", "data": { "text": "x".repeat(1_000) } }))
        .expect("fields");
    events::post(
        app,
        &Permit::for_command_line(org.clone()),
        Environment::Live,
        new,
        app.clock.now(),
    )
    .await
    .expect("an event");
}

/// The resident memory of this process in megabytes, including the receiver: `VmRSS` of proc(5).
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1_000.0
}
