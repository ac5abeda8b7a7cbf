//! What the gateway refuses, and how: each code with its status, headers and body.

use reqwest::Method;
use serde_json::json;
use tollgate::server::access::{ManageKeys, Permit};
use tollgate::server::keys::{self, KeyChange};
use tollgate::types::environment::Environment;
use tollgate::types::key::NewKey;
use tollgate::types::time::SECOND;

use crate::support::{Portal, TestDb, on_both};

on_both! {
    async fn a_call_without_a_valid_key_is_refused_and_says_how_to_send_one(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let get = || portal.request(Method::GET, "/v1/customers");

        let missing = portal.send(get()).await;
        missing.problem(401, "missing_key");
        assert!(missing.header("www-authenticate").starts_with("Bearer"));
        portal.send(get().bearer_auth("nonsense")).await.problem(401, "invalid_key");
        // Right in form and checksum, but nobody's.
        let unknown = tollgate::server::keys::PlainKey::generate(Environment::Live);
        portal.send(get().bearer_auth(unknown.expose())).await.problem(401, "invalid_key");
        portal.send(portal.request(Method::GET, &format!("/v1/customers?api_key={}", org.live.key))).await.problem(401, "missing_key");
        portal.send(get().bearer_auth(&org.live.key).header("x-api-key", &org.sandbox.key)).await.problem(400, "ambiguous_credentials");
        assert_eq!(portal.send(get().header("x-api-key", &org.live.key)).await.status, 200);
    }

    async fn keys_that_were_switched_off_say_why(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let permit = Permit::<ManageKeys>::for_command_line(org.id.clone());
        let change = async |change| keys::change_key(&portal.app.db, &permit, &org.live.view.id, change, portal.now()).await.unwrap();

        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        change(KeyChange::Disable).await;
        portal.get(&org.live, "/v1/customers").await.problem(401, "disabled_key");
        change(KeyChange::Enable).await;
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        change(KeyChange::Revoke).await;
        portal.get(&org.live, "/v1/customers").await.problem(401, "revoked_key");

        let expires_at = Some(portal.now().plus(60 * SECOND));
        let new = NewKey { name: "Short".into(), environment: Environment::Live, scopes: vec!["customers:read".into()], expires_at, ..NewKey::default() };
        let short = keys::create_key(&portal.app.db, &permit, new, portal.now()).await.unwrap();
        assert_eq!(portal.get(&short, "/v1/customers").await.status, 200);
        portal.clock.advance(61 * SECOND);
        portal.get(&short, "/v1/customers").await.problem(401, "expired_key");
    }

    async fn a_scope_that_is_lacking_is_named(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let reader = portal.key(&org.id, Environment::Live, &["customers:read"]).await;
        assert_eq!(portal.get(&reader, "/v1/customers").await.status, 200);
        let problem = portal.post(&reader, "/v1/customers", &json!({ "name": "Ada" })).await.problem(403, "insufficient_scope");
        assert!(problem["detail"].as_str().unwrap().contains("`customers:write`"));
        portal.get(&reader, "/v1/keys").await.problem(403, "insufficient_scope");
        let star = portal.key(&org.id, Environment::Live, &["customers:*"]).await;
        assert_eq!(portal.post(&star, "/v1/customers", &json!({ "name": "Ada" })).await.status, 201);
    }

    async fn paths_and_methods_that_do_not_exist_are_told_apart(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.sandbox;
        for path in ["/v1/nothing", "/v1", "/v1/", "/v1/customers/cus_1/x"] {
            portal.get(&key, path).await.problem(404, "not_found");
        }
        let answer = portal.call(&key, Method::PUT, "/v1/customers", &json!({})).await;
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "GET, POST");
        portal.get(&key, "/v1/customers/not-an-id").await.problem(404, "not_found");
    }

    async fn bodies_that_cannot_be_read_are_told_apart(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--max-body-bytes", "1000"]).await;
        let key = portal.org("Acme").await.sandbox;
        let post = || portal.request(Method::POST, "/v1/customers").bearer_auth(&key.key);
        portal.send(post().body("name=Ada").header("content-type", "application/x-www-form-urlencoded")).await.problem(415, "unsupported_media_type");
        portal.send(post().body("{")).await.problem(415, "unsupported_media_type");
        portal.send(post().body("{").header("content-type", "application/json")).await.problem(400, "invalid_request");
        portal.send(post().body("{\"name\":\"a\"} x").header("content-type", "application/json")).await.problem(400, "invalid_request");
        let large = json!({ "name": "x".repeat(2000) });
        let problem = portal.send(post().json(&large)).await.problem(413, "body_too_large");
        assert!(problem["detail"].as_str().unwrap().contains("1000"));
    }

    async fn every_code_has_a_docs_page_and_every_problem_links_to_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        for code in tollgate::types::code::Code::ALL {
            let page = portal.send(portal.request(Method::GET, &format!("/docs/errors/{}", code.as_str()))).await;
            assert_eq!(page.status, 200, "{}", code.as_str());
            assert!(page.text.contains(code.docs().remedy.split('`').next().unwrap().split('\'').next().unwrap()), "{}", code.as_str());
        }
        let answer = portal.send(portal.request(Method::GET, "/v1/customers")).await;
        let link = answer.json()["type"].as_str().unwrap().to_owned();
        assert!(link.starts_with(&portal.url), "{link}");
        assert_eq!(reqwest::get(link).await.unwrap().status(), 200);
    }
}
