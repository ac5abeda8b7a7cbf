//! The worker alone: killed at any moment, or one of several.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tollgate::server::access::{Actor, Permit};
use tollgate::server::clock::Clock;
use tollgate::server::config::Config;
use tollgate::server::webhooks::NewEndpoint;
use tollgate::server::{App, accounts, jobs, random, webhooks, webhooks::events};
use tollgate::types::environment::Environment;
use tollgate::types::id::OrgId;
use tollgate::types::time::{MINUTE, SECOND};
use tollgate::web::serve;
use tollgate_proxy::outbound::{Outbound, Reach, Resolver};

use crate::support::{Received, Receiver, Reply, TestDb, eventually, on_both};

/// The same for all instances, as operators must configure it.
const SECRET_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A server that does nothing by itself.
async fn still(db: &TestDb, data_dir: &TempDir, clock: &Clock) -> App {
    with_key(db, data_dir, clock, SECRET_KEY).await
}

async fn with_key(db: &TestDb, data_dir: &TempDir, clock: &Clock, secret_key: &str) -> App {
    let file = format!("sqlite:{}", db.data_dir().join("tollgate.db").display());
    let folder = data_dir.path().to_str().expect("UTF-8");
    let flags = [
        "--data-dir",
        folder,
        "--database-url",
        db.url().unwrap_or(&file),
        "--outbound",
        "anywhere",
        "--secret-key",
        secret_key,
    ];
    let config = Config::from_flags(flags).expect("a right configuration");
    let mut app = serve::prepare(config, clock.clone()).await.expect("prepares");
    // Several of them work on one embedded database, which real servers cannot share.
    Arc::get_mut(&mut app.0).expect("nobody else has it yet").database_lock = None;
    app
}

async fn org(app: &App) -> OrgId {
    accounts::create_org(&app.db, "Acme", None, false, &Actor::command_line(), app.clock.now())
        .await
        .expect("an organisation")
}

async fn endpoint(app: &App, org: &OrgId, url: &str) {
    endpoint_for(app, org, url, "*").await;
}

async fn endpoint_for(app: &App, org: &OrgId, url: &str, event_type: &str) {
    let new: NewEndpoint =
        serde_json::from_value(json!({ "url": url, "event_types": [event_type] })).expect("fields");
    let permit = Permit::for_command_line(org.clone());
    webhooks::create(app, &permit, Environment::Live, new, app.clock.now())
        .await
        .expect("an endpoint");
}

async fn post(app: &App, org: &OrgId) -> String {
    post_type(app, org, "a").await
}

async fn post_type(app: &App, org: &OrgId, kind: &str) -> String {
    let new = serde_json::from_value(json!({ "type": kind, "data": {} })).expect("fields");
    let permit = Permit::for_command_line(org.clone());
    events::post(app, &permit, Environment::Live, new, app.clock.now())
        .await
        .expect("an event")
        .id
        .to_string()
}

/// How often each event arrived; all of its deliveries must be the same.
fn by_event(received: &[Received]) -> BTreeMap<String, usize> {
    let (mut bodies, mut counts) = (BTreeMap::new(), BTreeMap::new());
    for one in received {
        let id = one.header("webhook-id").to_owned();
        assert_eq!(bodies.entry(id.clone()).or_insert_with(|| one.body.clone()), &one.body);
        assert_eq!(one.json()["id"], id);
        *counts.entry(id).or_default() += 1;
    }
    counts
}

const PENDING: &str = "select count(*) from webhook_deliveries where state <> 'delivered'";

on_both! {
    async fn a_worker_that_is_killed_at_any_moment_loses_nothing(db: TestDb) {
        const ENDPOINTS: usize = 10;
        const EVENTS: usize = 10_000;
        let (folder, clock, receiver) = (tempfile::tempdir().unwrap(), Clock::default(), Receiver::start().await);
        let app = still(&db, &folder, &clock).await;
        let org = org(&app).await;
        for n in 0..ENDPOINTS {
            endpoint_for(&app, &org, &receiver.url, &format!("t{n}")).await;
        }
        // Events are written while workers start and die.
        let posting = tokio::spawn({
            let (app, org) = (app.clone(), org.clone());
            async move {
                let mut ids = BTreeSet::new();
                for n in 0..EVENTS {
                    ids.insert(post_type(&app, &org, &format!("t{}", n % ENDPOINTS)).await);
                }
                ids
            }
        });
        let mut killed = 0;
        while !posting.is_finished() || db.number(PENDING).await > 0 {
            let worker = tokio::spawn(jobs::deliver_webhooks(app.clone(), CancellationToken::new()));
            // Whatever it is about: the number is random, without a meaning.
            tokio::time::sleep(Duration::from_millis(random::spread(150, 90).unsigned_abs())).await;
            worker.abort();
            let _ = worker.await;
            killed += 1;
            assert!(killed < 2_000, "it gets nowhere");
            // Its claims expire.
            clock.advance(MINUTE + SECOND);
        }
        let counts = by_event(&receiver.received());
        assert_eq!(counts.keys().cloned().collect::<BTreeSet<_>>(), posting.await.unwrap(), "each event came");
        assert!(counts.values().any(|count| *count > 1), "some came twice, as the same");
        assert!(killed > 3);
    }

    async fn two_instances_share_the_work_and_deliver_each_event_once(db: TestDb) {
        let (folders, clock, receiver) = ([tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()], Clock::default(), Receiver::start().await);
        let apps = [still(&db, &folders[0], &clock).await, still(&db, &folders[1], &clock).await];
        let org = org(&apps[0]).await;
        for _ in 0..5 {
            endpoint(&apps[0], &org, &receiver.url).await;
        }
        let mut ids = BTreeSet::new();
        let stop = CancellationToken::new();
        let workers = apps.clone().map(|app| tokio::spawn(jobs::deliver_webhooks(app, stop.clone())));
        for _ in 0..200 {
            ids.insert(post(&apps[0], &org).await);
        }
        eventually("all are delivered", || async { (db.number(PENDING).await == 0).then_some(()) }).await;
        stop.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
        let counts = by_event(&receiver.received());
        assert_eq!(counts.keys().cloned().collect::<BTreeSet<_>>(), ids);
        assert!(counts.values().all(|count| *count == 5), "{counts:?}");
    }

    async fn however_many_endpoints_hang_there_are_slots_for_those_that_respond(db: TestDb) {
        const ORGS: usize = 12;
        const DEAD: usize = 50;
        let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::default());
        let app = still(&db, &folder, &clock).await;
        let (healthy, dead) = (Receiver::start().await, Receiver::start().await);
        let ours = org(&app).await;
        endpoint(&app, &ours, &healthy.url).await;
        let stop = CancellationToken::new();
        let worker = tokio::spawn(jobs::deliver_webhooks(app.clone(), stop.clone()));
        post(&app, &ours).await;
        healthy.wait_for(1).await;
        eventually("it is known", || async { (db.number(PENDING).await == 0).then_some(()) }).await;

        dead.reply(Reply::Hang);
        let mut orgs = Vec::new();
        for _ in 0..ORGS {
            orgs.push(org(&app).await);
            for _ in 0..DEAD {
                endpoint(&app, &orgs[orgs.len() - 1], &dead.url).await;
            }
        }
        // More than all together may have in progress.
        for org in orgs.iter().chain(&orgs) {
            post(&app, org).await;
        }
        dead.wait_for(100).await;
        for _ in 0..100 {
            post(&app, &ours).await;
        }
        healthy.wait_for(101).await;
        assert!(dead.count() < 400, "without waiting for those that hang to be given up: {}", dead.count());
        worker.abort();
    }

    async fn an_endpoint_whose_secret_another_key_sealed_waits_for_its_instance_and_holds_up_nobody(db: TestDb) {
        const OTHER_KEY: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";
        let (folders, clock) = ([tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()], Clock::default());
        let apps = [still(&db, &folders[0], &clock).await, with_key(&db, &folders[1], &clock, OTHER_KEY).await];
        let receivers = [Receiver::start().await, Receiver::start().await];
        let org = org(&apps[0]).await;
        for (app, receiver) in apps.iter().zip(&receivers) {
            endpoint(app, &org, &receiver.url).await;
        }
        for _ in 0..20 {
            post(&apps[0], &org).await;
        }
        for (n, app) in apps.into_iter().enumerate() {
            let stop = CancellationToken::new();
            let worker = tokio::spawn(jobs::deliver_webhooks(app, stop.clone()));
            receivers[n].wait_for(20).await;
            stop.cancel();
            worker.await.unwrap();
            assert_eq!(receivers[1].count(), 20 * n, "each instance delivers what it can sign");
        }
        assert_eq!(db.number(PENDING).await, 0);
    }

    async fn a_name_that_leads_inside_is_not_reached_whoever_else_it_names(db: TestDb) {
        let insides = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00:ec2::254", "64:ff9b::7f00:1", "100.64.0.1"];
        for (before, inside) in insides.into_iter().enumerate() {
            let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::default());
            let mut app = still(&db, &folder, &clock).await;
            let addresses = vec!["1.1.1.1".parse().unwrap(), inside.parse().unwrap()];
            let resolver = Resolver::Given(Arc::new(move |_: &str| addresses.clone()));
            Arc::get_mut(&mut app.0).unwrap().outbound = Outbound::new(Reach::Public, resolver);
            let org = org(&app).await;
            endpoint(&app, &org, "https://hooks.example.com/").await;
            post(&app, &org).await;
            let stop = CancellationToken::new();
            let worker = tokio::spawn(jobs::deliver_webhooks(app.clone(), stop.clone()));
            let error = eventually("an attempt", || async {
                db.texts("select error from webhook_attempts order by id").await.into_iter().nth(before)
            })
            .await;
            stop.cancel();
            worker.await.unwrap();
            // As for a name without an address: neither reveals internal information.
            assert_eq!(error, "the host name does not resolve to a public address", "{inside}");
            let permit = Permit::for_command_line(org.clone());
            let new: NewEndpoint = serde_json::from_value(json!({ "url": "https://127.0.0.1/" })).unwrap();
            assert!(webhooks::create(&app, &permit, Environment::Live, new, clock.now()).await.is_err());
        }
    }
}
