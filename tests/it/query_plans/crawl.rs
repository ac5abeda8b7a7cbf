//! A server that logs its statements, and everything that people and programs can do with it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Process, TestDb, eventually, process};

/// A server that logs its statements.
pub struct Server {
    process: Process,
    client: Client,
    /// By their names.
    cookies: BTreeMap<String, String>,
}

impl Server {
    pub async fn start(db: &TestDb, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).expect("a log");
        let process = Process::start_with(db, |command| {
            command
                .env("TOLLGATE_LOG", "warn,sqlx::query=debug")
                .env("TOLLGATE_LOG_FORMAT", "json")
                .stderr(file.try_clone().expect("a file"));
        })
        .await;
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { process, client, cookies: BTreeMap::new() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.process.url));
        if self.cookies.is_empty() {
            return request;
        }
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header(COOKIE, cookies.join("; "))
    }

    async fn submit(&mut self, function: &str, fields: &[(&str, &str)]) -> Value {
        let request = self
            .request(Method::POST, &format!("/_fn/{function}"))
            .header("accept", "application/json");
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let response = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .expect("an answer");
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie
                .to_str()
                .expect("text")
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie has a name and a value");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let (status, text) = (response.status(), response.text().await.expect("a body"));
        assert!(status.is_success(), "{function}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn call(&self, bearer: &str, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self
            .client
            .request(method.clone(), format!("{}{path}", self.process.url))
            .bearer_auth(bearer);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        let (status, text) = (response.status(), response.text().await.expect("a body"));
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn page(&self, path: &str) {
        let response = self
            .request(Method::GET, path)
            .header("accept", "text/html")
            .send()
            .await
            .expect("an answer");
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.text().await.expect("a body");
    }
}

const DOCUMENT: &str = r#"{"openapi":"3.1.0","info":{"title":"Orders","version":"VERSION"},
"servers":[{"url":"https://orders.example.com"}],
"paths":{"/orders":{"get":{"operationId":"listOrders",
"responses":{"200":{"description":"Orders"}}}}OTHER}}"#;

/// Does everything that people and programs can do.
pub async fn crawl(db: &TestDb, log: &Path) {
    let mut server = Server::start(db, log).await;
    let fields = [
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("password", "correct horse battery"),
        ("org_name", "Ada's"),
        ("invitation", ""),
    ];
    server.submit("sign_up", &fields).await;
    db.execute("update users set is_operator = true, email_verified_at = created_at").await;
    let org = db.texts("select id from orgs").await.remove(0);
    let token = process::json(db, &["admin-token", "create", "--name", "Test", "--json"])["token"]
        .as_str()
        .expect("a token")
        .to_owned();

    let key = |environment: &str| {
        let scopes = "customers:write,customers:read,events:write,events:read,webhooks:write,\
                      webhooks:read,logs:read,usage:read,keys:read,keys:write,orders:*";
        let made = process::json(
            db,
            &[
                "key",
                "create",
                "--org",
                &org,
                "--environment",
                environment,
                "--scopes",
                scopes,
                "--json",
            ],
        );
        made["key"].as_str().expect("a key").to_owned()
    };

    // A product whose second version breaks called operations.
    let document =
        |version: &str, other: &str| DOCUMENT.replace("VERSION", version).replace("OTHER", other);
    let path = "/admin/api/v1/products/orders";
    let other = r#","/carts":{"get":{"operationId":"listCarts",
"responses":{"200":{"description":"Carts"}}}}"#;
    server.call(&token, Method::PUT, path, Some(json!({ "document": document("1", other) }))).await;
    let (live, sandbox) = (key("live"), key("sandbox"));
    server.call(&sandbox, Method::GET, "/api/orders/carts", None).await;
    eventually("the call is applied", || async {
        (db.number("select count(*) from usage_daily where product = 'orders'").await > 0)
            .then_some(())
    })
    .await;
    server.call(&token, Method::PUT, path, Some(json!({ "document": document("2", "") }))).await;

    // Actions of programs.
    let endpoint = json!({ "url": "https://receiver.example.com/hook", "event_types": ["*"] });
    let endpoint = server.call(&live, Method::POST, "/v1/webhook-endpoints", Some(endpoint)).await;
    let endpoint = endpoint["id"].as_str().expect("an id").to_owned();
    let customer =
        server.call(&live, Method::POST, "/v1/customers", Some(json!({ "name": "Ada" }))).await;
    let customer = customer["id"].as_str().expect("an id").to_owned();
    server
        .call(
            &live,
            Method::PATCH,
            &format!("/v1/customers/{customer}"),
            Some(json!({ "name": "Eve" })),
        )
        .await;
    server
        .call(&live, Method::POST, "/v1/events", Some(json!({ "type": "order.paid", "data": {} })))
        .await;
    eventually("an attempt was made", || async {
        (db.number("select count(*) from webhook_attempts").await > 0).then_some(())
    })
    .await;
    let first = async |path: &str| {
        let list = server.call(&live, Method::GET, path, None).await;
        list["data"][0]["id"].as_str().unwrap_or_else(|| panic!("{path}: {list}")).to_owned()
    };
    eventually("calls are applied", || async { (db.logged().await > 4).then_some(()) }).await;
    let (event, delivery, request) = (
        first("/v1/events").await,
        first("/v1/webhook-deliveries").await,
        first("/v1/request-logs").await,
    );
    // Another one, to be changed.
    key("live");
    let key_id = first("/v1/keys").await;
    let month = "2026-11";
    for path in [
        format!("/v1/customers?limit=1&cursor={customer}"),
        format!("/v1/customers/{customer}"),
        format!("/v1/events?limit=1&cursor={event}"),
        "/v1/events?type=order.paid".to_owned(),
        "/v1/events?type=order.*".to_owned(),
        format!("/v1/events/{event}"),
        format!("/v1/keys?cursor={key_id}"),
        format!("/v1/keys/{key_id}"),
        "/v1/request-logs?status=4xx".to_owned(),
        format!("/v1/request-logs/{request}"),
        "/v1/usage".to_owned(),
        format!("/v1/usage?month={month}"),
        format!("/v1/webhook-endpoints?cursor={endpoint}"),
        format!("/v1/webhook-endpoints/{endpoint}"),
        format!("/v1/webhook-deliveries?cursor={delivery}"),
        format!("/v1/webhook-deliveries?endpoint={endpoint}"),
        format!("/v1/webhook-deliveries?endpoint={endpoint}&state=failed"),
        "/v1/webhook-deliveries?state=pending".to_owned(),
        "/v1/webhook-deliveries?event_type=order.paid".to_owned(),
        "/v1/webhook-deliveries?event_type=order.*&state=failed\
         &since=2026-01-01T00:00:00Z&until=2027-01-01T00:00:00Z"
            .to_owned(),
        format!("/v1/webhook-deliveries/{delivery}"),
    ] {
        server.call(&live, Method::GET, &path, None).await;
    }
    for (path, body) in [
        (
            format!("/v1/webhook-endpoints/{endpoint}/replay"),
            json!({ "since": "2026-01-01T00:00:00Z", "until": "2036-01-01T00:00:00Z" }),
        ),
        (format!("/v1/webhook-endpoints/{endpoint}/disable"), json!({})),
        (
            format!("/v1/webhook-endpoints/{endpoint}/recover"),
            json!({ "since": "2026-01-01T00:00:00Z" }),
        ),
        (format!("/v1/webhook-endpoints/{endpoint}/enable"), json!({})),
        (format!("/v1/webhook-deliveries/{delivery}/retry"), json!({})),
        (format!("/v1/keys/{key_id}/rotate"), json!({ "overlap": "1h" })),
        (format!("/v1/keys/{key_id}/disable"), json!({})),
        (format!("/v1/keys/{key_id}/enable"), json!({})),
    ] {
        // Some of these are refused in the current state, after the rows were read.
        let request = server
            .client
            .request(Method::POST, format!("{}{path}", server.process.url))
            .bearer_auth(&live);
        request.json(&body).header("idempotency-key", "once").send().await.expect("an answer");
    }
    server.call(&live, Method::DELETE, &format!("/v1/customers/{customer}"), None).await;

    for path in [
        "products".to_owned(),
        "products/orders".to_owned(),
        "products/orders/versions".to_owned(),
        "products/orders/diff".to_owned(),
        "products/orders/plans".to_owned(),
        "billing/revenue".to_owned(),
        format!("billing/revenue?cursor={org}:orders"),
        "billing/drift".to_owned(),
        "tokens".to_owned(),
    ] {
        server.call(&token, Method::GET, &format!("/admin/api/v1/{path}"), None).await;
    }

    // Actions of people.
    server.submit("invite", &[("email", "eve@example.com"), ("role", "developer")]).await;
    server.submit("set_spend_cap", &[("cap", "")]).await;
    server.submit("request_password_reset", &[("email", "ada@example.com")]).await;
    for path in [
        "/",
        "/apis",
        "/apis/orders",
        "/apis/orders/listOrders",
        "/search?q=orders",
        "/docs",
        "/docs/webhooks",
        "/dashboard",
        "/dashboard/keys",
        "/dashboard/keys/new",
        &format!("/dashboard/keys/{key_id}?env=live"),
        "/dashboard/try",
        "/dashboard/logs",
        "/dashboard/logs?env=live&status=4xx",
        &format!("/dashboard/logs/{request}"),
        "/dashboard/webhooks?env=live",
        "/dashboard/webhooks/new",
        &format!("/dashboard/webhooks/deliveries/{delivery}?env=live"),
        &format!("/dashboard/webhooks/{endpoint}?env=live"),
        "/dashboard/events?env=live",
        &format!("/dashboard/events/{event}?env=live"),
        "/dashboard/plan",
        "/dashboard/billing",
        "/dashboard/billing/usage",
        "/dashboard/team",
        "/dashboard/audit",
        "/dashboard/settings",
        "/admin/products",
        "/admin/products/orders",
        "/admin/products/orders/diff",
        "/admin/products/orders/plans",
        "/admin/billing",
        "/admin/billing/simulate",
        "/admin/billing/drift",
        "/admin/tokens",
        "/admin/audit",
    ] {
        server.page(path).await;
    }
    server.call(&live, Method::DELETE, &format!("/v1/webhook-endpoints/{endpoint}"), None).await;
    server.submit("revoke_other_sessions", &[]).await;
    server.submit("log_out", &[]).await;
    eventually("deliveries of a deleted endpoint are gone", || async {
        (db.number("select count(*) from webhook_endpoints").await == 0).then_some(())
    })
    .await;
}
