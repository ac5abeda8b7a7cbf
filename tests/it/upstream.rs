//! Calls to products' own servers: what reaches them, what comes back, and servers that misbehave.
//! Without a database, so these run once.

mod bodies;
mod faults;
mod headers;
mod websockets;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;
use tollgate::server::clock::Clock;
use tollgate::server::{Error, Result};
use tollgate::types::environment::Environment;
use tollgate_proxy::upstream::{Outgoing, Settings, Target, Upstreams, forward};
use url::Url;

use crate::support::eventually;

const SECRET: &[u8] = b"a secret of the product's";
const MAX_BODY: usize = 100_000;

/// A gateway that only passes calls on.
struct Way {
    upstreams: Arc<Upstreams>,
    target: Arc<Target>,
    clock: Clock,
    /// Its URL.
    url: String,
    client: reqwest::Client,
}

impl Way {
    async fn to(base: &str) -> Self {
        Self::with(base, |_| {}).await
    }

    async fn with(base: &str, change: impl FnOnce(&mut Settings<'_>)) -> Self {
        let (clock, calls) = (Clock::default(), TaskTracker::new());
        let portal: Url = "https://portal.example.com".parse().unwrap();
        let now = clock.clone();
        let upstreams = Arc::new(Upstreams::new(&portal, MAX_BODY, move || now.now(), &calls));
        let base: Url = base.parse().unwrap();
        let mut settings = Settings::new(&base, SECRET);
        change(&mut settings);
        let target = Arc::new(upstreams.target(&settings).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback({
            let (upstreams, target, clock) =
                (Arc::clone(&upstreams), Arc::clone(&target), clock.clone());
            async move |request: Request| answer(call(&upstreams, &target, &clock, request).await)
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { upstreams, target, clock, url, client }
    }

    /// Without a server in between.
    async fn call(&self, request: Request) -> Result<Response> {
        call(&self.upstreams, &self.target, &self.clock, request).await
    }

    async fn get(&self, path: &str) -> Result<Response> {
        self.call(Request::get(path).body(Body::empty()).unwrap()).await
    }

    fn addr(&self) -> SocketAddr {
        self.url.trim_start_matches("http://").parse().unwrap()
    }
}

async fn call(
    upstreams: &Upstreams,
    target: &Target,
    clock: &Clock,
    request: Request,
) -> Result<Response> {
    let path_and_query = request.uri().path_and_query().unwrap().clone();
    let outgoing = Outgoing {
        request,
        path_and_query: path_and_query.as_str(),
        request_id: 7.into(),
        org: "org_1",
        key_id: "key_1",
        environment: Environment::Live,
        product: "pets",
        operation: "getPet",
        source_ip: "203.0.113.9".parse().unwrap(),
        now: clock.now(),
        sending: None,
    };
    Ok(forward(upstreams, target, outgoing).await?)
}

/// The code of an error as the body.
fn answer(result: Result<Response>) -> Response {
    result.unwrap_or_else(|error| {
        let code = error.code();
        Response::builder().status(code.status()).body(Body::from(code.as_str())).unwrap()
    })
}

async fn text(response: Response) -> String {
    String::from_utf8(
        axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec(),
    )
    .unwrap()
}

#[track_caller]
fn code<T>(result: Result<T>) -> &'static str {
    result.err().map(|error: Error| error.code().as_str()).expect("an error")
}

/// A server that does what a test says.
struct Fake {
    url: String,
    connections: Arc<AtomicUsize>,
    hung_up: Arc<AtomicUsize>,
}

impl Fake {
    /// Handles each connection with `serve`, which gets its number.
    async fn new<F: Future<Output = ()> + Send>(
        serve: impl Fn(usize, Wire) -> F + Send + Sync + Clone + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let hung_up = Arc::new(AtomicUsize::new(0));
        let (count, ended) = (Arc::clone(&connections), Arc::clone(&hung_up));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (number, serve) = (count.fetch_add(1, Ordering::SeqCst), serve.clone());
                let ended = Arc::clone(&ended);
                tokio::spawn(async move {
                    serve(number, Wire { stream, read: Vec::new() }).await;
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { url, connections, hung_up }
    }

    /// Responds to each request with the same text.
    async fn saying(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::new(move |_, mut wire| {
            let answer = answer.clone();
            async move {
                while wire.request().await.is_some() {
                    wire.write(&answer).await;
                }
            }
        })
        .await
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until it has closed so many connections.
    async fn has_hung_up(&self, times: usize) {
        eventually("the upstream hangs up", || async {
            (self.hung_up.load(Ordering::SeqCst) == times).then_some(())
        })
        .await;
        // Lets the runtime learn of it from the operating system.
        tokio::task::yield_now().await;
    }
}

/// A server's side of a connection.
struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    /// The headers of the next request, and its body if it has a declared length. `None` after the
    /// client has disconnected.
    async fn request(&mut self) -> Option<String> {
        let head = self.until(b"\r\n\r\n").await?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
            .unwrap_or(0);
        while self.read.len() < length {
            self.more().await?;
        }
        let body: Vec<u8> = self.read.drain(..length).collect();
        Some(head + &String::from_utf8(body).unwrap())
    }

    /// Everything up to and including `end`.
    async fn until(&mut self, end: &[u8]) -> Option<String> {
        loop {
            if let Some(at) = self.read.windows(end.len()).position(|window| window == end) {
                let head: Vec<u8> = self.read.drain(..at + end.len()).collect();
                return Some(String::from_utf8(head).unwrap());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Option<()> {
        (self.stream.read_buf(&mut self.read).await.ok()? > 0).then_some(())
    }

    async fn write(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes()).await;
    }
}

/// A complete response with this body.
fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// The text of one raw exchange with the gateway; `end` says when all has come.
async fn raw(addr: SocketAddr, request: &str, end: &str) -> String {
    let mut wire = Wire { stream: TcpStream::connect(addr).await.unwrap(), read: Vec::new() };
    wire.write(request).await;
    tokio::time::timeout(Duration::from_secs(60), wire.until(end.as_bytes()))
        .await
        .expect("an answer")
        .unwrap_or_default()
}
