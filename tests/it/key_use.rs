//! The page of a key: its callers, its used scopes, and its actions.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::types::time::{DAY, HOUR};

use crate::support::{PASSWORD, Portal, TestDb, TestResponse, Visitor, eventually, on_both};

async fn create(visitor: &mut Visitor<'_>, scopes: &[&str]) -> Value {
    let mut fields = vec![
        ("name", "Checkout"),
        ("environment", "sandbox"),
        ("expires_in_days", ""),
        ("rate_limit", ""),
        ("spend_cap", ""),
    ];
    let names: Vec<String> = (0..scopes.len()).map(|i| format!("scopes[{i}]")).collect();
    fields.extend(names.iter().map(String::as_str).zip(scopes.iter().copied()));
    Visitor::value(&visitor.submit("create_key", &fields).await)
}

async fn call(portal: &Portal, key: &Value, path: &str, agent: &str) -> TestResponse {
    portal
        .send(
            portal
                .request(Method::GET, path)
                .bearer_auth(key["key"].as_str().unwrap())
                .header("user-agent", agent),
        )
        .await
}

on_both! {
    async fn the_page_of_a_rotated_key_says_who_still_uses_it_and_when_it_is_safe_to_retire(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let old = create(&mut ada, &["customers:read"]).await;
        let id = old["id"].as_str().unwrap();
        assert_eq!(Visitor::value(&ada.submit("key_handover", &[("id", id)]).await), Value::Null);
        assert_eq!(call(&portal, &old, "/v1/customers", "before/1").await.status, 200);
        portal.clock.advance(HOUR);
        let rotated = Visitor::value(&ada.submit("rotate_key", &[("id", id), ("overlap", "7d")]).await);
        assert_eq!(rotated["replaces"]["state"], "rotating");
        assert!(ada.page(&format!("/dashboard/keys/{id}")).await.text.contains("No call with the old key since the rotation began"));

        for agent in ["robot/1", "robot/1", "robot/2"] {
            assert_eq!(call(&portal, &old, "/v1/customers", agent).await.status, 200);
        }
        assert_eq!(call(&portal, &rotated, "/v1/customers", "new/1").await.status, 200);
        eventually("the calls are applied", || async { (db.logged().await == 5).then_some(()) }).await;
        let found = Visitor::value(&ada.submit("key_handover", &[("id", id)]).await);
        let mut callers: Vec<(&str, u64)> = found["callers"]["data"].as_array().unwrap().iter().map(|c| (c["user_agent"].as_str().unwrap(), c["calls"].as_u64().unwrap())).collect();
        callers.sort_unstable();
        assert_eq!(callers, [("robot/1", 2), ("robot/2", 1)], "{found}");
        assert_eq!((&found["callers"]["data"][0]["source_ip"], &found["is_safe"], &found["callers"]["is_complete"]), (&json!("127.0.0.1"), &json!(false), &json!(true)));
        let page = ada.page(&format!("/dashboard/keys/{id}")).await;
        assert!(page.text.contains("still in use") && page.text.contains("robot/2"), "{}", page.text);

        portal.clock.advance(DAY);
        let found = Visitor::value(&ada.submit("key_handover", &[("id", id)]).await);
        assert_eq!((&found["is_safe"], &found["quiet_hours"]), (&json!(true), &json!(24)));
        assert!(ada.page(&format!("/dashboard/keys/{id}")).await.text.contains("No call with the old key for 24 hours: it is safe to retire."));
        assert_eq!(ada.submit("revoke_key", &[("id", id)]).await.status, 200);
        call(&portal, &old, "/v1/customers", "robot/1").await.problem(401, "revoked_key");
    }

    async fn scopes_that_are_not_used_are_named_and_taken_away(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let key = create(&mut ada, &["customers:read", "customers:write", "usage:read"]).await;
        let id = key["id"].as_str().unwrap();
        let found = Visitor::value(&ada.submit("key_scope_use", &[("id", id)]).await);
        assert_eq!((&found["used"], &found["narrowed"], &found["is_since_made"]), (&json!([]), &json!([]), &json!(true)));
        assert_eq!(call(&portal, &key, "/v1/customers", "robot/1").await.status, 200);
        assert_eq!(call(&portal, &key, "/v1/nothing", "robot/1").await.status, 404);
        call(&portal, &key, "/v1/keys", "robot/1").await.problem(403, "insufficient_scope");
        eventually("the calls are counted", || async {
            (db.number("select cast(coalesce(sum(calls), 0) as bigint) from usage_hourly").await == 3).then_some(())
        })
        .await;
        let found = Visitor::value(&ada.submit("key_scope_use", &[("id", id)]).await);
        assert_eq!(found["used"], json!(["customers:read"]));
        assert_eq!(found["unused"], json!(["customers:write", "usage:read"]));
        assert_eq!(found["narrowed"], json!(["customers:read"]));
        let page = ada.page(&format!("/dashboard/keys/{id}")).await.text;
        assert!(page.contains("since it was created"), "{page}");
        assert_eq!(ada.submit("narrow_key", &[("id", id), ("scopes[0]", "customers:read")]).await.status, 200);
        let narrowed = Visitor::value(&ada.submit("get_key", &[("id", id)]).await);
        assert_eq!(narrowed["scopes"], json!(["customers:read"]));
        let wider = ada.submit("narrow_key", &[("id", id), ("scopes[0]", "customers:*")]).await;
        assert_eq!(wider.status, 422);
        // A month later, the usage of a month ago does not count.
        portal.clock.advance(31 * DAY);
        let log_in = [("email", "ada@example.com"), ("password", PASSWORD), ("next", "")];
        assert_eq!(ada.submit("log_in", &log_in).await.status, 200);
        let found = Visitor::value(&ada.submit("key_scope_use", &[("id", id)]).await);
        assert_eq!((&found["used"], &found["is_since_made"]), (&json!([]), &json!(false)));
    }

    async fn the_page_changes_names_and_bounds_and_shows_other_peoples_keys_to_nobody(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let key = create(&mut ada, &["customers:read"]).await;
        let id = key["id"].as_str().unwrap();
        let fields = |ips: &'static str, rate: &'static str| [("id", id), ("name", "Renamed"), ("ip_allow_list", ips), ("rate_limit", rate), ("spend_cap", "9.00")];
        assert_eq!(ada.submit("update_key", &fields("127.0.0.1\r\n::1\r\n", "5/60")).await.status, 200);
        let changed = Visitor::value(&ada.submit("get_key", &[("id", id)]).await);
        assert_eq!((&changed["name"], &changed["spend_cap"]), (&json!("Renamed"), &json!(900)));
        assert_eq!((&changed["ip_allow_list"], &changed["rate_limit"]), (&json!(["127.0.0.1/32", "::1/128"]), &json!({ "calls": 5, "seconds": 60 })));
        let refused = ada.submit("update_key", &fields("127.0.0.1 nowhere", "")).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let mut eve = Visitor::signed_up(&portal, "eve").await;
        assert_eq!(eve.submit("get_key", &[("id", id)]).await.status, 404);
        assert_eq!(eve.submit("key_scope_use", &[("id", id)]).await.status, 404);
        assert_eq!(eve.page(&format!("/dashboard/keys/{id}")).await.status, 404);
        assert_eq!(eve.page("/dashboard/keys/key_1").await.status, 404);
        assert_eq!(eve.submit("rotate_key", &[("id", id), ("overlap", "now")]).await.status, 404);
    }
}
