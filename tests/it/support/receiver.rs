//! An endpoint that receives webhooks, and responds as the test says.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use parking_lot::Mutex;
use tokio::net::TcpListener;

/// One received delivery.
#[derive(Clone)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("visible text"))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

#[derive(Clone)]
pub enum Reply {
    Status(u16),
    /// A status with `Retry-After`.
    Later(u16, String),
    Redirect(String),
    Text(u16, String),
    /// No response.
    Hang,
}

#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    reply: Arc<Mutex<Reply>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let (received, reply): (Arc<Mutex<Vec<Received>>>, _) =
            (Arc::default(), Arc::new(Mutex::new(Reply::Status(204))));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let handler = {
            let (received, reply) = (Arc::clone(&received), Arc::clone(&reply));
            move |headers: HeaderMap, body: Bytes| {
                received.lock().push(Received {
                    headers,
                    body: String::from_utf8(body.to_vec()).expect("UTF-8"),
                });
                let reply = reply.lock().clone();
                answer(reply)
            }
        };
        tokio::spawn(async move {
            axum::serve(listener, Router::new().route("/hook", post(handler))).await
        });
        Self { url, received, reply }
    }

    pub fn reply(&self, reply: Reply) {
        *self.reply.lock() = reply;
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().clone()
    }

    pub fn count(&self) -> usize {
        self.received.lock().len()
    }

    /// Waits until so many have arrived.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        super::eventually(&format!("{count} deliveries"), || async {
            (self.count() >= count).then(|| self.received())
        })
        .await
    }
}

async fn answer(reply: Reply) -> Response<Body> {
    let status = |status: u16| Response::builder().status(status);
    match reply {
        Reply::Status(code) => status(code).body(Body::empty()),
        Reply::Later(code, after) => status(code).header("retry-after", after).body(Body::empty()),
        Reply::Redirect(to) => status(307).header("location", to).body(Body::empty()),
        Reply::Text(code, text) => status(code).body(Body::from(text)),
        Reply::Hang => std::future::pending().await,
    }
    .expect("a right answer")
}
