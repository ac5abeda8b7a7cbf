//! `Idempotency-Key`: a repeated call is carried out once and gets the same response.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::idempotency;
use tollgate::types::environment::Environment;
use tollgate::types::key::CreatedKey;
use tollgate::types::time::{DAY, HOUR, SECOND};

use crate::support::{Portal, TestDb, TestResponse, eventually, on_both};

pub const OPEN: [&str; 8] = [
    "--limit-key",
    "100000/1",
    "--limit-org",
    "100000/1",
    "--limit-ip",
    "100000/1",
    "--limit-operation",
    "100000/1",
];

impl Portal {
    pub async fn once(
        &self,
        key: &CreatedKey,
        method: Method,
        path: &str,
        text: &str,
        body: &Value,
    ) -> TestResponse {
        self.send(
            self.request(method, path)
                .bearer_auth(&key.key)
                .header("idempotency-key", text)
                .json(body),
        )
        .await
    }

    async fn create(&self, key: &CreatedKey, text: &str, name: &str) -> TestResponse {
        self.once(key, Method::POST, "/v1/customers", text, &json!({ "name": name })).await
    }
}

fn is_replay(response: &TestResponse) -> bool {
    response.header("idempotent-replayed") == "true"
}

on_both! {
    async fn a_repeated_call_gets_the_first_response_and_is_not_billed_again(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let first = portal.create(&org.live, "order-42", "Ada").await;
        assert_eq!((first.status, is_replay(&first), first.header("tollgate-units")), (201, false, "1"));
        // The draft's quoted form is the same key.
        for text in ["order-42", "\"order-42\""] {
            let again = portal.create(&org.live, text, "Ada").await;
            assert_eq!((again.status, is_replay(&again), again.header("tollgate-units")), (201, true, "0"));
            assert_eq!((&again.text, again.header("content-type")), (&first.text, first.header("content-type")));
            assert_ne!(again.request_id(), first.request_id());
            assert!(!again.header("ratelimit").is_empty());
        }
        portal.stop().await;
        assert_eq!(db.number("select count(*) from customers").await, 1);
        assert_eq!(db.logged().await, 3);
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await, 1);
        assert_eq!(db.number("select cast(sum(units) as bigint) from usage_hourly").await, 1);
    }

    async fn of_a_hundred_at_once_on_two_instances_exactly_one_is_carried_out(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let flags: Vec<&str> = OPEN.into_iter().chain(["--data-dir", folder.path().to_str().unwrap()]).collect();
        let one = Portal::with_flags(&db, &OPEN).await;
        let two = if db.url().is_some() { Some(Portal::with_flags(&db, &flags).await) } else { None };
        let key = one.org("Acme").await.live;
        let calls = (0..100).map(|i| {
            let portal = two.as_ref().filter(|_| i % 2 == 1).unwrap_or(&one);
            portal.create(&key, "order-42", "Ada")
        });
        let (mut first, mut replays) = (Vec::new(), Vec::new());
        for response in futures::future::join_all(calls).await {
            match response.status {
                201 if is_replay(&response) => replays.push(response.text),
                201 => first.push(response.text),
                _ => {
                    response.problem(409, "idempotency_in_flight");
                    assert_eq!(response.header("retry-after"), "1");
                }
            }
        }
        assert_eq!(first.len(), 1);
        for portal in two.iter().chain([&one]) {
            let later = portal.create(&key, "order-42", "Ada").await;
            assert!(is_replay(&later));
            replays.push(later.text);
        }
        assert!(replays.iter().all(|text| *text == first[0]));
        assert_eq!(db.number("select count(*) from customers").await, 1);
        assert_eq!(db.number("select count(*) from events where type = 'customer.created'").await, 1);
    }

    async fn a_key_belongs_to_one_request(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.sandbox;
        let ada = portal.create(&key, "order-42", "Ada").await;
        portal.create(&key, "order-42", "Grace").await.problem(422, "idempotency_mismatch");
        portal.once(&key, Method::POST, "/v1/customers?x=1", "order-42", &json!({ "name": "Ada" })).await.problem(422, "idempotency_mismatch");
        let typed = portal.request(Method::POST, "/v1/customers").bearer_auth(&key.key).header("idempotency-key", "order-42");
        let typed = typed.header("content-type", "application/vnd.acme+json").body("{\"name\":\"Ada\"}");
        portal.send(typed).await.problem(422, "idempotency_mismatch");
        assert_eq!(db.number("select count(*) from customers").await, 1);
        assert_eq!(portal.create(&key, "order-42", "Ada").await.text, ada.text);
    }

    async fn a_key_means_another_call_in_another_organisation_environment_or_operation(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (acme, other) = (portal.org("Acme").await, portal.org("Other").await);
        let mut texts = Vec::new();
        for key in [&acme.live, &acme.sandbox, &other.live] {
            let response = portal.create(key, "order-42", "Ada").await;
            assert_eq!((response.status, is_replay(&response)), (201, false));
            texts.push(response.text);
        }
        texts.dedup();
        assert_eq!(texts.len(), 3);
        let path = format!("/v1/customers/{}", serde_json::from_str::<Value>(&texts[0]).unwrap()["id"].as_str().unwrap());
        let changed = portal.once(&acme.live, Method::PATCH, &path, "order-42", &json!({ "name": "Ada King" })).await;
        assert_eq!((changed.status, is_replay(&changed)), (200, false));
        // Another key of the same organisation and environment repeats the same call.
        let second = portal.key(&acme.id, Environment::Live, &["customers:write"]).await;
        assert!(is_replay(&portal.create(&second, "order-42", "Ada").await));
        // A key that may not make the call does not get its response.
        let reader = portal.key(&acme.id, Environment::Live, &["customers:read"]).await;
        portal.create(&reader, "order-42", "Ada").await.problem(403, "insufficient_scope");
    }

    async fn changes_and_deletions_are_repeated_without_harm_and_reading_ignores_the_key(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let key = portal.org("Acme").await.live;
        let id = portal.create(&key, "a", "Ada").await.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/customers/{id}");
        for replayed in [false, true] {
            let response = portal.once(&key, Method::DELETE, &path, "b", &json!({})).await;
            assert_eq!((response.status, is_replay(&response), response.text.as_str()), (204, replayed, ""));
        }
        // A handler's 404 is stored like any response, with the code in the log.
        for replayed in [false, true] {
            let response = portal.once(&key, Method::DELETE, &path, "c", &json!({})).await;
            assert_eq!((response.status, is_replay(&response), &response.json()["code"]), (404, replayed, &json!("not_found")));
            assert_eq!(response.header("content-type"), "application/problem+json");
            let logged = eventually("the call is in the log", || async {
                let log = portal.get(&key, &format!("/v1/request-logs/{}", response.request_id())).await;
                (log.status == 200).then(|| log.json())
            });
            assert_eq!(logged.await["code"], "not_found");
        }
        for text in ["d", "two words"] {
            let response = portal.once(&key, Method::GET, "/v1/customers", text, &json!({})).await;
            assert_eq!((response.status, is_replay(&response)), (200, false));
        }
    }

    async fn a_malformed_key_or_more_than_one_is_refused(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.sandbox;
        for bad in ["", "two words", "\"open", "\"\"", "\"a\";b=1", &"x".repeat(256)] {
            portal.create(&key, bad, "Ada").await.problem(400, "invalid_request");
        }
        let request = portal.request(Method::POST, "/v1/customers").bearer_auth(&key.key).json(&json!({ "name": "Ada" }));
        portal.send(request.header("idempotency-key", "a").header("idempotency-key", "a")).await.problem(400, "invalid_request");
        assert_eq!(db.number("select count(*) from customers").await, 0);
        assert_eq!(portal.create(&key, &"x".repeat(255), "Ada").await.status, 201);
    }

    async fn a_refused_call_can_be_corrected_under_the_same_key(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--max-body-bytes", "1000"]).await;
        let key = portal.org("Acme").await.sandbox;
        portal.create(&key, "order-42", " ").await.problem(422, "validation_failed");
        let problem = portal.create(&key, "order-42", &"x".repeat(2000)).await.problem(413, "body_too_large");
        assert!(problem["detail"].as_str().unwrap().contains("1000"));
        let text = portal.request(Method::POST, "/v1/customers").bearer_auth(&key.key).header("idempotency-key", "order-42");
        portal.send(text.body("name=Ada")).await.problem(415, "unsupported_media_type");
        assert_eq!(db.number("select count(*) from idempotency_keys").await, 0);
        let created = portal.create(&key, "order-42", "Ada").await;
        assert_eq!((created.status, is_replay(&created)), (201, false));
    }

    async fn a_repetition_takes_from_the_limits(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "2/3600"]).await;
        let key = portal.org("Acme").await.sandbox;
        assert_eq!(portal.create(&key, "order-42", "Ada").await.status, 201);
        let again = portal.create(&key, "order-42", "Ada").await;
        assert_eq!((is_replay(&again), again.header("x-ratelimit-remaining")), (true, "0"));
        portal.create(&key, "order-42", "Ada").await.problem(429, "rate_limited");
    }

    async fn a_day_later_the_key_is_a_new_call_and_the_old_response_is_deleted(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.sandbox;
        let first = portal.create(&key, "order-42", "Ada").await;
        portal.create(&key, "order-43", "Grace").await;
        portal.clock.advance(DAY - HOUR);
        idempotency::prune(&portal.app.db, portal.now()).await.unwrap();
        assert_eq!(portal.create(&key, "order-42", "Ada").await.text, first.text);
        portal.clock.advance(HOUR);
        // Also another request, even if nothing was deleted yet.
        let next = portal.create(&key, "order-42", "Ada King").await;
        assert_eq!((next.status, is_replay(&next)), (201, false));
        assert!(is_replay(&portal.create(&key, "order-42", "Ada King").await));
        idempotency::prune(&portal.app.db, portal.now()).await.unwrap();
        assert_eq!(db.texts("select key from idempotency_keys").await, ["order-42"]);
        portal.clock.advance(DAY);
        idempotency::prune(&portal.app.db, portal.now()).await.unwrap();
        assert_eq!(db.number("select count(*) from idempotency_keys").await, 0);
    }

    async fn a_lost_response_does_not_cause_a_second_effect(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.live;
        portal.create(&key, "order-42", "Ada").await;
        // The state after a server dies between the commit of the customer and that of the
        // response.
        db.execute("update idempotency_keys set status = null, code = null, headers_json = null, body = null").await;
        portal.create(&key, "order-42", "Ada").await.problem(409, "idempotency_in_flight");
        portal.clock.advance(idempotency::LEASE + SECOND);
        let problem = portal.create(&key, "order-42", "Ada").await.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("lost"));
        assert_eq!(db.number("select count(*) from customers").await, 1);
    }

    async fn a_new_keys_text_is_not_kept_for_a_repetition(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let body = json!({ "name": "Shop", "environment": "live", "scopes": ["customers:read"] });
        let created = portal.once(&org.live, Method::POST, "/v1/keys", "order-42", &body).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let problem = portal.once(&org.live, Method::POST, "/v1/keys", "order-42", &body).await.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("carried out with status 201"), "{problem}");
        assert_eq!(db.number("select count(*) from keys where name = 'Shop'").await, 1);
        assert_eq!(db.number("select count(*) from idempotency_keys where body is null and status = 201").await, 1);
    }
}
