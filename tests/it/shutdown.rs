//! Graceful shutdown.

use sqlx::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Portal, Process, TestDb, Visitor, eventually, on_both, process};

on_both! {
    async fn sigterm_lets_calls_end_applies_the_journal_and_exits_with_zero(db: TestDb) {
        let demo = process::json(&db, &["demo", "--json"]);
        let key = demo["keys"]["live"].as_str().unwrap().to_owned();
        let server = Process::start(&db).await;
        let client = reqwest::Client::new();
        for _ in 0..20 {
            assert_eq!(client.get(format!("{}/v1/customers", server.url)).bearer_auth(&key).send().await.unwrap().status(), 200);
        }
        server.signal(libc::SIGTERM);
        assert_eq!(server.ended().await.code(), Some(0));
        assert_eq!(db.logged().await, 20);
    }

    async fn before_a_server_stops_it_reports_not_ready_and_still_accepts_calls(db: TestDb) {
        let demo = process::json(&db, &["demo", "--json"]);
        let key = demo["keys"]["live"].as_str().unwrap().to_owned();
        let server = Process::start_with(&db, |command| {
            command.env("TOLLGATE_DRAIN_SECONDS", "600");
        })
        .await;
        server.signal(libc::SIGTERM);
        let client = reqwest::Client::new();
        let not_ready = eventually("it is not ready any more", || async {
            let response = client.get(format!("{}/readyz", server.url)).send().await.unwrap();
            (response.status() == 503).then_some(response)
        })
        .await;
        let readiness: serde_json::Value = serde_json::from_str(&not_ready.text().await.unwrap()).unwrap();
        assert_eq!((&readiness["ready"], &readiness["draining"], &readiness["database"]), (&false.into(), &true.into(), &true.into()));
        assert_eq!(client.get(format!("{}/healthz", server.url)).send().await.unwrap().status(), 200);
        // On a new connection.
        let response = reqwest::Client::new().get(format!("{}/v1/customers", server.url)).bearer_auth(&key).send().await.unwrap();
        assert_eq!(response.status(), 200);
        // A second signal does not wait.
        server.signal(libc::SIGTERM);
        assert_eq!(server.ended().await.code(), Some(1));
    }

    async fn after_the_pause_a_server_stops_in_good_order(db: TestDb) {
        process::json(&db, &["demo", "--json"]);
        let server = Process::start_with(&db, |command| {
            command.env("TOLLGATE_DRAIN_SECONDS", "1");
        })
        .await;
        server.signal(libc::SIGTERM);
        assert_eq!(server.ended().await.code(), Some(0));
    }

    async fn what_a_caller_who_hung_up_had_done_is_counted(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let org = portal.org("Acme").await;
        let body = r#"{"name":"Ada"}"#;
        let call = format!(
            "POST /v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            org.live.key,
            body.len()
        );
        // Each client disconnects a little later than the previous one: the first before the body
        // is read, when nothing is done yet, and some while the customer is being created.
        let mut patience = std::time::Duration::ZERO;
        for calls in 0.. {
            let mut caller = tokio::net::TcpStream::connect(portal.url.trim_start_matches("http://")).await.unwrap();
            caller.write_all(call.as_bytes()).await.unwrap();
            let _ = tokio::time::timeout(patience, caller.readable()).await;
            drop(caller);
            if calls >= 20 && db.number("select count(*) from customers").await > 0 {
                break;
            }
            assert!(calls < 500, "no customer is ever made");
            patience += std::time::Duration::from_micros(500);
        }
        portal.stop().await;
        let made = db.number("select count(*) from customers").await;
        assert_eq!(db.logs().await.iter().filter(|log| log.status == 201).count() as i64, made);
    }

    async fn a_call_under_way_is_answered_and_an_open_stream_does_not_hold_up_the_stop(db: TestDb) {
        let portal = Portal::start(&db).await;
        let stream = Visitor::signed_up(&portal, "ada").await.request("/dashboard/live?env=live").send().await.unwrap();
        assert_eq!(stream.status(), 200);
        let org = portal.org("Acme").await;
        // The headers are sent and the handler waits for the body when the stop comes.
        let mut call = tokio::net::TcpStream::connect(portal.url.trim_start_matches("http://")).await.unwrap();
        let body = r#"{"name":"Ada"}"#;
        let head = format!(
            "POST /v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            org.live.key,
            body.len()
        );
        call.write_all(head.as_bytes()).await.unwrap();
        let mut go_on = [0; 25];
        call.read_exact(&mut go_on).await.unwrap();
        assert!(go_on.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&go_on));
        let stopping = tokio::spawn(portal.stop());
        call.write_all(body.as_bytes()).await.unwrap();
        let mut response = String::new();
        call.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 201 "), "{response}");
        stopping.await.unwrap();
        assert_eq!(db.logs().await.iter().filter(|log| log.status == 201).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_in_the_background_that_waits_for_the_database_does_not_hold_up_a_stop() {
    let Some(db) = TestDb::postgres().await else { return };
    Portal::start(&db).await.stop().await;
    // Compacting and deleting request logs wait for this lock from their first step on.
    let mut connection = sqlx::PgConnection::connect(db.url().unwrap()).await.unwrap();
    sqlx::raw_sql("begin; lock table request_log_blocks in access exclusive mode")
        .execute(&mut connection)
        .await
        .unwrap();
    let log = tempfile::NamedTempFile::new().unwrap();
    let server = Process::start_with(&db, |command| {
        command.stderr(log.reopen().unwrap());
    })
    .await;
    let waiting = "select count(*) from pg_locks where not granted and relation = 'request_log_blocks'::regclass";
    eventually("both wait", || async { (db.number(waiting).await >= 2).then_some(()) }).await;
    server.signal(libc::SIGTERM);
    assert_eq!(server.ended().await.code(), Some(0));
    // A job that holds up the stop is abandoned after 20 seconds, with a warning.
    let text = std::fs::read_to_string(log.path()).unwrap();
    assert!(!text.contains("did not end in time"), "{text}");
    connection.close().await.unwrap();
}
