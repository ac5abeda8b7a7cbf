//! Idempotency with a handler that is slow, fails, panics or dies: a gateway in front of the test's
//! own handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use reqwest::Method;
use serde_json::json;
use tokio::sync::Semaphore;
use tollgate::server::access::WriteCustomers;
use tollgate::server::gateway::{ApiKey, endpoint};
use tollgate::server::{App, customers, idempotency};
use tollgate::types::time::SECOND;

use crate::idempotency::OPEN;
use crate::support::{Org, Portal, TestDb, TestResponse, eventually, on_both};

/// State shared by the handler and its test.
#[derive(Clone)]
struct Stage {
    app: App,
    /// Calls that started.
    begun: Arc<AtomicU32>,
    /// A call that waits takes one.
    gate: Arc<Semaphore>,
}

/// Does what the header `x-do` says; only the first time, if it is `once-…`.
async fn act(
    stage: Stage,
    key: ApiKey<WriteCustomers>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let turn = stage.begun.fetch_add(1, Ordering::SeqCst);
    let act = headers.get("x-do").map_or("", |value| value.to_str().unwrap());
    let act = if turn > 0 {
        act.strip_prefix("once-").map_or(act, |_| "")
    } else {
        act.trim_start_matches("once-")
    };
    if act.contains("wait") {
        stage.gate.acquire().await.unwrap().forget();
    }
    assert!(!act.contains("panic"), "as the test asks");
    if act.contains("fail") {
        return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    }
    let new = serde_json::from_value(json!({ "name": "Ada" })).unwrap();
    let created = customers::create(&stage.app.db, &key, key.environment, new, key.now).await;
    let customer = created.map_err(|error| {
        (StatusCode::from_u16(error.code().status()).unwrap(), error.code().as_str())
            .into_response()
    })?;
    if act.contains("stumble") {
        return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    }
    let body = if act.contains("large") {
        "x".repeat(idempotency::MAX_RESPONSE + 1)
    } else {
        customer.id.to_string()
    };
    Ok((
        StatusCode::CREATED,
        [("location", "/v1/here"), ("x-two", "a"), ("connection", "close")],
        body,
    )
        .into_response())
}

struct Act {
    portal: Portal,
    org: Org,
    url: String,
    stage: Stage,
}

impl Act {
    async fn begin(db: &TestDb) -> Self {
        let portal = Portal::with_flags(db, &OPEN).await;
        let org = portal.org("Acme").await;
        let stage = Stage {
            app: portal.app.clone(),
            begun: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        };
        let staged = stage.clone();
        let api = endpoint(move |key: ApiKey<WriteCustomers>, headers: HeaderMap| {
            act(staged.clone(), key, headers)
        });
        let url = format!("{}/v1/customers", portal.gateway_before(api).await);
        Self { portal, org, url, stage }
    }

    fn request(&self, act: &str) -> reqwest::RequestBuilder {
        let request =
            self.portal.client.request(Method::POST, &self.url).bearer_auth(&self.org.live.key);
        request.header("idempotency-key", "order-42").header("x-do", act)
    }

    async fn send(&self, act: &str) -> TestResponse {
        self.portal.send(self.request(act)).await
    }

    async fn began(&self, calls: u32) {
        eventually("the call has begun", || async {
            (self.stage.begun.load(Ordering::SeqCst) >= calls).then_some(())
        })
        .await;
    }
}

on_both! {
    async fn while_the_first_call_runs_others_get_a_conflict(db: TestDb) {
        let act = Act::begin(&db).await;
        let (first, ()) = tokio::join!(act.send("wait"), async {
            act.began(1).await;
            let refused = act.send("wait").await;
            refused.problem(409, "idempotency_in_flight");
            assert_eq!((refused.header("retry-after"), refused.header("tollgate-units")), ("1", "0"));
            act.stage.gate.add_permits(1);
        });
        assert_eq!(first.status, 201);
        let again = act.send("wait").await;
        assert_eq!((again.status, again.header("idempotent-replayed"), &again.text), (201, "true", &first.text));
        assert_eq!((again.header("location"), again.header("x-two"), again.header("connection")), ("/v1/here", "a", ""));
        assert_eq!(act.stage.begun.load(Ordering::SeqCst), 1);
    }

    async fn the_call_of_a_caller_who_disconnects_is_carried_out_and_billed_once(db: TestDb) {
        let act = Act::begin(&db).await;
        {
            let call = act.request("wait").send();
            tokio::select! {
                _ = call => panic!("nobody opened the gate"),
                () = act.began(1) => {}
            }
        }
        act.send("wait").await.problem(409, "idempotency_in_flight");
        act.stage.gate.add_permits(1);
        let again = eventually("the call ends without its caller", || async {
            let answer = act.send("wait").await;
            (answer.status == 201).then_some(answer)
        })
        .await;
        assert_eq!((again.header("idempotent-replayed"), again.header("tollgate-units")), ("true", "0"));
        assert_eq!(act.stage.begun.load(Ordering::SeqCst), 1);
        act.portal.stop().await;
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await, 1);
    }

    async fn a_call_that_fails_or_panics_can_be_sent_again_at_once(db: TestDb) {
        let act = Act::begin(&db).await;
        assert_eq!(act.send("fail").await.status, 500);
        act.send("panic").await.problem(500, "internal");
        let third = act.send("").await;
        assert_eq!((third.status, third.header("idempotent-replayed")), (201, ""));
    }

    async fn a_call_that_fails_after_its_effect_is_not_carried_out_again(db: TestDb) {
        let act = Act::begin(&db).await;
        assert_eq!(act.send("once-stumble").await.status, 500);
        act.send("once-stumble").await.problem(409, "idempotency_in_flight");
        act.portal.clock.advance(idempotency::LEASE + SECOND);
        act.send("once-stumble").await.problem(409, "conflict");
        assert_eq!(db.number("select count(*) from customers").await, 1);
    }

    async fn when_the_first_caller_is_lost_another_takes_over_and_the_first_can_do_nothing_more(db: TestDb) {
        let act = Act::begin(&db).await;
        let (lost, ()) = tokio::join!(act.send("once-wait"), async {
            act.began(1).await;
            act.send("once-wait").await.problem(409, "idempotency_in_flight");
            act.portal.clock.advance(idempotency::LEASE + SECOND);
            let second = act.send("once-wait").await;
            assert_eq!((second.status, second.header("idempotent-replayed")), (201, ""));
            act.stage.gate.add_permits(1);
        });
        assert_eq!((lost.status, lost.text.as_str()), (409, "idempotency_in_flight"));
        assert_eq!(act.send("once-wait").await.header("idempotent-replayed"), "true");
        assert_eq!(db.number("select count(*) from customers").await, 1);
        assert_eq!(db.number("select count(*) from events where type = 'customer.created'").await, 1);
    }

    async fn of_many_who_would_take_over_one_does(db: TestDb) {
        let act = Act::begin(&db).await;
        let (_, ()) = tokio::join!(act.send("once-wait"), async {
            act.began(1).await;
            act.portal.clock.advance(idempotency::LEASE + SECOND);
            let responses = futures::future::join_all((0..20).map(|_| act.send("once-wait"))).await;
            let first = responses.iter().filter(|answer| answer.status == 201 && answer.header("idempotent-replayed").is_empty());
            assert_eq!(first.count(), 1);
            act.stage.gate.add_permits(1);
        });
        assert_eq!(act.stage.begun.load(Ordering::SeqCst), 2);
        assert_eq!(db.number("select count(*) from customers").await, 1);
    }

    async fn a_response_that_is_too_large_to_store_is_returned_once_completely(db: TestDb) {
        let act = Act::begin(&db).await;
        let first = act.send("large").await;
        assert_eq!((first.status, first.text.len()), (201, idempotency::MAX_RESPONSE + 1));
        let problem = act.send("large").await.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("too large"), "{problem}");
        assert_eq!(db.number("select count(*) from customers").await, 1);
    }
}
