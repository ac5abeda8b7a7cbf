//! Redis becomes unavailable in every possible way and comes back: calls are limited in any case,
//! and none fails because of it.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use crate::support::{Org, Portal, Process, RedisServer, TestDb, eventually};

/// How often Redis is killed and paused under load.
const ROUNDS: u64 = 2;

const FLAGS: [&str; 8] = [
    "--limit-key",
    "20/3600",
    "--limit-ip",
    "100000/1",
    "--limit-org",
    "100000/1",
    "--limit-operation",
    "100000/1",
];

/// `deadline` in milliseconds.
async fn portal(redis: &RedisServer, deadline: &str) -> (Portal, TestDb) {
    let (url, db) = (redis.url(), TestDb::sqlite());
    (
        Portal::with_flags(
            &db,
            &[&FLAGS[..], &["--redis-url", &url, "--redis-deadline-ms", deadline]].concat(),
        )
        .await,
        db,
    )
}

/// Calls until refused, and returns how often it was accepted; nothing else may happen.
async fn passed(portal: &Portal, org: &Org) -> u32 {
    let mut passed = 0;
    loop {
        let response = portal.get(&org.live, "/v1/customers").await;
        match response.status {
            200 => passed += 1,
            429 => return passed,
            _ => panic!("{}: {}", response.status, response.text),
        }
    }
}

async fn is_up(portal: &Portal, up: bool) {
    let what = if up { "Redis is used again" } else { "Redis is known to be away" };
    eventually(what, || async {
        (portal.app.shared.redis().expect("by Redis").is_up == up).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_stopped_limits_go_on_from_where_they_were_and_are_shared_again_after() {
    let Some(mut redis) = RedisServer::start().await else { return };
    let (portal, _db) = portal(&redis, "1000").await;
    let org = portal.org("Acme").await;
    for left in (10..20).rev() {
        let response = portal.get(&org.live, "/v1/customers").await;
        assert_eq!(
            (response.status, response.header("x-ratelimit-remaining")),
            (200, left.to_string().as_str())
        );
    }
    redis.kill();
    assert_eq!(passed(&portal, &org).await, 10);
    assert!(portal.app.shared.redis().expect("by Redis").fallbacks >= 10);
    // It comes back empty, so there is one more burst, and no other.
    redis.restart().await;
    is_up(&portal, true).await;
    assert_eq!(passed(&portal, &org).await, 20);
    let before = portal.app.shared.redis().expect("by Redis");
    portal.get(&org.live, "/v1/customers").await;
    assert_eq!(portal.app.shared.redis().expect("by Redis"), before, "Redis is asked again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_hangs_delays_few_calls_and_those_only_a_little() {
    let Some(redis) = RedisServer::start().await else { return };
    // Long enough that only a hanging Redis exceeds it.
    let (portal, _db) = portal(&redis, "1000").await;
    let org = portal.org("Acme").await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    redis.pause();
    // The first waits for the deadline, or less if the probe has noticed before; all others do not
    // wait.
    assert_eq!(passed(&portal, &org).await, 19);
    is_up(&portal, false).await;
    let stats = portal.app.shared.redis().expect("by Redis");
    assert_eq!((stats.outages, stats.fallbacks), (1, 20));
    redis.go_on();
    is_up(&portal, true).await;
    // Earlier calls are remembered there, and so are attempts meanwhile.
    assert!(passed(&portal, &org).await <= 19);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgets_scripts_or_refuses_to_write_makes_no_call_fail() {
    let Some(mut redis) = RedisServer::start().await else { return };
    let (portal, _db) = portal(&redis, "1000").await;
    let org = portal.org("Acme").await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    redis.cli(&["script", "flush"]);
    assert_eq!(portal.get(&org.live, "/v1/customers").await.header("x-ratelimit-remaining"), "18");
    assert_eq!(
        portal.app.shared.redis().expect("by Redis").fallbacks,
        0,
        "the script is loaded again"
    );
    // A replica refuses writes.
    redis.cli(&["replicaof", "127.0.0.1", "1"]);
    assert_eq!(portal.get(&org.live, "/v1/customers").await.header("x-ratelimit-remaining"), "17");
    is_up(&portal, false).await;
    redis.cli(&["replicaof", "no", "one"]);
    is_up(&portal, true).await;
    // A password was set since.
    redis.cli(&["config", "set", "requirepass", "another"]);
    redis.cli(&["-a", "another", "client", "kill", "type", "normal"]);
    is_up(&portal, false).await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    redis.restart().await;
    is_up(&portal, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_and_serves_though_redis_is_not_there_and_finds_it_later() {
    let Some(mut redis) = RedisServer::start().await else { return };
    redis.kill();
    let (portal, _db) = portal(&redis, "1000").await;
    let org = portal.org("Acme").await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    redis.restart().await;
    is_up(&portal, true).await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.header("x-ratelimit-remaining"), "19");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_a_redis_that_is_killed_paused_and_started_costs_no_answer_and_a_warning_each_time()
 {
    let Some(mut redis) = RedisServer::start().await else { return };
    let db = TestDb::sqlite();
    let log = tempfile::NamedTempFile::new().expect("a file");
    let process = Process::start_with(&db, |command| {
        let errors = log.reopen().expect("opens");
        command
            .env("REDIS_URL", redis.url())
            .env("TOLLGATE_LIMIT_KEY", "100/1")
            .env("TOLLGATE_REDIS_DEADLINE_MS", "1000")
            .stderr(errors);
    })
    .await;
    let org = crate::support::process::json(&db, &["org", "create", "Acme", "--json"]);
    let key = crate::support::process::json(
        &db,
        &[
            "key",
            "create",
            "--org",
            org["id"].as_str().expect("an id"),
            "--environment",
            "live",
            "--json",
        ],
    );
    let client = reqwest::Client::new();
    let (url, key) =
        (format!("{}/v1/customers", process.url), key["key"].as_str().expect("a key").to_owned());
    let (began, stop) = (Instant::now(), tokio_util::sync::CancellationToken::new());
    let (responded, passed) = (AtomicU64::new(0), AtomicU64::new(0));
    let load = futures::future::join_all((0..16).map(|_| async {
        while !stop.is_cancelled() {
            let response = client.get(&url).bearer_auth(&key).send().await.expect("an answer");
            assert!(matches!(response.status().as_u16(), 200 | 429), "{}", response.status());
            responded.fetch_add(1, Ordering::Relaxed);
            passed.fetch_add(u64::from(response.status() == 200), Ordering::Relaxed);
        }
    }));
    // Until there were more responses, some of them accepted.
    let under_load = async || {
        let before = (responded.load(Ordering::Relaxed), passed.load(Ordering::Relaxed));
        eventually("calls are answered", || async {
            let (all, let_through) =
                (responded.load(Ordering::Relaxed), passed.load(Ordering::Relaxed));
            (all > before.0 + 100 && let_through > before.1).then_some(())
        })
        .await;
    };
    let ready = format!("{}/readyz", process.url);
    let is_up = async |up: bool| {
        eventually("the server notices", || async {
            let status: serde_json::Value =
                client.get(&ready).send().await.ok()?.json().await.ok()?;
            (status["redis"] == up).then_some(())
        })
        .await;
    };
    let outages = 2 * ROUNDS;
    let trouble = async {
        for _ in 0..ROUNDS {
            under_load().await;
            redis.kill();
            is_up(false).await;
            under_load().await;
            redis.restart().await;
            is_up(true).await;
            under_load().await;
            redis.pause();
            is_up(false).await;
            under_load().await;
            redis.go_on();
            is_up(true).await;
        }
        under_load().await;
        stop.cancel();
    };
    tokio::join!(load, trouble);
    let (passed, seconds) = (passed.into_inner(), began.elapsed().as_secs() + 1);
    // Each outage may allow one burst when it starts and one when it ends.
    assert!(passed <= 100 * seconds + 100 * (2 * outages + 1), "{passed} in {seconds} s");
    let text = std::fs::read_to_string(log.path()).expect("a log");
    let warnings = text.lines().filter(|line| line.contains("Redis is unavailable")).count() as u64;
    // One when each outage starts, and one a minute while it lasts.
    assert!(
        (2..=outages + seconds / 60).contains(&warnings),
        "{warnings} warnings of {outages} outages: {text}"
    );
}
