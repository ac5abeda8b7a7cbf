//! Calls to a product with its own server: how they are billed and recorded.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tollgate::server::products::Registration;
use tollgate::types::environment::Environment;
use tollgate::types::key::CreatedKey;
use tollgate::types::product::{EncodedSlashes, ProductSettings};

use crate::support::{Portal, TestDb, TestResponse, eventually, on_both};

/// Registers `shop` with the server `api`, and returns an organisation's live key for it.
async fn shop(portal: &Portal, api: Router) -> CreatedKey {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v2", listener.local_addr().unwrap());
    tokio::spawn(
        async move { axum::serve(listener, Router::new().nest("/v2", api)).await.unwrap() },
    );
    let responses = json!({ "200": { "description": "Done" } });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": {
            "/items": { "get": { "operationId": "listItems", "x-tollgate-max-units": 10, "responses": responses } },
            "/orders": { "post": { "operationId": "order", "responses": responses } },
            "/events": { "get": { "operationId": "listen", "responses": responses } },
        },
    });
    let wanted = Registration {
        document: Some(document.to_string().into()),
        base_url: Some(base_url),
        ..Registration::default()
    };
    portal.register("shop", wanted).await;
    let org = portal.org("Acme").await.id;
    portal.key(&org, Environment::Live, &["shop:*", "logs:read"]).await
}

async fn logged(portal: &Portal, key: &CreatedKey, response: &TestResponse) -> Value {
    eventually("the call is in the log", || async {
        let log = portal.get(key, &format!("/v1/request-logs/{}", response.request_id())).await;
        (log.status == 200).then(|| log.json()).filter(|log| log["ended"] != "open")
    })
    .await
}

on_both! {
    async fn a_product_answers_for_itself_and_the_gateway_counts(db: TestDb) {
        let portal = Portal::start(&db).await;
        let items = async |headers: HeaderMap| {
            assert_eq!(headers["tollgate-environment"], "live");
            assert!(!headers.contains_key("authorization"));
            ([("tollgate-units", "7"), ("x-request-id", "forged"), ("ratelimit", "forged")], "two items")
        };
        let key = shop(&portal, Router::new().route("/items", get(items))).await;
        let response = portal.get(&key, "/api/shop/items?limit=2").await;
        assert_eq!((response.status, response.text.as_str(), response.header("tollgate-units")), (200, "two items", "7"));
        assert!(response.request_id().starts_with("req_") && response.header("ratelimit").starts_with("\"key\";r="), "{:?}", response.headers);
        let log = logged(&portal, &key, &response).await;
        assert_eq!((&log["product"], &log["operation"], &log["path"]), (&json!("shop"), &json!("listItems"), &json!("/api/shop/items")));
        assert_eq!((&log["answered_by"], &log["billed_units"], &log["response_bytes"]), (&json!("upstream"), &json!(7), &json!(9)));
    }

    async fn a_page_reads_the_headers_that_the_server_exposes_and_those_of_the_portal(db: TestDb) {
        let portal = Portal::start(&db).await;
        let items = async || {
            let headers = [("access-control-expose-headers", "X-Total, X-Page"), ("access-control-allow-origin", "*"), ("x-total", "3")];
            (headers, "[]")
        };
        let key = shop(&portal, Router::new().route("/items", get(items))).await;
        let settings = ProductSettings { cors_origins: vec!["https://app.example.com".into()], ..ProductSettings::default() };
        let wanted = Registration { settings: Some(settings), ..Registration::default() };
        portal.register("shop", wanted).await;
        let call = async |origin: &str| {
            portal.send(portal.request(reqwest::Method::GET, "/api/shop/items").bearer_auth(&key.key).header("origin", origin)).await
        };
        let read = call("https://app.example.com").await;
        let exposed = read.headers.get_all("access-control-expose-headers").iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(", ");
        for name in ["X-Total", "X-Page", "X-Request-Id", "Retry-After", "ETag", "Location", "Link"] {
            assert!(exposed.split(", ").any(|exposed| exposed == name), "{name} in {exposed}");
        }
        assert_eq!(read.header("access-control-allow-origin"), "https://app.example.com");
        assert_eq!(call("https://evil.example.com").await.header("access-control-allow-origin"), "");
    }

    async fn bodies_without_a_declared_length_are_counted(db: TestDb) {
        let portal = Portal::start(&db).await;
        let order = async |request: Request| axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap().len().to_string();
        let listen = async || {
            let events = futures::stream::iter(0..3).map(|i| Ok::<_, std::io::Error>(format!("data: {i}\n\n")));
            ([("content-type", "text/event-stream")], Body::from_stream(events))
        };
        let key = shop(&portal, Router::new().route("/orders", post(order)).route("/events", get(listen))).await;
        let chunks = futures::stream::iter((0..3).map(|_| Ok::<_, std::io::Error>("12345")));
        let request = portal.request(reqwest::Method::POST, "/api/shop/orders").bearer_auth(&key.key);
        let response = portal.send(request.body(reqwest::Body::wrap_stream(chunks))).await;
        assert_eq!((response.status, response.text.as_str()), (200, "15"));
        assert_eq!(logged(&portal, &key, &response).await["request_bytes"], 15);

        let response = portal.get(&key, "/api/shop/events").await;
        assert_eq!(response.text, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
        let log = logged(&portal, &key, &response).await;
        assert_eq!((&log["response_bytes"], &log["ended"]), (&json!(27), &json!("complete")));
    }

    async fn an_encoded_slash_makes_no_other_operation_of_the_one_that_was_allowed(db: TestDb) {
        let portal = Portal::start(&db).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let echo = Router::new().fallback(async |request: Request| request.uri().to_string());
        tokio::spawn(async move { axum::serve(listener, echo).await.unwrap() });
        let parameters = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }]);
        let get = |id: &str| json!({ "get": { "operationId": id, "parameters": parameters, "responses": { "200": { "description": "Done" } } } });
        let document = json!({
            "openapi": "3.1.0",
            "info": { "title": "Shop", "version": "1" },
            "paths": { "/items/{id}": get("getItem"), "/items/{id}/secrets": get("getSecrets") },
        });
        let register = async |settings: ProductSettings| {
            let wanted = Registration {
                document: Some(document.to_string().into()),
                base_url: Some(base_url.clone()),
                sandbox_url: Some(Some(base_url.clone())),
                settings: Some(settings),
                ..Registration::default()
            };
            portal.register("shop", wanted).await;
        };
        register(ProductSettings::default()).await;
        let org = portal.org("Acme").await.id;
        for environment in Environment::ALL {
            let key = portal.key(&org, environment, &["shop:getItem"]).await;
            assert_eq!(portal.get(&key, "/api/shop/items/1%20a?x=%2F").await.text, "/items/1%20a?x=%2F");
            portal.get(&key, "/api/shop/items/1/secrets").await.problem(403, "insufficient_scope");
            for slash in ["%2F", "%2f", "%252F", "%25252f", "%5C", "%5c"] {
                portal.get(&key, &format!("/api/shop/items/1{slash}secrets")).await.problem(400, "invalid_request");
            }
        }
        register(ProductSettings { encoded_slashes: EncodedSlashes::Allow, ..ProductSettings::default() }).await;
        let key = portal.key(&org, Environment::Live, &["shop:getItem"]).await;
        assert_eq!(portal.get(&key, "/api/shop/items/group%2Fproject").await.text, "/items/group%2Fproject");
    }
}
