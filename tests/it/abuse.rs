//! What people with unverified addresses, and people who send too much, can do to others.

use serde_json::{Value, json};
use tollgate::server::access::{Actor, Permit};
use tollgate::server::plans;
use tollgate::types::time::DAY;

use crate::support::{Portal, Receiver, Reply, TestDb, Visitor, eventually, on_both};

/// Names that must be refused, and the error code of each field.
const BAD_NAMES: [(&str, &str); 7] = [
    ("Win at https://evil.example", "contains_link"),
    ("www.evil.test", "contains_link"),
    ("evil.com", "contains_link"),
    ("Ada\u{202e}ecalevoL", "invalid"),
    ("A\u{200b}da", "invalid"),
    ("Ada\r\nBcc: eve@example.com", "invalid"),
    ("Ada\u{2028}Lovelace", "invalid"),
];

/// For tests whose own limits are the only ones that they meet.
const OPEN: [&str; 10] = [
    "--outbound",
    "anywhere",
    "--limit-key",
    "100000/1",
    "--limit-org",
    "100000/1",
    "--limit-ip",
    "100000/1",
    "--limit-operation",
    "100000/1",
];

async fn open_portal(db: &TestDb) -> Portal {
    Portal::with_flags(db, &["--outbound", "anywhere"]).await
}

/// The code of the only field that is wrong.
fn fault(response: &Value) -> &str {
    let errors =
        response.get("fields").or_else(|| response.get("errors")).and_then(Value::as_array);
    errors.and_then(|all| all.first()).and_then(|error| error["code"].as_str()).unwrap_or_default()
}

on_both! {
    async fn until_their_address_is_verified_nobody_reaches_others_by_mail_or_webhook(db: TestDb) {
        let (portal, receiver) = (open_portal(&db).await, Receiver::start().await);
        let mut eve = Visitor::signed_up(&portal, "eve").await;
        // An endpoint from before this rule.
        let org = Visitor::value(&eve.submit("me", &[]).await)["org"]["id"].as_str().unwrap().to_owned();
        let made = portal.with_keys(org.parse().unwrap()).await;
        eve.verify().await;
        let new = [("environment", "sandbox"), ("url", &*receiver.url)];
        let endpoint = Visitor::value(&eve.submit("create_webhook_endpoint", &new).await)["id"].as_str().unwrap().to_owned();
        db.execute("update users set email_verified_at = null").await;
        let of_endpoint = [("environment", "sandbox"), ("id", &*endpoint)];
        let with = |more: &[(&'static str, &'static str)]| {
            of_endpoint.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .chain(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect::<Vec<_>>()
        };
        let functions = [
            ("invite", vec![("email".to_owned(), "bob@example.com".to_owned()), ("role".into(), "viewer".into())]),
            ("create_webhook_endpoint", new.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()),
            ("update_webhook_endpoint", with(&[("url", "http://127.0.0.1:1/")])),
            ("enable_webhook_endpoint", with(&[])),
            ("test_webhook_endpoint", with(&[])),
            ("check_webhook_receiver", with(&[])),
            ("recover_webhook_endpoint", with(&[("since", "2026-01-01T00:00:00Z")])),
            ("replay_webhook_endpoint", with(&[("since", "2026-01-01T00:00:00Z"), ("until", "2030-01-01T00:00:00Z")])),
        ];
        for (function, fields) in functions {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            let response = eve.submit(function, &fields).await;
            assert_eq!(response.status, 403, "{function}: {}", response.text);
            assert!(response.text.contains("Verify your e-mail address"), "{function}: {}", response.text);
        }
        // Nor with a key that they created, which works in the sandbox.
        let key = &made.sandbox;
        assert_eq!(portal.get(key, "/v1/customers").await.status, 200);
        let path = format!("/v1/webhook-endpoints/{endpoint}");
        for (path, body) in [
            ("/v1/webhook-endpoints".to_owned(), json!({ "url": receiver.url })),
            (format!("{path}/enable"), json!({})),
            (format!("{path}/test"), json!({})),
            (format!("{path}/check"), json!({})),
            (format!("{path}/recover"), json!({ "since": "2026-01-01T00:00:00Z" })),
            (format!("{path}/replay"), json!({ "since": "2026-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z" })),
        ] {
            portal.post(key, &path, &body).await.problem(403, "forbidden");
        }
        assert_eq!(db.number("select count(*) from mails where recipient = 'bob@example.com'").await, 0);
        assert_eq!(receiver.count(), 0);
        // Actions that only revoke stay possible.
        assert_eq!(eve.submit("disable_webhook_endpoint", &of_endpoint).await.status, 200);
        assert_eq!(eve.submit("delete_webhook_endpoint", &of_endpoint).await.status, 200);
    }

    async fn an_address_receives_few_invitations_a_day_whoever_sends_them(db: TestDb) {
        let portal = open_portal(&db).await;
        let mut sent = 0;
        for name in ["eve", "mallory"] {
            let mut sender = Visitor::verified(&portal, name).await;
            for _ in 0..4 {
                let response = sender.submit("invite", &[("email", "victim@example.com"), ("role", "viewer")]).await;
                assert!([200, 429].contains(&response.status), "{}", response.text);
                sent += usize::from(response.status == 200);
            }
        }
        assert_eq!(sent, 5);
        assert_eq!(db.number("select count(*) from mails where recipient = 'victim@example.com'").await, 5);
        // A server that has just started knows it, too.
        portal.stop().await;
        let portal = open_portal(&db).await;
        let mut trent = Visitor::verified(&portal, "trent").await;
        let invite = [("email", "victim@example.com"), ("role", "viewer")];
        let refused = trent.submit("invite", &invite).await;
        assert_eq!((refused.status, &refused.json()["code"]), (429, &json!("rate_limited")));
        assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
        portal.clock.advance(DAY + 1);
        let mut trent = Visitor::logged_in(&portal, "trent").await;
        assert_eq!(trent.submit("invite", &invite).await.status, 200);
    }

    async fn a_person_sends_few_invitations_however_many_organisations_they_have(db: TestDb) {
        let portal = open_portal(&db).await;
        let mut eve = Visitor::verified(&portal, "eve").await;
        let mut sent = 0;
        for i in 0..40 {
            if i == 20 {
                assert_eq!(eve.submit("create_org", &[("name", "Another")]).await.status, 200);
            }
            let to = format!("victim{i}@example.com");
            sent += usize::from(eve.submit("invite", &[("email", &to), ("role", "viewer")]).await.status == 200);
        }
        assert_eq!(sent, 30);
        portal.stop().await;
        // Over a day, and with fresh memories, a hundred.
        for round in 0..4 {
            let portal = open_portal(&db).await;
            let mut eve = Visitor::logged_in(&portal, "eve").await;
            for i in 0..30 {
                let to = format!("further{round}.{i}@example.com");
                sent += usize::from(eve.submit("invite", &[("email", &to), ("role", "viewer")]).await.status == 200);
            }
            portal.stop().await;
        }
        assert_eq!(sent, 100);
    }

    async fn names_carry_no_links_and_nothing_invisible_wherever_they_are_given(db: TestDb) {
        let portal = open_portal(&db).await;
        let mut ada = Visitor::verified(&portal, "ada").await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().to_owned();
        let keys = portal.with_keys(org.parse().unwrap()).await;
        let key = keys.sandbox.view.id.to_string();
        for (bad, code) in BAD_NAMES {
            let sign_up = |name: &'static str, org: &'static str| {
                [("name", name), ("email", "new@example.com"), ("password", crate::support::PASSWORD), ("org_name", org), ("invitation", "")]
            };
            let mut stranger = Visitor::new(&portal);
            let new_key = [("name", bad), ("environment", "sandbox"), ("scopes[]", "customers:read")];
            let responses = [
                ("sign_up", stranger.submit("sign_up", &sign_up(bad, "Fine")).await),
                ("sign_up", stranger.submit("sign_up", &sign_up("Fine", bad)).await),
                ("update_profile", ada.submit("update_profile", &[("name", bad)]).await),
                ("create_org", ada.submit("create_org", &[("name", bad)]).await),
                ("rename_org", ada.submit("rename_org", &[("name", bad)]).await),
                ("create_key", ada.submit("create_key", &new_key).await),
                ("update_key", ada.submit("update_key", &[("id", &*key), ("name", bad)]).await),
            ];
            for (function, response) in responses {
                assert_eq!((response.status, fault(&response.json())), (422, code), "{function} {bad:?}: {}", response.text);
            }
            let body = json!({ "name": bad, "environment": "sandbox", "scopes": ["customers:read"] });
            let created = portal.post(&keys.sandbox, "/v1/keys", &body).await;
            assert_eq!((created.status, fault(&created.json())), (422, code), "{bad:?}");
            let patched = portal.call(&keys.sandbox, reqwest::Method::PATCH, &format!("/v1/keys/{key}"), &json!({ "name": bad })).await;
            assert_eq!((patched.status, fault(&patched.json())), (422, code), "{bad:?}");
        }
        assert_eq!(db.number("select count(*) from users").await, 1);
    }

    async fn a_person_owns_three_organisations_and_has_free_units_once(db: TestDb) {
        let portal = open_portal(&db).await;
        let mut ada = Visitor::verified(&portal, "ada").await;
        assert_eq!(ada.submit("create_org", &[("name", "Second")]).await.status, 200);
        // Two browsers create another one concurrently.
        let mut others = [Visitor::logged_in(&portal, "ada").await, Visitor::logged_in(&portal, "ada").await];
        let [one, two] = &mut others;
        let (one, two) = tokio::join!(one.submit("create_org", &[("name", "Third")]), two.submit("create_org", &[("name", "Fourth")]));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", one.text, two.text);
        let refused = ada.submit("create_org", &[("name", "Fifth")]).await;
        assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("conflict")));
        assert_eq!(db.number("select count(*) from orgs").await, 3);

        let ids = db.texts("select id from orgs order by id").await;
        let mut orgs = Vec::new();
        for id in &ids {
            orgs.push(portal.with_keys(id.parse().unwrap()).await);
        }
        assert_eq!(portal.get(&orgs[0].live, "/v1/customers").await.status, 200);
        for org in &orgs[1..] {
            let problem = portal.get(&org.live, "/v1/customers").await.problem(429, "quota_exceeded");
            assert!(problem["detail"].as_str().unwrap().contains("once per owner"), "{problem}");
            assert_eq!(portal.get(&org.sandbox, "/v1/customers").await.status, 200);
        }
        // A paid plan lifts that, and changing back to the free one brings no units.
        let db_of = &portal.app.db;
        let plans_there = plans::offers(db_of, "platform").await.unwrap();
        let (free, paid) = (plans_there.iter().find(|plan| plan.is_free_allowance()).unwrap(), plans_there.iter().find(|plan| !plan.is_hard).unwrap());
        let permit = Permit::for_command_line(orgs[1].id.clone());
        plans::set_plan(db_of, &permit, &paid.id, portal.now()).await.unwrap();
        assert_eq!(portal.get(&orgs[1].live, "/v1/customers").await.status, 200);
        plans::switch(db_of, &permit, &free.id, portal.now()).await.unwrap();
        portal.get(&orgs[1].live, "/v1/customers").await.problem(429, "quota_exceeded");
        // The operator decides about what the command line creates.
        let user = tollgate::server::accounts::find_user_by_email(db_of, "ada@example.com").await.unwrap().unwrap().id;
        let actor = Actor::command_line();
        let fourth = tollgate::server::accounts::create_org(db_of, "Fourth", Some(&user), false, &actor, portal.now()).await.unwrap();
        assert_eq!(portal.get(&portal.with_keys(fourth).await.live, "/v1/customers").await.status, 200);
        for page in ["/dashboard", "/dashboard/plan", "/dashboard/billing", "/dashboard/orgs/new"] {
            assert_eq!(ada.page(page).await.status, 200, "{page}");
        }
    }

    async fn a_name_from_before_the_rule_is_mailed_to_nobody(db: TestDb) {
        let portal = open_portal(&db).await;
        let mut eve = Visitor::verified(&portal, "eve").await;
        db.execute("update orgs set name = 'Claim your prize: https://evil.example'").await;
        let refused = eve.submit("invite", &[("email", "bob@example.com"), ("role", "viewer")]).await;
        assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("conflict")));
        assert_eq!(db.number("select count(*) from mails where recipient = 'bob@example.com'").await, 0);
    }

    async fn all_organisations_together_check_and_test_one_host_so_often_and_no_more(db: TestDb) {
        let (portal, receiver) = (Portal::with_flags(&db, &OPEN).await, Receiver::start().await);
        receiver.reply(Reply::Status(401));
        let (mut checked, mut tested) = (0, 0);
        let began = portal.now();
        for name in ["One", "Two", "Three"] {
            let key = portal.org(name).await.live;
            let made = portal.post(&key, "/v1/webhook-endpoints", &json!({ "url": receiver.url })).await.json();
            let path = format!("/v1/webhook-endpoints/{}", made["id"].as_str().unwrap());
            // Triggered by a test event, so that the slow case of a check need not be awaited.
            for _ in 0..25 {
                let response = portal.post(&key, &format!("{path}/test"), &json!({})).await;
                assert!([201, 429].contains(&response.status), "{}", response.text);
                tested += usize::from(response.status == 201);
            }
            let down = portal.post(&key, "/v1/webhook-endpoints", &json!({ "url": "http://127.0.0.1:1/" })).await.json();
            for _ in 0..5 {
                let response = portal.post(&key, &format!("/v1/webhook-endpoints/{}/check", down["id"].as_str().unwrap()), &json!({})).await;
                assert!([200, 429].contains(&response.status), "{}", response.text);
                checked += usize::from(response.status == 200);
                if response.status == 429 {
                    assert!(response.header("retry-after").parse::<u64>().unwrap() >= 1);
                }
            }
        }
        // Available again meanwhile: one test every ten seconds, and one check per minute.
        let seconds = usize::try_from((portal.now().0 - began.0) / 1_000).unwrap() + 1;
        assert!((60..=60 + seconds.div_ceil(10)).contains(&tested), "{tested} tests within {seconds} s");
        assert!((10..=10 + seconds.div_ceil(60)).contains(&checked), "{checked} checks within {seconds} s");
    }

    async fn a_host_that_refuses_is_not_flooded_and_one_that_responds_gets_all_mail(db: TestDb) {
        let (portal, receiver) = (Portal::with_flags(&db, &OPEN).await, Receiver::start().await);
        receiver.reply(Reply::Status(500));
        let key = portal.org("Eve").await.live;
        for _ in 0..8 {
            portal.post(&key, "/v1/webhook-endpoints", &json!({ "url": receiver.url })).await;
        }
        for _ in 0..12 {
            assert_eq!(portal.post(&key, "/v1/events", &json!({ "type": "a.b", "data": {} })).await.status, 201);
        }
        // 96 first attempts are due. A minute's worth of them is sent, and little more than one per
        // second from then on.
        let began = portal.now();
        eventually("a minute's worth", || async { (receiver.count() >= 60).then_some(()) }).await;
        let seconds = usize::try_from((portal.now().0 - began.0) / 1_000).unwrap();
        assert!(receiver.count() <= 60 + seconds + 2, "{} within {seconds} s", receiver.count());
        receiver.reply(Reply::Status(204));
        // From the first success on there is room for all that is due.
        portal.clock.advance(120_000);
        eventually("all first attempts", || async {
            (db.number("select count(*) from webhook_deliveries where attempts = 0").await == 0).then_some(())
        })
        .await;
    }
}
