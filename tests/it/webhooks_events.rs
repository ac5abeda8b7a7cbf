//! Events: posted, listed, and delivered as they are.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Received, Receiver, TestDb, Visitor, eventually, on_both};
use crate::webhooks::{delivery_in, endpoint, is_verified, portal, post_event};

on_both! {
    async fn an_event_is_delivered_with_a_signature_that_the_official_library_verifies(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        let key = portal.org("Acme").await.live;
        let (id, secret) = endpoint(&portal, &key, &json!({ "url": receiver.url, "headers": { "X-Tenant": "seven" } })).await;
        let event = post_event(&portal, &key, "invoice.approved").await;
        let received = receiver.wait_for(1).await.remove(0);
        assert!(is_verified(&portal, &secret, &received));
        let changed = Received { body: received.body.replace("approved", "Approved"), ..received.clone() };
        assert!(!is_verified(&portal, &secret, &changed));
        assert_eq!((received.header("webhook-id"), received.header("x-tenant")), (&*event, "seven"));
        assert_eq!((received.header("content-type"), received.header("user-agent").starts_with("Tollgate")), ("application/json", true));
        let body = received.json();
        assert_eq!((&body["type"], &body["id"], &body["data"]), (&json!("invoice.approved"), &json!(event), &json!({ "n": 1 })));

        let delivery = delivery_in(&portal, &key, &id, "delivered", 1).await;
        let shown = portal.get(&key, &format!("/v1/webhook-deliveries/{}", delivery["id"].as_str().unwrap())).await.json();
        assert_eq!((&shown["body"], &shown["tried"][0]["status"]), (&json!(received.body), &json!(204)));
        assert_eq!(portal.get(&key, &format!("/v1/webhook-endpoints/{id}")).await.json()["failing_since"], Value::Null);
    }

    async fn an_event_of_the_portal_goes_to_the_subscribed_endpoints_of_its_environment(db: TestDb) {
        let (portal, receiver, other) = (portal(&db).await, Receiver::start().await, Receiver::start().await);
        let org = portal.org("Acme").await;
        endpoint(&portal, &org.live, &json!({ "url": receiver.url, "event_types": ["customer.*"] })).await;
        endpoint(&portal, &org.live, &json!({ "url": other.url, "event_types": ["customer.deleted", "key.*"] })).await;
        endpoint(&portal, &org.sandbox, &json!({ "url": other.url })).await;
        let strange = portal.org("Strange").await;
        endpoint(&portal, &strange.live, &json!({ "url": other.url })).await;

        let created = portal.post(&org.live, "/v1/customers", &json!({ "name": "Ada" })).await;
        let body = receiver.wait_for(1).await[0].json();
        assert_eq!((&body["type"], &body["data"]["name"], &body["environment"]), (&json!("customer.created"), &json!("Ada"), &json!("live")));
        assert_eq!(other.count(), 0);
        // The event has the id of the call.
        let path = format!("/v1/request-logs/{}", created.request_id());
        let explained = eventually("explained", || async { Some(portal.get(&org.live, &path).await).filter(|response| response.status == 200) }).await.json();
        assert_eq!(explained["events"][0]["deliveries"].as_array().unwrap().len(), 1, "{explained}");
    }

    async fn events_of_the_portal_match_the_catalogue(db: TestDb) {
        let portal = portal(&db).await;
        let key = portal.org("Acme").await.live;
        let customer = portal.post(&key, "/v1/customers", &json!({ "name": "Ada", "metadata": { "plan": "gold" } })).await.json();
        let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        assert_eq!(portal.call(&key, Method::PATCH, &path, &json!({ "description": "First" })).await.status, 200);
        assert_eq!(portal.call(&key, Method::DELETE, &path, &json!({})).await.status, 204);
        let made = portal.post(&key, "/v1/keys", &json!({ "name": "Robot", "environment": "live", "scopes": ["customers:read"] })).await.json();
        let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
        assert_eq!(portal.post(&key, &format!("{path}/rotate"), &json!({})).await.status, 201);
        assert_eq!(portal.post(&key, &format!("{path}/revoke"), &json!({})).await.status, 200);
        let (id, _) = endpoint(&portal, &key, &json!({ "url": "http://127.0.0.1:9/" })).await;
        assert_eq!(portal.post(&key, &format!("/v1/webhook-endpoints/{id}/test"), &json!({})).await.status, 201);
        let kinds = ["customer.created", "customer.updated", "customer.deleted", "key.created", "key.rotated", "key.revoked", "endpoint.test"];
        db.expect_events_of_the_catalogue(&kinds).await;
    }

    async fn own_events_are_posted_listed_and_read(db: TestDb) {
        let portal = portal(&db).await;
        let org = portal.org("Acme").await;
        let first = post_event(&portal, &org.live, "invoice.approved").await;
        post_event(&portal, &org.live, "invoice.sent").await;
        post_event(&portal, &org.sandbox, "invoice.approved").await;
        let list = portal.get(&org.live, "/v1/events?type=invoice.approved").await.json();
        assert_eq!((list["data"].as_array().unwrap().len(), &list["data"][0]["id"]), (1, &json!(first)));
        for (pattern, found) in [("invoice.*", 2), ("*", 2), ("invoice.sent", 1), ("invoices.*", 0), ("invoice", 0)] {
            let list = portal.get(&org.live, &format!("/v1/events?type={pattern}")).await.json();
            assert_eq!(list["data"].as_array().unwrap().iter().filter(|event| event["type"] != "key.created").count(), found, "{pattern}");
        }
        let problem = portal.get(&org.live, "/v1/events?type=Invoice*").await.problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["location"], "query.type");
        assert_eq!(portal.get(&org.live, &format!("/v1/events/{first}")).await.json()["data"], json!({ "n": 1 }));
        portal.get(&org.sandbox, &format!("/v1/events/{first}")).await.problem(404, "not_found");
        for (body, place) in [
            (json!({ "type": "customer.created", "data": {} }), "body.type"),
            (json!({ "type": "Invoice", "data": {} }), "body.type"),
            (json!({ "type": "a", "data": [] }), "body.data"),
            (json!({ "type": "a", "data": { "text": "x".repeat(65_536) } }), "body.data"),
            (json!({ "type": "a", "data": {}, "environment": "live" }), "body.environment"),
        ] {
            let problem = portal.post(&org.live, "/v1/events", &body).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["location"], place);
        }
        let types = portal.get(&org.live, "/v1/event-types").await.json();
        assert!(types["data"].as_array().unwrap().iter().any(|event| event["type"] == "key.revoked" && event["schema"].is_object()));
    }

    async fn the_data_of_an_event_is_stored_signed_and_shown_to_the_digit(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        let mut ada = Visitor::verified(&portal, "ada").await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().to_owned();
        let key = portal.with_keys(org.parse().unwrap()).await.live;
        let (id, secret) = endpoint(&portal, &key, &json!({ "url": receiver.url, "event_types": ["order.*"] })).await;
        let post = async |data: &str| {
            let body = format!("{{\"type\":\"order.paid\",\n \"data\": {data} }}");
            let request = portal.request(Method::POST, "/v1/events").bearer_auth(&key.key).header("content-type", "application/json");
            portal.send(request.body(body)).await
        };
        let data = r#"{"z":12345678901234567890123,"price":1.10,"rate":-1.50E-7,"zero":-0.0,"name":"\u00e4\/ \u0000","a":[1.0,{}]}"#;
        let posted = post(&data.replace(",\"", " ,\n\t\"")).await;
        assert_eq!(posted.status, 201, "{}", posted.text);
        let kept = format!("\"data\":{data}");
        assert!(posted.text.contains(&kept), "{}", posted.text);
        let event = posted.json()["id"].as_str().unwrap().to_owned();
        for path in [format!("/v1/events/{event}"), "/v1/events?type=order.paid".into()] {
            let response = portal.get(&key, &path).await;
            assert!(response.text.contains(&kept), "{}", response.text);
        }
        let received = receiver.wait_for(1).await.remove(0);
        assert!(received.body.ends_with(&format!(",{kept}}}")) && is_verified(&portal, &secret, &received), "{}", received.body);
        let delivery = delivery_in(&portal, &key, &id, "delivered", 1).await["id"].as_str().unwrap().to_owned();
        for page in [format!("/dashboard/events/{event}?env=live"), format!("/dashboard/webhooks/deliveries/{delivery}?env=live")] {
            let page = ada.page(&page).await;
            assert_eq!(page.status, 200);
            for number in ["12345678901234567890123", "1.10", "-1.50E-7", "-0.0", "1.0"] {
                assert!(page.text.contains(number), "{number}");
            }
        }
        // As deeply nested as possible, and shown.
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        let deep = post(&nested(64)).await;
        assert_eq!(deep.status, 201, "{}", deep.text);
        let page = ada.page(&format!("/dashboard/events/{}?env=live", deep.json()["id"].as_str().unwrap())).await;
        assert_eq!(page.status, 200);
        assert_eq!(ada.page("/dashboard/events?env=live").await.status, 200);
        for (bad, code) in [
            (nested(65), "too_deep"),
            (nested(100_000), "too_deep"),
            (r#"{"a":1,"a":2}"#.to_owned(), "duplicate_name"),
            (r#"{"a":[{"b":1,"\u0062":2}]}"#.to_owned(), "duplicate_name"),
            ("[1]".to_owned(), "invalid_type"),
            ("null".to_owned(), "invalid_type"),
        ] {
            let problem = post(&bad).await.problem(422, "validation_failed");
            assert_eq!((&problem["errors"][0]["location"], &problem["errors"][0]["code"]), (&json!("body.data"), &json!(code)));
        }
        for bad in ["{\"a\":01}", "{\"a\":1", "{'a':1}", "{\"a\":NaN}", "{\"a\":1},\"data\":{}"] {
            let status = post(bad).await.status;
            assert!([400, 422].contains(&status), "{bad}: {status}");
        }
    }
}
