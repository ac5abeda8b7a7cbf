//! Sandbox calls: to the sandbox's own server, or to the mock.

use reqwest::Method;
use serde_json::json;
use tollgate::types::environment::Environment;
use tollgate::types::log::AnsweredBy;

use super::{applied, echo, register, shop};
use crate::support::{Portal, TestDb, on_both};

on_both! {
    async fn a_sandbox_call_goes_to_the_sandboxs_own_server_where_there_is_one(db: TestDb) {
        let portal = Portal::start(&db).await;
        let sandbox = echo().await;
        register(&portal, "shop", &shop("http://127.0.0.1:9"), |wanted| wanted.sandbox_url = Some(Some(sandbox))).await;
        let org = portal.org("Acme").await.id;
        let key = portal.key(&org, Environment::Sandbox, &["shop:*"]).await;
        let response = portal.get(&key, "/api/shop/items").await;
        assert_eq!((response.status, response.header("x-upstream"), response.header("tollgate-units")), (200, "yes", "0"), "{}", response.text);
        assert_eq!(response.json()["headers"]["tollgate-environment"], "sandbox");
    }

    async fn the_mock_remembers_what_an_organisation_creates(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "shop", &shop("http://127.0.0.1:9"), |_| {}).await;
        let (acme, other) = (portal.org("Acme").await.id, portal.org("Other").await.id);
        let key = portal.key(&acme, Environment::Sandbox, &["shop:*"]).await;
        let made = portal.post(&key, "/api/shop/items", &json!({ "name": "Cup", "price": 5 })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let item = made.json();
        assert_eq!((&item["name"], &item["price"]), (&json!("Cup"), &json!(5)));
        let path = format!("/api/shop/items/{}", item["id"].as_str().unwrap());
        assert_eq!(portal.get(&key, &path).await.json(), item);
        // Another organisation has not created it.
        let stranger = portal.key(&other, Environment::Sandbox, &["shop:*"]).await;
        assert_ne!(portal.get(&stranger, &path).await.json(), item);
        let gone = portal.call(&key, Method::DELETE, &path, &json!({})).await;
        assert_eq!((gone.status, gone.header("sunset")), (204, "Sun, 31 Jan 2027 00:00:00 GMT"));
        assert!(gone.header("deprecation").starts_with('@'), "{:?}", gone.headers);
        assert_eq!(portal.get(&key, &path).await.status, 404);
        applied(&portal).await;
        let logs = db.logs().await;
        assert!(logs.iter().all(|log| log.answered_by == AnsweredBy::Mock && log.product == "shop" && log.billed_units == 0), "{logs:?}");
    }

    async fn a_declared_error_can_be_requested(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "shop", &shop("http://127.0.0.1:9"), |_| {}).await;
        let org = portal.org("Acme").await.id;
        let key = portal.key(&org, Environment::Sandbox, &["shop:*"]).await;
        let ask = |name: &'static str, value: &'static str| {
            portal.send(portal.request(Method::GET, "/api/shop/items/1").bearer_auth(&key.key).header(name, value))
        };
        assert_eq!(ask("tollgate-mock-status", "429").await.status, 429);
        assert_eq!(ask("tollgate-mock-delay", "1ms").await.status, 200);
        let undeclared = ask("tollgate-mock-status", "418").await.problem(400, "invalid_request");
        assert_eq!(undeclared["errors"][0]["location"], "header.Tollgate-Mock-Status");
        ask("tollgate-mock-delay", "soon").await.problem(400, "invalid_request");
        // Two identical calls get the same response.
        assert_eq!(ask("x-nothing", "1").await.text, ask("x-nothing", "2").await.text);
    }
}
