//! Endpoints, and deliveries that succeed.

use reqwest::Method;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tollgate::types::key::CreatedKey;
use tollgate::types::time::{DAY, HOUR};

use crate::support::{Portal, Received, Receiver, Reply, TestDb, eventually, on_both};

/// A server that may reach this machine, with limits that no test reaches.
pub async fn portal(db: &TestDb) -> Portal {
    Portal::with_flags(
        db,
        &[
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
        ],
    )
    .await
}

/// The id and the secret of a new endpoint.
pub async fn endpoint(portal: &Portal, key: &CreatedKey, body: &Value) -> (String, String) {
    let created = portal.post(key, "/v1/webhook-endpoints", body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let text = |field: &str| created.json()[field].as_str().expect("a text").to_owned();
    (text("id"), text("secret"))
}

pub async fn post_event(portal: &Portal, key: &CreatedKey, kind: &str) -> String {
    let posted = portal.post(key, "/v1/events", &json!({ "type": kind, "data": { "n": 1 } })).await;
    assert_eq!(posted.status, 201, "{}", posted.text);
    posted.json()["id"].as_str().expect("an id").to_owned()
}

/// The official library's verdict. It reads the machine's clock: for a server whose clock was
/// moved, it says whether it would have created one of the signatures itself.
pub fn is_verified(portal: &Portal, secret: &str, received: &Received) -> bool {
    let webhook = Webhook::new(secret).expect("a secret");
    if !portal.clock.is_moved() {
        return webhook.verify(received.body.as_bytes(), &received.headers).is_ok();
    }
    let timestamp = received.header("webhook-timestamp").parse().expect("a number");
    let signature = webhook
        .sign(received.header("webhook-id"), timestamp, received.body.as_bytes())
        .expect("signs");
    received.header("webhook-signature").split(' ').any(|one| one == signature)
}

/// The one delivery of an endpoint, once it is in this state.
pub async fn delivery_in(
    portal: &Portal,
    key: &CreatedKey,
    endpoint: &str,
    state: &str,
    attempts: u64,
) -> Value {
    let path = format!("/v1/webhook-deliveries?endpoint={endpoint}");
    eventually(&format!("{state} after {attempts} attempts"), || async {
        let list = portal.get(key, &path).await.json();
        let delivery = list["data"][0].clone();
        (delivery["state"] == state && delivery["attempts"] == attempts).then_some(delivery)
    })
    .await
}

on_both! {
    async fn headers_never_follow_a_url_to_another_server(db: TestDb) {
        let (portal, receiver, elsewhere) = (portal(&db).await, Receiver::start().await, Receiver::start().await);
        let key = portal.org("Acme").await.live;
        let (id, _) = endpoint(&portal, &key, &json!({ "url": receiver.url, "headers": { "Authorization": "Bearer secret" } })).await;
        let path = format!("/v1/webhook-endpoints/{id}");
        let patch = async |body: Value| portal.call(&key, Method::PATCH, &path, &body).await;
        let authority = receiver.url.strip_prefix("http://").unwrap().strip_suffix("/hook").unwrap();
        // With another host, port or scheme.
        for url in [elsewhere.url.clone(), format!("http://localhost{}/hook", &authority[authority.find(':').unwrap()..]), format!("https://{authority}/hook")] {
            let refused = patch(json!({ "url": url })).await;
            assert_eq!(refused.status, 422, "{url}: {}", refused.text);
            assert_eq!((&refused.json()["errors"][0]["location"], &refused.json()["errors"][0]["code"]), (&json!("body.headers"), &json!("required_again")));
        }
        assert_eq!(portal.get(&key, &path).await.json()["url"], json!(receiver.url));
        // Another path of the same server keeps them, as does a change without a URL.
        assert_eq!(patch(json!({ "url": format!("http://{authority}/hook?x=1") })).await.json()["header_names"], json!(["Authorization"]));
        assert_eq!(patch(json!({ "description": "Orders" })).await.json()["header_names"], json!(["Authorization"]));
        post_event(&portal, &key, "a.b").await;
        assert_eq!(receiver.wait_for(1).await[0].header("authorization"), "Bearer secret");
        // A caller who knows them may send them elsewhere; others must remove them.
        let moved = patch(json!({ "url": elsewhere.url, "headers": {} })).await;
        assert_eq!((moved.status, &moved.json()["header_names"]), (200, &json!([])));
        post_event(&portal, &key, "a.b").await;
        assert_eq!(elsewhere.wait_for(1).await[0].header("authorization"), "");
        let back = patch(json!({ "url": receiver.url, "headers": { "Authorization": "Bearer other" } })).await;
        assert_eq!(back.json()["header_names"], json!(["Authorization"]));
        post_event(&portal, &key, "a.b").await;
        assert_eq!(receiver.wait_for(2).await[1].header("authorization"), "Bearer other");
    }

    async fn both_secrets_sign_until_the_overlap_ends(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        let key = portal.org("Acme").await.live;
        let (id, old) = endpoint(&portal, &key, &json!({ "url": receiver.url })).await;
        let path = format!("/v1/webhook-endpoints/{id}/rotate-secret");
        portal.post(&key, &path, &json!({ "overlap_seconds": 604_801 })).await.problem(422, "validation_failed");
        let rotated = portal.post(&key, &path, &json!({ "overlap_seconds": 3_600 })).await.json();
        let new = rotated["secret"].as_str().unwrap().to_owned();
        assert_ne!(new, old);
        post_event(&portal, &key, "a").await;
        let received = receiver.wait_for(1).await.remove(0);
        assert_eq!(received.header("webhook-signature").split(' ').count(), 2);
        for secret in [&old, &new] {
            assert!(is_verified(&portal, secret, &received));
        }
        portal.clock.advance(HOUR + 1_000);
        post_event(&portal, &key, "a").await;
        let received = receiver.wait_for(2).await.remove(1);
        assert_eq!(received.header("webhook-signature").split(' ').count(), 1);
        assert!(is_verified(&portal, &new, &received) && !is_verified(&portal, &old, &received));
    }

    async fn a_secret_is_shown_once_and_stored_nowhere_in_plain_text(db: TestDb) {
        let portal = portal(&db).await;
        let key = portal.org("Acme").await.live;
        let (id, secret) = endpoint(&portal, &key, &json!({ "url": "http://127.0.0.1:9/", "headers": { "Authorization": "Bearer hush-hush" } })).await;
        let path = format!("/v1/webhook-endpoints/{id}");
        let updated = portal.call(&key, Method::PATCH, &path, &json!({ "description": "Orders" })).await;
        assert_eq!(updated.json()["header_names"], json!(["Authorization"]));
        for path in ["/v1/webhook-endpoints", &path] {
            let text = portal.get(&key, path).await.text;
            assert!(!text.contains("whsec_") && !text.contains("hush") && text.contains("Authorization"), "{text}");
        }
        let raw = secret.strip_prefix("whsec_").unwrap();
        for sql in ["select hex(secret_sealed) from webhook_endpoints", "select hex(headers_sealed) from webhook_endpoints"] {
            if db.url().is_none() {
                let stored = db.texts(sql).await.join("");
                assert!(!stored.is_empty() && !stored.contains(&hex("hush-hush")) && !stored.contains(&hex(raw)));
            }
        }
        let audit = db.texts("select coalesce(before_json, '') || coalesce(after_json, '') from audit_entries").await.join("");
        assert!(!audit.contains("hush") && !audit.contains("whsec_"));
    }

    async fn endpoints_are_of_one_organisation_and_environment_and_bounded(db: TestDb) {
        let portal = portal(&db).await;
        let (acme, other) = (portal.org("Acme").await, portal.org("Other").await);
        let (id, _) = endpoint(&portal, &acme.live, &json!({ "url": "http://127.0.0.1:9/" })).await;
        let path = format!("/v1/webhook-endpoints/{id}");
        for key in [&other.live, &acme.sandbox] {
            portal.get(key, &path).await.problem(404, "not_found");
            portal.call(key, Method::PATCH, &path, &json!({})).await.problem(404, "not_found");
            portal.call(key, Method::DELETE, &path, &json!({})).await.problem(404, "not_found");
            for act in ["rotate-secret", "enable", "disable", "test"] {
                portal.post(key, &format!("{path}/{act}"), &json!({})).await.problem(404, "not_found");
            }
        }
        for _ in 1..50 {
            endpoint(&portal, &acme.sandbox, &json!({ "url": "http://127.0.0.1:9/" })).await;
        }
        portal.post(&acme.live, "/v1/webhook-endpoints", &json!({ "url": "http://127.0.0.1:9/" })).await.problem(409, "conflict");
        assert_eq!(portal.call(&acme.live, Method::DELETE, &path, &json!({})).await.status, 204);
        endpoint(&portal, &acme.live, &json!({ "url": "http://127.0.0.1:9/" })).await;
    }

    async fn a_disabled_endpoint_gets_nothing_until_it_is_enabled_and_recovers_what_it_missed(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        let key = portal.org("Acme").await.live;
        let (id, _) = endpoint(&portal, &key, &json!({ "url": receiver.url })).await;
        let (path, since) = (format!("/v1/webhook-endpoints/{id}"), portal.now());
        let disabled = portal.post(&key, &format!("{path}/disable"), &json!({})).await.json();
        assert_eq!((&disabled["state"], &disabled["disabled_reason"]), (&json!("disabled"), &json!("by_hand")));
        let missed = post_event(&portal, &key, "a").await;
        portal.post(&key, &format!("{path}/test"), &json!({})).await.problem(409, "conflict");
        portal.post(&key, &format!("{path}/enable"), &json!({})).await;
        let delivered = post_event(&portal, &key, "b").await;
        assert_eq!(receiver.wait_for(1).await[0].header("webhook-id"), delivered);
        delivery_in(&portal, &key, &id, "delivered", 1).await;

        let recovered = portal.post(&key, &format!("{path}/recover"), &json!({ "since": since })).await;
        assert_eq!((recovered.status, recovered.json()), (202, json!({ "deliveries": 1, "next_since": null })));
        assert_eq!(receiver.wait_for(2).await[1].header("webhook-id"), missed);

        let until = portal.now().plus(DAY);
        eventually("both are delivered", || async {
            let list = portal.get(&key, "/v1/webhook-deliveries?state=delivered").await.json();
            (list["data"].as_array()?.len() == 2).then_some(())
        })
        .await;
        for (filter, found) in [("event_type=a", 1), ("event_type=*", 2), ("event_type=a.*", 0), ("state=pending", 0), ("state=delivered&event_type=b", 1)] {
            let list = portal.get(&key, &format!("/v1/webhook-deliveries?{filter}")).await.json();
            assert_eq!(list["data"].as_array().unwrap().len(), found, "{filter}");
        }
        for filter in ["event_type=A", "state=gone", "endpoint=x", "since=yesterday", "limit=0", "limit=101", "colour=red"] {
            let status = portal.get(&key, &format!("/v1/webhook-deliveries?{filter}")).await.status;
            assert!(matches!(status, 400 | 422), "{filter}: {status}");
        }
        let replayed = portal.post(&key, &format!("{path}/replay"), &json!({ "since": since, "until": until })).await.json();
        assert_eq!(replayed["deliveries"], 2);
        let mut again: Vec<String> = receiver.wait_for(4).await[2..].iter().map(|one| one.header("webhook-id").to_owned()).collect();
        again.sort();
        assert_eq!(again, [missed, delivered]);
        portal.post(&key, &format!("{path}/replay"), &json!({ "since": until, "until": since })).await.problem(422, "validation_failed");
        let list = portal.get(&key, "/v1/webhook-deliveries").await.json();
        let delivery = list["data"][0]["id"].as_str().unwrap();
        assert_eq!(portal.post(&key, &format!("/v1/webhook-deliveries/{delivery}/retry"), &json!({})).await.status, 202);
        let acts = db.texts("select action from audit_entries where action like 'webhook%' order by id").await;
        assert_eq!(acts.iter().map(|act| act.split_once('.').unwrap().1).collect::<Vec<_>>(), ["created", "disabled", "enabled", "recovered", "replayed", "retried"]);
    }

    async fn a_test_event_goes_to_one_endpoint_whatever_it_subscribes_to(db: TestDb) {
        let (portal, receiver, other) = (portal(&db).await, Receiver::start().await, Receiver::start().await);
        let key = portal.org("Acme").await.sandbox;
        let (id, _) = endpoint(&portal, &key, &json!({ "url": receiver.url, "event_types": ["key.revoked"] })).await;
        endpoint(&portal, &key, &json!({ "url": other.url })).await;
        let sent = portal.post(&key, &format!("/v1/webhook-endpoints/{id}/test"), &json!({})).await;
        assert_eq!(sent.status, 201, "{}", sent.text);
        assert_eq!(receiver.wait_for(1).await[0].json()["type"], "endpoint.test");
        delivery_in(&portal, &key, &id, "delivered", 1).await;
        assert_eq!(other.count(), 0);
    }

    async fn a_rate_is_kept(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        let key = portal.org("Acme").await.live;
        endpoint(&portal, &key, &json!({ "url": receiver.url, "rate": 5 })).await;
        let began = std::time::Instant::now();
        for _ in 0..11 {
            post_event(&portal, &key, "a").await;
        }
        receiver.wait_for(11).await;
        assert!(began.elapsed().as_millis() >= 1_950, "{:?}", began.elapsed());
    }

    async fn a_url_of_a_private_address_is_refused(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let key = portal.org("Acme").await.live;
        for url in [
            "http://example.com/", "https://127.0.0.1/", "https://2130706433/", "https://0177.0.0.1/", "https://[::ffff:10.0.0.1]/",
            "https://localhost/", "https://user:pass@example.com/", "https://169.254.169.254/latest/meta-data", "https://①②⑦.0.0.1/", "x",
        ] {
            let problem = portal.post(&key, "/v1/webhook-endpoints", &json!({ "url": url })).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["location"], "body.url", "{url}");
        }
        endpoint(&portal, &key, &json!({ "url": "https://example.com/hooks" })).await;
    }

    async fn an_unreadable_body_is_reported_with_the_location_of_the_error(db: TestDb) {
        let portal = portal(&db).await;
        let key = portal.org("Acme").await.live;
        let (id, _) = endpoint(&portal, &key, &json!({ "url": "http://127.0.0.1:9/" })).await;
        let path = format!("/v1/webhook-endpoints/{id}");
        for (path, body, place) in [
            ("/v1/webhook-endpoints".to_owned(), json!([]), "body"),
            ("/v1/webhook-endpoints".to_owned(), json!(["http://127.0.0.1:9/", "", ["*"], {}, null]), "body"),
            ("/v1/webhook-endpoints".to_owned(), json!("x"), "body"),
            ("/v1/webhook-endpoints".to_owned(), json!({}), "body.url"),
            ("/v1/webhook-endpoints".to_owned(), json!({ "url": "http://127.0.0.1:9/", "rate": 1.5 }), "body.rate"),
            (format!("{path}/recover"), json!({ "since": "yesterday" }), "body.since"),
            (format!("{path}/recover"), json!({}), "body.since"),
            (format!("{path}/replay"), json!({ "since": "2026-11-21T22:00:00Z" }), "body.until"),
            (format!("{path}/rotate-secret"), json!({ "overlap_seconds": -1 }), "body.overlap_seconds"),
        ] {
            let problem = portal.post(&key, &path, &body).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["location"], place, "{body}");
            assert!(!problem["detail"].as_str().unwrap().contains("struct"), "{problem}");
        }
        portal.call(&key, Method::PATCH, &path, &json!({ "state": "disabled" })).await.problem(422, "validation_failed");
    }

    async fn an_endpoint_that_does_not_respond_delays_no_other(db: TestDb) {
        let (portal, receiver, dead) = (portal(&db).await, Receiver::start().await, Receiver::start().await);
        dead.reply(Reply::Hang);
        let key = portal.org("Acme").await.live;
        endpoint(&portal, &key, &json!({ "url": dead.url })).await;
        endpoint(&portal, &key, &json!({ "url": receiver.url })).await;
        for _ in 0..50 {
            post_event(&portal, &key, "a").await;
        }
        receiver.wait_for(50).await;
        // If the dead one held up the other, whose deliveries take more than eight rounds, each
        // round would wait until another delivery of the dead one is given up.
        assert!(dead.count() <= 8, "{}", dead.count());
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02X}")).collect()
}
