//! The updates of a dashboard while calls are counted. Signing in is tested with the accounts.

use std::time::Duration;

use tollgate::types::environment::Environment;

use crate::support::{PASSWORD, Portal, TestDb, Visitor, on_both};

on_both! {
    async fn each_applied_batch_is_published_by_organisation_and_environment(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let mut feed = portal.app.live.listen();
        portal.get(&org.live, "/v1/customers").await;
        portal.get(&org.live, "/v1/nothing").await;
        let (mut calls, mut errors, mut billed) = (0, 0, 0);
        while calls < 2 {
            let counted = feed.recv().await.unwrap();
            assert_eq!((&counted.org, counted.environment), (&org.id, Environment::Live));
            for point in counted.points {
                assert_eq!(point.hour, point.hour.hour());
                calls += point.calls;
                errors += point.errors;
                billed += point.billed_units;
            }
        }
        assert_eq!((calls, errors, billed), (2, 1, 1));
    }

    async fn the_stream_needs_a_session(db: TestDb) {
        let portal = Portal::start(&db).await;
        assert_eq!(portal.send(portal.request(reqwest::Method::GET, "/dashboard/live?env=live")).await.status, 401);
    }
}

/// An open stream of a dashboard.
async fn open(visitor: &Visitor<'_>) -> reqwest::Response {
    let stream = visitor.request("/dashboard/live?env=sandbox").send().await.expect("a response");
    assert_eq!(stream.status(), 200);
    stream
}

/// Reads to the end, which comes long before a stream's usual one.
async fn expect_end(what: &str, mut stream: reqwest::Response) {
    let read = async { while stream.chunk().await.expect("a whole stream").is_some() {} };
    tokio::time::timeout(Duration::from_secs(60), read)
        .await
        .unwrap_or_else(|_| panic!("the stream goes on after {what}"));
}

async fn logged_in<'a>(portal: &'a Portal, name: &str) -> Visitor<'a> {
    let mut visitor = Visitor::new(portal);
    visitor
        .submit(
            "log_in",
            &[("email", &format!("{name}@example.com")), ("password", PASSWORD), ("next", "")],
        )
        .await;
    assert!(visitor.cookie.is_some());
    visitor
}

on_both! {
    async fn a_stream_ends_with_the_session_that_opened_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let bob = Visitor::signed_up(&portal, "bob").await;
        let of_bob = open(&bob).await;

        let mut second = logged_in(&portal, "ada").await;
        let stream = open(&second).await;
        second.submit("log_out", &[]).await;
        expect_end("logging out", stream).await;

        let second = logged_in(&portal, "ada").await;
        let stream = open(&second).await;
        let sessions = Visitor::value(&ada.submit("list_sessions", &[]).await);
        let other = sessions.as_array().unwrap().iter().find(|session| session["is_current"] == false).unwrap();
        ada.submit("revoke_session", &[("id", other["id"].as_str().unwrap())]).await;
        expect_end("revoking the session", stream).await;

        let second = logged_in(&portal, "ada").await;
        let stream = open(&second).await;
        ada.submit("revoke_other_sessions", &[]).await;
        expect_end("revoking all others", stream).await;

        let second = logged_in(&portal, "ada").await;
        let stream = open(&second).await;
        let stays = open(&ada).await;
        let changed = ada.submit("change_password", &[("current", PASSWORD), ("new", "another long password")]).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        expect_end("changing the password", stream).await;

        // Streams of others, and of the session that made the changes, continue: they get the next
        // call.
        let org = |visitor: &serde_json::Value| visitor["org"]["id"].as_str().unwrap().parse().unwrap();
        for (mut visitor, mut stream) in [(ada, stays), (bob, of_bob)] {
            let id = org(&Visitor::value(&visitor.submit("me", &[]).await));
            let key = portal.with_keys(id).await.sandbox;
            portal.get(&key, "/v1/customers").await;
            let received = tokio::time::timeout(Duration::from_secs(60), stream.chunk()).await.expect("an event").unwrap();
            assert!(received.is_some_and(|event| event.starts_with(b"event: usage")));
        }
    }

    async fn a_stream_ends_with_the_membership(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let mut bob = Visitor::signed_up(&portal, "bob").await;
        db.execute(
            "insert into members (org_id, user_id, role, created_at)
             select (select id from orgs where name like 'ada%'), id, 'viewer', created_at from users where email = 'bob@example.com'",
        )
        .await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().to_owned();
        bob.submit("switch_org", &[("org_id", &org)]).await;
        let me = Visitor::value(&bob.submit("me", &[]).await);
        assert_eq!(me["org"]["id"], org);
        let stream = open(&bob).await;
        let removed = ada.submit("remove_member", &[("user_id", me["user_id"].as_str().unwrap())]).await;
        assert_eq!(removed.status, 200, "{}", removed.text);
        expect_end("removing the member", stream).await;
    }
}
