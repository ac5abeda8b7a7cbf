//! Calls that are refused because of their content or form.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::types::environment::Environment;
use tollgate::types::key::CreatedKey;

use crate::support::{Portal, TestResponse};

const NOBODY: &str = "/v1/customers/cus_01h2xcejqtf2nbrexx3vqjhp41";

/// A new customer, as text of a content type.
async fn post(
    portal: &Portal,
    key: &CreatedKey,
    content_type: &str,
    body: impl Into<reqwest::Body>,
) -> TestResponse {
    let request = portal
        .request(Method::POST, "/v1/customers")
        .bearer_auth(&key.key)
        .header("content-type", content_type);
    portal.send(request.body(body)).await
}

pub async fn unreadable(portal: &Portal) -> Vec<TestResponse> {
    let org = portal.org("Acme").await;
    let mut responses = Vec::new();
    for body in ["", "{", "{\"name\":\"a\"} x", "{\"name\":\"\\ud800\"}", "\u{feff}{}"] {
        responses.push(post(portal, &org.live, "application/json", body.to_owned()).await);
    }
    responses.push(post(portal, &org.live, "application/json", &b"{\"name\":\"\xff\"}"[..]).await);
    for (name, bad) in [("idempotency-key", "two words"), ("tollgate-dry-run", "yes")] {
        let request = portal
            .request(Method::POST, "/v1/customers")
            .bearer_auth(&org.live.key)
            .header(name, bad);
        responses.push(portal.send(request.json(&json!({ "name": "Ada" }))).await);
    }
    for (path, location) in [
        ("customers?limit=0", "query.limit"),
        ("customers?limit=many", "query.limit"),
        ("customers?limti=1", "query.limti"),
        ("customers?cursor=%00", "query.cursor"),
        ("request-logs?status=teapot", "query.status"),
        ("usage?from=yesterday", "query.from"),
        ("usage?month=2026-13", "query.month"),
    ] {
        let response = portal.get(&org.sandbox, &format!("/v1/{path}")).await;
        assert_eq!(response.json()["errors"][0]["location"], location, "{}", response.text);
        let (_, name) = location.split_once('.').unwrap();
        assert!(response.json()["detail"].as_str().unwrap().contains(name), "{}", response.text);
        responses.push(response);
    }
    responses
}

/// For the operation that this portal declares to need one.
pub async fn without_idempotency_key(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live;
    let refused = portal.call(&key, Method::DELETE, NOBODY, &json!({})).await;
    portal
        .once(&key, Method::DELETE, NOBODY, "order-42", &json!({}))
        .await
        .problem(404, "not_found");
    vec![refused]
}

pub async fn of_nothing(portal: &Portal) -> Vec<TestResponse> {
    let (acme, other) = (portal.org("Acme").await, portal.org("Other").await);
    let made = portal.post(&acme.live, "/v1/customers", &json!({ "name": "Ada" })).await.json();
    let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
    assert_eq!(portal.get(&acme.live, &path).await.status, 200);
    let mut responses =
        vec![portal.get(&other.live, &path).await, portal.get(&acme.sandbox, &path).await];
    for path in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/customers/",
        "/v1/customers/cus_1/x",
        "/v1/customers/not-an-id",
        NOBODY,
    ] {
        responses.push(portal.get(&acme.sandbox, path).await);
    }
    responses
        .push(portal.call(&other.live, Method::PATCH, &path, &json!({ "name": "Mallory" })).await);
    responses
}

pub async fn with_another_method(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.sandbox;
    let mut responses = Vec::new();
    for (method, path, allow) in [
        ("PUT", "/v1/customers", "GET, HEAD, POST"),
        ("OPTIONS", "/v1/customers", "GET, HEAD, POST"),
        ("TRACE", NOBODY, "GET, HEAD, DELETE, PATCH"),
        ("BREW", "/v1/usage", "GET, HEAD"),
    ] {
        let request = portal
            .request(Method::from_bytes(method.as_bytes()).unwrap(), path)
            .bearer_auth(&key.key);
        let response = portal.send(request).await;
        assert_eq!(response.header("allow"), allow, "{method} {path}");
        responses.push(response);
    }
    responses
}

pub async fn against_the_state(portal: &Portal) -> Vec<TestResponse> {
    let org = portal.org("Acme").await;
    let gone = portal.key(&org.id, Environment::Live, &["customers:read"]).await;
    let act = |act: &str| format!("/v1/keys/{}/{act}", gone.view.id);
    assert_eq!(portal.post(&org.live, &act("revoke"), &json!({})).await.status, 200);
    vec![
        portal.post(&org.live, &act("enable"), &json!({})).await,
        portal.post(&org.live, &act("rotate"), &json!({})).await,
    ]
}

pub async fn too_large(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live;
    let large = json!({ "name": "x".repeat(2000) });
    let chunks = futures::stream::iter((0..4).map(|_| Ok::<_, std::io::Error>(vec![b' '; 300])));
    let responses = vec![
        portal.post(&key, "/v1/customers", &large).await,
        portal.once(&key, Method::POST, "/v1/customers", "order-42", &large).await,
        post(portal, &key, "application/json", reqwest::Body::wrap_stream(chunks)).await,
    ];
    for response in &responses {
        assert!(
            response.json()["detail"].as_str().unwrap().contains("1000 bytes"),
            "{}",
            response.text
        );
    }
    responses
}

pub async fn not_json(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live;
    let untyped = portal
        .request(Method::POST, "/v1/customers")
        .bearer_auth(&key.key)
        .body("{\"name\":\"Ada\"}");
    let mut responses = vec![portal.send(untyped).await];
    for content_type in ["application/x-www-form-urlencoded", "text/json", "application/jsonp", ""]
    {
        responses.push(post(portal, &key, content_type, "{\"name\":\"Ada\"}").await);
    }
    for content_type in
        ["application/json; charset=utf-8", "Application/JSON", "application/vnd.acme+json"]
    {
        assert_eq!(
            post(portal, &key, content_type, "{\"name\":\"Ada\"}").await.status,
            201,
            "{content_type}"
        );
    }
    responses
}

pub async fn with_wrong_fields(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live;
    let key_of = |field: &str, value: Value| {
        let mut body =
            json!({ "name": "Robot", "environment": "live", "scopes": ["customers:read"] });
        body[field] = value;
        ("/v1/keys", body)
    };
    let customer = |body: Value| ("/v1/customers", body);
    let mut responses = Vec::new();
    for ((path, body), location, code) in [
        (customer(json!({ "name": "Ada", "emial": "a@b.co" })), "body.emial", "unknown_field"),
        (customer(json!({ "email": "a@b.co" })), "body.name", "missing"),
        (customer(json!({ "name": 7 })), "body.name", "invalid_value"),
        (customer(json!({ "name": null })), "body.name", "invalid_value"),
        (
            customer(json!({ "name": "Ada", "metadata": { "plan": 1 } })),
            "body.metadata.plan",
            "invalid_value",
        ),
        (customer(json!({ "name": "x".repeat(201) })), "body.name", "invalid_length"),
        (customer(json!({ "name": "Ada", "email": "home" })), "body.email", "invalid_format"),
        (customer(json!([])), "body", "invalid_value"),
        (customer(json!("Ada")), "body", "invalid_value"),
        (key_of("scopes", json!(["fly:high"])), "body.scopes", "unknown_scope"),
        (key_of("scopes", json!(["customers:read", 7])), "body.scopes[1]", "invalid_value"),
        (key_of("environment", json!("test")), "body.environment", "invalid_value"),
        (key_of("expires_at", json!("soon")), "body.expires_at", "invalid_value"),
        (key_of("expires_at", json!("2020-01-01T00:00:00Z")), "body.expires_at", "out_of_range"),
        (key_of("rate_limit", json!({ "calls": 1 })), "body.rate_limit.seconds", "missing"),
        (key_of("spend_cap", json!(-1)), "body.spend_cap", "invalid_value"),
        (key_of("name", json!("Nul \u{0}")), "body.name", "invalid"),
    ] {
        let response = portal.post(&key, path, &body).await;
        let errors = response.json()["errors"].clone();
        assert_eq!(
            (&errors[0]["location"], &errors[0]["code"]),
            (&json!(location), &json!(code)),
            "{}",
            response.text
        );
        assert!(!errors[0]["message"].as_str().unwrap().is_empty());
        responses.push(response);
    }
    responses
}

pub async fn reusing_an_idempotency_key(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live;
    assert_eq!(
        portal
            .once(&key, Method::POST, "/v1/customers", "order-42", &json!({ "name": "Ada" }))
            .await
            .status,
        201
    );
    vec![
        portal
            .once(&key, Method::POST, "/v1/customers", "order-42", &json!({ "name": "Grace" }))
            .await,
    ]
}
