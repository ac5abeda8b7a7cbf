//! The database becomes unavailable and comes back: known keys continue, calls that need it get an
//! error, nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tollgate::server::db::Change;
use tollgate::server::keys::KeyPrefix;

use crate::support::{Portal, TestDb, eventually};

/// Passes connections on to the database, until it is switched off.
struct Wire {
    url: String,
    connected: Arc<watch::Sender<bool>>,
}

impl Wire {
    async fn to(url: &str) -> Self {
        let (head, rest) = url.split_once('@').expect("a user");
        let (target, database) = rest.split_once('/').expect("a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("{head}@{}/{database}", listener.local_addr().expect("an address"));
        let connected = Arc::new(watch::channel(true).0);
        let (target, told) = (target.to_owned(), Arc::clone(&connected));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *told.borrow() {
                    tokio::spawn(pass(client, target.clone(), told.subscribe()));
                }
            }
        });
        Self { url, connected }
    }
}

async fn pass(mut client: TcpStream, target: String, mut connected: watch::Receiver<bool>) {
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        _ = connected.wait_for(|connected| !connected) => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_keys_go_on_while_postgres_is_away_and_every_call_is_counted_when_it_is_back() {
    let Some(db) = TestDb::postgres().await else { return };
    let wire = Wire::to(db.url().expect("a URL")).await;
    let portal =
        Portal::with_flags(&db, &["--database-url", &wire.url, "--limit-key", "100000/1"]).await;
    let org = portal.org("Acme").await;
    // The database announces new keys, too, a moment later, and the cache drops them once more: a
    // later announcement is the sign that it has.
    let heard = Arc::new(AtomicI64::new(0));
    let counter = Arc::clone(&heard);
    portal.app.db.changes().listen(move |change| {
        counter.fetch_add(i64::from(matches!(change, Change::Customer(_))), Ordering::Relaxed);
    });
    let told = AtomicI64::new(0);
    eventually("the database tells of changes", || async {
        let mut tx = portal.app.db.begin().await.expect("a transaction");
        tx.announce(Change::Customer("a sign".into()));
        tx.commit().await.expect("committed");
        let told = told.fetch_add(1, Ordering::Relaxed) + 1;
        (heard.load(Ordering::Relaxed) > told).then_some(())
    })
    .await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);

    wire.connected.send_replace(false);
    let mut answered = 1;
    let unavailable = portal.get(&org.live, "/v1/customers").await;
    unavailable.problem(503, "unavailable");
    assert!(!unavailable.header("retry-after").is_empty());
    answered += 1;
    for _ in 0..20 {
        // Neither the key nor the unknown path needs the database.
        portal.get(&org.live, "/v1/nothing").await.problem(404, "not_found");
        answered += 1;
    }
    assert_eq!(portal.send(portal.request(reqwest::Method::GET, "/readyz")).await.status, 503);
    assert_eq!(portal.send(portal.request(reqwest::Method::GET, "/healthz")).await.status, 200);

    wire.connected.send_replace(true);
    let again = AtomicI64::new(0);
    eventually("calls are served again", || async {
        again.fetch_add(1, Ordering::Relaxed);
        (portal.get(&org.live, "/v1/customers").await.status == 200).then_some(())
    })
    .await;
    answered += again.into_inner();
    portal.stop().await;
    assert_eq!(db.logged().await, answered);
    assert_eq!(db.number("select cast(sum(calls) as bigint) from usage_hourly").await, answered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_that_started_at_zero_while_postgres_was_unavailable_is_corrected_without_another_billed_call()
 {
    let Some(db) = TestDb::postgres().await else { return };
    let first = Portal::start(&db).await;
    let org = first.org("Acme").await;
    for _ in 0..5 {
        assert_eq!(first.get(&org.live, "/v1/customers").await.status, 200);
    }
    first.stop().await;
    let wire = Wire::to(db.url().expect("a URL")).await;
    // Room for any number of queries.
    let flags = ["--limit-key", "--limit-org", "--limit-ip", "--limit-operation"]
        .map(|limit| [limit, "1000000/1"]);
    let second = Portal::with_flags(
        &db,
        &[&["--database-url", &*wire.url][..], flags.as_flattened()].concat(),
    )
    .await;
    let prefix = KeyPrefix::parse(&org.live.view.prefix).expect("a prefix");
    assert!(
        second
            .app
            .keys
            .find(&second.app.db, prefix, second.now())
            .await
            .is_ok_and(|found| found.is_some())
    );
    wire.connected.send_replace(false);
    let left = async || {
        let response = second.get(&org.live, "/v1/nothing").await;
        response.problem(404, "not_found");
        response.header("tollgate-quota-remaining").to_owned()
    };
    assert_eq!(left().await, "10000");
    wire.connected.send_replace(true);
    eventually("the units are known", || async { (left().await == "9995").then_some(()) }).await;
}
