//! Calls that fail for internal reasons, and calls that must wait.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use futures::FutureExt;
use serde_json::json;
use tokio::sync::Semaphore;
use tollgate::server::problem::ApiError;

use crate::support::{Portal, TestResponse};

async fn panics() -> Response {
    panic!("a secret of the handler's")
}

async fn fails() -> Result<Response, ApiError> {
    Err(anyhow::anyhow!("a secret of the handler's").context("database error in select.rs").into())
}

pub async fn internal(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live;
    let api = Router::new()
        .route("/v1/customers", get(panics).post(panics))
        .route("/v1/keys", get(fails).post(fails));
    let url = portal.gateway(api).await;
    let mut responses = Vec::new();
    for path in ["/v1/customers", "/v1/keys"] {
        responses.push(
            portal.send(portal.client.get(format!("{url}{path}")).bearer_auth(&key.key)).await,
        );
        let once = portal
            .client
            .post(format!("{url}{path}"))
            .bearer_auth(&key.key)
            .header("idempotency-key", "order-42");
        responses.push(portal.send(once).await);
    }
    let details: Vec<String> =
        responses.iter().map(|answer| answer.json()["detail"].to_string()).collect();
    assert!(details.windows(2).all(|two| two[0] == two[1]), "{details:?}");
    // Only this call failed.
    assert_eq!(portal.get(&key, "/v1/customers").await.status, 200);
    responses
}

pub async fn while_the_first_runs(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live;
    let (begun, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let api = Router::new().route(
        "/v1/customers",
        axum::routing::post({
            let (begun, gate) = (Arc::clone(&begun), Arc::clone(&gate));
            async move || {
                begun.add_permits(1);
                gate.acquire().await.unwrap().forget();
            }
        }),
    );
    let url = format!("{}/v1/customers", portal.gateway(api).await);
    let call = || {
        portal
            .client
            .post(&url)
            .bearer_auth(&key.key)
            .header("idempotency-key", "order-42")
            .json(&json!({}))
    };
    let (first, second) = tokio::join!(portal.send(call()), async {
        begun.acquire().await.unwrap().forget();
        let refused = portal.send(call()).await;
        gate.add_permits(1);
        refused
    });
    assert_eq!((first.status, second.header("retry-after")), (200, "1"));
    vec![second]
}

pub async fn without_a_database(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live;
    assert_eq!(portal.get(&key, "/v1/customers").await.status, 200);
    // From here on no connection is available. Jobs prevent that all are returned, which this would
    // wait for.
    let _ = portal.app.db.close().now_or_never();
    let responses =
        vec![portal.get(&key, "/v1/customers").await, portal.get(&key, "/v1/keys").await];
    assert!(responses.iter().all(|answer| answer.header("retry-after") == "1"));
    responses
}
