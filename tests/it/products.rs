//! Products: registered from a document, and called through the gateway.

mod documents;
mod programs;
mod sandbox;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::any;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tollgate::server::access::{Operator, Permit};
use tollgate::server::plans;
use tollgate::server::products::Registration;
use tollgate::types::environment::Environment;
use tollgate::types::log::AnsweredBy;
use tollgate::types::plan::{NewPlan, PlanRate};
use tollgate::types::product::{ProductSettings, Validation};

use crate::quota::plan;
use crate::support::{Portal, TestDb, on_both};

pub fn shop(server: &str) -> Value {
    json!({
        "openapi": "3.1.0", "info": { "title": "Shop", "version": "1.2.0" }, "servers": [{ "url": server }],
        "paths": {
            "/items": {
                "get": { "operationId": "listItems", "responses": { "200": { "description": "Items" } } },
                "post": { "operationId": "createItem", "x-tollgate-units": 3,
                    "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewItem" } } } },
                    "responses": { "201": { "description": "Made", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Item" } } } } } }
            },
            "/items/{id}": {
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
                "get": { "operationId": "getItem", "responses": {
                    "200": { "description": "One", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Item" } } } },
                    "404": { "description": "None" }, "429": { "description": "Slower" } } },
                "delete": { "operationId": "deleteItem", "deprecated": true, "x-sunset": "2027-01-31", "responses": { "204": { "description": "Gone" } } }
            }
        },
        "components": { "schemas": {
            "NewItem": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string", "maxLength": 20 }, "price": { "type": "integer", "minimum": 0 } } },
            "Item": { "type": "object", "required": ["id", "name"], "properties": { "id": { "type": "string" }, "name": { "type": "string" }, "price": { "type": "integer" } } }
        } }
    })
}

pub async fn register(
    portal: &Portal,
    id: &str,
    document: &Value,
    change: impl FnOnce(&mut Registration),
) {
    let mut wanted = Registration {
        document: Some(document.to_string().into_bytes()),
        ..Registration::default()
    };
    change(&mut wanted);
    portal.register(id, wanted).await;
}

/// For calls in the sandbox only.
async fn register_bytes(portal: &Portal, id: &str, document: Vec<u8>) {
    let wanted = Registration {
        document: Some(document),
        base_url: Some("http://127.0.0.1:9".into()),
        ..Registration::default()
    };
    portal.register(id, wanted).await;
}

/// Waits until every completed call is in the database.
pub async fn applied(portal: &Portal) {
    portal.app.journal.caught_up().await;
}

/// An upstream that responds with the request that it got; its path starts with `/base`.
pub async fn echo() -> String {
    async fn answer(request: Request) -> impl IntoResponse {
        let headers: serde_json::Map<String, Value> = request
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes())))
            })
            .collect();
        let (method, uri) = (request.method().to_string(), request.uri().to_string());
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
        let mut own = HeaderMap::new();
        own.insert("x-upstream", "yes".parse().unwrap());
        (
            own,
            axum::Json(
                json!({ "method": method, "uri": uri, "headers": headers, "body": String::from_utf8_lossy(&body) }),
            ),
        )
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/base", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, Router::new().fallback(any(answer))).await.unwrap()
    });
    url
}

fn offer(product: &str, new: NewPlan) -> NewPlan {
    NewPlan { product: product.into(), ..new }
}

on_both! {
    async fn a_live_call_goes_to_the_upstream_and_is_counted_for_the_product(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let org = portal.org("Acme").await.id;
        let key = portal.key(&org, Environment::Live, &["shop:read", "shop:createItem"]).await;

        let answer = portal.get(&key, "/api/shop/items/a%20b?x=1").await;
        assert_eq!((answer.status, answer.header("x-upstream"), answer.header("tollgate-units")), (200, "yes", "1"), "{}", answer.text);
        let seen = answer.json();
        assert_eq!((&seen["method"], &seen["uri"]), (&json!("GET"), &json!("/base/items/a%20b?x=1")));
        assert_eq!(seen["headers"]["x-request-id"], answer.request_id());
        assert_eq!(seen["headers"]["tollgate-org"], org.as_str());
        assert!(seen["headers"].get("authorization").is_none(), "{seen}");

        let made = portal.post(&key, "/api/shop/items", &json!({ "name": "Cup" })).await;
        assert_eq!((made.status, made.header("tollgate-units")), (200, "3"));
        assert_eq!(made.json()["body"], r#"{"name":"Cup"}"#);

        applied(&portal).await;
        let logs = db.logs().await;
        let entries: Vec<_> = logs.iter().map(|log| (log.product.as_str(), log.operation.as_str(), log.answered_by, log.billed_units)).collect();
        assert_eq!(entries, [("shop", "createItem", AnsweredBy::Upstream, 3), ("shop", "getItem", AnsweredBy::Upstream, 1)]);
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly where product = 'shop'").await, 4);
    }

    async fn what_changed_is_known_to_all_calls_that_come_together(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await.id;
        let mut document = shop("http://127.0.0.1:9");
        register(&portal, "shop", &document, |_| {}).await;
        let key = portal.key(&org, Environment::Sandbox, &["shop:*"]).await;
        let together = async |portal: &Portal, path: &str| {
            let responses = join_all((0..10).map(|_| portal.get(&key, path))).await;
            for answer in responses {
                assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            }
        };
        document["paths"]["/more"] = document["paths"]["/items"].clone();
        document["paths"]["/more"]["get"]["operationId"] = json!("more");
        document["paths"]["/more"]["post"]["operationId"] = json!("makeMore");
        register(&portal, "shop", &document, |_| {}).await;
        together(&portal, "/api/shop/more").await;
        portal.stop().await;
        together(&Portal::start(&db).await, "/api/shop/more").await;
    }

    async fn paths_methods_and_scopes_are_those_of_the_document(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let org = portal.org("Acme").await.id;
        let reader = portal.key(&org, Environment::Live, &["shop:read"]).await;
        portal.get(&reader, "/api/shop/nothing").await.problem(404, "not_found");
        portal.get(&reader, "/api/nowhere/items").await.problem(404, "not_found");
        portal.get(&reader, "/api/platform/v1/customers").await.problem(404, "not_found");
        let refused = portal.call(&reader, Method::PUT, "/api/shop/items", &json!({})).await;
        refused.problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), "GET, HEAD, POST");
        let lacking = portal.post(&reader, "/api/shop/items", &json!({ "name": "Cup" })).await.problem(403, "insufficient_scope");
        assert!(lacking["detail"].as_str().unwrap().contains("`shop:write` or `shop:createItem`"), "{lacking}");
        // Only one operation.
        let single = portal.key(&org, Environment::Live, &["shop:getItem"]).await;
        assert_eq!(portal.get(&single, "/api/shop/items/1").await.status, 200);
        portal.get(&single, "/api/shop/items").await.problem(403, "insufficient_scope");
        // An undeclared path, if the product allows it.
        register(&portal, "shop", &shop(&echo().await), |wanted| {
            wanted.settings = Some(ProductSettings { allow_undeclared: true, ..ProductSettings::default() });
        })
        .await;
        let undeclared = portal.get(&reader, "/api/shop/nothing").await;
        assert_eq!((undeclared.status, &undeclared.json()["uri"]), (200, &json!("/base/nothing")));
    }

    async fn quota_price_and_rate_are_those_of_the_products_plan(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let org = portal.org("Acme").await;
        let key = portal.key(&org.id, Environment::Live, &["shop:*"]).await;
        // Without prices: calls are counted, and none costs anything.
        let open = portal.get(&key, "/api/shop/items").await;
        assert_eq!((open.status, open.header("tollgate-units"), open.header("tollgate-quota-remaining")), (200, "1", ""));

        let rate = Some(PlanRate { calls: 7, seconds: 3600, burst: None });
        let free = NewPlan { key_rate: rate, is_default: true, ..offer("shop", plan("Free", 4, None)) };
        let operator = Operator::command_line();
        plans::create(&portal.app.db, free, &operator, portal.now()).await.unwrap();
        let gold = plans::create(&portal.app.db, offer("shop", plan("Gold", 10, Some("0.5"))), &operator, portal.now()).await.unwrap();
        let first = portal.get(&key, "/api/shop/items").await;
        assert!(first.header("ratelimit-policy").starts_with("\"key\";q=7;w=3600"), "{}", first.header("ratelimit-policy"));
        // One was used before there was a plan.
        assert_eq!((first.status, first.header("tollgate-quota-remaining")), (200, "2"));
        portal.post(&key, "/api/shop/items", &json!({ "name": "Cup" })).await.problem(429, "quota_exceeded");
        assert_eq!(portal.get(&key, "/api/shop/items").await.status, 200);
        // The platform's own plan is not involved.
        assert_eq!(portal.get(&org.live, "/v1/customers").await.header("tollgate-quota-remaining"), "9999");

        plans::set_plan(&portal.app.db, &Permit::for_command_line(org.id.clone()), &gold.id, portal.now()).await.unwrap();
        let more = portal.post(&key, "/api/shop/items", &json!({ "name": "Cup" })).await;
        assert_eq!((more.status, more.header("tollgate-quota-remaining")), (200, "4"));
    }

    async fn what_the_document_does_not_allow_is_refused_or_named(db: TestDb) {
        let portal = Portal::start(&db).await;
        let server = echo().await;
        let with = |validation| ProductSettings { validation, ..ProductSettings::default() };
        register(&portal, "shop", &shop(&server), |wanted| wanted.settings = Some(with(Validation::Enforce))).await;
        let org = portal.org("Acme").await.id;
        let key = portal.key(&org, Environment::Live, &["shop:*"]).await;
        let refused = portal.post(&key, "/api/shop/items", &json!({ "price": -1 })).await;
        let problem = refused.problem(422, "validation_failed");
        let places: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|error| error["location"].as_str().unwrap()).collect();
        assert_eq!(places, ["body.name", "body.price"]);
        assert_eq!(refused.header("tollgate-units"), "0");
        assert_eq!(portal.post(&key, "/api/shop/items", &json!({ "name": "Cup" })).await.status, 200);

        register(&portal, "shop", &shop(&server), |wanted| wanted.settings = Some(with(Validation::Warn))).await;
        let warned = portal.post(&key, "/api/shop/items", &json!({ "price": -1 })).await;
        assert_eq!(warned.status, 200);
        assert!(warned.header("tollgate-validation").contains("body.name"), "{}", warned.header("tollgate-validation"));
    }

    async fn a_call_with_an_idempotency_key_reaches_the_upstream_once(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let org = portal.org("Acme").await.id;
        let key = portal.key(&org, Environment::Live, &["shop:*"]).await;
        let send = || {
            let request = portal.request(Method::POST, "/api/shop/items").bearer_auth(&key.key);
            portal.send(request.header("idempotency-key", "once").json(&json!({ "name": "Cup" })))
        };
        let (first, second) = (send().await, send().await);
        assert_eq!((first.status, second.status), (200, 200));
        assert_eq!(second.header("idempotent-replayed"), "true");
        // The upstream's response names the request.
        assert_eq!(first.text, second.text);
        assert_eq!((first.header("tollgate-units"), second.header("tollgate-units")), ("3", "0"));
    }

    async fn pages_of_allowed_origins_may_call_and_no_others(db: TestDb) {
        let portal = Portal::start(&db).await;
        let settings = ProductSettings { cors_origins: vec!["https://app.example.com".into()], ..ProductSettings::default() };
        register(&portal, "shop", &shop(&echo().await), |wanted| wanted.settings = Some(settings)).await;
        let org = portal.org("Acme").await.id;
        let key = portal.key(&org, Environment::Sandbox, &["shop:*"]).await;
        let preflight = |origin: &'static str| {
            let request = portal.request(Method::OPTIONS, "/api/shop/items").header("origin", origin);
            portal.send(request.header("access-control-request-method", "POST").header("access-control-request-headers", "authorization"))
        };
        let allowed = preflight("https://app.example.com").await;
        assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (204, "https://app.example.com"));
        assert_eq!(allowed.header("access-control-allow-headers"), "authorization");
        assert_eq!(preflight("https://evil.example.com").await.header("access-control-allow-origin"), "");
        let call = |origin: &'static str| portal.send(portal.request(Method::GET, "/api/shop/items").bearer_auth(&key.key).header("origin", origin));
        assert_eq!(call("https://app.example.com").await.header("access-control-allow-origin"), "https://app.example.com");
        assert_eq!(call("https://evil.example.com").await.header("access-control-allow-origin"), "");
        applied(&portal).await;
        assert_eq!(db.logged().await, 2);
    }

    async fn an_unreachable_upstream_is_reported_as_such_and_costs_nothing(db: TestDb) {
        let portal = Portal::start(&db).await;
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", nobody.local_addr().unwrap());
        drop(nobody);
        register(&portal, "shop", &shop(&server), |_| {}).await;
        let org = portal.org("Acme").await.id;
        let key = portal.key(&org, Environment::Live, &["shop:*"]).await;
        let answer = portal.get(&key, "/api/shop/items").await;
        let problem = answer.problem(502, "upstream_failed");
        assert!(!problem.to_string().contains(&server), "{problem}");
        assert_eq!(answer.header("tollgate-units"), "0");
    }
}
