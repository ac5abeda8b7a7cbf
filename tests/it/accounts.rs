//! Accounts as a browser sees them: cookies, forms, roles, and what a session allows.

use futures::StreamExt;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Portal, TestDb, Visitor, on_both};

on_both! {
    async fn signing_up_opens_the_dashboard_with_a_cookie_no_script_can_read(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::new(&portal);
        let fields = [("name", "Ada"), ("email", " Ada@Example.com "), ("password", PASSWORD), ("org_name", "Engines"), ("invitation", "")];
        let response = ada.submit("sign_up", &fields).await;
        let cookie = response.header("set-cookie");
        assert!(cookie.starts_with("__Host-tollgate_session="), "{cookie}");
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie} lacks {part}");
        }
        let me = Visitor::value(&ada.submit("me", &[]).await);
        assert_eq!((&me["email"], &me["email_verified"], &me["org"]["name"]), (&json!("ada@example.com"), &json!(false), &json!("Engines")));
        assert_eq!(me["org"]["role"], "owner");
        let page = ada.page("/dashboard").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Engines"));
        // The stored values are not sufficient to log in.
        let token = ada.cookie.as_ref().unwrap().split_once('=').unwrap().1.to_owned();
        assert_eq!(db.number("select count(*) from sessions").await, 1);
        assert!(!db.texts("select password_hash from users").await[0].contains(PASSWORD));
        assert!(db.texts("select password_hash from users").await[0].starts_with("$argon2id$"));
        assert!(token.len() >= 43);
    }

    async fn every_wrong_field_of_a_form_is_named(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut visitor = Visitor::new(&portal);
        let fields = [("name", ""), ("email", "nobody"), ("password", "short"), ("org_name", ""), ("invitation", "")];
        let response = visitor.submit("sign_up", &fields).await;
        assert_eq!(response.status, 422, "{}", response.text);
        let fields: Vec<Value> = response.json()["fields"].as_array().unwrap().iter().map(|field| field["location"].clone()).collect();
        assert_eq!(fields, ["name", "email", "password", "org_name"]);
        assert_eq!(db.number("select count(*) from users").await, 0);
    }

    async fn logging_out_ends_the_session_permanently(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let stolen = ada.cookie.clone();
        ada.submit("log_out", &[]).await;
        assert_eq!(ada.cookie, None);
        let mut thief = Visitor::new(&portal);
        thief.cookie = stolen;
        assert_eq!(Visitor::value(&thief.submit("me", &[]).await), Value::Null);
        assert_eq!(thief.submit("overview", &[("environment", "live")]).await.status, 401);
        let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("next", "/dashboard/keys")];
        let response = ada.submit("log_in", &fields).await;
        assert_eq!((response.status, response.header("location")), (200, "/dashboard/keys"));
        assert_eq!(Visitor::value(&ada.submit("me", &[]).await)["name"], "ada");
    }

    async fn a_login_leads_nowhere_else(db: TestDb) {
        let portal = Portal::start(&db).await;
        Visitor::signed_up(&portal, "ada").await;
        for next in ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nset-cookie: x=y", "javascript:alert(1)"] {
            let mut visitor = Visitor::new(&portal);
            let response = visitor.submit("log_in", &[("email", "ada@example.com"), ("password", PASSWORD), ("next", next)]).await;
            assert_eq!(response.header("location"), "/dashboard", "{next:?}");
        }
    }

    async fn guessing_a_password_is_limited_by_account(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-login", "3/300"]).await;
        Visitor::signed_up(&portal, "ada").await;
        let mut visitor = Visitor::new(&portal);
        let attempt = [("email", "ada@example.com"), ("password", "wrong horse battery"), ("next", "")];
        for _ in 0..3 {
            let response = visitor.submit("log_in", &attempt).await;
            assert_eq!(response.status, 422, "{}", response.text);
        }
        let refused = visitor.submit("log_in", &attempt).await;
        assert_eq!((refused.status, &refused.json()["code"]), (429, &json!("rate_limited")));
        // The correct password does not help either, so that nothing can be learnt from it.
        let right = [("email", "ada@example.com"), ("password", PASSWORD), ("next", "")];
        assert_eq!(visitor.submit("log_in", &right).await.status, 429);
        portal.clock.advance(101_000);
        assert_eq!(visitor.submit("log_in", &right).await.status, 200);
    }

    async fn guesses_from_other_addresses_lock_no_account(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-login", "2/300", "--trusted-proxies", "127.0.0.0/8"]).await;
        let mut ada = Visitor::new(&portal);
        ada.from = Some("192.0.2.1");
        let fields = [("name", "Ada"), ("email", "ada@example.com"), ("password", PASSWORD), ("org_name", "Engines"), ("invitation", "")];
        assert_eq!(ada.submit("sign_up", &fields).await.status, 200);
        let (wrong, right) = (
            [("email", "ada@example.com"), ("password", "wrong horse battery"), ("next", "")],
            [("email", " ADA@example.com"), ("password", PASSWORD), ("next", "")],
        );
        let mut eve = Visitor::new(&portal);
        eve.from = Some("198.51.100.1");
        for status in [422, 422, 429, 429] {
            assert_eq!(eve.submit("log_in", &wrong).await.status, status);
        }
        // Another browser elsewhere, such as Ada's phone, is not affected.
        let mut phone = Visitor::new(&portal);
        phone.from = Some("203.0.113.7");
        assert_eq!(phone.submit("log_in", &right).await.status, 200);
        // From many places at once: no stranger succeeds, and the known browsers do.
        let places: [&'static str; 12] = [
            "198.51.100.2", "198.51.100.3", "198.51.100.4", "198.51.100.5", "198.51.100.6", "198.51.100.7",
            "198.51.100.8", "198.51.100.9", "198.51.100.10", "198.51.100.11", "198.51.100.12", "198.51.100.13",
        ];
        let mut guessed = 0;
        for place in places {
            eve.from = Some(place);
            for _ in 0..2 {
                guessed += usize::from(eve.submit("log_in", &wrong).await.status == 422);
            }
        }
        assert!((15..=18).contains(&guessed), "{guessed}");
        for known in [&mut ada, &mut phone] {
            known.submit("log_out", &[]).await;
            assert!(known.known.is_some());
            assert_eq!(known.submit("log_in", &right).await.status, 200);
        }
        // Being known for another account does not help, either.
        let mut mallory = Visitor::new(&portal);
        mallory.from = Some("192.0.2.99");
        let fields = [("name", "Eve"), ("email", "eve@example.com"), ("password", PASSWORD), ("org_name", "Eve"), ("invitation", "")];
        assert_eq!(mallory.submit("sign_up", &fields).await.status, 200);
        assert_eq!(mallory.submit("log_in", &wrong).await.status, 429);
        // A known browser that guesses has no more attempts than any other.
        ada.submit("log_out", &[]).await;
        let statuses = [ada.submit("log_in", &wrong).await.status, ada.submit("log_in", &wrong).await.status, ada.submit("log_in", &wrong).await.status];
        assert!(statuses.contains(&429), "{statuses:?}");
    }

    async fn anonymous_callers_can_neither_flood_an_address_with_reset_mails_nor_use_up_its_limit(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--trusted-proxies", "127.0.0.0/8"]).await;
        let mut ada = Visitor::new(&portal);
        ada.from = Some("192.0.2.1");
        let fields = [("name", "Ada"), ("email", "ada@example.com"), ("password", PASSWORD), ("org_name", "Engines"), ("invitation", "")];
        assert_eq!(ada.submit("sign_up", &fields).await.status, 200);
        ada.submit("log_out", &[]).await;
        let sent = || db.number("select count(*) from mails where subject = 'Choose a new password'");
        let mut eve = Visitor::new(&portal);
        for place in ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"] {
            eve.from = Some(place);
            for _ in 0..4 {
                assert_eq!(eve.submit("request_password_reset", &[("email", "ada@example.com")]).await.status, 200);
            }
        }
        assert_eq!(sent().await, 6);
        assert_eq!(ada.submit("request_password_reset", &[("email", "ada@example.com")]).await.status, 200);
        assert_eq!(sent().await, 7);
    }

    async fn a_live_key_needs_a_verified_address_and_a_sandbox_key_does_not(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let new = |environment| [("name", "Robot"), ("environment", environment), ("scopes[]", "customers:read")];
        assert_eq!(ada.submit("create_key", &new("nowhere")).await.status, 400);
        let sandbox = Visitor::value(&ada.submit("create_key", &new("sandbox")).await);
        assert!(sandbox["key"].as_str().unwrap().starts_with("tg_sandbox_"));
        let refused = ada.submit("create_key", &new("live")).await;
        assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("forbidden")));
        let token = ada.mailed_token("ada@example.com").await;
        assert_eq!(ada.submit("verify_email", &[("token", &token)]).await.status, 200);
        let live = Visitor::value(&ada.submit("create_key", &new("live")).await);
        let response = portal.send(portal.request(reqwest::Method::GET, "/v1/customers").bearer_auth(live["key"].as_str().unwrap())).await;
        assert_eq!(response.status, 200);
    }

    async fn a_viewer_looks_and_changes_nothing(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::verified(&portal, "ada").await;
        assert_eq!(ada.submit("invite", &[("email", "bob@example.com"), ("role", "viewer")]).await.status, 200);
        let token = ada.mailed_token("bob@example.com").await;
        let mut bob = Visitor::new(&portal);
        let fields = [("name", "Bob"), ("email", "bob@example.com"), ("password", PASSWORD), ("org_name", ""), ("invitation", &token)];
        assert_eq!(bob.submit("sign_up", &fields).await.status, 200);
        let me = Visitor::value(&bob.submit("me", &[]).await);
        assert_eq!((&me["org"]["name"], &me["org"]["role"], &me["email_verified"]), (&json!("ada's"), &json!("viewer"), &json!(true)));
        assert_eq!(bob.submit("list_keys", &[("environment", "sandbox")]).await.status, 200);
        assert_eq!(bob.submit("overview", &[("environment", "sandbox")]).await.status, 200);
        let refused: [(&str, &[(&str, &str)]); 5] = [
            ("create_key", &[("name", "x"), ("environment", "sandbox"), ("scopes[]", "customers:read")]),
            ("invite", &[("email", "eve@example.com"), ("role", "owner")]),
            ("change_role", &[("user_id", me["user_id"].as_str().unwrap()), ("role", "owner")]),
            ("rename_org", &[("name", "Bob's")]),
            ("list_audit", &[]),
        ];
        for (function, fields) in refused {
            assert_eq!(bob.submit(function, fields).await.status, 403, "{function}");
        }
    }

    async fn nobody_reaches_another_organisations_keys_or_logs(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let mut eve = Visitor::signed_up(&portal, "eve").await;
        let new = [("name", "Robot"), ("environment", "sandbox"), ("scopes[]", "customers:read")];
        let key = Visitor::value(&ada.submit("create_key", &new).await);
        let id = key["id"].as_str().unwrap();
        let call = portal.send(portal.request(reqwest::Method::GET, "/v1/customers").bearer_auth(key["key"].as_str().unwrap())).await;
        for function in ["revoke_key", "disable_key", "enable_key"] {
            assert_eq!(eve.submit(function, &[("id", id)]).await.status, 404, "{function}");
        }
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().to_owned();
        assert_ne!(eve.submit("switch_org", &[("org_id", &org)]).await.status, 200);
        crate::support::eventually("the call is in the log", || async {
            (db.logged().await == 1).then_some(())
        })
        .await;
        assert_eq!(ada.submit("get_log", &[("id", call.request_id())]).await.status, 200);
        assert_eq!(eve.submit("get_log", &[("id", call.request_id())]).await.status, 404);
        assert_eq!(Visitor::value(&eve.submit("list_logs", &[("environment", "sandbox")]).await)["data"], json!([]));
    }

    async fn a_dashboard_that_looks_on_is_told_of_its_own_calls(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let new = [("name", "Robot"), ("environment", "sandbox"), ("scopes[]", "customers:read")];
        let key = Visitor::value(&ada.submit("create_key", &new).await)["key"].as_str().unwrap().to_owned();
        let stream = ada.request("/dashboard/live?env=sandbox").send().await.unwrap();
        assert_eq!((stream.status().as_u16(), stream.headers()["content-type"].to_str().unwrap()), (200, "text/event-stream"));
        let other = portal.org("Other").await;
        portal.get(&other.sandbox, "/v1/customers").await;
        portal.send(portal.request(reqwest::Method::GET, "/v1/customers").bearer_auth(&key)).await;
        let mut chunks = stream.bytes_stream();
        let mut text = String::new();
        while !text.contains("\n\n") {
            text.push_str(std::str::from_utf8(&chunks.next().await.unwrap().unwrap()).unwrap());
        }
        assert!(text.starts_with("event: usage\n"), "{text}");
        let data: Value = serde_json::from_str(text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap()).unwrap();
        assert_eq!(data["points"][0]["calls"], 1);
    }

    async fn the_outbox_is_open_only_where_nobody_else_can_reach_the_portal(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--public-url", "https://portal.example.com"]).await;
        let mut visitor = Visitor::new(&portal);
        assert_eq!(visitor.submit("outbox", &[]).await.status, 404);
        let page = visitor.page("/dev/outbox").await;
        assert!(!page.text.contains("token="));
    }

    async fn the_outbox_does_not_open_through_a_proxy(db: TestDb) {
        let portal = Portal::start(&db).await;
        Visitor::signed_up(&portal, "ada").await;
        let ask = || portal.request(reqwest::Method::POST, "/_fn/outbox").header("accept", "application/json");
        assert_eq!(portal.send(ask()).await.status, 200);
        assert_eq!(portal.send(ask().header("x-forwarded-for", "203.0.113.1")).await.status, 404);
        assert_eq!(portal.send(ask().header("host", "portal.example.com")).await.status, 404);
    }
}
