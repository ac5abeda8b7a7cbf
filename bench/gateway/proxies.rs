//! Calls that are forwarded to another server, the same for all. nginx and HAProxy check the key
//! and a rate limit. Tollgate does the same, counts the quota, signs the request, and records the
//! call.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::json;
use tollgate::server::access::{Actor, ManageKeys, Operator, Permit};
use tollgate::server::clock::Clock;
use tollgate::server::db::Db;
use tollgate::server::plans;
use tollgate::server::products::{self, Registration};
use tollgate::server::{accounts, keys};
use tollgate::types::environment::Environment;
use tollgate::types::key::NewKey;
use tollgate::types::plan::NewPlan;

use super::peers::{Call, is_there, nginx_config, start_bare, tollgate};
use super::server::{Server, free_addr};

/// The compared servers, nginx first if it is installed, and the server that receives their calls.
pub struct Proxies {
    pub servers: Vec<Server>,
    _upstream: Server,
}

pub async fn start(data: &Path) -> Proxies {
    let answer = json!({ "id": "item_1", "name": "A thing that is sold", "tags": ["one", "two"], "price": 1299 }).to_string();
    let call = Call {
        path: "/v1/customers/item_1".into(),
        key: "a-key-of-the-length-that-keys-have-here-000000000000".into(),
        answer,
    };
    let upstream = start_bare(&call).await;
    let mut servers = Vec::new();
    if is_there("nginx") {
        servers.push(start_nginx(data, &call, &upstream.addr).await);
    }
    if is_there("haproxy") {
        servers.push(start_haproxy(data, &call, &upstream.addr).await);
    }
    servers.push(start_tollgate(&data.join("proxying"), &upstream.addr, &call).await);
    Proxies { servers, _upstream: upstream }
}

async fn start_tollgate(data: &Path, upstream: &str, passed: &Call) -> Server {
    fs::create_dir_all(data).expect("a folder");
    let (now, actor) = (Clock::default().now(), Actor::command_line());
    let db = Db::open(None, data).await.expect("opens");
    db.migrate().await.expect("migrates");
    let operation = json!({ "operationId": "getCustomer", "responses": { "200": { "description": "The customer" } } });
    let id =
        json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": { "/customers/{id}": { "parameters": [id], "get": operation } },
    });
    let wanted = Registration {
        document: Some(document.to_string().into()),
        base_url: Some(format!("http://{upstream}/v1")),
        ..Registration::default()
    };
    products::register(
        &db,
        &Operator::command_line(),
        &"shop".parse().expect("an id"),
        wanted,
        now,
    )
    .await
    .expect("registers");
    let plan = NewPlan {
        is_default: true,
        included_units: 1_000_000_000,
        ..NewPlan::public("shop", "Bench")
    };
    let plan = plans::create(&db, plan, &Operator::command_line(), now).await.expect("a plan");
    let org = accounts::create_org(&db, "Bench", None, false, &actor, now)
        .await
        .expect("an organisation");
    plans::set_plan(&db, &Permit::for_command_line(org.clone()), &plan.id, now)
        .await
        .expect("subscribes");
    let new = NewKey {
        name: "Bench".into(),
        environment: Environment::Live,
        scopes: vec!["shop:read".into()],
        ..NewKey::default()
    };
    let key = keys::create_key(&db, &Permit::<ManageKeys>::for_command_line(org), new, now)
        .await
        .expect("a key")
        .key;
    db.close().await;

    let mut server = tollgate("tollgate, proxying", data, None).await;
    let call =
        Call { path: "/api/shop/customers/item_1".into(), key, answer: passed.answer.clone() };
    let url = format!("http://{}{}", server.addr, call.path);
    let answer =
        reqwest::Client::new().get(url).bearer_auth(&call.key).send().await.expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), answer.text().await.expect("a body")),
        (200, call.answer.clone())
    );
    server.requests = Arc::new(vec![call.request(&server.addr)]);
    server
}

async fn start_nginx(data: &Path, call: &Call, upstream: &str) -> Server {
    let (addr, folder) = (free_addr(), data.join("nginx-proxying"));
    fs::create_dir_all(&folder).expect("a folder");
    let passing = "proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Connection \"\";
         proxy_set_header Authorization \"\"; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Request-Id $request_id;";
    let config = nginx_config(
        &folder,
        &addr,
        call,
        &format!("upstream upstream {{ server {upstream}; keepalive 64; }}"),
        passing,
    );
    fs::write(folder.join("nginx.conf"), config).expect("writes");
    let mut command = Command::new("nginx");
    command
        .arg("-e")
        .arg(folder.join("error.log"))
        .arg("-p")
        .arg(&folder)
        .arg("-c")
        .arg(folder.join("nginx.conf"));
    let request = call.request(&addr);
    Server::start("nginx, key + limit, proxying", &mut command, addr, vec![request]).await
}

async fn start_haproxy(data: &Path, call: &Call, upstream: &str) -> Server {
    let (addr, folder, key) = (free_addr(), data.join("haproxy-proxying"), &call.key);
    fs::create_dir_all(&folder).expect("a folder");
    let config = format!(
        "global\n  nbthread 1\ndefaults\n  mode http\n  timeout client 60s\n  timeout connect 5s\n  timeout server 60s\n  \
         http-reuse always\n\
         frontend calls\n  bind {addr}\n  stick-table type string len 128 size 100k expire 10s store http_req_rate(1s)\n  \
         http-request deny deny_status 401 unless {{ req.hdr(authorization) -m str \"Bearer {key}\" }}\n  \
         http-request track-sc0 req.hdr(authorization)\n  \
         http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt 1000000000 }}\n  \
         http-request del-header authorization\n  option forwardfor\n  default_backend upstream\n\
         backend upstream\n  server one {upstream}\n"
    );
    fs::write(folder.join("haproxy.cfg"), config).expect("writes");
    let mut command = Command::new("haproxy");
    command.args(["-db", "-q", "-f"]).arg(folder.join("haproxy.cfg"));
    let request = call.request(&addr);
    Server::start("HAProxy, key + limit, proxying", &mut command, addr, vec![request]).await
}
