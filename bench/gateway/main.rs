//! Measures the cost of a metered call next to servers that send the same response with less or
//! other work: server CPU per request, and latency. The servers take turns in one run, so that a
//! busy machine slows all of them equally.
//!
//! `make bench`, or `cargo bench --features ssr -- [ROUNDS] [REQUESTS]`. Each server runs in a
//! separate process with one worker. CPU is the user and system time of the whole process until it
//! is idle again, so applying the journal is included. nginx, HAProxy and Redis are included if
//! they are installed. `TOLLGATE_BENCH_OTHER=PROGRAM` adds another build of Tollgate.

#![allow(
    unsafe_code,
    reason = "signals to servers and their processor time have no safe interface in libc"
)]

#[path = "../load.rs"]
mod load;
mod peers;
mod proxies;
#[path = "../server.rs"]
mod server;

use std::time::Duration;

use load::Round;
use server::Server;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    match args.first().map(String::as_str) {
        Some("bare") => runtime.block_on(peers::serve_bare(&args[1], args[2].clone())),
        _ => {
            let number = |i: usize, default| {
                args.get(i).map_or(default, |text| text.parse().expect("a number"))
            };
            runtime.block_on(async {
                let (rounds, requests) = (number(0, 5), number(1, 100_000));
                println!(
                    "{} connections, {requests} requests per round, {rounds} rounds in turns; the first round is not counted",
                    load::CONNECTIONS
                );
                let data = tempfile::tempdir().expect("a folder");
                let peers = peers::start(data.path()).await;
                compare(&peers.servers, "x bare", rounds, requests).await;
                drop(peers);
                let proxies = proxies::start(data.path()).await;
                compare(&proxies.servers, "x first", rounds, requests).await;
            });
        }
    }
}

/// Prints the cost of each server, and its ratio to the first one.
async fn compare(servers: &[Server], times: &str, rounds: usize, requests: usize) {
    let mut measured: Vec<Vec<Round>> = servers.iter().map(|_| Vec::new()).collect();
    // The first round fills caches.
    for round in 0..=rounds {
        for (server, rounds) in servers.iter().zip(&mut measured) {
            let result = load::measure(server, requests).await;
            if round > 0 {
                rounds.push(result);
            }
        }
    }
    // Ratios are calculated within a round. Their median is printed.
    let first = &measured[0];
    println!(
        "\n{:<34} {:>9} {:>7} {:>9} {:>9} {:>7}",
        "server", "CPU us", times, "p50", "p99", times
    );
    for (server, rounds) in servers.iter().zip(&measured) {
        let ratio = |of: fn(&Round) -> f64| {
            median(rounds.iter().zip(first).map(|(ours, base)| of(ours) / of(base)).collect())
        };
        let time = |of: fn(&Round) -> Duration| {
            Duration::from_secs_f64(median(
                rounds.iter().map(|round| of(round).as_secs_f64()).collect(),
            ))
        };
        println!(
            "{:<34} {:>9.2} {:>7.2} {:>9.0?} {:>9.0?} {:>7.2}",
            server.name,
            median(rounds.iter().map(|round| round.cpu_us).collect()),
            ratio(|round| round.cpu_us),
            time(|round| round.p50),
            time(|round| round.p99),
            ratio(|round| round.p99.as_secs_f64()),
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
