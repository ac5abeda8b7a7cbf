//! The servers that are compared. All send the response of Tollgate to `GET /v1/customers/{id}`
//! with a live key. nginx and HAProxy also check the key and a rate limit.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt;
use serde_json::Value;

use super::server::{Server, free_addr};

const THIS: &str = env!("CARGO_BIN_EXE_tollgate");

/// Limits that no run reaches.
const OPEN: &str = "1000000000/1";

/// Names another build of Tollgate to compare with, such as one of an earlier version or with other
/// settings of the compiler.
const OTHER: &str = "TOLLGATE_BENCH_OTHER";

/// The compared servers, the bare route first, and their dependencies. They are dropped in this
/// order.
pub struct Peers {
    pub servers: Vec<Server>,
    _redis: Option<Server>,
}

/// Starts all servers that are installed.
pub async fn start(data: &Path) -> Peers {
    let (tollgate, call) =
        start_tollgate("tollgate, embedded default", &data.join("embedded"), None).await;
    let (mut servers, mut redis) = (vec![start_bare(&call).await, tollgate], None);
    #[expect(clippy::disallowed_methods, reason = "not a setting of Tollgate")]
    let other = std::env::var_os(OTHER);
    if let Some(program) = other {
        let data = data.join("other");
        servers.push(start_build("tollgate, other build", &program, &data, None).await.0);
    }
    if is_there("redis-server") {
        let addr = free_addr();
        let port = addr.rsplit(':').next().expect("a port").to_owned();
        let mut command = Command::new("redis-server");
        command
            .args([
                "--port",
                &port,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
            ])
            .arg(data)
            .stdout(Stdio::null());
        redis = Some(Server::start("redis-server", &mut command, addr.clone(), Vec::new()).await);
        let url = format!("redis://{addr}");
        servers.push(
            start_tollgate("tollgate with Redis (own CPU)", &data.join("redis"), Some(&url))
                .await
                .0,
        );
    }
    if is_there("nginx") {
        servers.push(start_nginx(data, &call).await);
    }
    if is_there("haproxy") {
        servers.push(start_haproxy(data, &call).await);
    }
    Peers { servers, _redis: redis }
}

pub fn is_there(program: &str) -> bool {
    Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// A call and its response.
pub struct Call {
    pub path: String,
    pub key: String,
    pub answer: String,
}

impl Call {
    pub fn request(&self, addr: &str) -> Vec<u8> {
        let Self { path, key, .. } = self;
        format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nUser-Agent: bench\r\nAuthorization: Bearer {key}\r\n\r\n").into_bytes()
    }
}

/// This build, with limits that no run reaches.
pub async fn tollgate(name: &'static str, data: &Path, redis: Option<&str>) -> Server {
    build(name, OsStr::new(THIS), data, redis).await
}

async fn build(name: &'static str, program: &OsStr, data: &Path, redis: Option<&str>) -> Server {
    let addr = free_addr();
    let mut command = Command::new(program);
    command
        .env("TOLLGATE_DATA_DIR", data)
        .env("TOKIO_WORKER_THREADS", "1")
        .env("TOLLGATE_LOG", "warn");
    for limit in ["KEY", "ORG", "IP", "OPERATION"] {
        command.env(format!("TOLLGATE_LIMIT_{limit}"), OPEN);
    }
    if let Some(url) = redis {
        command.env("REDIS_URL", url);
    }
    Server::start(name, command.args(["serve", "--addr", &addr]), addr, Vec::new()).await
}

async fn start_tollgate(name: &'static str, data: &Path, redis: Option<&str>) -> (Server, Call) {
    start_build(name, OsStr::new(THIS), data, redis).await
}

async fn start_build(
    name: &'static str,
    program: &OsStr,
    data: &Path,
    redis: Option<&str>,
) -> (Server, Call) {
    let mut server = build(name, program, data, redis).await;
    let output = Command::new(program)
        .env("TOLLGATE_DATA_DIR", data)
        .args(["demo", "--json"])
        .output()
        .expect("runs");
    let demo: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let key = demo["keys"]["live"].as_str().expect("a key").to_owned();
    let client = reqwest::Client::new();
    let url = format!("http://{}/v1/customers", server.addr);
    let body = serde_json::json!({ "name": "Ada Lovelace", "email": "ada@example.com" });
    let created: Value = client
        .post(&url)
        .bearer_auth(&key)
        .json(&body)
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    let id = created["id"].as_str().expect("an id");
    let answer = client
        .get(format!("{url}/{id}"))
        .bearer_auth(&key)
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    let call = Call { path: format!("/v1/customers/{id}"), key, answer };
    server.requests = Arc::new(vec![call.request(&server.addr)]);
    (server, call)
}

/// The bare server: one route with a fixed response.
pub async fn start_bare(call: &Call) -> Server {
    let addr = free_addr();
    let exe = std::env::current_exe().expect("a path");
    let request = call.request(&addr);
    Server::start(
        "bare axum route",
        Command::new(exe).args(["bare", &addr, &call.answer]),
        addr.clone(),
        vec![request],
    )
    .await
}

pub async fn serve_bare(addr: &str, body: String) {
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
    let listener =
        tokio::net::TcpListener::bind(addr).await.expect("a free port").tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
    axum::serve(listener, Router::new().route("/v1/customers/{id}", get(answer)))
        .await
        .expect("serves");
}

/// The response is a file, because nginx checks a limit only after it would `return` a text.
async fn start_nginx(data: &Path, call: &Call) -> Server {
    let (addr, folder) = (free_addr(), data.join("nginx"));
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("answer.json"), &call.answer).expect("writes");
    let dir = folder.display();
    let config = nginx_config(
        &folder,
        &addr,
        call,
        "",
        &format!("default_type application/json; root {dir}; try_files /answer.json =404;"),
    );
    fs::write(folder.join("nginx.conf"), config).expect("writes");
    let request = call.request(&addr);
    let mut command = Command::new("nginx");
    command
        .arg("-e")
        .arg(folder.join("error.log"))
        .arg("-p")
        .arg(&folder)
        .arg("-c")
        .arg(folder.join("nginx.conf"));
    Server::start("nginx, key + limit", &mut command, addr, vec![request]).await
}

/// Checks the key and the limit, and then runs the directives in `answering`.
pub fn nginx_config(folder: &Path, addr: &str, call: &Call, http: &str, answering: &str) -> String {
    let (dir, key) = (folder.display(), &call.key);
    format!(
        "daemon off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log; {user}
         events {{ worker_connections 256; }}
         http {{
           access_log {dir}/access.log combined buffer=64k flush=1s;
           client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
           uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
           map_hash_bucket_size 256; open_file_cache max=10; sendfile on; tcp_nodelay on; keepalive_requests 1000000000;
           map $http_authorization $known {{ default 0; \"Bearer {key}\" 1; }}
           limit_req_zone $http_authorization zone=key:1m rate=1000000r/s; {http}
           server {{ listen {addr}; location /v1/customers/ {{
             if ($known = 0) {{ return 401; }}
             limit_req zone=key burst=1000000 nodelay;
             {answering}
           }} }}
         }}",
        // As root, nginx would start its worker as a user who cannot read the folder.
        user = if unsafe { libc::geteuid() } == 0 { "user root;" } else { "" },
    )
}

async fn start_haproxy(data: &Path, call: &Call) -> Server {
    let (addr, folder) = (free_addr(), data.join("haproxy"));
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("answer.json"), &call.answer).expect("writes");
    let (dir, key) = (folder.display(), &call.key);
    let config = format!(
        "global\n  nbthread 1\ndefaults\n  mode http\n  timeout client 60s\n  timeout connect 5s\n  timeout server 60s\n\
         frontend calls\n  bind {addr}\n  stick-table type string len 128 size 100k expire 10s store http_req_rate(1s)\n  \
         http-request deny deny_status 401 unless {{ req.hdr(authorization) -m str \"Bearer {key}\" }}\n  \
         http-request track-sc0 req.hdr(authorization)\n  \
         http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt 1000000000 }}\n  \
         http-request return status 200 content-type application/json file {dir}/answer.json\n"
    );
    fs::write(folder.join("haproxy.cfg"), config).expect("writes");
    let request = call.request(&addr);
    let mut command = Command::new("haproxy");
    command.args(["-db", "-q", "-f"]).arg(folder.join("haproxy.cfg"));
    Server::start("HAProxy, key + limit", &mut command, addr, vec![request]).await
}
