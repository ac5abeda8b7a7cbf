use axum::http::HeaderValue;

use super::*;

/// A server that responds to each request with the headers it got.
async fn echo() -> Fake {
    Fake::new(|_, mut wire| async move {
        while let Some(head) = wire.request().await {
            wire.write(&ok(&head)).await;
        }
    })
    .await
}

fn header<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": ").filter(|(found, _)| *found == name))
        .map(|(_, value)| value)
        .collect()
}

#[tokio::test]
async fn what_is_between_caller_and_gateway_does_not_reach_the_upstream() {
    let upstream = echo().await;
    let way = Way::to(&format!("{}/v2/", upstream.url)).await;
    let mut request = Request::get("/pets/1?b=2&a=%2F").body(Body::empty()).unwrap();
    for (name, value) in [
        ("host", "portal.example.com"),
        ("connection", "close, X-Secret-Hop"),
        ("x-secret-hop", "secret"),
        ("keep-alive", "timeout=secret"),
        ("te", "trailers"),
        ("trailer", "x-secret"),
        ("upgrade", "h2c"),
        ("http2-settings", "secret"),
        ("proxy-authorization", "Basic secret"),
        ("proxy-connection", "secret"),
        ("authorization", "Bearer tg_live_secret"),
        ("x-api-key", "tg_live_secret"),
        ("cookie", "session=secret"),
        ("forwarded", "for=6.6.6.6"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-host", "secret.example.com"),
        ("x-forwarded-prefix", "/secret"),
        ("x-real-ip", "6.6.6.6"),
        ("x-request-id", "secret"),
        ("tollgate-org", "org_secret"),
        ("tollgate-signature", "v1=secret"),
        ("tollgate-anything", "secret"),
        ("via", "1.0 browser"),
        ("accept", "text/html"),
        ("accept", "application/json"),
        ("idempotency-key", "order-42"),
    ] {
        request.headers_mut().append(name, value.parse().unwrap());
    }
    let head = text(way.call(request).await.unwrap()).await;
    assert!(head.starts_with("GET /v2/pets/1?b=2&a=%2F HTTP/1.1\r\n"), "{head}");
    assert!(!head.contains("secret") && !head.contains("6.6.6.6"), "{head}");
    for (name, values) in [
        ("host", vec![upstream.url.trim_start_matches("http://")]),
        ("connection", vec![]),
        ("accept", vec!["text/html", "application/json"]),
        ("idempotency-key", vec!["order-42"]),
        ("forwarded", vec!["for=203.0.113.9;host=\"portal.example.com\";proto=https"]),
        ("x-forwarded-for", vec!["203.0.113.9"]),
        ("x-forwarded-host", vec!["portal.example.com"]),
        ("x-forwarded-proto", vec!["https"]),
        ("via", vec!["1.0 browser", "1.1 tollgate"]),
        ("x-request-id", vec!["req_00000000000000000000000007"]),
        ("tollgate-org", vec!["org_1"]),
        ("tollgate-key-id", vec!["key_1"]),
        ("tollgate-environment", vec!["live"]),
        ("content-length", vec![]),
        ("transfer-encoding", vec![]),
    ] {
        assert_eq!(header(&head, name), values, "{name}: {head}");
    }
}

#[tokio::test]
async fn the_upstream_can_check_who_called() {
    use hmac::{Hmac, KeyInit, Mac};
    let way = Way::to(&format!("{}/v2", echo().await.url)).await;
    let request = Request::post("/pets?x=1").body(Body::from("{}")).unwrap();
    let head = text(way.call(request).await.unwrap()).await;
    let timestamp = header(&head, "tollgate-timestamp")[0];
    assert_eq!(timestamp, (way.clock.now().0 / 1_000).to_string());
    let id = header(&head, "x-request-id")[0];
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(format!("{timestamp}.POST./v2/pets?x=1.{id}.org_1.key_1.live").as_bytes());
    let hex: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(header(&head, "tollgate-signature"), [format!("v1={hex}")]);
}

#[tokio::test]
async fn what_is_between_gateway_and_upstream_does_not_reach_the_caller() {
    let headers = "connection: keep-alive, x-secret-hop\r\nx-secret-hop: secret\r\nkeep-alive: timeout=5, secret\r\nproxy-authenticate: secret\r\n\
        set-cookie: session=secret\r\nserver: secret/1.0\r\nvia: 1.1 secret\r\nx-powered-by: secret\r\nupgrade: secret\r\ntrailer: secret\r\n\
        tollgate-org: secret\r\ntollgate-quota-remaining: secret\r\nratelimit: secret\r\nratelimit-policy: secret\r\nx-ratelimit-limit: secret\r\n\
        x-request-id: secret\r\nidempotent-replayed: secret\r\naccess-control-allow-origin: secret\r\nalt-svc: secret\r\n\
        tollgate-units: 7\r\ncontent-type: text/plain\r\netag: \"1\"\r\nvary: a\r\nvary: b\r\nretry-after: 3\r\n";
    let way = Way::to(
        &Fake::saying(format!("HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\nhi")).await.url,
    )
    .await;
    let response = way.get("/").await.unwrap();
    let mut names: Vec<&str> = response.headers().iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["content-length", "content-type", "etag", "retry-after", "tollgate-units", "vary", "vary"]
    );
    assert_eq!(text(response).await, "hi");
    let raw = raw(way.addr(), "GET / HTTP/1.1\r\nhost: x\r\n\r\n", "\r\n\r\nhi").await;
    assert!(raw.contains("content-length: 2\r\n") && !raw.contains("secret"), "{raw}");
}

#[tokio::test]
async fn a_redirect_within_the_upstream_is_one_within_the_product() {
    let upstream = Fake::new(|_, mut wire| async move {
        let own = format!("http://{}", wire.stream.local_addr().unwrap());
        while let Some(head) = wire.request().await {
            let location = header(&head, "x-location")[0]
                .replace("OWN", &own)
                .replace("HOST", own.trim_start_matches("http://"));
            wire.write(&format!(
                "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
            ))
            .await;
        }
    })
    .await;
    let way = Way::to(&format!("{}/v2", upstream.url)).await;
    for (location, expected) in [
        ("OWN/v2/pets/1?x=1", Some("/api/pets/pets/1?x=1")),
        ("OWN/v2", Some("/api/pets")),
        ("/v2/pets", Some("/api/pets/pets")),
        ("OWN/admin", None),
        ("/admin", None),
        ("/v20", None),
        ("OWN", None),
        ("//internal/v2", Some("//internal/v2")),
        ("//HOST/v2/pets", Some("/api/pets/pets")),
        ("//HOST/admin", None),
        ("https://example.com/v2", Some("https://example.com/v2")),
        ("OWN1/v2", Some("OWN1/v2")),
    ] {
        let request = Request::get("/").header("x-location", location).body(Body::empty()).unwrap();
        let response = way.call(request).await.unwrap();
        let expected = expected.map(|expected| expected.replace("OWN", &upstream.url));
        assert_eq!(
            response.headers().get("location").map(|value| value.to_str().unwrap()),
            expected.as_deref(),
            "{location}"
        );
        // A target that callers cannot reach is not lost: its path is returned, but never the
        // server's address.
        let outside = response
            .headers()
            .get("tollgate-upstream-location")
            .map(|value| value.to_str().unwrap());
        let path = location.trim_start_matches("OWN").trim_start_matches("//HOST");
        assert_eq!(outside, expected.is_none().then_some(path), "{location}");
    }
    // What counts is where a client arrives.
    for (location, inside, outside) in [
        ("OWN/v2/../admin", None, Some("/admin")),
        ("/v2/%2e%2E/admin", None, Some("/admin")),
        ("//HOST/v2/a/../../admin", None, Some("/admin")),
        ("/v2/a/../pets", Some("/api/pets/pets"), None),
        ("http://user:secret@HOST/v2/pets", Some("/api/pets/pets"), None),
        ("http://user:secret@HOST/admin", None, Some("/admin")),
    ] {
        let request = Request::get("/").header("x-location", location).body(Body::empty()).unwrap();
        let response = way.call(request).await.unwrap();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(
            (header("location"), header("tollgate-upstream-location")),
            (inside, outside),
            "{location}"
        );
    }
    // A relative reference is resolved against the request as the upstream sees it.
    for (requested, location, inside, outside) in [
        ("/pets/1", "2", Some("/api/pets/pets/2"), None),
        ("/pets/1", "./2?x=../..", Some("/api/pets/pets/2?x=../.."), None),
        ("/pets/1", "../orders/3#y", Some("/api/pets/orders/3#y"), None),
        ("/pets/1", "..", Some("/api/pets/"), None),
        ("/pets/1", "../../v2/pets", Some("/api/pets/pets"), None),
        ("/pets/1", "../../admin?x=1", None, Some("/admin?x=1")),
        ("/pets/1", "../../../../admin", None, Some("/admin")),
        ("/pets/1", "../../v20", None, Some("/v20")),
        ("/pets/1", "a/%2e%2e/%2E./%2e%2e/admin", None, Some("/admin")),
        ("/pets/1", "..\\..\\admin", None, Some("/admin")),
        ("/pets/1", "../../é", None, Some("/%C3%A9")),
        ("/pets/1?page=1", "?page=2", Some("/api/pets/pets/1?page=2"), None),
        ("/pets/1?page=1", "#top", Some("/api/pets/pets/1?page=1#top"), None),
        ("/", "pets", Some("/api/pets/pets"), None),
        ("/", "../pets/2", None, Some("/pets/2")),
        ("/pets/1", "./a:b", Some("/api/pets/pets/a:b"), None),
        ("/pets/1", "mailto:ada@example.com", Some("mailto:ada@example.com"), None),
        ("/pets/1", "\\\\example.com/x", Some("\\\\example.com/x"), None),
    ] {
        let value = HeaderValue::from_bytes(location.as_bytes()).unwrap();
        let response = way
            .call(Request::get(requested).header("x-location", value).body(Body::empty()).unwrap())
            .await
            .unwrap();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(
            (header("location"), header("tollgate-upstream-location")),
            (inside, outside),
            "{requested} {location}"
        );
    }
}

#[tokio::test]
async fn no_path_of_a_caller_leads_out_of_the_base() {
    let upstream = echo().await;
    let way = Way::to(&format!("{}/v2", upstream.url)).await;
    for path in [
        "/../admin",
        "/%2e%2e/admin",
        "/a/..%2f..%2fadmin",
        "/a/%2e%2e%5cadmin",
        "//evil.example.com",
        "/..;/admin",
    ] {
        let response =
            raw(way.addr(), &format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n"), "invalid_request")
                .await;
        assert!(response.starts_with("HTTP/1.1 400"), "{path}: {response}");
    }
    assert_eq!(upstream.connections(), 0);
    // Whatever host a request line names, the call goes to the upstream.
    for line in ["GET http://evil.example.com/pets", "GET http://user@evil.example.com:1/pets"] {
        let response = raw(
            way.addr(),
            &format!("{line} HTTP/1.1\r\nhost: evil.example.com\r\n\r\n"),
            "\r\n\r\nGET /v2/pets HTTP/1.1\r\n",
        )
        .await;
        assert!(response.starts_with("HTTP/1.1 200"), "{line}: {response}");
    }
}

#[tokio::test]
async fn an_upstream_is_an_http_url_and_not_where_machines_keep_credentials() {
    let way = Way::to("http://127.0.0.1:1").await;
    for base in [
        "ftp://example.com",
        "file:///etc/passwd",
        "http://user:secret@example.com",
        "http://example.com/?x=1",
        "http://example.com/#x",
        "http://169.254.169.254/latest",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
    ] {
        let base: Url = base.parse().unwrap();
        assert!(way.upstreams.target(&Settings::new(&base, SECRET)).is_err(), "{base}");
    }
}

/// Names that a server which maps headers to variables reads as `name`, like CGI.
fn as_cgi(name: &str) -> Vec<String> {
    ["_", ".", "~"]
        .iter()
        .map(|other| name.replace('-', other))
        .chain([name.replacen('-', "_", 1)])
        .collect()
}

#[tokio::test]
async fn no_other_spelling_of_a_header_gets_past_the_gateway() {
    let way = Way::to(&echo().await.url).await;
    for name in [
        "Tollgate-Org",
        "Tollgate-Key-Id",
        "Tollgate-Signature",
        "Tollgate-Timestamp",
        "Tollgate-Environment",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Real-Ip",
        "True-Client-Ip",
        "CF-Connecting-IP",
        "X-Client-Ip",
        "X-Request-Id",
        "X-Api-Key",
        "X-Http-Method-Override",
        "X-Original-Url",
        "Proxy-Authorization",
        "Transfer-Encoding",
        "Content-Length",
    ] {
        for spelled in as_cgi(name) {
            let request = Request::get("/").header(&spelled, "secret").body(Body::empty()).unwrap();
            let head = text(way.call(request).await.unwrap()).await;
            assert!(!head.contains("secret"), "{spelled}: {head}");
        }
    }
    let request = Request::get("/")
        .header("proxy", "secret")
        .header("cf-connecting-ip", "secret")
        .body(Body::empty())
        .unwrap();
    let head = text(way.call(request).await.unwrap()).await;
    assert!(!head.contains("secret"), "{head}");
    let request = Request::get("/")
        .header("x_custom_header", "kept")
        .header("content_type", "kept")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        text(way.call(request).await.unwrap()).await.matches("kept").count(),
        2,
        "other names may be spelled as they like"
    );
}

#[tokio::test]
async fn no_header_makes_another_call_of_the_one_that_was_allowed() {
    let overrides = [
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X-Original-Method",
        "X-Original-URL",
        "X-Original-URI",
        "X-Original-Host",
        "X-Rewrite-URL",
        "X-Override-URL",
        "X-Host",
        "X-Envoy-Original-Path",
        "X-Forwarded-Prefix",
    ];
    let upstream = echo().await;
    let (closed, open) = (
        Way::to(&upstream.url).await,
        Way::with(&upstream.url, |settings| settings.allows_overrides = true).await,
    );
    for name in overrides {
        let request = || Request::post("/").header(name, "/admin").body(Body::from("{}")).unwrap();
        let head = text(closed.call(request()).await.unwrap()).await;
        assert!(!head.contains("/admin"), "{name}: {head}");
        let head = text(open.call(request()).await.unwrap()).await;
        assert_eq!(
            head.contains("/admin"),
            name != "X-Forwarded-Prefix",
            "a product may want them: {name}: {head}"
        );
    }
}

#[tokio::test]
async fn an_answer_does_nothing_to_the_portals_origin() {
    let headers = "clear-site-data: \"*\"\r\nservice-worker-allowed: /\r\nrefresh: 0; url=/evil\r\nnel: {}\r\nreport-to: {}\r\naccept-ch: DPR\r\n\
        x-accel-redirect: /secret\r\nx-sendfile: /etc/passwd\r\nuse-as-dictionary: match=\"/*\"\r\n";
    for (content_type, is_page) in [
        ("text/html; charset=utf-8", true),
        ("image/svg+xml", true),
        ("application/XHTML+xml", true),
        ("application/json", false),
    ] {
        let response = format!(
            "HTTP/1.1 200 OK\r\n{headers}content-type: {content_type}\r\ncontent-length: 2\r\n\r\nhi"
        );
        let response = Way::to(&Fake::saying(response).await.url).await.get("/").await.unwrap();
        let mut names: Vec<&str> =
            response.headers().iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let page: &[&str] = if is_page { &["content-security-policy"] } else { &[] };
        assert_eq!(
            names,
            [&["content-length"], page, &["content-type"]].concat(),
            "{content_type}"
        );
    }
}
