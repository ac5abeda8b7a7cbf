//! The effect of one client on others, with connections and requests that do not end.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::support::{Portal, TestDb, on_both};

/// A connection from an address of this machine.
async fn connect(portal: &Portal, from: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(portal.url.trim_start_matches("http://").parse().unwrap()).await.unwrap()
}

/// Everything that is received until the connection is closed.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(Duration::from_secs(60), stream.read_to_end(&mut bytes))
        .await
        .expect("it is closed");
    drop(read);
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn send(portal: &Portal, from: &str, request: &str) -> String {
    let mut stream = connect(portal, from).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

on_both! {
    async fn no_body_is_waited_for_without_end(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--body-timeout-seconds", "1", "--call-timeout-seconds", "1"]).await;
        for path in [
            "/leaked-keys",
            "/webhooks/stripe",
            "/api/log_in",
            "/api/nothing/x",
            "/v1/customers",
            "/admin/api/v1/products",
            "/dashboard/keys/new",
            "/admin/products/new",
            "/login",
            "/nothing",
        ] {
            let framings = ["content-length: 100", "transfer-encoding: chunked"].map(async |framing| {
                let begun = if framing.ends_with("chunked") { "5\r\n{\"a\":\r\n" } else { "{\"a\":" };
                let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{framing}\r\n\r\n{begun}");
                // With or without a response, the connection is not kept.
                let response = send(&portal, "127.0.0.1", &head).await;
                assert!(response.is_empty() || !response.contains("HTTP/1.1 2"), "{path}: {response}");
            });
            futures::future::join_all(framings).await;
        }
    }

    async fn one_client_takes_neither_the_portal_nor_the_gateway_from_others(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--connections", "60", "--connections-for-calls", "20", "--connections-per-source", "20"]).await;
        let mut silent = Vec::new();
        for i in 0..200 {
            let mut stream = connect(&portal, "127.0.0.3").await;
            let begun = ["", "GET / HTTP/1.1\r\nhost", "POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"][i % 3];
            let _ = stream.write_all(begun.as_bytes()).await;
            silent.push(stream);
        }
        for path in ["/healthz", "/docs/errors/not_found"] {
            let response = send(&portal, "127.0.0.4", &get(path)).await;
            assert!(response.starts_with("HTTP/1.1 200 "), "{path}: {response}");
        }
        assert!(send(&portal, "127.0.0.4", &get("/v1/customers")).await.starts_with("HTTP/1.1 401 "));
        let refused = rest(&mut silent[198]).await;
        assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("x-request-id: req_"), "{refused}");
    }

    async fn pages_leave_connections_to_calls(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--connections", "12", "--connections-for-calls", "6"]).await;
        // Requests for pages that do not end take all the places that they may have.
        let mut held = Vec::new();
        for i in 0..6 {
            let mut stream = connect(&portal, &format!("127.0.1.{}", i + 1)).await;
            stream.write_all(b"POST /leaked-keys HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{").await.unwrap();
            held.push(stream);
        }
        let page = send(&portal, "127.0.0.4", &get("/docs/errors/not_found")).await;
        assert!(page.starts_with("HTTP/1.1 503 ") && page.contains("retry-after: 5") && page.contains("\"unavailable\""), "{page}");
        let call = send(&portal, "127.0.0.4", &get("/v1/customers")).await;
        assert!(call.starts_with("HTTP/1.1 401 "), "{call}");
        for path in ["/healthz", "/readyz"] {
            let well = send(&portal, "127.0.0.4", &get(path)).await;
            assert!(well.starts_with("HTTP/1.1 200 "), "the health checks have a place: {well}");
        }
    }

    async fn behind_a_trusted_proxy_each_source_has_its_own_share(db: TestDb) {
        let flags = ["--trusted-proxies", "127.0.0.0/8", "--connections-per-source", "2"];
        let portal = Portal::with_flags(&db, &flags).await;
        let begun = |source: &str| format!("POST /leaked-keys HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {source}\r\ncontent-length: 9\r\n\r\n{{");
        let mut held = Vec::new();
        for source in ["203.0.113.1", "203.0.113.1:4711", "203.0.113.2", "203.0.113.3"] {
            let mut stream = connect(&portal, "127.0.0.1").await;
            stream.write_all(begun(source).as_bytes()).await.unwrap();
            held.push(stream);
        }
        let of = |source: &str| get("/healthz").replace("\r\n\r\n", &format!("\r\nx-forwarded-for: {source}\r\n\r\n"));
        crate::support::eventually("the third request of one source is refused", || async {
            let refused = send(&portal, "127.0.0.1", &of("203.0.113.1")).await;
            (refused.starts_with("HTTP/1.1 429 ") && refused.contains("retry-after: 1")).then_some(())
        })
        .await;
        assert!(send(&portal, "127.0.0.1", &of("203.0.113.2")).await.starts_with("HTTP/1.1 200 "));
        assert!(send(&portal, "127.0.0.1", &get("/healthz")).await.starts_with("HTTP/1.1 200 "));
        held.clear();
        crate::support::eventually("its share is free again", || async {
            send(&portal, "127.0.0.1", &of("203.0.113.1")).await.starts_with("HTTP/1.1 200 ").then_some(())
        })
        .await;
    }

    async fn a_request_without_a_host_or_with_a_strange_one_is_refused_everywhere(db: TestDb) {
        let portal = Portal::start(&db).await;
        for path in ["/", "/healthz", "/v1/customers", "/api/x/y", "/admin/api/v1/products", "/pkg/x.js"] {
            for hosts in ["", "host: a\r\nhost: a\r\n", "host: a/b\r\n", "host:\r\n", "host: a b\r\n", "host: user@a\r\n"] {
                let response = send(&portal, "127.0.0.1", &format!("GET {path} HTTP/1.1\r\n{hosts}connection: close\r\n\r\n")).await;
                assert!(response.starts_with("HTTP/1.1 400 ") && response.contains("\"invalid_request\""), "{path} {hosts:?}: {response}");
                assert!(response.contains("x-request-id: req_"), "{response}");
            }
        }
        let old = send(&portal, "127.0.0.1", "GET /healthz HTTP/1.0\r\n\r\n").await;
        assert!(old.starts_with("HTTP/1.0 200 "), "{old}");
    }

    async fn what_cannot_be_parsed_gets_a_problem_too(db: TestDb) {
        let portal = Portal::start(&db).await;
        let many: String = (0..120).map(|i| format!("x-{i}: 1\r\n")).collect();
        for (request, status, code) in [
            ("GET /v1/\"<> HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), 400, "invalid_request"),
            (format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n"), 431, "headers_too_large"),
            (format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(66_000)), 414, "uri_too_long"),
        ] {
            let response = send(&portal, "127.0.0.1", &request).await;
            assert!(response.starts_with(&format!("HTTP/1.1 {status} ")) && response.contains("x-request-id: req_"), "{response}");
            let (_, body) = response.split_once("\r\n\r\n").unwrap();
            let problem: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(problem["code"], code);
            let page = problem["type"].as_str().unwrap().strip_prefix(&portal.url).unwrap().to_owned();
            assert_eq!(portal.send(portal.request(Method::GET, &page)).await.status, 200);
        }
    }
}
