//! What a metered call costs, beside a bare axum route that gives the same answer: server CPU per
//! request and latency, measured in turns in one run, so that a busy machine slows both alike.
//!
//! `make bench`, or `cargo bench --features ssr -- [ROUNDS] [REQUESTS]`. Each server runs in a process of
//! its own with one worker thread. CPU is what the operating system counted for the whole process
//! (user and system), up to when it is idle again: applying the journal is included.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 32;
/// Limits that no run reaches.
const OPEN: &str = "1000000000/1";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    match args.first().map(String::as_str) {
        Some("bare") => runtime.block_on(serve_bare(&args[1], args[2].clone())),
        _ => {
            let number = |i: usize, default| args.get(i).map_or(default, |text| text.parse().expect("a number"));
            runtime.block_on(compare(number(0, 5), number(1, 100_000)));
        }
    }
}

/// The peer: the route and the answer, and nothing else.
async fn serve_bare(addr: &str, body: String) {
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
    let listener = tokio::net::TcpListener::bind(addr).await.expect("a free port").tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().route("/v1/customers/{id}", get(answer))).await.expect("serves");
}

struct Server {
    name: &'static str,
    child: Child,
    addr: String,
    request: Vec<u8>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// What one round measured of one server.
struct Round {
    cpu_us: f64,
    p50: Duration,
    p99: Duration,
}

async fn compare(rounds: usize, requests: usize) {
    let data = tempfile::tempdir().expect("a folder");
    let (tollgate, answer) = start_tollgate(data.path()).await;
    let bare = start_bare(&tollgate, &answer).await;
    println!("{CONNECTIONS} connections, {requests} requests a round, {rounds} rounds in turns\n");
    println!("{:>5}  {:>14}  {:>14}  {:>9}  {:>9}", "round", "bare CPU us", "tollgate CPU us", "CPU ratio", "p99 ratio");
    let mut ratios = Vec::new();
    // The first round fills caches and is not counted.
    for round in 0..=rounds {
        let base = measure(&bare, requests).await;
        let ours = measure(&tollgate, requests).await;
        let (cpu, p99) = (ours.cpu_us / base.cpu_us, ours.p99.as_secs_f64() / base.p99.as_secs_f64());
        if round > 0 {
            println!(
                "{round:>5}  {:>14.2}  {:>14.2}  {cpu:>9.2}  {p99:>9.2}   (p50 {:?} and {:?}, p99 {:?} and {:?})",
                base.cpu_us, ours.cpu_us, base.p50, ours.p50, base.p99, ours.p99
            );
            ratios.push((cpu, p99));
        }
    }
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = ratios.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!("\nlive GET /v1/customers/{{id}} costs {:.2} x the server CPU of a bare axum route (median)", median(|r| r.0));
    println!("p99 latency is {:.2} x (median)", median(|r| r.1));
}

async fn start_tollgate(data: &std::path::Path) -> (Server, String) {
    let addr = free_addr();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.env("TOLLGATE_DATA_DIR", data).env("TOKIO_WORKER_THREADS", "1").env("TOLLGATE_LOG", "warn");
    for limit in ["KEY", "ORG", "IP", "OPERATION"] {
        command.env(format!("TOLLGATE_LIMIT_{limit}"), OPEN);
    }
    let child = command.args(["serve", "--addr", &addr]).stdin(Stdio::null()).spawn().expect("starts");
    let mut server = Server { name: "tollgate", child, addr, request: Vec::new() };
    wait_for(&server.addr).await;
    let output =
        Command::new(env!("CARGO_BIN_EXE_tollgate")).env("TOLLGATE_DATA_DIR", data).args(["demo", "--json"]).output().expect("runs");
    let demo: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let key = demo["keys"]["live"].as_str().expect("a key");
    let client = reqwest::Client::new();
    let url = format!("http://{}/v1/customers", server.addr);
    let body = serde_json::json!({ "name": "Ada Lovelace", "email": "ada@example.com" });
    let created: Value = client.post(&url).bearer_auth(key).json(&body).send().await.expect("an answer").json().await.expect("JSON");
    let id = created["id"].as_str().expect("an id");
    let answer = client.get(format!("{url}/{id}")).bearer_auth(key).send().await.expect("an answer").text().await.expect("a body");
    server.request = request(&server.addr, id, key);
    (server, answer)
}

async fn start_bare(tollgate: &Server, answer: &str) -> Server {
    let addr = free_addr();
    let exe = std::env::current_exe().expect("a path");
    let child = Command::new(exe).args(["bare", &addr, answer]).stdin(Stdio::null()).spawn().expect("starts");
    let server = Server { name: "bare", child, addr, request: tollgate.request.clone() };
    wait_for(&server.addr).await;
    server
}

fn request(addr: &str, id: &str, key: &str) -> Vec<u8> {
    format!("GET /v1/customers/{id} HTTP/1.1\r\nHost: {addr}\r\nUser-Agent: bench\r\nAuthorization: Bearer {key}\r\n\r\n").into_bytes()
}

fn free_addr() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").to_string()
}

async fn wait_for(addr: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(addr).await.is_err() {
        assert!(Instant::now() < deadline, "{addr} does not answer");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn measure(server: &Server, requests: usize) -> Round {
    let before = cpu_us(server);
    let clients = (0..CONNECTIONS).map(|_| tokio::spawn(client(server.addr.clone(), server.request.clone(), requests / CONNECTIONS)));
    let mut latencies = Vec::with_capacity(requests);
    for times in futures::future::join_all(clients).await {
        latencies.extend(times.expect("a client that ends"));
    }
    latencies.sort_unstable();
    let used = idle_cpu_us(server).await - before;
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    Round { cpu_us: used / latencies.len() as f64, p50: at(0.5), p99: at(0.99) }
}

async fn client(addr: String, request: Vec<u8>, requests: usize) -> Vec<Duration> {
    let mut stream = TcpStream::connect(&addr).await.expect("connects");
    stream.set_nodelay(true).expect("a socket");
    let mut times = Vec::with_capacity(requests);
    let mut buffer = Vec::with_capacity(4096);
    for _ in 0..requests {
        let began = Instant::now();
        stream.write_all(&request).await.expect("sends");
        buffer.clear();
        while !is_whole(&buffer) {
            assert!(stream.read_buf(&mut buffer).await.expect("receives") > 0, "the server hung up");
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&buffer));
        times.push(began.elapsed());
    }
    times
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).and_then(|text| text.parse::<usize>().ok());
    answer.len() >= end + 4 + length.expect("a length")
}

/// User and system time of the whole process, in microseconds (proc(5): fields 14 and 15, in ticks).
fn cpu_us(server: &Server) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", server.child.id())).unwrap_or_else(|_| panic!("{} is gone", server.name));
    let fields: Vec<&str> = text.rsplit(") ").next().expect("fields").split(' ').collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().expect("ticks")).sum();
    // SAFETY: sysconf has no preconditions.
    ticks * 1e6 / unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64
}

/// The same once nothing is being worked at any more.
async fn idle_cpu_us(server: &Server) -> f64 {
    let mut last = cpu_us(server);
    loop {
        tokio::time::sleep(Duration::from_millis(600)).await;
        let now = cpu_us(server);
        if now - last < 20_000.0 {
            return now;
        }
        last = now;
    }
}
