//! The bounds of a key besides its scopes, and changing it.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::{ManageKeys, Permit};
use tollgate::server::keys;
use tollgate::types::environment::Environment;
use tollgate::types::key::{CreatedKey, NewKey, RateLimit};

use crate::support::{Org, Portal, TestDb, TestResponse, Visitor, html, on_both};

async fn patch(portal: &Portal, by: &CreatedKey, key: &CreatedKey, body: &Value) -> TestResponse {
    portal.call(by, Method::PATCH, &format!("/v1/keys/{}", key.view.id), body).await
}

async fn make(portal: &Portal, org: &Org, new: NewKey) -> CreatedKey {
    let permit = Permit::<ManageKeys>::for_command_line(org.id.clone());
    keys::create_key(&portal.app.db, &permit, new, portal.now()).await.expect("a key")
}

fn new_key(scopes: &[&str]) -> NewKey {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    NewKey { name: "Bound".into(), environment: Environment::Live, scopes, ..NewKey::default() }
}

/// Whether the page says what is wrong with a field, next to it and for screen readers.
fn is_explained(page: &TestResponse, id: &str) -> bool {
    let place = format!("{id}-error");
    let after = page
        .text
        .split(&format!("id=\"{place}\""))
        .nth(1)
        .and_then(|rest| Some(rest.split_once('>')?.1));
    let message = after.and_then(|rest| rest.split("</p>").next()).unwrap_or_default();
    let elements = html::elements(&page.text);
    let field = elements.iter().find(|element| element.get("id") == Some(id));
    let is_linked = field
        .and_then(|field| field.get("aria-describedby"))
        .is_some_and(|ids| ids.split(' ').any(|id| id == place));
    // A group of boxes cannot be invalid itself.
    let is_marked = field
        .is_some_and(|field| field.name == "fieldset" || field.get("aria-invalid") == Some("true"));
    is_linked && is_marked && !message.replace("<!>", "").is_empty()
}

on_both! {
    async fn every_invalid_field_of_a_form_is_reported_next_to_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let made = ada.submit("create_key", &[("name", "Bound"), ("environment", "sandbox"), ("scopes[]", "customers:read")]).await;
        let id = Visitor::value(&made)["id"].as_str().unwrap().to_owned();
        let page = format!("/dashboard/keys/{id}");
        let bounds = [("name", " "), ("ip_allow_list", "here"), ("rate_limit", "fast"), ("spend_cap", "much")];
        let new = [&bounds[..], &[("environment", "sandbox"), ("expires_in_days", "9999")]].concat();
        let old = [&bounds[..], &[("id", id.as_str())]].concat();
        let created = ["name", "ip_allow_list", "rate_limit", "spend_cap", "expires_at", "scopes"];
        for (function, fields, from, places) in [("create_key", &new, "/dashboard/keys/new", &created[..]), ("update_key", &old, page.as_str(), &created[..4])] {
            let refused = ada.submit(function, fields).await;
            assert_eq!(refused.status, 422, "{function}: {}", refused.text);
            let messages: Vec<String> =
                refused.json()["fields"].as_array().unwrap().iter().map(|fault| fault["location"].as_str().unwrap().to_owned()).collect();
            assert_eq!(messages.len(), places.len(), "{function}: {messages:?}");
            // As a browser without scripts, whose page has the errors of the form in its URL.
            let plain = if function == "create_key" {
                let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                let request = portal.request(Method::POST, from).header("content-type", "application/x-www-form-urlencoded").body(body);
                portal.send(request.header("cookie", ada.cookie.clone().unwrap())).await
            } else {
                ada.submit_plain(from, function, fields).await
            };
            let to = plain.header("location").to_owned();
            let shown = ada.page(to.strip_prefix(&portal.url).unwrap_or(&to)).await;
            for place in places {
                assert!(is_explained(&shown, place), "{function} does not explain {place}: {}", shown.text);
            }
            assert!(!is_explained(&shown, "environment"));
        }
        assert_eq!(db.number("select count(*) from keys").await, 1);
    }

    async fn an_expiry_that_is_no_number_of_days_never_makes_a_key_without_an_end(db: TestDb) {
        let portal = Portal::start(&db).await;
        let ada = Visitor::signed_up(&portal, "ada").await;
        let fields = [("name", "Ends"), ("environment", "sandbox"), ("scopes[]", "customers:read"), ("expires_in_days", "soon")];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = portal.request(Method::POST, "/dashboard/keys/new").header("content-type", "application/x-www-form-urlencoded");
        let response = portal.send(request.header("cookie", ada.cookie.clone().unwrap()).body(body)).await;
        assert_eq!((response.status, db.number("select count(*) from keys").await), (307, 0), "{}", response.text);
    }

    async fn a_key_is_used_only_from_its_addresses(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--trusted-proxies", "127.0.0.0/8"]).await;
        let org = portal.org("Acme").await;
        let list = ["203.0.113.0/24", "2001:db8:1::/48", "198.51.100.7"].map(str::to_owned).to_vec();
        let key = make(&portal, &org, NewKey { ip_allow_list: list, ..new_key(&["customers:read"]) }).await;
        let from = |ip: &'static str| {
            let request = portal.request(Method::GET, "/v1/customers").bearer_auth(&key.key).header("x-forwarded-for", ip);
            portal.send(request)
        };
        for good in ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8:1:2::3", "198.51.100.7"] {
            assert_eq!(from(good).await.status, 200, "{good}");
        }
        for bad in ["203.0.114.9", "::ffff:198.51.100.8", "2001:db8:2::1", "::1"] {
            let problem = from(bad).await.problem(403, "ip_not_allowed");
            assert!(problem["detail"].as_str().unwrap().contains(&key.view.prefix), "{problem}");
        }
        portal.get(&key, "/v1/customers").await.problem(403, "ip_not_allowed");

        // The list is changed, and applies to the next call.
        let changed = patch(&portal, &org.live, &key, &json!({ "ip_allow_list": ["127.0.0.1"] })).await;
        assert_eq!(changed.json()["ip_allow_list"], json!(["127.0.0.1/32"]));
        assert_eq!(portal.get(&key, "/v1/customers").await.status, 200);
        from("203.0.113.9").await.problem(403, "ip_not_allowed");
        assert_eq!(patch(&portal, &org.live, &key, &json!({ "ip_allow_list": null })).await.json()["ip_allow_list"], json!([]));
        assert_eq!(from("203.0.113.9").await.status, 200);
        let entries = db.texts("select before_json || ' → ' || after_json from audit_entries where action = 'key.updated' order by id").await;
        assert_eq!(entries[1], r#"{"ip_allow_list":["127.0.0.1/32"]} → {"ip_allow_list":[]}"#);
    }

    async fn every_wrong_entry_of_a_list_is_named(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let body = json!({ "name": "x", "environment": "live", "scopes": ["customers:read"], "ip_allow_list": ["10.0.0.1", "10.0.0.0/33", "home"] });
        let problem = portal.post(&org.live, "/v1/keys", &body).await.problem(422, "validation_failed");
        let places: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|error| error["location"].as_str().unwrap()).collect();
        assert_eq!(places, ["body.ip_allow_list[1]", "body.ip_allow_list[2]"]);
        let many = vec!["10.0.0.1"; 51];
        let problem = patch(&portal, &org.live, &org.live, &json!({ "ip_allow_list": many })).await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["location"], "body.ip_allow_list");
        for body in [json!({ "nmae": "x" }), json!({ "rate_limit": { "calls": 1 } }), json!({ "spend_cap": -1 }), json!({ "environment": "live" })] {
            patch(&portal, &org.live, &org.live, &body).await.problem(422, "validation_failed");
        }
        let problem = patch(&portal, &org.live, &org.live, &json!({ "rate_limit": { "calls": 0, "seconds": 1 }, "name": "" })).await.problem(422, "validation_failed");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    }

    async fn a_keys_own_rate_limit_only_tightens(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "10/3600"]).await;
        let org = portal.org("Acme").await;
        let limited = |calls, seconds| NewKey { rate_limit: Some(RateLimit { calls, seconds }), ..new_key(&["customers:read"]) };
        let tight = make(&portal, &org, limited(2, 3600)).await;
        let response = portal.get(&tight, "/v1/customers").await;
        assert!(response.header("ratelimit-policy").starts_with("\"key\";q=2;w=3600, "), "{}", response.header("ratelimit-policy"));
        assert_eq!(response.header("x-ratelimit-remaining"), "1");
        assert_eq!(portal.get(&tight, "/v1/customers").await.status, 200);
        portal.get(&tight, "/v1/customers").await.problem(429, "rate_limited");
        let loose = make(&portal, &org, limited(1000, 1)).await;
        assert!(portal.get(&loose, "/v1/customers").await.header("ratelimit-policy").starts_with("\"key\";q=10;w=3600, "));
        let lifted = patch(&portal, &org.live, &tight, &json!({ "rate_limit": null })).await.json();
        assert!(lifted["rate_limit"].is_null());
        assert!(portal.get(&tight, "/v1/customers").await.header("ratelimit-policy").starts_with("\"key\";q=10;w=3600, "));
    }

    async fn scopes_are_taken_away_and_never_added(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let key = make(&portal, &org, new_key(&["customers:read", "customers:write", "keys:read"])).await;
        let problem = patch(&portal, &org.live, &key, &json!({ "scopes": ["customers:read", "usage:read"] })).await.problem(422, "validation_failed");
        assert_eq!((&problem["errors"][0]["location"], &problem["errors"][0]["code"]), (&json!("body.scopes"), &json!("not_narrower")));
        patch(&portal, &org.live, &key, &json!({ "scopes": [] })).await.problem(422, "validation_failed");
        let narrowed = patch(&portal, &org.live, &key, &json!({ "scopes": ["customers:read"] })).await;
        assert_eq!(narrowed.json()["scopes"], json!(["customers:read"]));
        assert_eq!(portal.get(&key, "/v1/customers").await.status, 200);
        portal.get(&key, "/v1/keys").await.problem(403, "insufficient_scope");
        patch(&portal, &org.live, &key, &json!({ "scopes": ["customers:*"] })).await.problem(422, "validation_failed");
    }

    async fn what_is_absent_from_a_patch_stays_and_a_key_that_is_over_is_not_changed(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let key = make(&portal, &org, NewKey { spend_cap: Some(700), ..new_key(&["customers:read"]) }).await;
        let renamed = patch(&portal, &org.live, &key, &json!({ "name": " Renamed " })).await.json();
        assert_eq!((&renamed["name"], &renamed["spend_cap"], &renamed["scopes"]), (&json!("Renamed"), &json!(700), &json!(["customers:read"])));
        patch(&portal, &org.live, &key, &json!({})).await;
        assert_eq!(db.number("select count(*) from audit_entries where action = 'key.updated'").await, 1, "nothing changed, nothing noted");
        patch(&portal, &portal.org("Other").await.live, &key, &json!({ "name": "x" })).await.problem(404, "not_found");
        portal.post(&org.live, &format!("/v1/keys/{}/revoke", key.view.id), &json!({})).await;
        patch(&portal, &org.live, &key, &json!({ "name": "x" })).await.problem(409, "conflict");
    }

    async fn a_key_cannot_shake_off_what_bounds_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let bound = NewKey { ip_allow_list: vec!["127.0.0.0/8".into()], spend_cap: Some(100), ..new_key(&["keys:write"]) };
        let key = make(&portal, &org, bound).await;
        for body in [json!({ "ip_allow_list": [] }), json!({ "spend_cap": 101 }), json!({ "spend_cap": null })] {
            patch(&portal, &key, &key, &body).await.problem(403, "forbidden");
        }
        assert_eq!(patch(&portal, &key, &key, &json!({ "spend_cap": 99 })).await.status, 200);
        let new = |cap: u64| json!({ "name": "x", "environment": "live", "scopes": ["keys:write"], "ip_allow_list": ["127.0.0.1"], "spend_cap": cap });
        portal.post(&key, "/v1/keys", &new(100)).await.problem(403, "forbidden");
        assert_eq!(portal.post(&key, "/v1/keys", &new(99)).await.status, 201);
    }
}
