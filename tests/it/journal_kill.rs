//! The basic promise: a server killed under load neither loses nor duplicates a call whose response
//! a client has received.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;
use reqwest::Client;
use tokio_util::sync::CancellationToken;

use crate::support::{Process, TestDb, eventually, on_both, process};

const KILLS: usize = 20;
const CLIENTS: usize = 8;

/// Request ids of all responses that arrived completely.
type Answered = Arc<Mutex<Vec<String>>>;

/// Calls until the server is gone or `stop`, and records each response.
async fn load(url: String, key: String, responded: Answered, stop: CancellationToken) {
    let client = Client::new();
    for i in 0.. {
        let request = match i % 3 {
            0 => client
                .post(format!("{url}/v1/customers"))
                .json(&serde_json::json!({ "name": "Ada" })),
            1 => client.get(format!("{url}/v1/customers?limit=1")),
            _ => client.get(format!("{url}/v1/nothing")),
        };
        let Ok(response) = request.bearer_auth(&key).send().await else { return };
        let id = response
            .headers()
            .get("x-request-id")
            .and_then(|id| id.to_str().ok())
            .expect("an id on every answer")
            .to_owned();
        if response.bytes().await.is_ok() {
            responded.lock().push(id);
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

async fn check(db: &TestDb, responded: &[String]) {
    let distinct: HashSet<&String> = responded.iter().collect();
    assert_eq!(distinct.len(), responded.len(), "request ids repeat");
    let logs = eventually("every answered call is in the log", || async {
        let logs = db.logs().await;
        let logged: HashSet<&String> = logs.iter().map(|log| &log.id).collect();
        distinct.is_subset(&logged).then_some(()).map(|()| logs.clone())
    })
    .await;
    let logged: HashSet<&String> = logs.iter().map(|log| &log.id).collect();
    assert_eq!(logged.len(), logs.len(), "a call stands in the log twice");
    // Every logged call is counted exactly once in the sums.
    let calls = db.number("select cast(sum(calls) as bigint) from usage_hourly").await;
    assert_eq!(calls, i64::try_from(logged.len()).unwrap(), "usage and log differ");
    let records = db.number("select cast(sum(records) as bigint) from journal_cursors").await;
    assert_eq!(records, calls, "the cursor counts otherwise");
    let billed = db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await;
    assert_eq!(billed, logs.iter().map(|log| log.billed_units as i64).sum::<i64>());
    println!(
        "{} answers arrived, {} were journalled; 0 lost, 0 doubled",
        responded.len(),
        logged.len()
    );
}

on_both! {
    async fn a_server_killed_twenty_times_under_load_loses_and_doubles_nothing(db: TestDb) {
        let demo = process::json(&db, &["demo", "--json"]);
        let keys = ["live", "sandbox"].map(|environment| demo["keys"][environment].as_str().unwrap().to_owned());
        let responded = Answered::default();
        for kill in 0..KILLS {
            // Small segments, so that some end under load, too.
            let server = Process::start_with(&db, |command| {
                command.env("TOLLGATE_JOURNAL_SEGMENT_BYTES", "65536");
            })
            .await;
            let before = responded.lock().len();
            let clients: Vec<_> = (0..CLIENTS)
                .map(|i| tokio::spawn(load(server.url.clone(), keys[i % 2].clone(), Arc::clone(&responded), CancellationToken::new())))
                .collect();
            // Not before there is load, and each time at another moment of the applier's cycle.
            let calls = before + 20 + kill * 37 % 400;
            eventually("calls are answered", || async { (responded.lock().len() > calls).then_some(()) }).await;
            server.kill();
            for client in clients {
                client.await.unwrap();
            }
        }
        let server = Process::start(&db).await;
        let responded = responded.lock().clone();
        assert!(responded.len() > KILLS * 20);
        check(&db, &responded).await;
        server.signal(libc::SIGTERM);
        assert!(server.ended().await.success());
    }

    async fn a_torn_last_record_is_skipped_and_costs_nothing_else(db: TestDb) {
        let demo = process::json(&db, &["demo", "--json"]);
        let key = demo["keys"]["live"].as_str().unwrap().to_owned();
        let (responded, stop) = (Answered::default(), CancellationToken::new());
        let server = Process::start(&db).await;
        let client = tokio::spawn(load(server.url.clone(), key.clone(), Arc::clone(&responded), stop.clone()));
        eventually("calls are answered", || async { (responded.lock().len() > 50).then_some(()) }).await;
        stop.cancel();
        client.await.unwrap();
        server.kill();

        // Half a record at the end, as after a power failure.
        let mut segments: Vec<_> = std::fs::read_dir(db.data_dir().join("journal")).unwrap().map(|entry| entry.unwrap().path()).collect();
        segments.retain(|path| path.extension().is_some_and(|ending| ending == "journal"));
        segments.sort();
        let last = segments.last().unwrap();
        let mut bytes = std::fs::read(last).unwrap();
        let start = bytes.windows(4).rposition(|window| window == b"TGJ2").unwrap();
        let half = bytes[start..start + (bytes.len() - start) / 2].to_vec();
        bytes.extend(half);
        std::fs::write(last, bytes).unwrap();

        let server = Process::start(&db).await;
        let (stop, client) = (CancellationToken::new(), Client::new());
        let more = tokio::spawn(load(server.url.clone(), key, Arc::clone(&responded), stop.clone()));
        let before = responded.lock().len();
        eventually("calls are answered again", || async { (responded.lock().len() > before + 20).then_some(()) }).await;
        stop.cancel();
        more.await.unwrap();
        assert_eq!(client.get(format!("{}/readyz", server.url)).send().await.unwrap().status(), 200);
        let responded = responded.lock().clone();
        check(&db, &responded).await;
        server.kill();
    }
}
