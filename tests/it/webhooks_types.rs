//! The event types that an endpoint subscribes to.

use reqwest::Method;
use serde_json::json;

use crate::support::{TestDb, Visitor, on_both};
use crate::webhooks::{endpoint, portal};

on_both! {
    async fn a_misspelt_type_of_the_portal_is_refused_with_the_known_types_and_own_types_are_accepted(db: TestDb) {
        let portal = portal(&db).await;
        let mut ada = Visitor::verified(&portal, "ada").await;
        let id = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().parse().unwrap();
        let key = portal.with_keys(id).await.sandbox;
        let url = "http://127.0.0.1:9/hook";
        let (made, _) = endpoint(&portal, &key, &json!({ "url": url, "event_types": ["order.*", "invoice.approved", "customer.*"] })).await;
        let explained = |text: &str| text.contains("Did you mean `customer.created`?") && text.contains("subscription.updated");
        let new = json!({ "url": url, "event_types": ["order.paid", "customer.craeted"] });
        let changed = json!({ "event_types": ["custmer.created"] });
        let path = format!("/v1/webhook-endpoints/{made}");
        for response in [
            portal.post(&key, "/v1/webhook-endpoints", &new).await,
            portal.call(&key, Method::PATCH, &path, &changed).await,
        ] {
            let problem = response.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["location"], "body.event_types");
            assert!(explained(&problem.to_string()), "{problem}");
        }
        let form = [("environment", "sandbox"), ("url", url), ("event_types", "order.paid\ncustomer.craeted")];
        for response in [
            ada.submit("create_webhook_endpoint", &form).await,
            ada.submit("update_webhook_endpoint", &[&form[..], &[("id", made.as_str())]].concat()).await,
        ] {
            assert!(response.status == 422 && explained(&response.text), "{} {}", response.status, response.text);
        }
        assert_eq!(db.texts("select event_types_json from webhook_endpoints").await, [r#"["customer.*","invoice.approved","order.*"]"#]);
    }
    async fn the_form_reports_every_wrong_header_and_takes_types_in_any_separation(db: TestDb) {
        let portal = portal(&db).await;
        let mut ada = Visitor::verified(&portal, "ada").await;
        let form = |headers: &'static str| [("environment", "sandbox"), ("url", "http://127.0.0.1:9/hook"), ("event_types", "order.paid invoice.approved,\nkey.*"), ("headers", headers)];
        let page = "/dashboard/webhooks/new";
        let (_, shown) = ada.refused_plain(page, "create_webhook_endpoint", &form("X-Ok: 1\nno colon\nHost: a")).await;
        assert_eq!(shown.status, 422);
        for wrong in ["Line 2: Enter the header as", "Line 3: "] {
            assert!(shown.text.contains(wrong), "{wrong}: {}", shown.text);
        }
        assert_eq!(ada.submit("create_webhook_endpoint", &form("X-Ok: 1")).await.status, 200);
        assert_eq!(db.texts("select event_types_json from webhook_endpoints").await, [r#"["invoice.approved","key.*","order.paid"]"#]);
    }
}
