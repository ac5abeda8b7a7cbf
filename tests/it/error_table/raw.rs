//! Requests that no client library sends.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Portal, TestDb, TestResponse, on_both};

/// Sends `head` with the headers of every request, and reads the response until the connection
/// closes.
async fn raw(portal: &Portal, head: &str) -> TestResponse {
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let host = portal.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let mut text = format!("{line}\r\nhost: {host}\r\nconnection: close\r\n");
    text.extend(headers.lines().flat_map(|header| [header, "\r\n"]));
    // The server may respond and disconnect before it has read everything.
    let _ = stream.write_all(format!("{text}\r\n").as_bytes()).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let response = String::from_utf8_lossy(&bytes);
    let (head, body) = response
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer to {line}: {response}"));
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let pairs = lines.filter_map(|line| line.split_once(": "));
    let headers: HeaderMap = pairs
        .map(|(name, value)| {
            (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
        })
        .collect();
    TestResponse { status, headers, text: body.to_owned() }
}

on_both! {
    async fn a_call_is_understood_in_every_form_that_http_allows(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.sandbox.key;
        let (host, authorization) = (portal.url.clone(), format!("authorization: Bearer {key}"));
        for head in [
            format!("GET /v1/customers HTTP/1.0\n{authorization}"),
            format!("GET {host}/v1/customers HTTP/1.1\n{authorization}"),
            format!("GET /v1/customers?limit=%31 HTTP/1.1\nAUTHORIZATION:  bearer   {key}  \t"),
            format!("GET /v1/customers? HTTP/1.1\nX-API-Key:{key}  "),
        ] {
            let response = raw(&portal, &head).await;
            assert_eq!((response.status, response.header("tollgate-environment")), (200, "sandbox"), "{head}: {}", response.text);
        }
        let head = raw(&portal, &format!("HEAD /v1/customers HTTP/1.1\n{authorization}")).await;
        assert_eq!((head.status, head.text.as_str(), head.header("content-type")), (200, "", "application/json"));
        let refused = raw(&portal, "HEAD /v1/customers HTTP/1.1").await;
        assert_eq!((refused.status, refused.text.as_str(), refused.header("content-type")), (401, "", "application/problem+json"));
    }

    async fn a_strange_path_is_no_path_and_no_other(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.sandbox.key;
        for path in [
            "/v1/customers/",
            "/v1//customers",
            "/v1/customers//",
            "/v1/./customers",
            "/v1/x/../customers",
            "/v1%2Fcustomers/x",
            "/v1/customers%2F",
            "/v1/customers/%2e%2e/keys",
            "/v1/customers/..%2Fkeys",
            "/v1/customers/%00",
            "/v1/customers/%ff",
            "/v1/customers/%zz",
            "/v1/customers/%",
            "/v1/customers;x=1",
            "/v1/CUSTOMERS",
            "/v1/customers/{id}",
        ] {
            let response = raw(&portal, &format!("GET {path} HTTP/1.1\nauthorization: Bearer {key}")).await;
            if path.starts_with("/v1/") {
                response.problem(404, "not_found");
            }
            assert_eq!(response.status, 404, "{path}: {}", response.text);
        }
        // A letter is the same letter in any encoding (RFC 3986, 6.2.2.2), here as in calls to
        // products.
        let response = raw(&portal, &format!("GET /v1/%63ustomers HTTP/1.1\nauthorization: Bearer {key}")).await;
        assert_eq!(response.status, 200, "{}", response.text);
        // Paths outside the API belong to the pages, and never to the API.
        for path in ["//v1/customers", "/V1/customers", "/x/../v1/customers", "/%76%31/customers"] {
            let response = raw(&portal, &format!("GET {path} HTTP/1.1\nauthorization: Bearer {key}")).await;
            assert_eq!((response.status, response.header("tollgate-environment")), (404, ""), "{path}: {}", response.text);
        }
    }

    async fn strange_credentials_are_refused_as_such(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = portal.org("Acme").await.sandbox.key;
        let call = async |header: &str| raw(&portal, &format!("GET /v1/customers HTTP/1.1\n{header}")).await;
        for header in [
            "authorization:".to_owned(),
            "authorization: Bearer".to_owned(),
            "authorization: Bearer ".to_owned(),
            format!("authorization: {key}"),
            format!("authorization: Bearer {key} {key}"),
            format!("authorization: Bearer\t{key}"),
            format!("authorization: Bearer {}", key.to_uppercase()),
            format!("x-api-key: \"{key}\""),
            format!("x-api-key: {}", "x".repeat(100_000)),
            "x-api-key: tg_sandbox_größe".to_owned(),
        ] {
            call(&header).await.problem(401, "invalid_key");
        }
        call(&format!("authorization: Bearer {key}\nx-api-key:")).await.problem(400, "ambiguous_credentials");
        // Beyond the limit of the headers, the protocol's own refusal.
        let response = call(&format!("x-api-key: {}", "x".repeat(1_000_000))).await;
        assert_eq!(response.status, 431, "{}", response.text);
    }

    async fn requests_that_are_no_calls_are_refused_and_none_fails(db: TestDb) {
        let portal = Portal::start(&db).await;
        for line in [
            "OPTIONS * HTTP/1.1",
            "CONNECT example.com:443 HTTP/1.1",
            "CONNECT /v1/customers HTTP/1.1",
            "TRACE / HTTP/1.1",
            "GET nothing HTTP/1.1",
            "GET http:/// HTTP/1.1",
            "GET http://example.com HTTP/1.1",
            "GET /docs/errors/%00 HTTP/1.1",
            "GET /docs/errors/%ff HTTP/1.1",
            "GET /% HTTP/1.1",
            "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1",
            "GET /pkg/..%2f..%2fCargo.toml HTTP/1.1",
            "POST / HTTP/1.1",
            "BREW /docs HTTP/1.1",
            "GET /v1/customers HTTP/9.9",
            "\0",
        ] {
            let response = raw(&portal, line).await;
            assert!(response.status < 500, "{line}: {} {}", response.status, response.text);
            assert!(!response.text.contains("[package]") && !response.text.contains("root:"), "{line}");
        }
    }
}
