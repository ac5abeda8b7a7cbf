//! Compares a million keys with a thousand: start time, memory, and server CPU per call.
//!
//! `cargo bench --features ssr --bench keys -- [KEYS] [REQUESTS]`. First, the calls use the same
//! thousand keys in both cases. Then each call uses another of the million keys, so that most keys
//! are read from the database.

#![allow(
    unsafe_code,
    reason = "signals to servers and their processor time have no safe interface in libc"
)]

#[path = "../load.rs"]
mod load;
#[path = "../server.rs"]
mod server;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use server::{Server, free_addr};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, QueryBuilder, SqliteConnection};

const ORGS: usize = 1_000;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let number =
        |i: usize, default| args.get(i).map_or(default, |text| text.parse().expect("a number"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(compare(number(0, 1_000_000), number(1, 100_000)));
}

async fn compare(keys: usize, requests: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let few = start(&folder.path().join("few"), "a thousand keys", ORGS).await;
    let mut many = start(&folder.path().join("many"), "many keys", keys).await;
    let (mut ratios, all) = (Vec::new(), Arc::clone(&many.requests));
    many.requests = Arc::new(all[..ORGS].to_vec());
    for round in 0..=3 {
        let (base, ours) =
            (load::measure(&few, requests).await, load::measure(&many, requests).await);
        if round > 0 {
            println!(
                "{ORGS} keys of {ORGS}: {:.2} us per call; of {keys}: {:.2} us",
                base.cpu_us, ours.cpu_us
            );
            ratios.push(ours.cpu_us / base.cpu_us);
        }
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "a call costs {:.2} x what it does with a thousand keys (median); memory {:.0} MB",
        ratios[1],
        many.resident_mb()
    );
    many.requests = all;
    let round = load::measure(&many, requests.max(keys.min(300_000))).await;
    println!(
        "each call with another key: {:.2} us, p50 {:?}, p99 {:?}; memory {:.0} MB after that",
        round.cpu_us,
        round.p50,
        round.p99,
        many.resident_mb()
    );
}

/// A server whose database has this many keys, spread over [`ORGS`] organisations. The first key of
/// each organisation is used for calls.
async fn start(data: &Path, name: &'static str, keys: usize) -> Server {
    let program = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command
            .env("TOLLGATE_DATA_DIR", data)
            .env("TOKIO_WORKER_THREADS", "1")
            .env("TOLLGATE_LOG", "warn")
            .args(args)
            .stdout(Stdio::null());
        for limit in ["KEY", "ORG", "IP", "OPERATION"] {
            command.env(format!("TOLLGATE_LIMIT_{limit}"), "1000000000/1");
        }
        command
    };
    assert!(program(&["migrate"]).status().expect("runs").success());
    let addr = free_addr();
    let requests = fill(&data.join("tollgate.db"), keys, &addr).await;
    let began = Instant::now();
    let server =
        Server::start(name, &mut program(&["serve", "--addr", &addr]), addr, requests).await;
    println!(
        "{name} ({keys}): responds {:.1?} after its start, {:.0} MB",
        began.elapsed(),
        server.resident_mb()
    );
    server
}

/// Writes organisations with one customer each, and sandbox keys. Returns a call with each key.
async fn fill(file: &Path, keys: usize, addr: &str) -> Vec<Vec<u8>> {
    let mut db = SqliteConnectOptions::new().filename(file).connect().await.expect("a database");
    let mut tx = db.begin().await.expect("a transaction");
    for org in 0..ORGS {
        sqlx::query(
            "insert into orgs (id, name, created_at, updated_at) values ($1, 'Bench', 0, 0)",
        )
        .bind(id("org", org))
        .execute(&mut *tx)
        .await
        .expect("writes");
        sqlx::query(
            "insert into customers (id, org_id, environment, name, metadata, created_at, updated_at) values ($1, $2, 'sandbox', 'Ada', '{}', 0, 0)",
        )
        .bind(id("cus", org))
        .bind(id("org", org))
        .execute(&mut *tx)
        .await
        .expect("writes");
    }
    tx.commit().await.expect("commits");
    let texts: Vec<String> = (0..keys).map(key).collect();
    for (i, chunk) in texts.chunks(1_000).enumerate() {
        insert(&mut db, i * 1_000, chunk).await;
    }
    db.close().await.expect("closes");
    let request = |(i, key): (usize, &String)| {
        let customer = id("cus", i % ORGS);
        format!("GET /v1/customers/{customer} HTTP/1.1\r\nHost: {addr}\r\nUser-Agent: bench\r\nAuthorization: Bearer {key}\r\n\r\n")
            .into_bytes()
    };
    texts.iter().enumerate().map(request).collect()
}

async fn insert(db: &mut SqliteConnection, first: usize, keys: &[String]) {
    let mut insert = QueryBuilder::new(
        "insert into keys (id, org_id, environment, prefix, key_hash, name, scopes, created_by, created_at) ",
    );
    insert.push_values(keys.iter().enumerate(), |mut row, (i, key)| {
        row.push_bind(id("key", first + i))
            .push_bind(id("org", (first + i) % ORGS))
            .push_bind("sandbox")
            .push_bind(key[..23].to_owned())
            .push_bind(Sha256::digest(key.as_bytes()).to_vec())
            .push_bind("Bench")
            .push_bind(r#"["customers:read"]"#)
            .push_bind("")
            .push_bind(0i64);
    });
    insert.build().persistent(false).execute(db).await.expect("writes");
}

/// The TypeID of a number.
fn id(prefix: &str, number: usize) -> String {
    format!("{prefix}_{number:026}")
}

/// The sandbox key of a number. Its form and checksum are valid, and it is not secret.
fn key(number: usize) -> String {
    let text = format!("tg_sandbox_{}_{}", base62(number as u64, 12), base62(number as u64, 32));
    let sum = base62(crc32fast::hash(text.as_bytes()).into(), 6);
    text + &sum
}

fn base62(mut value: u64, len: usize) -> String {
    let mut digits = vec![b'0'; len];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(value % 62) as usize];
        value /= 62;
    }
    String::from_utf8(digits).expect("ASCII")
}
