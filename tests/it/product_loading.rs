//! What a server serves while it loads its products' documents, and while one of them cannot be
//! loaded.

use std::sync::Arc;

use serde_json::{Value, json};
use tollgate::types::environment::Environment;

use crate::products::{register, shop};
use crate::support::{Portal, TestDb, eventually, on_both};

/// On SQLite only, where a column accepts a value of another type: this simulates a document that
/// cannot be loaded.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_fetched_keeps_no_other_product_from_serving() {
    let db = TestDb::sqlite();
    let portal = Portal::start(&db).await;
    let org = portal.org("Acme").await.id;
    for id in ["apples", "bananas", "cherries"] {
        register(&portal, id, &shop("http://127.0.0.1:9"), |_| {}).await;
    }
    let scopes = ["apples:read", "bananas:read", "cherries:read"];
    let key = portal.key(&org, Environment::Sandbox, &scopes).await;
    portal.stop().await;
    assert_eq!(
        db.number("update product_versions set document = 5 where product = 'bananas' returning 1")
            .await,
        1
    );

    let portal = Portal::start(&db).await;
    eventually("the others are served", || async {
        let responses = [
            portal.get(&key, "/api/apples/items/1").await,
            portal.get(&key, "/api/cherries/items/1").await,
        ];
        responses
            .iter()
            .all(|response| {
                matches!(response.status, 200 | 404)
                    && response.header("tollgate-environment") == "sandbox"
            })
            .then_some(())
    })
    .await;
    let unknown = portal.get(&key, "/api/bananas/items/1").await;
    unknown.problem(503, "unavailable");
    assert!(!unknown.header("retry-after").is_empty());
    let ready = portal.send(portal.request(reqwest::Method::GET, "/readyz")).await;
    assert_eq!((ready.status, &ready.json()["products"]), (503, &json!(false)), "{}", ready.text);

    let restored = "update product_versions set document = (select document from product_versions where product = 'apples') where product = 'bananas' returning 1";
    assert_eq!(db.number(restored).await, 1);
    eventually("the server is ready", || async {
        (portal.send(portal.request(reqwest::Method::GET, "/readyz")).await.status == 200)
            .then_some(())
    })
    .await;
    assert_ne!(portal.get(&key, "/api/bananas/items/1").await.status, 503);
    portal.get(&key, "/api/nothing/items/1").await.problem(404, "not_found");
}

/// With 2,000 schemas, which take a moment to parse.
fn large_shop() -> Value {
    let mut document = shop("http://127.0.0.1:9");
    let schemas = document["components"]["schemas"].as_object_mut().expect("schemas");
    for number in 0..2_000 {
        let schema = json!({ "type": "object", "description": "Part of a large document.",
            "properties": { "id": { "type": "string" }, "other": { "$ref": "#/components/schemas/Item" } } });
        schemas.insert(format!("Part{number}"), schema);
    }
    document
}

on_both! {
    async fn no_call_is_answered_with_not_found_while_many_large_documents_are_loaded(db: TestDb) {
        const PRODUCTS: usize = 8;
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await.id;
        let ids: Vec<String> = (0..PRODUCTS).map(|number| format!("shop-{number}")).collect();
        for id in &ids {
            register(&portal, id, &large_shop(), |_| {}).await;
        }
        let scopes: Vec<String> = ids.iter().map(|id| format!("{id}:read")).collect();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let key = portal.key(&org, Environment::Sandbox, &scopes).await;
        portal.stop().await;

        let portal = Portal::start(&db).await;
        eventually("all products are served", || async {
            let mut served = 0;
            for id in &ids {
                let response = portal.get(&key, &format!("/api/{id}/items")).await;
                assert!(matches!(response.status, 200 | 503), "{id}: {} {}", response.status, response.text);
                served += usize::from(response.status == 200);
            }
            (served == PRODUCTS).then_some(())
        })
        .await;
        let ready = portal.send(portal.request(reqwest::Method::GET, "/readyz")).await;
        assert_eq!(ready.status, 200, "{}", ready.text);
        // After a change of one product, the others are not parsed again.
        register(&portal, "shop-3", &shop("http://127.0.0.1:9"), |_| {}).await;
        let before = portal.app.products.catalogue(&portal.app.db).await;
        register(&portal, "shop-4", &shop("http://127.0.0.1:9"), |_| {}).await;
        let after = portal.app.products.catalogue(&portal.app.db).await;
        for id in &ids {
            let same = [&before, &after].map(|products| products.get(id).map(Arc::as_ptr));
            assert_eq!(same[0] == same[1], id != "shop-4", "{id}");
        }
    }
}
