//! `Idempotency-Key` in front of a product's own server, which counts how often it carries out a
//! call per key: once, whatever happens to the call, the server, or the gateway.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use reqwest::{Client, Method};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tollgate::server::idempotency;
use tollgate::server::products::Registration;
use tollgate::types::environment::Environment;
use tollgate::types::key::CreatedKey;
use tollgate::types::product::ProductSettings;
use tollgate::types::time::{DAY, SECOND};

use crate::idempotency::OPEN;
use crate::support::{Portal, Process, TestDb, TestResponse, eventually, on_both};

/// A server that carries out every request, and then does what the body says.
#[derive(Clone)]
struct Upstream {
    url: String,
    effects: Arc<Mutex<HashMap<String, u32>>>,
}

impl Upstream {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            effects: Arc::default(),
        };
        let served = upstream.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(served.clone().serve(stream));
            }
        });
        upstream
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut read = Vec::new();
        loop {
            let Some(end) =
                read.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
            else {
                match stream.read_buf(&mut read).await {
                    Ok(1..) => continue,
                    _ => return,
                }
            };
            let head = String::from_utf8(read[..end].to_vec()).unwrap();
            let header = |name: &str| {
                head.lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::trim)
                    .unwrap_or_default()
                    .to_owned()
            };
            let length: usize = header("content-length:").parse().unwrap_or(0);
            while read.len() < end + length {
                if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            let body = String::from_utf8(read.drain(..end + length).skip(end).collect()).unwrap();
            *self.effects.lock().entry(header("idempotency-key:")).or_default() += 1;
            let (status, text) = match body.as_str() {
                "hang up" => return,
                "say nothing" => std::future::pending().await,
                "break off" => {
                    let _ = stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
                        .await;
                    return;
                }
                "fail" => ("500 Internal Server Error", "out of order"),
                "refuse" => ("422 Unprocessable Content", "not like this"),
                "throttle" => ("429 Too Many Requests", "later"),
                _ => ("201 Created", "done"),
            };
            let response = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nx-attempt: {}\r\n\r\n{text}",
                text.len(),
                self.of(&header("idempotency-key:"))
            );
            if stream.write_all(response.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    /// How often it carried out the call with this key.
    fn of(&self, key: &str) -> u32 {
        self.effects.lock().get(&named(key)).copied().unwrap_or(0)
    }
}

/// Registers `shop` with its server at `base_url`, and returns a live key for it.
async fn shop(portal: &Portal, base_url: &str, settings: ProductSettings) -> CreatedKey {
    let operation =
        |id: &str| json!({ "operationId": id, "responses": { "200": { "description": "Done" } } });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": { "/orders": { "post": operation("order"), "put": operation("replace"), "delete": operation("cancel") } },
    });
    let wanted = Registration {
        document: Some(document.to_string().into()),
        base_url: Some(base_url.to_owned()),
        settings: Some(settings),
        ..Registration::default()
    };
    portal.register("shop", wanted).await;
    let org = portal.org("Acme").await.id;
    portal.key(&org, Environment::Live, &["shop:*"]).await
}

fn quick() -> ProductSettings {
    ProductSettings { timeout_ms: 500, ..ProductSettings::default() }
}

/// `text` as an idempotency key, which has no spaces.
fn named(text: &str) -> String {
    text.replace(' ', "-")
}

async fn order(
    client: &Client,
    url: &str,
    key: &str,
    method: Method,
    text: &str,
    body: &str,
) -> Option<TestResponse> {
    let request = client
        .request(method, format!("{url}/api/shop/orders"))
        .bearer_auth(key)
        .header("idempotency-key", named(text));
    Some(TestResponse::read(request.body(body.to_owned()).send().await.ok()?).await)
}

async fn ordered(portal: &Portal, key: &CreatedKey, text: &str, body: &str) -> TestResponse {
    order(&portal.client, &portal.url, &key.key, Method::POST, text, body).await.expect("an answer")
}

on_both! {
    async fn whatever_the_server_answers_is_the_answer_and_nothing_is_sent_again(db: TestDb) {
        let (portal, upstream) = (Portal::with_flags(&db, &OPEN).await, Upstream::start().await);
        let key = shop(&portal, &upstream.url, quick()).await;
        for (text, status) in [("fail", 500), ("refuse", 422), ("throttle", 429), ("do it", 201)] {
            let first = ordered(&portal, &key, text, text).await;
            assert_eq!((first.status, first.header("idempotent-replayed")), (status, ""), "{text}: {}", first.text);
            for _ in 0..2 {
                let again = ordered(&portal, &key, text, text).await;
                assert_eq!((again.status, again.header("idempotent-replayed"), &again.text), (status, "true", &first.text), "{text}");
                assert_eq!((again.header("x-attempt"), again.header("tollgate-units")), ("1", "0"));
            }
            assert_eq!(upstream.of(text), 1, "{text}");
            ordered(&portal, &key, text, "another body").await.problem(422, "idempotency_mismatch");
        }
    }

    async fn a_call_that_got_no_answer_is_never_sent_again(db: TestDb) {
        let (portal, upstream) = (Portal::with_flags(&db, &OPEN).await, Upstream::start().await);
        let key = shop(&portal, &upstream.url, quick()).await;
        for (text, status, code) in [
            ("hang up", 502, "upstream_failed"),
            ("say nothing", 504, "upstream_timeout"),
            ("break off", 502, "upstream_failed"),
        ] {
            // PUT and DELETE may be repeated automatically on a reused connection, but not with a
            // key.
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                let name = format!("{text} {method}");
                assert_eq!(ordered(&portal, &key, &format!("before {name}"), "").await.status, 201, "a connection is open");
                let call = async || order(&portal.client, &portal.url, &key.key, method.clone(), &name, text).await.unwrap();
                call().await.problem(status, code);
                for wait in [0, idempotency::LEASE + SECOND] {
                    portal.clock.advance(wait);
                    let again = call().await;
                    let problem = again.problem(409, "idempotency_unknown");
                    assert!(problem["detail"].as_str().unwrap().contains("may have been carried out"), "{problem}");
                    assert_eq!(again.header("tollgate-units"), "0");
                }
                assert_eq!(upstream.of(&name), 1, "{name}");
            }
        }
        // After a day the key stands for another call.
        portal.clock.advance(DAY);
        assert_eq!(ordered(&portal, &key, "hang up POST", "do it").await.status, 201);
    }

    async fn a_call_that_cannot_have_reached_the_server_can_be_sent_again_at_once(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let key = shop(&portal, &nobody, quick()).await;
        // No connection; then, from the sixth call on, the breaker is open.
        for call in 0..7 {
            let response = ordered(&portal, &key, "order-42", "do it").await;
            let (status, code) = if call < 5 { (502, "upstream_failed") } else { (503, "unavailable") };
            response.problem(status, code);
        }
        assert_eq!(db.number("select count(*) from idempotency_keys").await, 0, "each was given back");
        let upstream = Upstream::start().await;
        let wanted = Registration { base_url: Some(upstream.url.clone()), ..Registration::default() };
        portal.register("shop", wanted).await;
        let response = ordered(&portal, &key, "order-42", "do it").await;
        assert_eq!((response.status, response.header("idempotent-replayed"), upstream.of("order-42")), (201, "", 1));
    }

    async fn a_server_that_honours_the_key_itself_is_called_again(db: TestDb) {
        let (portal, upstream) = (Portal::with_flags(&db, &OPEN).await, Upstream::start().await);
        let key = shop(&portal, &upstream.url, ProductSettings { honours_idempotency_key: true, ..quick() }).await;
        for attempt in 1..=3 {
            ordered(&portal, &key, "order-42", "hang up").await.problem(502, "upstream_failed");
            assert_eq!(upstream.of("order-42"), attempt, "the key is passed on");
        }
        // Its response is stored in any case.
        for _ in 0..2 {
            assert_eq!(ordered(&portal, &key, "order-43", "fail").await.status, 500);
        }
        assert_eq!(upstream.of("order-43"), 1);
    }

    async fn refusals_and_sandbox_responses_reveal_nothing_of_any_server(db: TestDb) {
        let (portal, upstream) = (Portal::with_flags(&db, &OPEN).await, Upstream::start().await);
        let key = shop(&portal, &upstream.url, ProductSettings { max_body_bytes: Some(10), ..quick() }).await;
        ordered(&portal, &key, "order-42", "much too long a body").await.problem(413, "body_too_large");
        assert_eq!(ordered(&portal, &key, "order-42", "short").await.status, 201);
        assert_eq!(upstream.of("order-42"), 1);
    }

    async fn a_gateway_that_is_killed_sends_nothing_twice(db: TestDb) {
        const CALLS: usize = 12;
        let upstream = Upstream::start().await;
        let portal = Portal::with_flags(&db, &OPEN).await;
        let key = shop(&portal, &upstream.url, ProductSettings { timeout_ms: 60_000, ..ProductSettings::default() }).await.key;
        portal.stop().await;
        // Some get a response before the kill, and some are in progress.
        let bodies = ["do it", "fail", "say nothing"];
        let name = |kill: usize, call: usize| format!("kill-{kill}-call-{call}");
        for kill in 0..3 {
            let server = Process::start(&db).await;
            let calls: Vec<_> = (0..CALLS)
                .map(|call| {
                    let (url, key, name) = (server.url.clone(), key.clone(), name(kill, call));
                    tokio::spawn(async move { order(&Client::new(), &url, &key, Method::POST, &name, bodies[call % 3]).await })
                })
                .collect();
            // At another moment each time: the first have reached the server, or all have.
            let reached = [1, CALLS / 2, CALLS][kill];
            eventually("calls reach the server", || async {
                let effects = upstream.effects.lock();
                ((0..CALLS).filter(|call| effects.contains_key(&name(kill, *call))).count() >= reached).then_some(())
            })
            .await;
            server.kill();
            for call in calls {
                let _ = call.await;
            }
        }
        let portal = Portal::with_flags(&db, &OPEN).await;
        portal.clock.advance(idempotency::LEASE + SECOND);
        let before = upstream.effects.lock().clone();
        let mut unknown = 0;
        for kill in 0..3 {
            for call in 0..CALLS {
                let name = name(kill, call);
                let body = if call % 3 == 2 && !before.contains_key(&name) { continue } else { bodies[call % 3] };
                let response = order(&portal.client, &portal.url, &key, Method::POST, &name, body).await.unwrap();
                match before.get(&name) {
                    Some(effects) => {
                        assert_eq!(*effects, 1);
                        if response.status == 409 {
                            response.problem(409, "idempotency_unknown");
                            unknown += 1;
                        } else {
                            assert_eq!(response.header("idempotent-replayed"), "true", "{name}: {} {}", response.status, response.text);
                        }
                    }
                    // It may have been recorded and killed before the first byte was sent: that
                    // cannot be distinguished from a sent one.
                    None => assert!(matches!(response.status, 201 | 500 | 409), "{name}: {} {}", response.status, response.text),
                }
            }
        }
        assert!(unknown >= CALLS / 3, "those that the server kept waiting: {unknown}");
        let effects = upstream.effects.lock();
        assert!(effects.values().all(|effects| *effects == 1), "{effects:?}");
    }

    async fn what_cannot_be_written_down_is_not_sent(db: TestDb) {
        let (portal, upstream) = (Portal::with_flags(&db, &OPEN).await, Upstream::start().await);
        let key = shop(&portal, &upstream.url, quick()).await;
        assert_eq!(ordered(&portal, &key, "before", "do it").await.status, 201);
        let closing = tokio::spawn({
            let db = portal.app.db.clone();
            async move { db.close().await }
        });
        eventually("nothing can be written", || async { portal.app.db.begin().await.is_err().then_some(()) }).await;
        ordered(&portal, &key, "after", "do it").await.problem(503, "unavailable");
        assert_eq!(upstream.of("after"), 0);
        closing.abort();
    }
}
