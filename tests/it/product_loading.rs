//! What a server serves while it loads its products' documents, and while one of them cannot be
//! loaded.

use serde_json::json;
use tollgate::types::environment::Environment;

use crate::products::{register, shop};
use crate::support::{Portal, TestDb, eventually};

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
