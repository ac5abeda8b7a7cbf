//! Checking receivers.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::net::TcpListener;
use tollgate::types::key::CreatedKey;

use crate::support::{Portal, Receiver, Reply, TestDb, on_both};
use crate::webhooks::{endpoint, portal};

/// The cases and whether the receiver passed, in order.
async fn check(portal: &Portal, key: &CreatedKey, id: &str) -> (bool, Vec<(String, bool)>) {
    let response = portal.post(key, &format!("/v1/webhook-endpoints/{id}/check"), &json!({})).await;
    assert_eq!(response.status, 200, "{}", response.text);
    let report = response.json();
    let case = |result: &Value| {
        (result["case"].as_str().unwrap().to_owned(), result["is_right"].as_bool().unwrap())
    };
    (
        report["is_right"].as_bool().unwrap(),
        report["results"].as_array().unwrap().iter().map(case).collect(),
    )
}

fn wrong(report: &(bool, Vec<(String, bool)>)) -> Vec<&str> {
    report.1.iter().filter(|(_, is_right)| !is_right).map(|(case, _)| case.as_str()).collect()
}

async fn verify(State(secret): State<String>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match Webhook::new(&secret).unwrap().verify(&body, &headers) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

on_both! {
    async fn a_receiver_that_verifies_does_all_of_it_right(db: TestDb) {
        let portal = portal(&db).await;
        // The receiver reads the machine's clock.
        if portal.clock.is_moved() {
            return;
        }
        let key = portal.org("Acme").await.live;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (id, secret) = endpoint(&portal, &key, &json!({ "url": format!("http://{}/", listener.local_addr().unwrap()) })).await;
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(verify)).with_state(secret)).await });
        let before = portal.get(&key, "/v1/events").await.json();
        let report = check(&portal, &key, &id).await;
        assert!(report.0, "{report:?}");
        let cases: Vec<&str> = report.1.iter().map(|(case, _)| case.as_str()).collect();
        assert_eq!(cases, ["good", "bad_signature", "stale", "duplicate", "reordered", "slow"]);
        // None of it is an event.
        assert_eq!(portal.get(&key, "/v1/events").await.json(), before);
    }

    async fn one_that_takes_everything_or_nothing_is_told_what_it_does_wrong(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        let org = portal.org("Acme").await;
        let (id, _) = endpoint(&portal, &org.live, &json!({ "url": receiver.url })).await;
        assert_eq!(wrong(&check(&portal, &org.live, &id).await), ["bad_signature", "stale"]);
        receiver.reply(Reply::Status(401));
        assert_eq!(wrong(&check(&portal, &org.live, &id).await), ["good", "duplicate", "reordered", "slow"]);
        // A server error is not a rejection.
        receiver.reply(Reply::Status(500));
        assert_eq!(wrong(&check(&portal, &org.live, &id).await).len(), 6);
        portal.post(&org.sandbox, &format!("/v1/webhook-endpoints/{id}/check"), &json!({})).await.problem(404, "not_found");
    }

    async fn where_nothing_answers_the_check_ends_with_the_first(db: TestDb) {
        let portal = portal(&db).await;
        let key = portal.org("Acme").await.live;
        let (id, _) = endpoint(&portal, &key, &json!({ "url": "http://127.0.0.1:1/" })).await;
        assert_eq!(check(&portal, &key, &id).await, (false, vec![("good".to_owned(), false)]));
    }
}
