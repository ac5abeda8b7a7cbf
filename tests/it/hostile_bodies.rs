//! Expensive bodies and documents: the server stays responsive, small and correct.
//! `crates/openapi/src/schemas/tests/bounds.rs` tests the cost of a check in steps; this file
//! observes the whole server from outside.

use std::fmt::Write;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{Process, TestDb, on_both, process};

/// How much the server may grow above its size after normal calls of the same kind.
const MAX_GROWTH_KB: u64 = 50 * 1024;
/// Average processor time of one call. The limit of a check is 50 ms; an unoptimised server, with
/// the rest of the call, gets four times that.
const MAX_CPU_MS: u64 = 200;
/// A guard against hanging, not a measurement: before there was a budget, it was 22 seconds.
const AWAKE: Duration = Duration::from_secs(3);
const CLIENTS: usize = 8;

/// A recursive filter language and tree, and schemas that refer to themselves by other keywords.
fn document() -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let args = json!({"type": "array", "items": reference("search")});
    let branch = |op: &str| json!({"type": "object", "required": ["op", "args"], "properties": {"op": {"const": op}, "args": args}});
    let leaf = json!({"type": "object", "required": ["op", "field"], "properties": {"op": {"const": "eq"}, "field": {"type": "string"}}});
    let object = |name: &str| json!({"type": "object", "required": ["a"], "properties": {"a": reference(name)}});
    let twice = |keyword: &str, name: &str| json!({ keyword: [object(name), {"type": "object", "required": ["a"], "properties": {"a": reference(name)}, "minProperties": 1}, {"type": "null"}] });
    let mut any = twice("anyOf", "unevaluated");
    any["unevaluatedProperties"] = json!(false);
    let schemas = json!({
        "search": {"oneOf": [branch("and"), branch("or"), branch("not"), leaf]},
        "tree": twice("oneOf", "tree"),
        "any": twice("anyOf", "any"),
        "unevaluated": any,
        "both": {"allOf": [twice("oneOf", "both"), twice("anyOf", "both")]},
        "when": {"if": object("when"), "then": object("when"), "else": {"if": object("when"), "then": true, "else": {"type": "null"}}},
        "pattern": {"type": "object", "additionalProperties": {"type": "string", "pattern": "^(?=(a+)+$)(a|aa)+b$"}},
        "unique": {"type": "array", "uniqueItems": true, "items": {"type": ["array", "object", "number"]}},
    });
    let mut paths = json!({});
    for name in schemas.as_object().unwrap().keys() {
        let content = json!({"application/json": {"schema": reference(name)}});
        paths[format!("/{name}")] = json!({"post": {"operationId": name, "requestBody": {"required": true, "content": content}, "responses": {"204": {"description": "Done"}}}});
    }
    json!({"openapi": "3.1.0", "info": {"title": "Hostile", "version": "1"}, "servers": [{"url": "http://127.0.0.1:9"}], "paths": paths,
        "components": {"schemas": schemas}})
}

fn nested(depth: usize, inner: &str, open: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

/// Each with the operation it is for.
fn bodies() -> Vec<(&'static str, String)> {
    let mut bodies = Vec::new();
    for depth in [10, 16, 24, 40, 60] {
        for op in ["zz", "and"] {
            bodies.push((
                "search",
                nested(depth, "1", &format!("{{\"op\":\"{op}\",\"args\":["), "]}"),
            ));
        }
        for operation in ["tree", "any", "unevaluated", "both", "when"] {
            bodies.push((operation, nested(depth, "1", "{\"a\":", "}")));
            bodies.push((operation, nested(depth, "null", "{\"a\":", "}")));
        }
    }
    bodies.push(("pattern", json!({"a": "a".repeat(900), "b": "a".repeat(100) + "!"}).to_string()));
    let many: String = (0..40).fold(String::new(), |mut all, number| {
        _ = write!(all, "\"k{number}\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\",");
        all
    });
    bodies.push(("pattern", format!("{{{}}}", many.trim_end_matches(','))));
    bodies.push((
        "unique",
        format!(
            "[{}[]]",
            (0..5_000).fold(String::new(), |mut all, number| {
                _ = write!(all, "[{number}],");
                all
            })
        ),
    ));
    bodies.push(("search", "[".repeat(100_000)));
    bodies
}

fn number_in(path: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(path).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_else(|| panic!("{name} in {path}"));
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn memory_kb(server: &Process) -> u64 {
    number_in(&format!("/proc/{}/status", server.pid()), "VmRSS:")
}

/// Of the process, in milliseconds.
fn cpu_ms(server: &Process) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    // After the name, which is in brackets: the 12th and 13th of the rest, in hundredths of a
    // second.
    let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    [11, 12].iter().map(|field| fields[*field].parse::<u64>().unwrap()).sum::<u64>() * 10
}

/// The key of a new organisation for the sandbox of a product.
fn key_for(db: &TestDb, document: &Value, validation: &str) -> String {
    let path = db.data_dir().join("document.json");
    std::fs::write(&path, document.to_string()).unwrap();
    process::json(
        db,
        &[
            "product",
            "import",
            path.to_str().unwrap(),
            "--id",
            "hostile",
            "--validation",
            validation,
            "--json",
        ],
    );
    let demo = process::json(db, &["demo", "--json"]);
    let org = demo["org_id"].as_str().unwrap();
    process::json(db, &["key", "create", "--org", org, "--scopes", "hostile:*", "--json"])["key"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn send(client: &Client, url: &str, key: &str, operation: &str, body: &str) -> (u16, String) {
    let request = client
        .post(format!("{url}/api/hostile/{operation}"))
        .bearer_auth(key)
        .header("content-type", "application/json");
    let response = request.body(body.to_owned()).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

on_both! {
    async fn hostile_bodies_keep_the_server_awake_and_small(db: TestDb) {
        let key = key_for(&db, &document(), "enforce");
        let server = Process::start(&db).await;
        let client = Client::new();
        // Normal calls first: what they allocate stays in any case.
        for _ in 0..3 {
            for operation in ["search", "tree", "any", "unevaluated", "both", "when", "pattern", "unique"] {
                let (status, text) = send(&client, &server.url, &key, operation, "1").await;
                assert_eq!(status, 422, "{operation}: {text}");
            }
        }
        let (memory, cpu) = (memory_kb(&server), cpu_ms(&server));
        let (stop, slowest, largest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let watching = {
            let (stop, slowest, largest) = (Arc::clone(&stop), Arc::clone(&slowest), Arc::clone(&largest));
            let (url, status) = (format!("{}/healthz", server.url), format!("/proc/{}/status", server.pid()));
            tokio::spawn(async move {
                let client = Client::new();
                while !stop.load(Ordering::Relaxed) {
                    let start = Instant::now();
                    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
                    slowest.fetch_max(start.elapsed().as_millis() as u64, Ordering::Relaxed);
                    largest.fetch_max(number_in(&status, "VmRSS:"), Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
        };
        let bodies = Arc::new(bodies());
        let clients: Vec<_> = (0..CLIENTS)
            .map(|first| {
                let (url, key, bodies, client) = (server.url.clone(), key.clone(), Arc::clone(&bodies), client.clone());
                tokio::spawn(async move {
                    for index in 0..bodies.len() {
                        let (operation, body) = &bodies[(first * 11 + index) % bodies.len()];
                        let (status, text) = send(&client, &url, &key, operation, body).await;
                        // Refused, or valid; or too expensive, and accepted. 503: all threads for
                        // checks were in use.
                        assert!(matches!(status, 204 | 400 | 422 | 503), "{operation}: {status} {text}");
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        watching.await.unwrap();
        let calls = (CLIENTS * bodies.len()) as u64;
        let used = (cpu_ms(&server) - cpu) / calls;
        let growth = largest.load(Ordering::Relaxed).saturating_sub(memory);
        let slowest = Duration::from_millis(slowest.load(Ordering::Relaxed));
        println!("{calls} calls: {used} ms of processor time each, {growth} kB more, /healthz answered within {slowest:?}");
        assert!(used < MAX_CPU_MS, "{used} ms a call");
        assert!(growth < MAX_GROWTH_KB, "{growth} kB");
        assert!(slowest < AWAKE, "{slowest:?}");
    }

    async fn what_is_judged_of_a_deep_body_is_right(db: TestDb) {
        let key = key_for(&db, &document(), "enforce");
        let server = Process::start(&db).await;
        let client = Client::new();
        for depth in [1, 10, 30, 60] {
            let filter = |op: &str, inner: &str| nested(depth, inner, &format!("{{\"op\":\"{op}\",\"args\":["), "]}");
            let (status, text) = send(&client, &server.url, &key, "search", &filter("and", r#"{"op":"eq","field":"a"}"#)).await;
            assert_eq!(status, 204, "{depth}: {text}");
            let (status, text) = send(&client, &server.url, &key, "search", &filter("zz", "1")).await;
            assert_eq!(status, 422, "{depth}: {text}");
            let problem: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(problem["errors"][0]["location"], "body.op", "{text}");
            assert!(problem["errors"][0]["message"].as_str().unwrap().contains("\"and\""), "{text}");
            let (status, text) = send(&client, &server.url, &key, "search", &filter("or", r#"{"op":"eq","field":7}"#)).await;
            assert_eq!(status, 422, "{depth}: {text}");
            let problem: Value = serde_json::from_str(&text).unwrap();
            let place = format!("body{}.field", ".args[0]".repeat(depth));
            assert_eq!(problem["errors"][0]["location"], json!(place), "{text}");
            let (status, _) = send(&client, &server.url, &key, "tree", &nested(depth, "1", "{\"a\":", "}")).await;
            assert_eq!(status, 422, "{depth}");
        }
    }

    async fn compressed_bodies_are_checked_within_the_limit(db: TestDb) {
        let key = key_for(&db, &document(), "enforce");
        let server = Process::start(&db).await;
        let client = Client::new();
        let gzip = |body: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        };
        let send = async |encoding: &str, body: Vec<u8>| {
            let request = client.post(format!("{}/api/hostile/tree", server.url)).bearer_auth(&key);
            let response = request.header("content-type", "application/json").header("content-encoding", encoding).body(body).send().await.unwrap();
            response.status().as_u16()
        };
        assert_eq!(send("gzip", gzip(b"null")).await, 204);
        assert_eq!(send("gzip", gzip(b"{\"a\":1}")).await, 422);
        assert_eq!(send("gzip", b"{\"a\":null}".to_vec()).await, 422);
        assert_eq!(send("gzip", gzip(&vec![b' '; 50_000_000])).await, 413);
        assert_eq!(send("compress", b"null".to_vec()).await, 415);
        assert_eq!(send("gzip, gzip", gzip(&gzip(b"null"))).await, 204);
    }
}
