use super::stripe::{Config, Webhooks, sign};
use super::world::{START, World};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Clone)]
struct Hook {
    signature: String,
    body: String,
}

/// A receiver that responds with the given statuses, then with 200.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Hook>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let (got, answers) =
            (Arc::<Mutex<Vec<Hook>>>::default(), Arc::<Mutex<Vec<u16>>>::default());
        let (seen, statuses) = (got.clone(), answers.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, statuses) = (seen.clone(), statuses.clone());
                let service =
                    hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
                        let (seen, statuses) = (seen.clone(), statuses.clone());
                        async move {
                            let signature =
                                request.headers()["stripe-signature"].to_str().unwrap().to_owned();
                            let body = request.into_body().collect().await?.to_bytes();
                            seen.lock().push(Hook {
                                signature,
                                body: String::from_utf8(body.to_vec()).unwrap(),
                            });
                            let status = statuses.lock().pop().unwrap_or(200);
                            Ok::<_, hyper::Error>(
                                hyper::Response::builder()
                                    .status(status)
                                    .body(Full::<Bytes>::default())
                                    .unwrap(),
                            )
                        }
                    });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(hyper_util::rt::TokioIo::new(stream), service),
                );
            }
        });
        Self { url, got, answers }
    }

    fn got(&self) -> Vec<(Hook, Value)> {
        self.got
            .lock()
            .iter()
            .map(|hook| (hook.clone(), serde_json::from_str(&hook.body).unwrap()))
            .collect()
    }

    fn names(&self) -> Vec<String> {
        self.got()
            .iter()
            .map(|(_, event)| {
                event["data"]["object"]["name"].as_str().unwrap_or_default().to_owned()
            })
            .collect()
    }
}

fn valid(hook: &Hook) -> bool {
    let at: i64 =
        hook.signature.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap();
    sign("whsec_test", at, &hook.body) == hook.signature
}

async fn world(knobs: Webhooks) -> (World, Receiver) {
    let receiver = Receiver::new().await;
    let config = Config {
        clock: Some(START),
        webhook: Some((receiver.url.clone(), "whsec_test".into())),
        webhooks: knobs,
        ..Config::default()
    };
    (World::with(config).await, receiver)
}

async fn make_customers(world: &World, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    for number in 0..count {
        names.push(format!("n{number}"));
        world.post("/v1/customers", &format!("name=n{number}")).await;
    }
    names
}

#[test]
fn the_signature_is_the_documented_one() {
    // The HMAC-SHA256 of "1492774577.{}" with "secret", calculated with another tool.
    assert_eq!(
        sign("secret", 1_492_774_577, "{}"),
        "t=1492774577,v1=2ddb0fdc1ad242a0eece9d964270ad86442b7381d25d1f99cd41a46999919e32"
    );
}

#[tokio::test]
async fn events_arrive_signed_and_in_order() {
    let (world, receiver) = world(Webhooks::default()).await;
    let names = make_customers(&world, 5).await;
    world.fake.wait_until_idle().await;
    assert_eq!(receiver.names(), names);
    let (hook, event) = receiver.got().remove(0);
    assert!(valid(&hook));
    assert_eq!(
        (event["object"].as_str(), event["type"].as_str()),
        (Some("event"), Some("customer.created"))
    );
    assert_eq!(
        world.get(&format!("/v1/events/{}", event["id"].as_str().unwrap())).await.body,
        event
    );
}

#[tokio::test]
async fn events_can_be_duplicated_lost_and_forged() {
    let (world, receiver) = world(Webhooks { duplicate: 2, ..Webhooks::default() }).await;
    make_customers(&world, 2).await;
    world.fake.wait_until_idle().await;
    assert_eq!(receiver.names(), ["n0", "n0", "n0", "n1", "n1", "n1"]);
    world.fake.set_webhooks(Webhooks { drop: 1.0, ..Webhooks::default() });
    make_customers(&world, 1).await;
    world.fake.wait_until_idle().await;
    assert_eq!(receiver.names().len(), 6);
    world.fake.set_webhooks(Webhooks { wrong_signature: 1.0, ..Webhooks::default() });
    make_customers(&world, 1).await;
    world.fake.wait_until_idle().await;
    let tail: Vec<bool> = receiver.got()[6..].iter().map(|(hook, _)| valid(hook)).collect();
    assert_eq!(tail, [false, true]);
}

#[tokio::test]
async fn held_events_are_released_in_another_order() {
    let (world, receiver) = world(Webhooks { hold: true, ..Webhooks::default() }).await;
    let names = make_customers(&world, 10).await;
    assert!(receiver.names().is_empty());
    assert_eq!(world.fake.release_webhooks(Some(7)), 10);
    world.fake.wait_until_idle().await;
    let mut got = receiver.names();
    assert_ne!(got, names);
    got.sort();
    assert_eq!(got, names);
}

#[tokio::test]
async fn a_refused_event_is_sent_again_until_it_is_taken() {
    let (world, receiver) = world(Webhooks { retry_ms: 1, ..Webhooks::default() }).await;
    receiver.answers.lock().extend([500, 302, 404]);
    make_customers(&world, 1).await;
    world.fake.wait_until_idle().await;
    assert_eq!(receiver.got().len(), 4);
    let statuses: Vec<_> = world
        .fake
        .deliveries()
        .iter()
        .map(|delivery| delivery["status"].as_i64().unwrap())
        .collect();
    assert_eq!(statuses, [404, 302, 500, 200]);
}

#[tokio::test]
async fn an_old_event_can_be_replayed_over_http() {
    let (world, receiver) = world(Webhooks::default()).await;
    make_customers(&world, 1).await;
    world.fake.wait_until_idle().await;
    let id = world.fake.objects("event")[0]["id"].clone();
    world.fake.advance(90 * 86_400);
    assert_eq!(world.control("webhooks/replay", json!({ "event": id })).await.body["replayed"], 1);
    world.fake.wait_until_idle().await;
    let got = receiver.got();
    assert_eq!((got.len(), &got[0].1), (2, &got[1].1));
}

#[tokio::test]
async fn an_endpoint_gets_only_what_it_asked_for() {
    let (world, _) = world(Webhooks::default()).await;
    let receiver = Receiver::new().await;
    let form = format!("url={}&enabled_events[]=product.created", receiver.url);
    let endpoint = world.post("/v1/webhook_endpoints", &form).await;
    assert!(endpoint.text("secret").starts_with("whsec_"));
    make_customers(&world, 1).await;
    world.post("/v1/products", "name=A").await;
    world.fake.wait_until_idle().await;
    assert_eq!(receiver.names(), ["A"]);
    assert!(
        world
            .get(&format!("/v1/webhook_endpoints/{}", endpoint.id()))
            .await
            .body
            .get("secret")
            .is_none()
    );
    world.delete(&format!("/v1/webhook_endpoints/{}", endpoint.id())).await;
    world.post("/v1/products", "name=B").await;
    world.fake.wait_until_idle().await;
    assert_eq!(receiver.names(), ["A"]);
}
