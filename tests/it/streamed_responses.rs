//! Streamed responses: counted when they start, and completed when they end.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use serde_json::Value;
use tokio::sync::{Mutex, mpsc};
use tollgate::server::request_logs;
use tollgate::types::time::DAY;
use tollgate_proxy::upstream::Broken;

use crate::support::{Org, Portal, TestDb, eventually, on_both};

type Feed = mpsc::Sender<Result<Bytes, Broken>>;

/// A gateway whose `GET /v1/customers` sends the test's data.
async fn streaming(portal: &Portal) -> (String, Feed) {
    let (feed, fed) = mpsc::channel::<Result<Bytes, Broken>>(1);
    let fed = Arc::new(Mutex::new(fed));
    let api = Router::new().route(
        "/v1/customers",
        get(async move || {
            let mut fed = fed.lock_owned().await;
            Body::from_stream(futures::stream::poll_fn(move |cx| fed.poll_recv(cx)))
        }),
    );
    (format!("{}/v1/customers", portal.gateway(api).await), feed)
}

async fn begin(portal: &Portal, org: &Org, url: &str) -> (reqwest::Response, String) {
    let response = portal.client.get(url).bearer_auth(&org.live.key).send().await.unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    (response, id)
}

/// The log's entry of a call, once it says so.
async fn logged(portal: &Portal, org: &Org, id: &str, ended: &str) -> Value {
    eventually("the call is in the log", || async {
        let response = portal.get(&org.live, &format!("/v1/request-logs/{id}")).await;
        let log = (response.status == 200).then(|| response.json())?;
        (log["ended"] == ended).then_some(log)
    })
    .await
}

/// Calls, and bytes of their responses, in the sums.
async fn counted(db: &TestDb) -> (i64, i64) {
    let sum = async |column: &str| {
        let text = format!(
            "select cast(coalesce(sum({column}), 0) as bigint) from usage_hourly where operation = 'listCustomers'"
        );
        db.number(text.leak()).await
    };
    (sum("calls").await, sum("response_bytes").await)
}

on_both! {
    async fn a_streamed_response_is_one_call_with_all_its_bytes(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let org = portal.org("Acme").await;
        let (url, feed) = streaming(&portal).await;
        feed.send(Ok("hello ".into())).await.unwrap();
        let (mut response, id) = begin(&portal, &org, &url).await;
        assert_eq!(response.chunk().await.unwrap().unwrap(), "hello ");

        // The batch with its start is written before it ends.
        let open = logged(&portal, &org, &id, "open").await;
        assert_eq!((&open["status"], &open["response_bytes"], &open["billed_units"]), (&200.into(), &0.into(), &1.into()));
        assert_eq!(counted(&db).await, (1, 0));

        feed.send(Ok("world".into())).await.unwrap();
        drop(feed);
        assert_eq!(response.text().await.unwrap(), "world");
        let whole = logged(&portal, &org, &id, "complete").await;
        assert_eq!((&whole["response_bytes"], &whole["latency_us"]), (&11.into(), &open["latency_us"]));
        assert!(whole["duration_us"].as_u64() > whole["latency_us"].as_u64(), "{whole}");
        let listed = portal.get(&org.live, "/v1/request-logs?operation=listCustomers").await.json();
        assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["response_bytes"]), (&whole["id"], &11.into()));
        assert_eq!(counted(&db).await, (1, 11));
        assert_eq!(db.number("select count(*) from request_log_ends").await, 1);

        // Merging blocks loses nothing of it, and it is deleted with its call.
        let (later, end) = (portal.now().plus(DAY), portal.now().plus(2 * DAY));
        while !request_logs::compact(&portal.app.db, portal.now().plus(-DAY), later).await.unwrap() {}
        assert_eq!(logged(&portal, &org, &id, "complete").await, whole);
        request_logs::prune(&portal.app.db, end).await.unwrap();
        assert_eq!(db.number("select count(*) from request_log_ends").await, 0);
        assert_eq!(counted(&db).await, (1, 11));
    }

    async fn the_log_records_which_side_ended_a_response_too_early(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let org = portal.org("Acme").await;
        for (broken, ended) in [(Broken::Failed, "upstream_failed"), (Broken::TimedOut, "timed_out")] {
            let (url, feed) = streaming(&portal).await;
            feed.send(Ok("hello".into())).await.unwrap();
            let (mut response, id) = begin(&portal, &org, &url).await;
            assert_eq!(response.chunk().await.unwrap().unwrap(), "hello");
            feed.send(Err(broken)).await.unwrap();
            assert!(response.chunk().await.is_err());
            assert_eq!(logged(&portal, &org, &id, ended).await["response_bytes"], 5);
        }
        let (url, feed) = streaming(&portal).await;
        feed.send(Ok("hello".into())).await.unwrap();
        let (mut response, id) = begin(&portal, &org, &url).await;
        assert_eq!(response.chunk().await.unwrap().unwrap(), "hello");
        drop(response);
        assert_eq!(logged(&portal, &org, &id, "aborted").await["response_bytes"], 5);
        // A complete response is complete in the log.
        let (response, id) = begin(&portal, &org, &format!("{}/v1/usage", portal.url)).await;
        let length = response.text().await.unwrap().len();
        let log = logged(&portal, &org, &id, "complete").await;
        assert_eq!((&log["response_bytes"], &log["duration_us"]), (&length.into(), &log["latency_us"]));
    }

    async fn what_was_streamed_until_the_server_stops_is_counted(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let (url, feed) = streaming(&portal).await;
        feed.send(Ok("hello".into())).await.unwrap();
        let (mut response, id) = begin(&portal, &org, &url).await;
        assert_eq!(response.chunk().await.unwrap().unwrap(), "hello");
        drop(feed);
        assert_eq!(response.chunk().await.unwrap(), None);
        portal.stop().await;
        let logs = db.logs().await;
        let log = logs.iter().find(|log| log.id == id).unwrap();
        assert_eq!((log.response_bytes, counted(&db).await), (5, (1, 5)));
    }
}
