//! Endpoints that fail, compared with the promised schedule.

use serde_json::{Value, json};
use tollgate::types::key::CreatedKey;
use tollgate::types::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

use crate::support::{Portal, Receiver, Reply, TestDb, Visitor, eventually, on_both};
use crate::webhooks::{delivery_in, endpoint, portal, post_event};

/// The promised pauses, in milliseconds.
const PAUSES: [i64; 7] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];

fn time(value: &Value) -> Timestamp {
    value.as_str().expect("a time").parse().expect("RFC 3339")
}

/// The pause between the last attempt and the next.
fn pause(delivery: &Value) -> i64 {
    time(&delivery["next_attempt_at"]).0 - time(&delivery["last_attempt_at"]).0
}

async fn state_of(portal: &Portal, key: &CreatedKey, endpoint: &str) -> Value {
    portal.get(key, &format!("/v1/webhook-endpoints/{endpoint}")).await.json()
}

async fn disabled(portal: &Portal, key: &CreatedKey, endpoint: &str) -> Value {
    eventually("the endpoint is disabled", || async {
        Some(state_of(portal, key, endpoint).await)
            .filter(|endpoint| endpoint["state"] == "disabled")
    })
    .await
}

on_both! {
    async fn a_delivery_is_attempted_eight_times_at_the_promised_times_and_then_is_dead(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        receiver.reply(Reply::Text(500, "out of\0order".repeat(1_000)));
        let key = portal.org("Acme").await.live;
        let (id, _) = endpoint(&portal, &key, &json!({ "url": receiver.url })).await;
        let event = post_event(&portal, &key, "a").await;
        for (n, promised) in PAUSES.into_iter().enumerate() {
            let delivery = delivery_in(&portal, &key, &id, "pending", n as u64 + 1).await;
            // Between the start of the attempt and the record of its end there is a little.
            let pause = pause(&delivery);
            assert!((promised * 8 / 10..=promised * 12 / 10 + 2_000).contains(&pause), "attempt {n}: {pause} for {promised}");
            portal.clock.advance(pause);
        }
        let delivery = delivery_in(&portal, &key, &id, "failed", 8).await;
        assert_eq!((&delivery["next_attempt_at"], &delivery["last_status"]), (&Value::Null, &json!(500)));
        let received = receiver.wait_for(8).await;
        assert!(received.iter().all(|one| one.header("webhook-id") == event && one.body == received[0].body));

        let path = format!("/v1/webhook-deliveries/{}", delivery["id"].as_str().unwrap());
        let tried = portal.get(&key, &path).await.json()["tried"].as_array().unwrap().clone();
        assert_eq!((tried.len(), tried[0]["answer"].as_str().unwrap().chars().count()), (8, 4_096));
        // A manual retry continues, with the same id.
        receiver.reply(Reply::Status(200));
        assert_eq!(portal.post(&key, &format!("{path}/retry"), &json!({})).await.status, 202);
        delivery_in(&portal, &key, &id, "delivered", 9).await;
        assert_eq!(receiver.received()[8].header("webhook-id"), event);
    }

    async fn missing_and_non_2xx_responses_are_failures_and_redirects_are_not_followed(db: TestDb) {
        let (portal, receiver, elsewhere) = (portal(&db).await, Receiver::start().await, Receiver::start().await);
        let key = portal.org("Acme").await.live;
        let hanging = Receiver::start().await;
        hanging.reply(Reply::Hang);
        let resetting = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let reset_url = format!("http://{}/", resetting.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = resetting.accept().await {
                // Shut down, not only dropped: a process that another test starts may hold a copy
                // of the socket.
                let _ = stream.into_std().and_then(|stream| stream.shutdown(std::net::Shutdown::Both));
            }
        });
        receiver.reply(Reply::Redirect(elsewhere.url.clone()));
        for (url, status, error) in [
            (&*receiver.url, json!(307), ""),
            (&*reset_url, Value::Null, "the connection closed before the response was complete"),
            ("http://127.0.0.1:1/", Value::Null, "the connection failed"),
            ("http://no-such-host.invalid/", Value::Null, "the host name does not resolve to a public address"),
            // Last, because it takes so long.
            (&*hanging.url, Value::Null, "there was no response within 15 s"),
        ] {
            let (id, _) = endpoint(&portal, &key, &json!({ "url": url, "event_types": ["none"] })).await;
            portal.post(&key, &format!("/v1/webhook-endpoints/{id}/test"), &json!({})).await;
            let delivery = delivery_in(&portal, &key, &id, "pending", 1).await;
            assert_eq!((&delivery["last_status"], &delivery["last_error"]), (&status, &json!(error)), "{url}");
            // Each is retried after the first pause, of 5 seconds, 20 % more or less, from the
            // attempt's end.
            let took = portal.get(&key, &format!("/v1/webhook-deliveries/{}", delivery["id"].as_str().unwrap())).await.json()["tried"][0]["latency_ms"].as_i64().unwrap();
            assert!((4_000..=8_000).contains(&(pause(&delivery) - took)), "{url}: {} after {took}", pause(&delivery));
            assert_eq!(took >= 15_000, url == hanging.url, "{url}: {took}");
        }
        assert_eq!(elsewhere.count(), 0);
    }

    async fn retry_after_is_honoured_up_to_twice_the_pause(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        let key = portal.org("Acme").await.live;
        let (id, _) = endpoint(&portal, &key, &json!({ "url": receiver.url })).await;
        for (n, (requested, wanted)) in [("8", 8 * SECOND), ("86400", 10 * MINUTE)].into_iter().enumerate() {
            receiver.reply(Reply::Later(429, requested.into()));
            if n == 0 {
                post_event(&portal, &key, "a").await;
            }
            let delivery = delivery_in(&portal, &key, &id, "pending", n as u64 + 1).await;
            let pause = pause(&delivery);
            assert!((wanted..wanted + 2_000).contains(&pause), "{pause} for {wanted}");
            portal.clock.advance(pause - SECOND);
            receiver.reply(Reply::Later(429, "86400".into()));
            portal.clock.advance(SECOND);
        }
    }

    async fn gone_disables_the_endpoint_at_once_and_its_people_and_programs_are_told(db: TestDb) {
        let (portal, receiver, watching) = (portal(&db).await, Receiver::start().await, Receiver::start().await);
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let token = ada.mailed_token("ada@example.com").await;
        ada.submit("verify_email", &[("token", &token)]).await;
        let org = db.texts("select id from orgs").await.remove(0).parse().unwrap();
        let key = portal.with_keys(org).await.live;
        receiver.reply(Reply::Status(410));
        endpoint(&portal, &key, &json!({ "url": watching.url, "event_types": ["endpoint.disabled"] })).await;
        let (id, _) = endpoint(&portal, &key, &json!({ "url": receiver.url, "event_types": ["a"] })).await;
        post_event(&portal, &key, "a").await;
        assert_eq!(disabled(&portal, &key, &id).await["disabled_reason"], "gone");
        delivery_in(&portal, &key, &id, "failed", 1).await;
        let notified = watching.wait_for(1).await[0].json();
        assert_eq!((&notified["type"], &notified["data"]["endpoint_id"], &notified["data"]["reason"]), (&json!("endpoint.disabled"), &json!(id), &json!("gone")));
        let mails = Visitor::value(&ada.submit("outbox", &[]).await);
        let notified = mails.as_array().unwrap().iter().any(|mail| {
            mail["recipient"] == "ada@example.com" && mail["subject"] == "A webhook endpoint was disabled" && mail["body"].as_str().unwrap().contains(&id)
        });
        assert!(notified, "{mails}");
        db.expect_events_of_the_catalogue(&["endpoint.disabled"]).await;
    }

    async fn five_days_of_failures_disable_an_endpoint_and_fewer_or_a_success_between_do_not(db: TestDb) {
        let (portal, receiver, mending) = (portal(&db).await, Receiver::start().await, Receiver::start().await);
        receiver.reply(Reply::Status(500));
        mending.reply(Reply::Status(500));
        let key = portal.org("Acme").await.live;
        let (id, _) = endpoint(&portal, &key, &json!({ "url": receiver.url, "event_types": ["a"] })).await;
        let (mended, _) = endpoint(&portal, &key, &json!({ "url": mending.url, "event_types": ["a"] })).await;
        for day in 0..5 {
            if day == 3 {
                mending.reply(Reply::Status(200));
            }
            let (before, also) = (receiver.count(), mending.count());
            post_event(&portal, &key, "a").await;
            receiver.wait_for(before + 1).await;
            mending.wait_for(also + 1).await;
            eventually("both are noted", || async {
                let noted = |endpoint: &Value| {
                    let last = endpoint["last_failure_at"].as_str().max(endpoint["last_success_at"].as_str());
                    last.is_some_and(|at| at.parse::<Timestamp>().unwrap() > portal.now().plus(-DAY / 2))
                };
                (noted(&state_of(&portal, &key, &id).await) && noted(&state_of(&portal, &key, &mended).await)).then_some(())
            })
            .await;
            assert_eq!(state_of(&portal, &key, &id).await["state"], "active", "after {day} days");
            if day == 3 {
                mending.reply(Reply::Status(500));
            }
            portal.clock.advance(DAY);
        }
        post_event(&portal, &key, "a").await;
        assert_eq!(disabled(&portal, &key, &id).await["disabled_reason"], "failing");
        assert_eq!(state_of(&portal, &key, &mended).await["state"], "active");
    }
}
