//! Calls to a product whose server answers them: what is billed and recorded of them.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tollgate::server::access::Operator;
use tollgate::server::products::{self, Registration};
use tollgate::types::environment::Environment;
use tollgate::types::key::CreatedKey;

use crate::support::{Answer, Portal, TestDb, eventually, on_both};

/// Registers `shop`, whose server is `api`, and gives an organisation's live key to it.
async fn shop(portal: &Portal, api: Router) -> CreatedKey {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v2", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().nest("/v2", api)).await.unwrap() });
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
    let wanted = Registration { document: Some(document.to_string().into()), base_url: Some(base_url), ..Registration::default() };
    products::register(&portal.app.db, &Operator::command_line(), &"shop".parse().unwrap(), wanted, portal.now()).await.unwrap();
    let org = portal.org("Acme").await.id;
    portal.key(&org, Environment::Live, &["shop:*", "logs:read"]).await
}

async fn logged(portal: &Portal, key: &CreatedKey, answer: &Answer) -> Value {
    eventually("the call is in the log", || async {
        let log = portal.get(key, &format!("/v1/request-logs/{}", answer.request_id())).await;
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
        let answer = portal.get(&key, "/api/shop/items?limit=2").await;
        assert_eq!((answer.status, answer.text.as_str(), answer.header("tollgate-units")), (200, "two items", "7"));
        assert!(answer.request_id().starts_with("req_") && answer.header("ratelimit").starts_with("\"key\";r="), "{:?}", answer.headers);
        let log = logged(&portal, &key, &answer).await;
        assert_eq!((&log["product"], &log["operation"], &log["path"]), (&json!("shop"), &json!("listItems"), &json!("/api/shop/items")));
        assert_eq!((&log["answered_by"], &log["billed_units"], &log["response_bytes"]), (&json!("upstream"), &json!(7), &json!(9)));
    }

    async fn bodies_whose_length_nobody_stated_are_counted(db: TestDb) {
        let portal = Portal::start(&db).await;
        let order = async |request: Request| axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap().len().to_string();
        let listen = async || {
            let events = futures::stream::iter(0..3).map(|i| Ok::<_, std::io::Error>(format!("data: {i}\n\n")));
            ([("content-type", "text/event-stream")], Body::from_stream(events))
        };
        let key = shop(&portal, Router::new().route("/orders", post(order)).route("/events", get(listen))).await;
        let chunks = futures::stream::iter((0..3).map(|_| Ok::<_, std::io::Error>("12345")));
        let request = portal.request(reqwest::Method::POST, "/api/shop/orders").bearer_auth(&key.key);
        let answer = portal.send(request.body(reqwest::Body::wrap_stream(chunks))).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "15"));
        assert_eq!(logged(&portal, &key, &answer).await["request_bytes"], 15);

        let answer = portal.get(&key, "/api/shop/events").await;
        assert_eq!(answer.text, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
        let log = logged(&portal, &key, &answer).await;
        assert_eq!((&log["response_bytes"], &log["ended"]), (&json!(27), &json!("complete")));
    }
}
