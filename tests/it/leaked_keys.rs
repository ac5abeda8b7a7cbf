//! Reports of leaked keys.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::{Actor, ManageKeys, Permit};
use tollgate::server::accounts;
use tollgate::server::keys::{self, KeyChange, PlainKey};
use tollgate::types::environment::Environment;
use tollgate::types::role::Role;
use tollgate::types::time::{DAY, MINUTE};

use crate::support::{Org, Portal, TestDb, TestResponse, eventually, on_both};

async fn report(portal: &Portal, body: &Value) -> TestResponse {
    portal.send(portal.request(Method::POST, "/leaked-keys").json(body)).await
}

async fn owned(portal: &Portal) -> Org {
    let org = portal.org("Acme").await;
    let new = accounts::NewUser {
        name: "Olga".into(),
        email: "olga@example.com".into(),
        password: "three blind mice".into(),
        is_operator: false,
        verified: true,
    };
    let user = accounts::create_user(&portal.app.db, new, portal.now()).await.unwrap();
    accounts::add_member(
        &portal.app.db,
        &org.id,
        &user,
        Role::Owner,
        &Actor::command_line(),
        portal.now(),
    )
    .await
    .unwrap();
    org
}

async fn notified(db: &TestDb) -> i64 {
    db.number("select count(*) from events where type = 'key.leaked'").await
}

on_both! {
    async fn known_and_unknown_keys_get_the_same_response_and_only_the_owner_is_notified(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = owned(&portal).await;
        let source = format!("https://example.com/paste?text={}", org.live.key);
        let known = report(&portal, &json!({ "key": org.live.key, "source": source })).await;
        let unknown = report(&portal, &json!({ "key": PlainKey::generate(Environment::Live).expose(), "source": source })).await;
        for response in [&known, &unknown] {
            assert_eq!((response.status, response.json()), (202, json!({ "status": "received" })));
        }
        let names = |response: &TestResponse| response.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&known), names(&unknown));
        eventually("the owner is notified", || async { (notified(&db).await == 1).then_some(()) }).await;
        let event: Value = serde_json::from_str(&db.texts("select data_json from events where type = 'key.leaked'").await[0]).unwrap();
        assert_eq!(event["id"], org.live.view.id.as_str());
        db.expect_events_of_the_catalogue(&["key.leaked"]).await;
        // Neither the key nor a stranger's text appears where it should not.
        assert_eq!(event["source"], format!("https://example.com/paste?text={}_…", org.live.view.prefix));
        let mail = db.texts("select recipient || ' ' || subject || ' ' || body from mails where subject like '%leaked%'").await;
        assert_eq!(mail.len(), 1);
        assert!(mail[0].contains(&format!("/dashboard/keys/{}?env=live", org.live.view.id)), "{mail:?}");
        assert!(!mail[0].contains(&org.live.key) && !mail[0].contains("example.com/paste"), "{mail:?}");
        let entry = db.texts("select actor_kind || ' ' || source_ip || ' ' || target_id from audit_entries where action = 'key.leaked'").await;
        assert_eq!(entry, [format!("anonymous 127.0.0.1 {}", org.live.view.id)]);
        // Nothing is disabled because of a stranger's report.
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    }

    async fn a_leaked_key_is_notified_once_per_day(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = owned(&portal).await;
        let list = json!([{ "key": org.live.key }, { "key": org.live.key }, { "key": org.sandbox.key, "source": "https://example.com/x" }]);
        let both = tokio::join!(report(&portal, &list), report(&portal, &list));
        assert_eq!((both.0.status, both.1.status), (202, 202));
        eventually("both keys are reported", || async { (notified(&db).await == 2).then_some(()) }).await;
        portal.clock.advance(DAY);
        assert_eq!(report(&portal, &json!({ "key": org.live.key })).await.status, 202);
        eventually("it is reported again", || async { (notified(&db).await == 3).then_some(()) }).await;
        assert_eq!(db.number("select count(*) from mails where subject like '%leaked%'").await, 3);
    }

    async fn nobody_is_told_of_a_key_that_is_over_or_of_a_guess(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = owned(&portal).await;
        let permit = Permit::<ManageKeys>::for_command_line(org.id.clone());
        keys::change_key(&portal.app.db, &permit, &org.live.view.id, KeyChange::Revoke, portal.now()).await.unwrap();
        let before_and_after = json!([{ "key": org.live.key }, { "key": org.sandbox.key }]);
        assert_eq!(report(&portal, &before_and_after).await.status, 202);
        eventually("the other key is reported", || async { (notified(&db).await == 1).then_some(()) }).await;
        let leaked = db.texts("select target_id from audit_entries where action = 'key.leaked'").await;
        assert_eq!(leaked, [org.sandbox.view.id.to_string()]);
    }

    async fn what_is_no_report_is_refused_with_its_place(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = owned(&portal).await;
        let mut mistyped = org.live.key.clone();
        mistyped.pop();
        for (body, place) in [
            (json!({ "key": mistyped }), "body.key"),
            (json!({ "key": org.live.key, "source": "javascript:alert(1)" }), "body.source"),
            (json!([{ "key": org.live.key }, { "key": "tg_live_x" }]), "body[1].key"),
            (json!({ "kez": org.live.key }), "body.kez"),
            (json!([]), "body"),
            (json!(vec![json!({ "key": "x" }); 101]), "body"),
        ] {
            let problem = report(&portal, &body).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["location"], place, "{problem}");
        }
        let request = portal.request(Method::POST, "/leaked-keys").body("not json");
        portal.send(request).await.problem(400, "invalid_request");
        report(&portal, &json!({ "key": org.live.key, "source": format!("https://example.com/{}", "x".repeat(5_000)) })).await.problem(413, "body_too_large");
        let list = vec![json!({ "key": org.live.key, "source": format!("https://example.com/{}", "x".repeat(2_000)) }); 40];
        report(&portal, &json!(list)).await.problem(413, "body_too_large");
        assert_eq!(notified(&db).await, 0);
    }

    async fn reports_are_limited_by_source(db: TestDb) {
        let portal = Portal::start(&db).await;
        let body = json!({ "key": PlainKey::generate(Environment::Live).expose() });
        for _ in 0..20 {
            assert_eq!(report(&portal, &body).await.status, 202);
        }
        let refused = report(&portal, &body).await;
        refused.problem(429, "rate_limited");
        assert!(!refused.header("retry-after").is_empty());
        portal.clock.advance(MINUTE);
        assert_eq!(report(&portal, &body).await.status, 202);
    }
}
