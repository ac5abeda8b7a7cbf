//! `Tollgate-Dry-Run: true`: the outcome of a call, without making it.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::types::environment::Environment;
use tollgate::types::key::CreatedKey;
use tollgate::types::time::SECOND;

use crate::support::{Portal, TestDb, TestResponse, on_both};

impl Portal {
    async fn dry(&self, key: &CreatedKey, method: Method, path: &str) -> TestResponse {
        let request =
            self.request(method, path).bearer_auth(&key.key).header("tollgate-dry-run", "true");
        let response = self.send(request.json(&json!({ "name": "Ada" }))).await;
        assert_eq!(response.header("tollgate-dry-run"), "true");
        response
    }
}

on_both! {
    async fn a_dry_run_reports_the_outcome_of_a_call_and_leaves_no_trace(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "5/3600"]).await;
        let org = portal.org("Acme").await;
        for _ in 0..3 {
            let response = portal.dry(&org.live, Method::POST, "/v1/customers").await;
            assert_eq!((response.status, response.header("tollgate-units")), (200, "0"), "{}", response.text);
            let body = response.json();
            assert_eq!((&body["dry_run"], &body["would_be"], &body["environment"]), (&json!(true), &json!("answered"), &json!("live")));
            assert_eq!(body["operation"], json!({ "id": "createCustomer", "scope": "customers:write", "units": 1 }));
            assert_eq!(body["key"], json!({ "id": org.live.view.id, "prefix": org.live.view.prefix }));
            let policies: Vec<&str> = body["limits"].as_array().unwrap().iter().map(|limit| limit["policy"].as_str().unwrap()).collect();
            assert_eq!(policies, ["key", "org", "ip", "operation"]);
            let wanted = json!({ "policy": "key", "limit": 5, "window_seconds": 3600, "remaining": 4, "reset_seconds": 720 });
            assert_eq!(body["limits"][0], wanted);
            assert_eq!(response.header("x-ratelimit-remaining"), "4");
            let document = portal.send(portal.request(Method::GET, "/v1/openapi.json")).await.json();
            let declared = &document["components"]["schemas"]["DryRun"]["properties"];
            let names = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(names(&body), names(declared));
        }
        // The real call then has exactly this outcome.
        let made = portal.post(&org.live, "/v1/customers", &json!({ "name": "Ada" })).await;
        assert_eq!((made.status, made.header("x-ratelimit-remaining")), (201, "4"));
        portal.stop().await;
        assert_eq!(db.number("select count(*) from customers").await, 1);
        assert_eq!(db.logged().await, 1);
        assert_eq!(db.number("select cast(sum(calls) as bigint) from usage_hourly").await, 1);
    }

    async fn what_would_be_refused_is_refused_in_the_same_words(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1/3600"]).await;
        let org = portal.org("Acme").await;
        let reader = portal.key(&org.id, Environment::Live, &["customers:read"]).await;
        portal.dry(&reader, Method::POST, "/v1/customers").await.problem(403, "insufficient_scope");
        portal.dry(&reader, Method::GET, "/v1/nothing").await.problem(404, "not_found");
        portal.dry(&reader, Method::PUT, "/v1/customers").await.problem(405, "method_not_allowed");
        let missing = portal.request(Method::GET, "/v1/customers").header("tollgate-dry-run", "true");
        let missing = portal.send(missing).await;
        missing.problem(401, "missing_key");
        assert_eq!(missing.header("tollgate-dry-run"), "true");

        assert_eq!(portal.get(&reader, "/v1/customers").await.status, 200);
        let details: Vec<Value> = vec![
            portal.dry(&reader, Method::GET, "/v1/customers").await.problem(429, "rate_limited"),
            portal.get(&reader, "/v1/customers").await.problem(429, "rate_limited"),
        ];
        assert_eq!(details[0]["detail"], details[1]["detail"]);
        portal.stop().await;
        assert_eq!(db.logged().await, 2);
    }

    async fn a_dry_run_uses_no_idempotency_key_and_checks_its_form(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.live;
        let request = |dry: &'static str, text: &str| {
            let request = portal.request(Method::POST, "/v1/customers").bearer_auth(&key.key);
            request.header("tollgate-dry-run", dry).header("idempotency-key", text).json(&json!({ "name": "Ada" }))
        };
        assert_eq!(portal.send(request("true", "order-42")).await.status, 200);
        portal.send(request("true", "two words")).await.problem(400, "invalid_request");
        assert_eq!(db.number("select count(*) from idempotency_keys").await, 0);
        // `false` is a call like any other.
        let made = portal.send(request("false", "order-42")).await;
        assert_eq!((made.status, made.header("tollgate-dry-run"), made.header("idempotent-replayed")), (201, "", ""));
    }

    async fn dry_runs_have_a_limit_of_their_own(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-failed-auth", "3/3600"]).await;
        let org = portal.org("Acme").await;
        // From now on the key is cached. Calls that had to wait for it would take tokens out of
        // order, and for an earlier call than the last one the bucket is less full.
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        let responses = futures::future::join_all((0..30).map(|_| portal.dry(&org.live, Method::GET, "/v1/customers"))).await;
        let refused = responses.iter().find(|response| response.status == 429).expect("one of thirty at once is refused");
        let problem = refused.problem(429, "rate_limited");
        assert!(problem["detail"].as_str().unwrap().contains("dry_run (10 calls in 1 s)"), "{problem}");
        assert!(!refused.header("retry-after").is_empty());
        assert!(responses.iter().filter(|response| response.status == 200).count() >= 10);
        // Refused dry runs do not affect calls, nor other keys.
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        assert_eq!(portal.dry(&org.sandbox, Method::GET, "/v1/customers").await.status, 200);
        portal.clock.advance(SECOND);
        assert_eq!(portal.dry(&org.live, Method::GET, "/v1/customers").await.status, 200);

        let guess = || portal.request(Method::GET, "/v1/customers").bearer_auth("guess").header("tollgate-dry-run", "true");
        for _ in 0..3 {
            portal.send(guess()).await.problem(401, "invalid_key");
        }
        portal.send(guess()).await.problem(429, "rate_limited");
    }

    async fn a_header_that_is_neither_true_nor_false_is_refused_and_nothing_is_done(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.live;
        for bad in ["yes", "True", "", "1"] {
            let request = portal.request(Method::POST, "/v1/customers").bearer_auth(&key.key).header("tollgate-dry-run", bad);
            portal.send(request.json(&json!({ "name": "Ada" }))).await.problem(400, "invalid_request");
        }
        let request = portal.request(Method::POST, "/v1/customers").bearer_auth(&key.key).json(&json!({ "name": "Ada" }));
        portal.send(request.header("tollgate-dry-run", "true").header("tollgate-dry-run", "false")).await.problem(400, "invalid_request");
        assert_eq!(db.number("select count(*) from customers").await, 0);
    }
}
