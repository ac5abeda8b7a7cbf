//! Events, endpoints, and deliveries that succeed.

use reqwest::Method;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tollgate::types::key::CreatedKey;
use tollgate::types::time::{DAY, HOUR};

use crate::support::{Portal, Received, Receiver, Reply, TestDb, Visitor, eventually, on_both};

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
fn is_verified(portal: &Portal, secret: &str, received: &Received) -> bool {
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

    async fn an_event_is_delivered_with_a_signature_that_the_official_library_verifies(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        let key = portal.org("Acme").await.live;
        let (id, secret) = endpoint(&portal, &key, &json!({ "url": receiver.url, "headers": { "X-Tenant": "seven" } })).await;
        let event = post_event(&portal, &key, "invoice.approved").await;
        let received = receiver.wait_for(1).await.remove(0);
        assert!(is_verified(&portal, &secret, &received));
        let changed = Received { body: received.body.replace("approved", "Approved"), ..received.clone() };
        assert!(!is_verified(&portal, &secret, &changed));
        assert_eq!((received.header("webhook-id"), received.header("x-tenant")), (&*event, "seven"));
        assert_eq!((received.header("content-type"), received.header("user-agent").starts_with("Tollgate")), ("application/json", true));
        let body = received.json();
        assert_eq!((&body["type"], &body["id"], &body["data"]), (&json!("invoice.approved"), &json!(event), &json!({ "n": 1 })));

        let delivery = delivery_in(&portal, &key, &id, "delivered", 1).await;
        let shown = portal.get(&key, &format!("/v1/webhook-deliveries/{}", delivery["id"].as_str().unwrap())).await.json();
        assert_eq!((&shown["body"], &shown["tried"][0]["status"]), (&json!(received.body), &json!(204)));
        assert_eq!(portal.get(&key, &format!("/v1/webhook-endpoints/{id}")).await.json()["failing_since"], Value::Null);
    }

    async fn what_the_portal_tells_goes_to_the_endpoints_of_its_environment_that_want_it(db: TestDb) {
        let (portal, receiver, other) = (portal(&db).await, Receiver::start().await, Receiver::start().await);
        let org = portal.org("Acme").await;
        endpoint(&portal, &org.live, &json!({ "url": receiver.url, "event_types": ["customer.*"] })).await;
        endpoint(&portal, &org.live, &json!({ "url": other.url, "event_types": ["customer.deleted", "key.*"] })).await;
        endpoint(&portal, &org.sandbox, &json!({ "url": other.url })).await;
        let strange = portal.org("Strange").await;
        endpoint(&portal, &strange.live, &json!({ "url": other.url })).await;

        let created = portal.post(&org.live, "/v1/customers", &json!({ "name": "Ada" })).await;
        let body = receiver.wait_for(1).await[0].json();
        assert_eq!((&body["type"], &body["data"]["name"], &body["environment"]), (&json!("customer.created"), &json!("Ada"), &json!("live")));
        assert_eq!(other.count(), 0);
        // The event has the id of the call.
        let path = format!("/v1/request-logs/{}", created.request_id());
        let explained = eventually("explained", || async { Some(portal.get(&org.live, &path).await).filter(|answer| answer.status == 200) }).await.json();
        assert_eq!(explained["events"][0]["deliveries"].as_array().unwrap().len(), 1, "{explained}");
    }

    async fn what_the_portal_tells_is_as_the_catalogue_says(db: TestDb) {
        let portal = portal(&db).await;
        let key = portal.org("Acme").await.live;
        let customer = portal.post(&key, "/v1/customers", &json!({ "name": "Ada", "metadata": { "plan": "gold" } })).await.json();
        let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        assert_eq!(portal.call(&key, Method::PATCH, &path, &json!({ "description": "First" })).await.status, 200);
        assert_eq!(portal.call(&key, Method::DELETE, &path, &json!({})).await.status, 204);
        let made = portal.post(&key, "/v1/keys", &json!({ "name": "Robot", "environment": "live", "scopes": ["customers:read"] })).await.json();
        let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
        assert_eq!(portal.post(&key, &format!("{path}/rotate"), &json!({})).await.status, 201);
        assert_eq!(portal.post(&key, &format!("{path}/revoke"), &json!({})).await.status, 200);
        let (id, _) = endpoint(&portal, &key, &json!({ "url": "http://127.0.0.1:9/" })).await;
        assert_eq!(portal.post(&key, &format!("/v1/webhook-endpoints/{id}/test"), &json!({})).await.status, 201);
        let kinds = ["customer.created", "customer.updated", "customer.deleted", "key.created", "key.rotated", "key.revoked", "endpoint.test"];
        db.expect_events_of_the_catalogue(&kinds).await;
    }

    async fn events_of_ones_own_are_posted_listed_and_read(db: TestDb) {
        let portal = portal(&db).await;
        let org = portal.org("Acme").await;
        let first = post_event(&portal, &org.live, "invoice.approved").await;
        post_event(&portal, &org.live, "invoice.sent").await;
        post_event(&portal, &org.sandbox, "invoice.approved").await;
        let list = portal.get(&org.live, "/v1/events?type=invoice.approved").await.json();
        assert_eq!((list["data"].as_array().unwrap().len(), &list["data"][0]["id"]), (1, &json!(first)));
        for (pattern, found) in [("invoice.*", 2), ("*", 2), ("invoice.sent", 1), ("invoices.*", 0), ("invoice", 0)] {
            let list = portal.get(&org.live, &format!("/v1/events?type={pattern}")).await.json();
            assert_eq!(list["data"].as_array().unwrap().iter().filter(|event| event["type"] != "key.created").count(), found, "{pattern}");
        }
        let problem = portal.get(&org.live, "/v1/events?type=Invoice*").await.problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["location"], "query.type");
        assert_eq!(portal.get(&org.live, &format!("/v1/events/{first}")).await.json()["data"], json!({ "n": 1 }));
        portal.get(&org.sandbox, &format!("/v1/events/{first}")).await.problem(404, "not_found");
        for (body, place) in [
            (json!({ "type": "customer.created", "data": {} }), "body.type"),
            (json!({ "type": "Invoice", "data": {} }), "body.type"),
            (json!({ "type": "a", "data": [] }), "body.data"),
            (json!({ "type": "a", "data": { "text": "x".repeat(65_536) } }), "body.data"),
            (json!({ "type": "a", "data": {}, "environment": "live" }), "body.environment"),
        ] {
            let problem = portal.post(&org.live, "/v1/events", &body).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["location"], place);
        }
        let types = portal.get(&org.live, "/v1/event-types").await.json();
        assert!(types["data"].as_array().unwrap().iter().any(|event| event["type"] == "key.revoked" && event["schema"].is_object()));
    }

    async fn what_an_event_tells_is_kept_signed_and_shown_to_the_digit(db: TestDb) {
        let (portal, receiver) = (portal(&db).await, Receiver::start().await);
        let mut ada = Visitor::verified(&portal, "ada").await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().to_owned();
        let key = portal.with_keys(org.parse().unwrap()).await.live;
        let (id, secret) = endpoint(&portal, &key, &json!({ "url": receiver.url, "event_types": ["order.*"] })).await;
        let post = async |data: &str| {
            let body = format!("{{\"type\":\"order.paid\",\n \"data\": {data} }}");
            let request = portal.request(Method::POST, "/v1/events").bearer_auth(&key.key).header("content-type", "application/json");
            portal.send(request.body(body)).await
        };
        let data = r#"{"z":12345678901234567890123,"price":1.10,"rate":-1.50E-7,"zero":-0.0,"name":"\u00e4\/ \u0000","a":[1.0,{}]}"#;
        let posted = post(&data.replace(",\"", " ,\n\t\"")).await;
        assert_eq!(posted.status, 201, "{}", posted.text);
        let kept = format!("\"data\":{data}");
        assert!(posted.text.contains(&kept), "{}", posted.text);
        let event = posted.json()["id"].as_str().unwrap().to_owned();
        for path in [format!("/v1/events/{event}"), "/v1/events?type=order.paid".into()] {
            let answer = portal.get(&key, &path).await;
            assert!(answer.text.contains(&kept), "{}", answer.text);
        }
        let received = receiver.wait_for(1).await.remove(0);
        assert!(received.body.ends_with(&format!(",{kept}}}")) && is_verified(&portal, &secret, &received), "{}", received.body);
        let delivery = delivery_in(&portal, &key, &id, "delivered", 1).await["id"].as_str().unwrap().to_owned();
        for page in [format!("/dashboard/events/{event}?env=live"), format!("/dashboard/webhooks/deliveries/{delivery}?env=live")] {
            let page = ada.page(&page).await;
            assert_eq!(page.status, 200);
            for number in ["12345678901234567890123", "1.10", "-1.50E-7", "-0.0", "1.0"] {
                assert!(page.text.contains(number), "{number}");
            }
        }
        // As deeply nested as possible, and shown.
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        let deep = post(&nested(64)).await;
        assert_eq!(deep.status, 201, "{}", deep.text);
        let page = ada.page(&format!("/dashboard/events/{}?env=live", deep.json()["id"].as_str().unwrap())).await;
        assert_eq!(page.status, 200);
        assert_eq!(ada.page("/dashboard/events?env=live").await.status, 200);
        for (bad, code) in [
            (nested(65), "too_deep"),
            (nested(100_000), "too_deep"),
            (r#"{"a":1,"a":2}"#.to_owned(), "duplicate_name"),
            (r#"{"a":[{"b":1,"\u0062":2}]}"#.to_owned(), "duplicate_name"),
            ("[1]".to_owned(), "invalid_type"),
            ("null".to_owned(), "invalid_type"),
        ] {
            let problem = post(&bad).await.problem(422, "validation_failed");
            assert_eq!((&problem["errors"][0]["location"], &problem["errors"][0]["code"]), (&json!("body.data"), &json!(code)));
        }
        for bad in ["{\"a\":01}", "{\"a\":1", "{'a':1}", "{\"a\":NaN}", "{\"a\":1},\"data\":{}"] {
            let status = post(bad).await.status;
            assert!([400, 422].contains(&status), "{bad}: {status}");
        }
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

    async fn a_secret_is_shown_once_and_lies_nowhere_readable(db: TestDb) {
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
        let told = post_event(&portal, &key, "b").await;
        assert_eq!(receiver.wait_for(1).await[0].header("webhook-id"), told);
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
        assert_eq!(again, [missed, told]);
        portal.post(&key, &format!("{path}/replay"), &json!({ "since": until, "until": since })).await.problem(422, "validation_failed");
        let list = portal.get(&key, "/v1/webhook-deliveries").await.json();
        let delivery = list["data"][0]["id"].as_str().unwrap();
        assert_eq!(portal.post(&key, &format!("/v1/webhook-deliveries/{delivery}/retry"), &json!({})).await.status, 202);
        let acts = db.texts("select action from audit_entries where action like 'webhook%' order by id").await;
        assert_eq!(acts.iter().map(|act| act.split_once('.').unwrap().1).collect::<Vec<_>>(), ["created", "disabled", "enabled", "recovered", "replayed", "retried"]);
    }

    async fn a_test_goes_to_one_endpoint_whatever_it_wants(db: TestDb) {
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

    async fn a_url_that_leads_inside_is_refused(db: TestDb) {
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

    async fn what_cannot_be_read_is_named_with_its_place(db: TestDb) {
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

    async fn an_endpoint_that_does_not_answer_delays_nobody(db: TestDb) {
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
