//! A call that does not end is cancelled before its quota reservation expires.

use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Portal, TestDb, on_both};

const SOON: [&str; 2] = ["--call-timeout-seconds", "3"];

/// Sends only the start of a body, and returns the response.
async fn never_ends(portal: &Portal, key: &str, more_headers: &str) -> (u16, Value) {
    let address = portal.url.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let head = format!(
        "POST /v1/customers HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n{more_headers}Content-Length: 100\r\n\r\n{{\"name\":"
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.expect("an answer and an end");
    let response = String::from_utf8(response).expect("UTF-8");
    let (head, body) = response.split_once("\r\n\r\n").expect("a head");
    (head[9..12].parse().expect("a status"), serde_json::from_str(body).expect("JSON"))
}

on_both! {
    async fn a_body_that_does_not_arrive_times_out(db: TestDb) {
        let portal = Portal::with_flags(&db, &SOON).await;
        let org = portal.org("Acme").await;
        for headers in ["", "Idempotency-Key: one\r\n"] {
            let (status, problem) = never_ends(&portal, &org.live.key, headers).await;
            assert_eq!((status, problem["code"].as_str()), (400, Some("invalid_request")), "{problem}");
        }
        // The quota reservation is released.
        let response = portal.get(&org.live, "/v1/customers").await;
        let before: u64 = response.header("tollgate-quota-remaining").parse().unwrap();
        let response = portal.get(&org.live, "/v1/customers").await;
        assert_eq!(response.header("tollgate-quota-remaining"), (before - 1).to_string());
        portal.stop().await;
        assert_eq!(db.number("select units from quota_counters").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_does_not_respond_is_cancelled() {
    let Some(db) = TestDb::postgres().await else { return };
    let portal = Portal::with_flags(&db, &SOON).await;
    let org = portal.org("Acme").await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    let mut other = PgConnection::connect(db.url().expect("a URL")).await.expect("connects");
    let mut lock = other.begin().await.expect("a transaction");
    sqlx::query("lock table customers in access exclusive mode")
        .execute(&mut *lock)
        .await
        .expect("locked");
    portal.get(&org.live, "/v1/customers").await.problem(503, "unavailable");
    lock.rollback().await.expect("free");
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
}
