//! Spend caps are amounts with their currency on every page and in every command, and minor units
//! in the API.

use serde_json::json;
use tollgate::types::plan::NewPlan;

use crate::quota::{cap, org_on, plan};
use crate::support::{Portal, TestDb, Visitor, on_both, process};

on_both! {
    async fn a_keys_cap_is_written_and_shown_as_an_amount_with_its_currency(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().to_owned();
        let form = |cap| vec![("name", "Capped"), ("environment", "sandbox"), ("scopes[]", "customers:read"), ("spend_cap", cap)];
        let made = Visitor::value(&ada.submit("create_key", &form("50")).await);
        assert_eq!(made["spend_cap"], 5_000);
        let id = made["id"].as_str().unwrap().to_owned();
        let page = ada.page(&format!("/dashboard/keys/{id}?env=sandbox")).await.text;
        assert!(page.contains("50.00 USD") && page.contains("value=\"50.00\"") && !page.contains("minor unit"), "{page}");
        assert!(!ada.page("/dashboard/keys/new").await.text.contains("minor unit"));
        // An invalid amount is refused and never creates a key without a cap: with and without
        // scripts, and for changes.
        for bad in ["-1", "1.234", "much", "5 EUR"] {
            let refused = ada.submit("create_key", &form(bad)).await;
            assert!(refused.status == 422 && refused.text.contains("12.50 USD"), "{bad}: {}", refused.text);
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form(bad)).finish();
            let request = portal.request(reqwest::Method::POST, "/dashboard/keys/new").header("content-type", "application/x-www-form-urlencoded");
            let response = portal.send(request.header("cookie", ada.cookie.clone().unwrap()).body(body)).await;
            assert_eq!(response.status, 307, "{bad}: {}", response.text);
            assert_eq!(ada.submit("update_key", &[("id", &id), ("name", "Capped"), ("spend_cap", bad)]).await.status, 422, "{bad}");
        }
        assert_eq!(db.number("select count(*) from keys where spend_cap is null").await, 0);
        assert_eq!(ada.submit("update_key", &[("id", &id), ("name", "Capped"), ("spend_cap", "12.50 USD")]).await.status, 200);
        assert_eq!(Visitor::value(&ada.submit("get_key", &[("id", &id)]).await)["spend_cap"], 1_250);
        // The command line accepts the same.
        let by_cli = process::json(&db, &["key", "create", "--org", &org, "--name", "CLI", "--environment", "sandbox", "--spend-cap", "12.50", "--json"]);
        assert_eq!(by_cli["spend_cap"], 1_250);
        assert!(!process::run(&db, &["key", "create", "--org", &org, "--name", "CLI", "--environment", "sandbox", "--spend-cap", "1.234"]).status.success());
    }

    async fn caps_are_in_the_currency_that_the_organisation_is_billed_in(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().to_owned();
        process::json(&db, &["plan", "create", "Yen", "--included", "10", "--currency", "jpy", "--price", "5000", "--overage", "1", "--json"]);
        process::json(&db, &["org", "set-plan", &org, "Yen", "--json"]);
        let made = ada.submit("create_key", &[("name", "Capped"), ("environment", "sandbox"), ("scopes[]", "customers:read"), ("spend_cap", "5000")]).await;
        let id = Visitor::value(&made)["id"].as_str().unwrap().to_owned();
        assert!(ada.page(&format!("/dashboard/keys/{id}?env=sandbox")).await.text.contains("5000 JPY"));
        assert_eq!(ada.submit("set_spend_cap", &[("cap", "1.50")]).await.status, 422);
        assert_eq!(ada.submit("set_spend_cap", &[("cap", "700 JPY")]).await.status, 200);
        assert!(ada.page("/dashboard/billing").await.text.contains("700 JPY"));
    }

    async fn the_api_takes_and_gives_minor_units_and_says_so(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = org_on(&portal, NewPlan { monthly_price: 100, ..plan("Soft", 10, Some("1")) }).await;
        cap(&portal, &org, Some(5_000)).await;
        let made = portal.post(&org.live, "/v1/keys", &json!({ "name": "K", "environment": "live", "scopes": ["customers:read"], "spend_cap": 5_000 })).await;
        assert_eq!(made.json()["spend_cap"], 5_000);
    }
}

#[test]
fn the_document_gives_the_unit_of_each_spend_cap() {
    let document = serde_json::to_value(tollgate::server::api::openapi("/")).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut seen = 0;
    for (name, schema) in schemas {
        // What is flattened is one of several parts.
        let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for part in parts {
            let Some(description) = part["properties"]["spend_cap"]["description"].as_str() else {
                continue;
            };
            seen += 1;
            assert!(
                description.contains("minor units") && description.contains("50.00 USD"),
                "{name}: {description}"
            );
        }
    }
    assert!(seen >= 2, "{seen}");
}
