//! What one key may do to another: nothing that it could not have granted itself. Every operation
//! on keys, by actors that each lack one permission.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::{ManageKeys, Permit};
use tollgate::server::keys;
use tollgate::types::environment::Environment;
use tollgate::types::key::{CreatedKey, NewKey, RateLimit};
use tollgate::types::time::DAY;

use crate::support::{Org, Portal, TestDb, TestResponse, Visitor, on_both};

async fn make(portal: &Portal, org: &Org, new: NewKey) -> CreatedKey {
    let permit = Permit::<ManageKeys>::for_command_line(org.id.clone());
    keys::create_key(&portal.app.db, &permit, new, portal.now()).await.expect("a key")
}

fn with_scopes(scopes: &[&str]) -> NewKey {
    NewKey {
        name: "Test".into(),
        environment: Environment::Sandbox,
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..NewKey::default()
    }
}

/// The operations on an existing key, and whether each grants something.
const OPERATIONS: [(&str, bool); 5] =
    [("update", true), ("rotate", true), ("enable", true), ("disable", false), ("revoke", false)];

async fn operate(
    portal: &Portal,
    by: &CreatedKey,
    operation: &str,
    on: &CreatedKey,
) -> TestResponse {
    let path = format!("/v1/keys/{}", on.view.id);
    match operation {
        "update" => portal.call(by, Method::PATCH, &path, &json!({ "name": "Renamed" })).await,
        _ => portal.post(by, &format!("{path}/{operation}"), &json!({})).await,
    }
}

async fn state(portal: &Portal, org: &Org, key: &CreatedKey) -> (Value, Value, Value) {
    let view = portal.get(&org.sandbox, &format!("/v1/keys/{}", key.view.id)).await.json();
    (view["state"].clone(), view["name"].clone(), view["rotated_to"].clone())
}

on_both! {
    async fn a_key_gives_effect_only_to_keys_that_it_could_have_made(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "100000/1", "--limit-org", "100000/1", "--limit-ip", "100000/1", "--limit-operation", "100000/1"]).await;
        let org = portal.org("Acme").await;
        let actor = || with_scopes(&["keys:write", "customers:read"]);
        let target = || with_scopes(&["customers:read"]);
        let bound = |by: fn(&mut NewKey), mut key: NewKey| {
            by(&mut key);
            key
        };
        let ends = portal.now().plus(DAY);
        // The missing permission, the actor, and the key that has it.
        let weaker = [
            ("scope", actor(), with_scopes(&["customers:read", "customers:write"])),
            ("ip_allow_list", bound(|key| key.ip_allow_list = vec!["127.0.0.0/8".into()], actor()), target()),
            ("rate_limit", bound(|key| key.rate_limit = Some(RateLimit { calls: 1_000, seconds: 1 }), actor()), target()),
            ("spend_cap", bound(|key| key.spend_cap = Some(100), actor()), target()),
            ("spend_cap of its own", bound(|key| key.spend_cap = Some(100), actor()), bound(|key| key.spend_cap = Some(50), target())),
            ("expires_at", NewKey { expires_at: Some(ends), ..actor() }, target()),
        ];
        for (lacks, actor, target) in weaker {
            let actor = make(&portal, &org, actor).await;
            for (operation, gives) in OPERATIONS {
                let on = make(&portal, &org, target.clone()).await;
                if operation != "disable" {
                    assert_eq!(operate(&portal, &org.sandbox, "disable", &on).await.status, 200);
                }
                let before = state(&portal, &org, &on).await;
                let response = operate(&portal, &actor, operation, &on).await;
                if gives {
                    assert_eq!(response.status, 403, "{operation} without {lacks}: {}", response.text);
                    assert_eq!(state(&portal, &org, &on).await, before, "{operation} without {lacks}");
                } else {
                    assert_eq!(response.status, 200, "{operation} without {lacks}: {}", response.text);
                }
            }
            // Nor can it be narrowed: a key may only be changed by those who could have created it.
            if lacks == "scope" {
                let on = make(&portal, &org, target).await;
                let narrowed = portal.call(&actor, Method::PATCH, &format!("/v1/keys/{}", on.view.id), &json!({ "scopes": ["customers:read"] })).await;
                narrowed.problem(403, "insufficient_scope");
            }
        }
        // An actor that lacks nothing may do all of it.
        let equal = make(&portal, &org, actor()).await;
        for (operation, _) in OPERATIONS {
            let on = make(&portal, &org, target()).await;
            let response = operate(&portal, &equal, operation, &on).await;
            assert!([200, 201].contains(&response.status), "{operation}: {}", response.text);
        }
        // A bound key may rotate itself, which does not reset its spending.
        let capped = make(&portal, &org, NewKey { spend_cap: Some(100), ..actor() }).await;
        assert_eq!(operate(&portal, &capped, "rotate", &capped).await.status, 201);
    }

    async fn a_key_of_one_environment_does_nothing_to_those_of_the_other(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        for (operation, _) in OPERATIONS {
            operate(&portal, &org.sandbox, operation, &org.live).await.problem(404, "not_found");
        }
    }

    async fn roles_that_manage_no_keys_do_nothing_to_them(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::verified(&portal, "ada").await;
        let new = [("name", "Robot"), ("environment", "sandbox"), ("scopes[]", "customers:read")];
        for (role, may) in [("viewer", false), ("billing", false), ("developer", true), ("admin", true)] {
            let email = format!("{role}@example.com");
            assert_eq!(ada.submit("invite", &[("email", &email), ("role", role)]).await.status, 200);
            let token = ada.mailed_token(&email).await;
            let mut member = Visitor::new(&portal);
            let fields = [("name", role), ("email", &*email), ("password", crate::support::PASSWORD), ("org_name", ""), ("invitation", &*token)];
            assert_eq!(member.submit("sign_up", &fields).await.status, 200);
            let key = Visitor::value(&ada.submit("create_key", &new).await)["id"].as_str().unwrap().to_owned();
            for (function, fields) in [
                ("disable_key", vec![("id", &*key)]),
                ("enable_key", vec![("id", &*key)]),
                ("update_key", vec![("id", &*key), ("name", "Renamed")]),
                ("narrow_key", vec![("id", &*key), ("scopes[]", "customers:read")]),
                ("rotate_key", vec![("id", &*key), ("overlap", "1h")]),
                ("revoke_key", vec![("id", &*key)]),
            ] {
                let response = member.submit(function, &fields).await;
                assert_eq!(response.status, if may { 200 } else { 403 }, "{role} {function}: {}", response.text);
            }
        }
    }
}
