//! `Idempotency-Key` in the admin API: a repeated call is carried out once and gets the same
//! response.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::Operator;
use tollgate::server::{admin, idempotency};
use tollgate::types::time::SECOND;

use crate::products::{echo, register, shop};
use crate::support::{Portal, TestDb, TestResponse, on_both};

const PLANS: &str = "products/platform/plans";
const ROTATE: &str = "products/shop/signing-secrets/rotate";

async fn token(portal: &Portal, name: &str) -> String {
    admin::create_token(&portal.app.db, &Operator::command_line(), name, portal.now())
        .await
        .unwrap()
        .token
}

async fn send(
    portal: &Portal,
    token: &str,
    method: Method,
    path: &str,
    key: &str,
    body: &Value,
) -> TestResponse {
    let request = portal
        .request(method, &format!("/admin/api/v1/{path}"))
        .bearer_auth(token)
        .header("idempotency-key", key);
    portal.send(request.json(body)).await
}

async fn post(portal: &Portal, token: &str, path: &str, key: &str, body: &Value) -> TestResponse {
    send(portal, token, Method::POST, path, key, body).await
}

fn plan(price: u64) -> Value {
    json!({ "name": "Starter", "monthly_price": price, "included_units": 100 })
}

fn is_replay(response: &TestResponse) -> bool {
    response.header("idempotent-replayed") == "true"
}

on_both! {
    async fn a_repetition_gets_the_first_response_and_another_request_with_its_key_is_refused(db: TestDb) {
        let portal = Portal::start(&db).await;
        let token = token(&portal, "CI").await;
        let first = post(&portal, &token, PLANS, "deploy-1", &plan(4900)).await;
        assert_eq!((first.status, is_replay(&first)), (201, false), "{}", first.text);
        // Carried out again, it would return 200.
        for text in ["deploy-1", "\"deploy-1\""] {
            let again = post(&portal, &token, PLANS, text, &plan(4900)).await;
            assert_eq!((again.status, is_replay(&again), &again.text), (201, true, &first.text));
            assert_eq!(again.header("content-type"), "application/json");
            assert_ne!(again.request_id(), first.request_id());
        }
        post(&portal, &token, PLANS, "deploy-1", &plan(9900)).await.problem(422, "idempotency_mismatch");
        post(&portal, &token, "billing/simulate", "deploy-1", &plan(4900)).await.problem(422, "idempotency_mismatch");
        assert_eq!(db.number("select count(*) from plans where product = 'platform' and name = 'Starter'").await, 1);
    }

    async fn a_key_means_another_call_for_another_token_and_reading_ignores_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (ours, theirs) = (token(&portal, "ours").await, token(&portal, "theirs").await);
        assert_eq!(post(&portal, &ours, PLANS, "deploy-1", &plan(4900)).await.status, 201);
        let other = post(&portal, &theirs, PLANS, "deploy-1", &plan(9900)).await;
        assert_eq!((other.status, is_replay(&other)), (201, false), "{}", other.text);
        let read = send(&portal, &ours, Method::GET, PLANS, "deploy-1", &json!({})).await;
        assert_eq!((read.status, is_replay(&read)), (200, false));
        post(&portal, "tg_admin_guess", PLANS, "deploy-1", &plan(4900)).await.problem(401, "invalid_key");
    }

    async fn malformed_keys_are_refused_and_a_refused_call_can_be_corrected_under_its_key(db: TestDb) {
        let portal = Portal::start(&db).await;
        let token = token(&portal, "CI").await;
        let long = "x".repeat(256);
        for key in ["", "two words", "\"open", long.as_str()] {
            post(&portal, &token, PLANS, key, &plan(4900)).await.problem(400, "invalid_request");
        }
        assert_eq!(db.number("select count(*) from plans where name = 'Starter'").await, 0);
        let wrong = json!({ "name": "", "monthly_price": 4900, "included_units": 100 });
        post(&portal, &token, PLANS, "deploy-1", &wrong).await.problem(422, "validation_failed");
        assert_eq!(post(&portal, &token, PLANS, "deploy-1", &plan(4900)).await.status, 201);
        // A refusal of what was begun is stored, with its problem.
        for replayed in [false, true] {
            let unknown = post(&portal, &token, "products/nothing/retire", "retire-1", &json!({ "on": "2999-01-31" })).await;
            assert_eq!((unknown.status, is_replay(&unknown), &unknown.json()["code"]), (404, replayed, &json!("not_found")));
        }
    }

    async fn one_of_many_concurrent_calls_is_carried_out_and_its_secret_is_not_stored(db: TestDb) {
        let portal = Portal::start(&db).await;
        let token = token(&portal, "CI").await;
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let body = json!({ "overlap": "1h" });
        let responses = join_all((0..20).map(|_| post(&portal, &token, ROTATE, "rotate-1", &body))).await;
        let carried_out: Vec<&TestResponse> = responses.iter().filter(|response| response.status == 200).collect();
        assert_eq!(carried_out.len(), 1);
        assert!(responses.iter().all(|response| [200, 409].contains(&response.status)));
        post(&portal, &token, ROTATE, "rotate-1", &body).await.problem(409, "conflict");
        let secrets = send(&portal, &token, Method::GET, "products/shop/signing-secrets", "", &json!({})).await.json();
        assert_eq!(secrets.as_array().map(Vec::len), Some(2));
        assert_eq!(db.number("select count(*) from idempotency_keys where status = 200 and body is null").await, 1);
    }

    async fn a_call_whose_response_was_lost_is_not_carried_out_again(db: TestDb) {
        let portal = Portal::start(&db).await;
        let token = token(&portal, "CI").await;
        assert_eq!(post(&portal, &token, PLANS, "deploy-1", &plan(4900)).await.status, 201);
        // As left by a server that was killed between the commit and the response.
        db.execute("update idempotency_keys set status = null, code = null, headers_json = null, body = null").await;
        post(&portal, &token, PLANS, "deploy-1", &plan(4900)).await.problem(409, "idempotency_in_flight");
        portal.clock.advance(idempotency::LEASE + SECOND);
        post(&portal, &token, PLANS, "deploy-1", &plan(4900)).await.problem(409, "conflict");
    }
}

#[test]
fn the_document_describes_the_header_for_every_operation_that_changes_something() {
    let document: Value =
        serde_json::from_str(&tollgate::server::admin::api::openapi("/").to_json().unwrap())
            .unwrap();
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap());
    let (mut with, mut without) = (0, 0);
    for (method, operation) in operations {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let has_key =
            parameters.filter(|parameter| parameter["name"] == "Idempotency-Key").count() == 1;
        assert_eq!(has_key, method != "get", "{method} {}", operation["operationId"]);
        if has_key { with += 1 } else { without += 1 }
    }
    assert!(with > 5 && without > 5);
}
