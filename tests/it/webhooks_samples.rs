//! The receivers in the docs, unchanged: each must pass the receiver check. The libraries of the
//! other languages are not available in the registries that this project is built from.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{Portal, TestDb};
use crate::webhooks::{endpoint, portal};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A receiver in another language, ended with the test.
struct Receiver(Child);

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// Starts `command`, which prints its port.
fn start(command: &mut Command, secret: &str) -> (Receiver, String) {
    let mut child = command
        .env("WEBHOOK_SECRET", secret)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut port = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut port).expect("a line");
    (Receiver(child), format!("http://127.0.0.1:{}/webhooks", port.trim()))
}

/// Checks the receiver that `start` returns for a secret. `None` if the portal's clock is not the
/// receiver's, which reads the machine's.
async fn check<R>(start: impl AsyncFnOnce(&str) -> (R, String)) {
    let db = TestDb::sqlite();
    let portal: Portal = portal(&db).await;
    if portal.clock.is_moved() {
        return;
    }
    let key = portal.org("Acme").await.live;
    let (id, secret) = endpoint(&portal, &key, &json!({ "url": "http://127.0.0.1:9/" })).await;
    let path = format!("/v1/webhook-endpoints/{id}");
    // Another secret signs as well: the receiver must find its own among both signatures.
    assert_eq!(portal.post(&key, &format!("{path}/rotate-secret"), &json!({})).await.status, 200);
    let (_receiver, url) = start(&secret).await;
    assert_eq!(portal.call(&key, Method::PATCH, &path, &json!({ "url": url })).await.status, 200);
    let report = portal.post(&key, &format!("{path}/check"), &json!({})).await.json();
    assert_eq!(
        (&report["is_right"], report["results"].as_array().unwrap().len()),
        (&json!(true), 6),
        "{report}"
    );
}

/// Whether the tools that `make test` installs are available; a developer who runs one test may not
/// have them.
fn is_installed(path: &str) -> bool {
    let is_there = Path::new(ROOT).join(path).exists();
    if !is_there {
        eprintln!("{path} is missing: run `scripts/setup test` to try this sample");
    }
    is_there
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_sample_is_right() {
    if !is_installed("end2end/node_modules/standardwebhooks") {
        return;
    }
    let sample = include_str!("../../crates/server/src/features/webhooks/samples/javascript.txt");
    let program = format!(
        "const enqueue = () => {{}};\n{sample}\nconst server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));"
    );
    check(async |secret| {
        start(
            Command::new("node")
                .args(["--input-type=module", "--eval", &program])
                .current_dir(format!("{ROOT}/end2end")),
            secret,
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_sample_is_right() {
    const PYTHON: &str = "target/python/bin/python3";
    if !is_installed(PYTHON) {
        return;
    }
    let sample = include_str!("../../crates/server/src/features/webhooks/samples/python.txt");
    let program = format!(
        "def enqueue(id, event): pass\n{sample}\nfrom werkzeug.serving import make_server\n\
         server = make_server('127.0.0.1', 0, app, threaded=True)\nprint(server.server_port, flush=True)\nserver.serve_forever()"
    );
    check(async |secret| {
        start(
            Command::new(format!("{ROOT}/{PYTHON}")).args(["-c", &program]).stderr(Stdio::null()),
            secret,
        )
    })
    .await;
}

/// The sample, with the parts that it leaves to its reader.
mod sample {
    use axum::Router;
    use axum::http::HeaderValue;
    use axum::routing::post;

    /// Instead of the environment, which all tests of this process share.
    mod std {
        pub mod env {
            use std::sync::OnceLock;

            pub static SECRET: OnceLock<String> = OnceLock::new();

            pub fn var(name: &str) -> Result<String, &'static str> {
                assert_eq!(name, "WEBHOOK_SECRET");
                SECRET.get().cloned().ok_or("not set")
            }
        }
    }

    include!("../../crates/server/src/features/webhooks/samples/rust.txt");

    fn enqueue(id: &HeaderValue, body: &Bytes) {
        assert!(!id.is_empty() && !body.is_empty());
    }

    pub fn router(secret: &str) -> Router {
        std::env::SECRET.set(secret.to_owned()).expect("once");
        Router::new().route("/webhooks", post(receive))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rust_sample_is_right() {
    check(async |secret| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhooks", listener.local_addr().unwrap());
        let router: Router = sample::router(secret);
        (tokio::spawn(async move { axum::serve(listener, router).await }), url)
    })
    .await;
}
