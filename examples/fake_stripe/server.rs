//! The server, and the controls of a test.

use super::config::{Config, Faults, Webhooks};
use super::http::{self, Reply, Request, Response};
use super::state::{State, Usage, public};
use super::{Shared, checkout, control, pages, portal, webhooks};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const MAX_BODY: usize = 1024 * 1024;
/// A request that hangs is dropped after the client has certainly given up.
const HANG: Duration = Duration::from_secs(300);
const PATIENCE: Duration = Duration::from_millis(5);

/// A fake Stripe that runs until this value is dropped.
pub struct Handle {
    shared: Arc<Shared>,
    base: String,
    tasks: Vec<JoinHandle<()>>,
}

/// Serves the fake on a listener, in a Tokio runtime.
pub async fn serve(listener: TcpListener, config: Config) -> std::io::Result<Handle> {
    let base = format!("http://{}", listener.local_addr()?);
    let mut state = State::new(config.clone());
    state.base = config.public_url.clone().unwrap_or_else(|| base.clone());
    portal::add_default(&mut state);
    if let Some((url, secret)) = config.webhook {
        let _ = state.endpoint(&json!({ "url": url, "enabled_events": ["*"] }), Some(secret));
    }
    let shared = Arc::new(Shared { state: parking_lot::Mutex::new(state) });
    let tasks = vec![
        tokio::spawn(accept(listener, shared.clone())),
        tokio::spawn(webhooks::send_forever(shared.clone())),
        tokio::spawn(run_clock(shared.clone())),
    ];
    Ok(Handle { shared, base, tasks })
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(converse(stream, shared.clone()));
        }
        while connections.try_join_next().is_some() {}
    }
}

/// With a running clock, billing happens without requests.
async fn run_clock(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let _ = shared.state.lock().tick();
    }
}

async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| respond(request, shared.clone()));
    // An error of the service closes the connection without a response, as `drop` requires.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(
    request: hyper::Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<hyper::Response<Full<Bytes>>, std::io::Error> {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let mut asked = Request {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        authorization: header("authorization"),
        version: header("stripe-version"),
        key: Some(header("idempotency-key")).filter(|key| !key.is_empty()),
        content_type: header("content-type"),
        body: String::new(),
    };
    let body = Limited::new(request.into_body(), MAX_BODY)
        .collect()
        .await
        .map_err(std::io::Error::other)?;
    asked.body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    let reply = reply(&mut shared.state.lock(), &asked);
    match reply {
        Reply::Send(response) => Ok(rendered(response)),
        Reply::Hang => {
            tokio::time::sleep(HANG).await;
            Err(std::io::Error::other("hung"))
        }
        Reply::Drop => Err(std::io::Error::other("dropped")),
    }
}

fn reply(state: &mut State, asked: &Request) -> Reply {
    let _ = state.tick();
    if asked.path.starts_with("/_control/") {
        return Reply::Send(control::answer(state, &asked.method, &asked.path, &asked.body));
    }
    match pages::answer(state, &asked.method, &asked.path, &asked.body) {
        Some(page) => Reply::Send(page),
        None => http::answer(state, asked),
    }
}

fn rendered(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in response.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(response.body.into())).unwrap_or_default()
}

impl Handle {
    /// Its URL, without a slash at the end. The API is below `/v1`.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    pub fn now(&self) -> i64 {
        self.shared.state.lock().now
    }

    /// Moves the clock forward to a time in seconds since 1970, and bills on the way. Earlier times
    /// have no effect.
    pub fn set_clock(&self, to: i64) {
        let outcome = self.shared.state.lock().advance_to(to);
        assert!(outcome.is_ok(), "billing failed: {outcome:?}");
    }

    pub fn advance(&self, seconds: i64) {
        self.set_clock(self.now() + seconds);
    }

    pub fn set_faults(&self, faults: Faults) {
        self.shared.state.lock().faults = faults;
    }

    pub fn set_webhooks(&self, webhooks: Webhooks) {
        let mut state = self.shared.state.lock();
        state.webhooks = webhooks;
        state.wake.notify_one();
    }

    /// Adds an endpoint for all events, for a receiver that starts after the fake. Returns its id.
    pub fn add_webhook(&self, url: &str, secret: &str) -> String {
        let endpoint = self
            .shared
            .state
            .lock()
            .endpoint(&json!({ "url": url, "enabled_events": ["*"] }), Some(secret.into()));
        endpoint.map(|endpoint| super::state::text(&endpoint, "id")).unwrap_or_default()
    }

    /// Releases held and delayed webhooks immediately, shuffled with the seed if one is given.
    pub fn release_webhooks(&self, shuffle: Option<u64>) -> usize {
        self.shared.state.lock().release(shuffle)
    }

    /// Sends an old event again. Returns false if it does not exist.
    pub fn replay(&self, event: &str) -> bool {
        self.shared.state.lock().replay(event)
    }

    /// Waits until no webhook is pending or being sent. With `hold`, release them first.
    pub async fn wait_until_idle(&self) {
        loop {
            let idle = {
                let state = self.shared.state.lock();
                state.queue.waiting.is_empty() && state.queue.in_flight == 0
            };
            if idle {
                return;
            }
            tokio::time::sleep(PATIENCE).await;
        }
    }

    /// The attempted deliveries: `{event, type, url, attempt, forged, status}`.
    pub fn deliveries(&self) -> Vec<Value> {
        self.shared.state.lock().queue.log.iter().cloned().collect()
    }

    /// The API requests so far: `{id, at, method, path, query, body, idempotency_key, status,
    /// accident, applied, replayed}`.
    pub fn requests(&self) -> Vec<Value> {
        self.shared.state.lock().requests.iter().cloned().collect()
    }

    /// All objects of a kind (`customer`, `price`, `checkout.session`, `event`, …), oldest first.
    pub fn objects(&self, kind: &str) -> Vec<Value> {
        self.shared.state.lock().table(kind).map(public).collect()
    }

    pub fn object(&self, kind: &str, id: &str) -> Option<Value> {
        self.shared.state.lock().find(kind, id).map(public)
    }

    /// All accepted meter events.
    pub fn usage(&self) -> Vec<Usage> {
        self.shared.state.lock().usage.clone()
    }

    /// The counted usage of a customer under a meter's event name.
    pub fn used(&self, event_name: &str, customer: &str) -> i64 {
        let state = self.shared.state.lock();
        state
            .usage
            .iter()
            .filter(|usage| {
                !usage.void && usage.event_name == event_name && usage.customer == customer
            })
            .map(|usage| usage.value)
            .sum()
    }

    /// Makes the next finalisations fail, with their event.
    pub fn fail_finalizations(&self, count: u32) {
        self.shared.state.lock().failing_finalizations = count;
    }

    /// Pays a checkout like the button on its page. Returns the message that the page would show.
    pub fn pay_checkout(&self, session: &str, card: &str) -> Result<Value, String> {
        checkout::pay(&mut self.shared.state.lock(), session, card, None)
            .map(|session| public(&session))
            .map_err(|failure| failure.message)
    }

    /// Presses a button of a portal session: `switch` (value: product), `cancel`, `resume`, `card`
    /// (value: number).
    pub fn press_portal(
        &self,
        session: &str,
        action: &str,
        subscription: &str,
        value: &str,
    ) -> Result<Value, String> {
        let pressed =
            portal::press(&mut self.shared.state.lock(), session, action, subscription, value);
        pressed.map(|object| public(&object)).map_err(|failure| failure.message)
    }

    /// Sets the card for the customer's future payments.
    pub fn set_card(&self, customer: &str, card: &str) -> Result<(), String> {
        control::attach_everywhere(&mut self.shared.state.lock(), customer, card)
            .map(drop)
            .map_err(|failure| failure.message)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
