//! Rotating keys: the new one replaces the old one, which still works.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::{Actor, ActorKind, ManageKeys, Permit};
use tollgate::server::keys::{self, KeyChange};
use tollgate::types::environment::Environment;
use tollgate::types::key::{CreatedKey, NewKey, RateLimit};
use tollgate::types::rotation::Overlap;
use tollgate::types::time::{DAY, HOUR, SECOND, Timestamp};

use crate::support::{Org, Portal, TestDb, TestResponse, on_both, process};

async fn rotate(portal: &Portal, by: &CreatedKey, key: &CreatedKey, body: &Value) -> TestResponse {
    portal.post(by, &format!("/v1/keys/{}/rotate", key.view.id), body).await
}

async fn call(portal: &Portal, key: &str) -> TestResponse {
    portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth(key)).await
}

async fn make(portal: &Portal, org: &Org, new: NewKey) -> CreatedKey {
    let permit = Permit::<ManageKeys>::for_command_line(org.id.clone());
    keys::create_key(&portal.app.db, &permit, new, portal.now()).await.expect("a key")
}

fn new_key(name: &str) -> NewKey {
    NewKey {
        name: name.into(),
        environment: Environment::Live,
        scopes: vec!["customers:read".into()],
        ..NewKey::default()
    }
}

on_both! {
    async fn both_keys_work_in_the_overlap_and_the_old_one_is_refused_after_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        assert_eq!(call(&portal, &org.live.key).await.header("deprecation"), "");
        let response = rotate(&portal, &org.sandbox, &org.sandbox, &json!({ "overlap": "24h" })).await;
        assert_eq!(response.status, 201, "{}", response.text);
        let rotated = response.json();
        let (old, new) = (&org.sandbox, rotated["key"].as_str().unwrap());
        assert_ne!(new, old.key);
        assert_eq!((&rotated["rotated_from"], &rotated["replaces"]["rotated_to"]), (&json!(old.view.id), &rotated["id"]));
        assert_eq!((&rotated["state"], &rotated["replaces"]["state"]), (&json!("active"), &json!("rotating")));
        assert_eq!((call(&portal, &old.key).await.status, call(&portal, new).await.status), (200, 200));

        portal.clock.advance(DAY - 60 * SECOND);
        assert_eq!(call(&portal, &old.key).await.status, 200);
        portal.clock.advance(60 * SECOND);
        let refused = call(&portal, &old.key).await;
        refused.problem(401, "revoked_key");
        assert_eq!((refused.header("deprecation"), refused.header("sunset")), ("", ""));
        assert_eq!(call(&portal, new).await.status, 200);
        let view = portal.send(portal.request(Method::GET, &format!("/v1/keys/{}", old.view.id)).bearer_auth(new)).await;
        assert_eq!(view.json()["state"], "revoked");
    }

    async fn during_the_overlap_every_response_to_the_old_key_has_its_end(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let rotated = rotate(&portal, &org.live, &org.live, &json!({})).await.json();
        let began: Timestamp = rotated["replaces"]["rotated_at"].as_str().unwrap().parse().unwrap();
        let ends: Timestamp = rotated["replaces"]["retires_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(ends, began.plus(3 * DAY), "72 hours, if nothing is said");
        for path in ["/v1/customers", "/v1/nothing", "/v1/keys/key_1"] {
            let response = portal.get(&org.live, path).await;
            assert_eq!(response.header("deprecation"), format!("@{}", began.0 / SECOND), "{path}");
            assert_eq!(response.header("sunset"), ends.http_date(), "{path}");
        }
        assert_eq!(call(&portal, rotated["key"].as_str().unwrap()).await.header("sunset"), "");
    }

    async fn the_new_key_has_all_that_the_old_one_had(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let old = make(&portal, &org, NewKey {
            expires_at: Some(portal.now().plus(90 * DAY)),
            ip_allow_list: vec!["127.0.0.0/8".into(), "::1".into()],
            rate_limit: Some(RateLimit { calls: 7, seconds: 60 }),
            spend_cap: Some(5_000),
            ..new_key("Checkout")
        }).await;
        let rotated = rotate(&portal, &org.live, &old, &json!({ "overlap": "7d" })).await.json();
        let before = serde_json::to_value(&old.view).unwrap();
        for field in ["name", "environment", "scopes", "expires_at", "ip_allow_list", "rate_limit", "spend_cap"] {
            assert_eq!(rotated[field], before[field], "{field}");
            assert!(!rotated[field].is_null(), "{field}");
        }
        assert_ne!(rotated["prefix"], before["prefix"]);
        let response = call(&portal, rotated["key"].as_str().unwrap()).await;
        assert!(response.header("ratelimit-policy").starts_with("\"key\";q=7;w=60"), "{}", response.header("ratelimit-policy"));
        assert_eq!(db.texts("select action from audit_entries where action = 'key.rotated'").await.len(), 1);
        let event: Value = serde_json::from_str(&db.texts("select data_json from events where type = 'key.rotated'").await[0]).unwrap();
        assert_eq!((&event["id"], &event["rotated_to"]), (&before["id"], &rotated["id"]));
    }

    async fn the_overlap_never_goes_past_the_old_keys_own_expiry(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let expires_at = Some(portal.now().plus(2 * HOUR));
        let old = make(&portal, &org, NewKey { expires_at, ..new_key("Short") }).await;
        let rotated = rotate(&portal, &org.live, &old, &json!({ "overlap": "30d" })).await.json();
        assert_eq!(rotated["replaces"]["retires_at"], json!(expires_at));
        portal.clock.advance(2 * HOUR);
        assert_eq!(call(&portal, &old.key).await.status, 401);
        call(&portal, rotated["key"].as_str().unwrap()).await.problem(401, "expired_key");
    }

    async fn without_overlap_the_old_key_is_refused_at_once(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let rotated = rotate(&portal, &org.live, &org.live, &json!({ "overlap": "now" })).await.json();
        assert_eq!(rotated["replaces"]["state"], "revoked");
        call(&portal, &org.live.key).await.problem(401, "revoked_key");
        assert_eq!(call(&portal, rotated["key"].as_str().unwrap()).await.status, 200);
    }

    async fn a_key_that_is_over_or_being_rotated_cannot_be_rotated(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let expired = make(&portal, &org, NewKey { expires_at: Some(portal.now().plus(SECOND)), ..new_key("Expired") }).await;
        let revoked = make(&portal, &org, new_key("Revoked")).await;
        let permit = Permit::<ManageKeys>::for_command_line(org.id.clone());
        keys::change_key(&portal.app.db, &permit, &revoked.view.id, KeyChange::Revoke, portal.now()).await.unwrap();
        let twice = make(&portal, &org, new_key("Twice")).await;
        assert_eq!(rotate(&portal, &org.live, &twice, &json!({})).await.status, 201);
        portal.clock.advance(2 * SECOND);
        for key in [&expired, &revoked, &twice] {
            rotate(&portal, &org.live, key, &json!({})).await.problem(409, "conflict");
        }
        portal.clock.advance(3 * DAY);
        rotate(&portal, &org.live, &twice, &json!({})).await.problem(409, "conflict");
        let body = rotate(&portal, &org.live, &org.live, &json!({ "overlap": "2h" })).await.problem(422, "validation_failed");
        assert_eq!(body["errors"][0]["location"], "body.overlap");
        rotate(&portal, &org.live, &org.sandbox, &json!({})).await.problem(404, "not_found");
        rotate(&portal, &portal.org("Other").await.live, &org.live, &json!({})).await.problem(404, "not_found");
        // The body may be left out.
        let path = format!("/v1/keys/{}/rotate", org.live.view.id);
        assert_eq!(portal.send(portal.request(Method::POST, &path).bearer_auth(&org.live.key)).await.status, 201);
    }

    async fn a_key_that_retires_makes_none_that_outlives_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        assert_eq!(rotate(&portal, &org.live, &org.live, &json!({ "overlap": "24h" })).await.status, 201);
        let body = |expires_at: Option<Timestamp>| json!({ "name": "x", "environment": "live", "scopes": ["customers:read"], "expires_at": expires_at });
        for too_late in [None, Some(portal.now().plus(2 * DAY))] {
            portal.post(&org.live, "/v1/keys", &body(too_late)).await.problem(403, "forbidden");
        }
        let made = portal.post(&org.live, "/v1/keys", &body(Some(portal.now().plus(HOUR)))).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }

    async fn a_key_that_is_over_by_the_time_it_acts_gives_nothing(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let actor = Actor { kind: ActorKind::Key, id: org.live.view.id.as_str().into(), source_ip: None, request_id: None };
        let scopes = ["keys:write".parse().unwrap(), "customers:read".parse().unwrap()].into();
        let permit = Permit::<ManageKeys>::for_key(org.id.clone(), Environment::Live, &scopes, None, actor).unwrap();
        assert!(keys::create_key(&portal.app.db, &permit, new_key("In time"), portal.now()).await.is_ok());
        assert_eq!(rotate(&portal, &org.live, &org.live, &json!({ "overlap": "now" })).await.status, 201);
        assert!(keys::create_key(&portal.app.db, &permit, new_key("Too late"), portal.now()).await.is_err());
    }

    async fn two_rotations_of_one_key_at_once_make_one_key(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let body = json!({});
        let both = (rotate(&portal, &org.live, &org.live, &body), rotate(&portal, &org.live, &org.live, &body));
        let (one, other) = tokio::join!(both.0, both.1);
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        assert_eq!(db.number("select count(*) from keys where rotated_from is not null").await, 1);
    }

    async fn a_key_rotates_others_only_within_what_it_may_grant(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let manager = portal.key(&org.id, Environment::Live, &["keys:write"]).await;
        let problem = rotate(&portal, &manager, &org.live, &json!({})).await.problem(403, "insufficient_scope");
        assert!(problem["detail"].as_str().unwrap().contains("customers:read"), "{problem}");
        let peer = portal.key(&org.id, Environment::Live, &["keys:write"]).await;
        assert_eq!(rotate(&portal, &manager, &peer, &json!({})).await.status, 201);
        let expires_at = Some(portal.now().plus(DAY));
        let short = make(&portal, &org, NewKey { scopes: vec!["keys:write".into()], expires_at, ..new_key("Short") }).await;
        rotate(&portal, &short, &manager, &json!({})).await.problem(403, "forbidden");
        assert_eq!(rotate(&portal, &short, &short, &json!({})).await.status, 201);
        assert_eq!(rotate(&portal, &manager, &manager, &json!({})).await.status, 201);
    }

    async fn a_rotated_key_can_be_retired_early_and_no_key_is_left_over_in_the_count(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        rotate(&portal, &org.live, &org.live, &json!({ "overlap": "30d" })).await;
        let revoke = portal.post(&org.live, &format!("/v1/keys/{}/revoke", org.live.view.id), &json!({})).await;
        assert_eq!(revoke.json()["state"], "revoked");
        call(&portal, &org.live.key).await.problem(401, "revoked_key");
        let active = keys::count_active(&portal.app.db, &org.id, Environment::Live, portal.now()).await.unwrap();
        assert_eq!(active, 1);
    }

    async fn the_command_line_rotates_and_bounds_keys(db: TestDb) {
        let org = process::json(&db, &["org", "create", "Acme", "--json"])["id"].as_str().unwrap().to_owned();
        let bounds = ["--ip", "10.0.0.0/8,::1", "--rate-limit", "5/60", "--spend-cap", "20"];
        let made = process::json(&db, &[&["key", "create", "--org", &org, "--json"], &bounds[..]].concat());
        assert_eq!(made["ip_allow_list"], json!(["10.0.0.0/8", "::1/128"]));
        assert_eq!((&made["rate_limit"], &made["spend_cap"]), (&json!({ "calls": 5, "seconds": 60 }), &json!(2000)));
        let id = made["id"].as_str().unwrap();
        let rotated = process::json(&db, &["key", "rotate", id, "--org", &org, "--overlap", "1h", "--json"]);
        assert_eq!((&rotated["rotated_from"], &rotated["ip_allow_list"]), (&made["id"], &made["ip_allow_list"]));
        assert!(rotated["key"].as_str().unwrap().starts_with("tg_sandbox_"));
        assert!(!process::run(&db, &["key", "rotate", id, "--org", &org]).status.success());
        assert_eq!(Overlap::default().as_str(), "72h");
    }
}
