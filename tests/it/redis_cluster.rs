//! A cluster of three: each organisation's keys are in one slot.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tollgate::server::clock::Clock;
use tollgate::server::config::RedisConfig;
use tollgate::server::random;
use tollgate::server::shared::{Bucket, COUNTERS, Shared};

use crate::support::{Portal, RedisCluster, TestDb, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_in_a_cluster() {
    let Some(cluster) = RedisCluster::start().await else { return };
    let (url, db) = (cluster.url(), TestDb::sqlite());
    let portal = Portal::with_flags(
        &db,
        &[
            "--redis-url",
            &url,
            "--redis-deadline-ms",
            "1000",
            "--limit-key",
            "3/3600",
            "--limit-ip",
            "5/3600",
            "--limit-org",
            "100/3600",
            "--limit-operation",
            "100/3600",
        ],
    )
    .await;
    assert!(portal.app.shared.redis().expect("by Redis").is_up);
    let mut tags = std::collections::BTreeSet::new();
    for name in ["Acme", "Other", "Third", "Fourth"] {
        let org = portal.org(name).await;
        let mut statuses = Vec::new();
        for key in [&org.live, &org.sandbox] {
            for _ in 0..4 {
                statuses.push(portal.get(key, "/v1/customers").await.status);
            }
        }
        // Three of one key and two of the other: in a cluster the address is limited per
        // organisation.
        assert_eq!(statuses, [200, 200, 200, 429, 200, 200, 429, 429]);
        tags.insert(format!("{{{}}}", org.id));
    }
    let stats = portal.app.shared.redis().expect("by Redis");
    assert_eq!((stats.outages, stats.fallbacks), (0, 0));
    let keys = cluster.keys();
    // Two keys, the organisation, the address, the operation, and the live key's quota.
    for tag in tags {
        assert_eq!(keys.iter().filter(|key| key.contains(&tag)).count(), 6, "{keys:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_follows_its_keys_to_another_node() {
    let Some(cluster) = RedisCluster::start().await else { return };
    let (url, db) = (cluster.url(), TestDb::sqlite());
    let portal =
        Portal::with_flags(&db, &["--redis-url", &url, "--redis-deadline-ms", "1000"]).await;
    let org = portal.org("Acme").await;
    cluster.move_slot(&format!("{{{}}}", org.id));
    // A busy machine may miss a deadline once: what counts is that Redis decides again, at the
    // keys' new place.
    let fallbacks = || portal.app.shared.redis().expect("by Redis").fallbacks;
    eventually("a call is decided by the other node", || async {
        let before = fallbacks();
        assert_eq!(portal.get(&org.sandbox, "/v1/customers").await.status, 200);
        (fallbacks() == before).then_some(())
    })
    .await;
}

/// One command, as its words.
async fn command(stream: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    async fn number(stream: &mut BufReader<TcpStream>) -> Option<usize> {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        line.get(1..)?.trim_end().parse().ok()
    }
    let mut words = Vec::new();
    for _ in 0..number(stream).await? {
        let mut word = vec![0; number(stream).await? + 2];
        stream.read_exact(&mut word).await.ok()?;
        word.truncate(word.len() - 2);
        words.push(String::from_utf8(word).ok()?);
    }
    Some(words)
}

/// A cluster of one node that runs the script of a call and disconnects before it responds. Counts
/// the runs.
async fn hangs_up(listener: TcpListener, ran: Arc<AtomicU32>) {
    let port = listener.local_addr().expect("an address").port();
    while let Ok((stream, _)) = listener.accept().await {
        let ran = Arc::clone(&ran);
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            while let Some(words) = command(&mut stream).await {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let response = match words[..] {
                    ["EVALSHA", ..] => {
                        ran.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    ["EVAL", ..] => "*3\r\n:1\r\n:1000000\r\n:0\r\n".to_owned(),
                    ["CLUSTER", "SLOTS", ..] => {
                        format!(
                            "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:{port}\r\n$2\r\nid\r\n"
                        )
                    }
                    ["PING", ..] => "+PONG\r\n".to_owned(),
                    _ => "+OK\r\n".to_owned(),
                };
                if stream.write_all(response.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_have_been_run_is_not_sent_again() {
    let (listener, ran) =
        (TcpListener::bind("127.0.0.1:0").await.expect("a port"), Arc::new(AtomicU32::new(0)));
    let url = format!("redis+cluster://{}", listener.local_addr().expect("an address"));
    let node = tokio::spawn(hangs_up(listener, Arc::clone(&ran)));
    let config =
        RedisConfig { redis_url: Some(url.parse().expect("a URL")), redis_deadline_ms: 10_000 };
    let clock = Clock::default();
    let shared = Shared::open(&config, &clock, &random::id(), None).await.expect("opens");
    assert!(shared.redis().expect("by Redis").is_up);
    let bucket = Bucket::new("key", "subject", "5/3600".parse().expect("a rate"));
    let taken = shared.take(&random::id(), clock.now_us(), &[bucket], &[None; COUNTERS]).await;
    assert!(taken.verdicts[0].allowed, "by what this process knows");
    assert_eq!((ran.load(Ordering::SeqCst), shared.redis().expect("by Redis").fallbacks), (1, 1));
    node.abort();
}
