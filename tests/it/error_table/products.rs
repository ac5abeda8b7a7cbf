//! Calls to products that are refused because of the organisation's subscription, and calls without
//! a response.

use reqwest::Method;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tollgate::server::access::Operator;
use tollgate::server::plans;
use tollgate::server::products::Registration;
use tollgate::types::environment::Environment;
use tollgate::types::plan::NewPlan;
use tollgate::types::product::ProductSettings;

use crate::quota::plan;
use crate::support::{Portal, TestResponse};

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "servers": [{"url": "http://127.0.0.1:9"}],
    "paths": {"/items": {"get": {"operationId": "listItems", "responses": {"200": {"description": "Items"}}},
    "post": {"operationId": "addItem", "responses": {"200": {"description": "Added"}}}}}}"#;

pub async fn not_subscribed(portal: &Portal) -> Vec<TestResponse> {
    let wanted = Registration { document: Some(DOCUMENT.into()), ..Registration::default() };
    portal.register("boutique", wanted).await;
    let gold = NewPlan { product: "boutique".into(), ..plan("Gold", 10, None) };
    plans::create(&portal.app.db, gold, &Operator::command_line(), portal.now()).await.unwrap();
    let org = portal.org("Acme").await.id;
    let live = portal.key(&org, Environment::Live, &["boutique:read"]).await;
    let response = portal.get(&live, "/api/boutique/items").await;
    assert_eq!(
        response.header("tollgate-quota-remaining"),
        "",
        "no plan, no quota: not that of another product"
    );
    vec![response]
}

/// Calls to a product whose server is at `base_url`.
async fn call(portal: &Portal, base_url: String, settings: ProductSettings) -> Vec<TestResponse> {
    let wanted = Registration {
        document: Some(DOCUMENT.into()),
        base_url: Some(base_url),
        settings: Some(settings),
        ..Registration::default()
    };
    portal.register("shop", wanted).await;
    let org = portal.org("Acme").await.id;
    let live = portal.key(&org, Environment::Live, &["shop:read"]).await;
    let mut responses = Vec::new();
    for _ in 0..2 {
        let response = portal.get(&live, "/api/shop/items").await;
        assert!(
            !response.json()["detail"].as_str().unwrap().contains("127.0.0.1"),
            "{}",
            response.text
        );
        responses.push(response);
    }
    responses
}

pub async fn upstream_failed(portal: &Portal) -> Vec<TestResponse> {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    call(portal, format!("http://{nobody}"), ProductSettings::default()).await
}

pub async fn upstream_timeout(portal: &Portal) -> Vec<TestResponse> {
    // Accepts connections, and sends nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = ProductSettings { timeout_ms: 50, ..ProductSettings::default() };
    call(portal, format!("http://{}", silent.local_addr().unwrap()), settings).await
}

/// The call that is sent again after its server disconnected.
pub async fn upstream_hung_up(portal: &Portal) -> Vec<TestResponse> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    let wanted = Registration {
        document: Some(DOCUMENT.into()),
        base_url: Some(base_url),
        ..Registration::default()
    };
    portal.register("shop", wanted).await;
    let org = portal.org("Acme").await.id;
    let live = portal.key(&org, Environment::Live, &["shop:write"]).await;
    let call = || {
        portal
            .request(Method::POST, "/api/shop/items")
            .bearer_auth(&live.key)
            .header("idempotency-key", "order-42")
    };
    portal.send(call()).await.problem(502, "upstream_failed");
    vec![portal.send(call()).await]
}
