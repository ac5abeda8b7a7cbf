//! `/v1/customers`, the pattern for all resources.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Portal, TestDb, on_both};

on_both! {
    async fn a_customer_is_created_read_changed_and_deleted(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.live;
        let created = portal.post(&key, "/v1/customers", &json!({ "name": "Ada", "email": "ada@example.com", "metadata": { "plan": "gold" } })).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let ada = created.json();
        assert!(ada["id"].as_str().unwrap().starts_with("cus_"));
        assert_eq!((&ada["name"], &ada["environment"], &ada["metadata"]["plan"]), (&json!("Ada"), &json!("live"), &json!("gold")));
        let path = format!("/v1/customers/{}", ada["id"].as_str().unwrap());
        assert_eq!(portal.get(&key, &path).await.json(), ada);

        let changed = portal.call(&key, Method::PATCH, &path, &json!({ "name": "Ada King", "email": null })).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        // A cached value is not served after a change.
        let read = portal.get(&key, &path).await.json();
        assert_eq!(read, changed.json());
        assert_eq!((&read["name"], &read["email"], &read["metadata"]["plan"]), (&json!("Ada King"), &Value::Null, &json!("gold")));

        let deleted = portal.call(&key, Method::DELETE, &path, &json!({})).await;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
        portal.get(&key, &path).await.problem(404, "not_found");
        portal.call(&key, Method::DELETE, &path, &json!({})).await.problem(404, "not_found");
    }

    async fn pages_go_through_all_customers_once_though_more_arrive(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let key = portal.org("Acme").await.sandbox;
        for i in 0..7 {
            portal.post(&key, "/v1/customers", &json!({ "name": format!("Customer {i}") })).await;
        }
        let (mut names, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = portal.get(&key, &format!("/v1/customers?limit=3{cursor}")).await.json();
            names.extend(page["data"].as_array().unwrap().iter().map(|customer| customer["name"].as_str().unwrap().to_owned()));
            portal.post(&key, "/v1/customers", &json!({ "name": "Late" })).await;
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let wanted: Vec<String> = (0..7).rev().map(|i| format!("Customer {i}")).collect();
        assert_eq!(names, wanted);
    }

    async fn another_organisations_customers_do_not_exist_nor_do_those_of_the_other_environment(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (acme, other) = (portal.org("Acme").await, portal.org("Other").await);
        let id = portal.post(&acme.live, "/v1/customers", &json!({ "name": "Ada" })).await.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/customers/{id}");
        // Once from the database, and again when it may be cached.
        for _ in 0..2 {
            for key in [&other.live, &acme.sandbox] {
                portal.get(key, &path).await.problem(404, "not_found");
                portal.call(key, Method::PATCH, &path, &json!({ "name": "Mallory" })).await.problem(404, "not_found");
                portal.call(key, Method::DELETE, &path, &json!({})).await.problem(404, "not_found");
                assert_eq!(portal.get(key, "/v1/customers").await.json()["data"], json!([]));
            }
            assert_eq!(portal.get(&acme.live, &path).await.json()["name"], "Ada");
        }
    }

    async fn every_wrong_field_is_named_with_its_place(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.sandbox;
        let body = json!({ "name": " ", "email": "nobody", "description": "x".repeat(1001), "metadata": { "": "1" } });
        let problem = portal.post(&key, "/v1/customers", &body).await.problem(422, "validation_failed");
        let places: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|error| error["location"].as_str().unwrap()).collect();
        assert_eq!(places, ["body.name", "body.email", "body.description", "body.metadata."]);
        let problem = portal.post(&key, "/v1/customers", &json!({ "name": "Ada", "emial": "a@b.co" })).await.problem(422, "validation_failed");
        assert_eq!((&problem["errors"][0]["location"], &problem["errors"][0]["code"]), (&json!("body.emial"), &json!("unknown_field")));
        let problem = portal.post(&key, "/v1/customers", &json!({ "name": "Nul \u{0}" })).await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["code"], "invalid_character");
        assert_eq!(portal.get(&key, "/v1/customers").await.json()["data"], json!([]));
    }

    async fn list_parameters_out_of_range_are_refused(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.sandbox;
        for (query, place) in [("limit=0", "query.limit"), ("limit=101", "query.limit"), ("cursor=key_1", "query.cursor")] {
            let problem = portal.get(&key, &format!("/v1/customers?{query}")).await.problem(400, "invalid_request");
            assert_eq!(problem["errors"][0]["location"], place);
        }
        portal.get(&key, "/v1/customers?limit=many").await.problem(400, "invalid_request");
        portal.get(&key, "/v1/customers?limti=1").await.problem(400, "invalid_request");
    }
}
