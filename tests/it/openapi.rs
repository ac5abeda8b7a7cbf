//! The OpenAPI document: what partners rely on changes only on purpose.

use serde_json::Value;

use crate::support::{Portal, TestDb, on_both};

on_both! {
    async fn the_document_is_served_without_a_key(db: TestDb) {
        let portal = Portal::start(&db).await;
        let answer = portal.send(portal.request(reqwest::Method::GET, "/v1/openapi.json")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.json()["openapi"], "3.1.0");
    }
}

#[test]
fn the_document_is_the_one_that_was_agreed() {
    let document: Value = serde_json::from_str(&tollgate::server::api::openapi().to_json().unwrap()).unwrap();
    insta::assert_json_snapshot!("openapi", document);
}
