//! Several instances that share one PostgreSQL and one Redis.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use tollgate::types::environment::Environment;
use tollgate::types::time::MINUTE;

use crate::quota::{cap, org_on, plan};
use crate::support::{Org, Portal, RedisServer, TestDb, Visitor, eventually, process};

/// Two instances, and their servers.
struct Pair {
    a: Portal,
    b: Portal,
    redis: RedisServer,
    db: TestDb,
    _data: TempDir,
}

/// `None` without a PostgreSQL or Redis for tests.
async fn pair(flags: &[&str]) -> Option<Pair> {
    let (db, redis) = (TestDb::postgres().await?, RedisServer::start().await?);
    let data = tempfile::tempdir().expect("a folder");
    let url = redis.url();
    let mut all = vec!["--redis-url", url.as_str(), "--redis-deadline-ms", "1000"];
    all.extend(flags);
    let a = Portal::with_flags(&db, &all).await;
    all.extend(["--data-dir", data.path().to_str().expect("UTF-8")]);
    let b = Portal::with_flags(&db, &all).await;
    Some(Pair { a, b, redis, db, _data: data })
}

const OPEN: [&str; 6] =
    ["--limit-ip", "100000/1", "--limit-org", "100000/1", "--limit-operation", "100000/1"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_together_never_let_through_more_than_the_limit_and_one_burst() {
    let Some(pair) = pair(&[&OPEN[..], &["--limit-key", "50/2"]].concat()).await else { return };
    let org = pair.a.org("Acme").await;
    let began = tokio::time::Instant::now();
    let call = async |portal: &Portal| {
        let mut passed = 0;
        for _ in 0..40 {
            let response = portal.get(&org.live, "/v1/customers").await;
            assert!(matches!(response.status, 200 | 429), "{}", response.text);
            passed += u64::from(response.status == 200);
        }
        passed
    };
    let callers = (0..24).map(|i| call(if i % 2 == 0 { &pair.a } else { &pair.b }));
    let passed: u64 = futures::future::join_all(callers).await.iter().sum();
    let ms = u64::try_from(began.elapsed().as_millis()).expect("fits");
    let (burst, refilled) = (50, ms * 50 / 2_000);
    assert!(passed <= refilled + burst + 1, "{passed} in {ms} ms");
    // And not fewer than a burst, which is available immediately.
    assert!(passed >= burst, "{passed} in {ms} ms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_instance_takes_is_missing_on_the_other_and_the_headers_say_so() {
    let Some(pair) = pair(&[
        "--limit-key",
        "5/3600",
        "--limit-org",
        "100/3600",
        "--limit-ip",
        "50/3600",
        "--limit-operation",
        "20/3600",
    ])
    .await
    else {
        return;
    };
    let key = pair.a.org("Acme").await.live;
    pair.a.get(&key, "/v1/customers").await;
    let response = pair.b.get(&key, "/v1/customers").await;
    let left: Vec<&str> = response
        .header("ratelimit")
        .split(", ")
        .map(|limit| limit.split_once(";t=").expect("a time").0)
        .collect();
    assert_eq!(left, ["\"key\";r=3", "\"org\";r=98", "\"ip\";r=48", "\"operation\";r=18"]);
    assert_eq!(
        (response.header("x-ratelimit-limit"), response.header("x-ratelimit-remaining")),
        ("5", "3")
    );
    let reset: i64 = response.header("x-ratelimit-reset").parse().expect("a number");
    // Two of five were taken, each of which returns after 720 seconds; a slow test may have seen
    // some of them return.
    assert!((1_300..=1_441).contains(&(reset - pair.b.now().0 / 1000)), "{reset}");
    // Keys of an organisation have its tag, and all expire.
    let mut keys = pair.redis.lines(&["keys", "tollgate:*limit*"]);
    keys.retain(|key| {
        pair.redis.lines(&["pttl", key])[0].parse::<i64>().expect("a number") > 10_000
    });
    assert_eq!(keys.iter().filter(|key| key.starts_with("tollgate:{org_")).count(), 3, "{keys:?}");
    assert_eq!(keys.len(), 4, "{keys:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_loses_one_unit_for_each_call_also_where_redis_hangs_for_a_while() {
    let Some(pair) = pair(&[&OPEN[..], &["--limit-key", "100000/1"]].concat()).await else {
        return;
    };
    let org = org_on(&pair.a, plan("Hard", 1_000, None)).await;
    let mut calls = 0;
    let mut call = async |portal: &Portal| {
        let response = portal.get(&org.live, "/v1/customers").await;
        assert_eq!(response.status, 200);
        calls += 1;
        (
            calls,
            1_000 - response.header("tollgate-quota-remaining").parse::<i64>().expect("a number"),
        )
    };
    let applied = async |calls: i64| {
        eventually("all is in the database", || async {
            (pair
                .db
                .number("select cast(coalesce(sum(units), 0) as bigint) from quota_counters")
                .await
                == calls)
                .then_some(())
        })
        .await;
    };
    let mut last = 0;
    for round in 0..4 {
        if round == 2 {
            pair.redis.pause();
        }
        for _ in 0..10 {
            for portal in [&pair.a, &pair.b] {
                let (calls, used) = call(portal).await;
                // While Redis is unavailable, an instance knows the other's calls from the
                // database.
                assert!(round >= 2 || used == calls, "{used} after {calls}");
                last = calls;
            }
        }
        // Each sends what the database has, while the other has not updated Redis yet, or cannot.
        applied(last).await;
    }
    pair.redis.go_on();
    for portal in [&pair.a, &pair.b] {
        eventually("Redis is back", || async {
            portal.app.shared.redis().expect("by Redis").is_up.then_some(())
        })
        .await;
    }
    let parts = pair.redis.lines(&["keys", "*parts*"]);
    // The reservation of a call whose response was lost has expired by then.
    for portal in [&pair.a, &pair.b] {
        portal.clock.advance(3 * MINUTE);
    }
    for portal in [&pair.a, &pair.b] {
        eventually("each has reported its part", || async {
            let fields = pair.redis.lines(&["hgetall", &parts[0]]);
            let reported = fields
                .chunks(2)
                .filter(|field| field[0].starts_with('p'))
                .map(|field| field[1].parse::<i64>().expect("a number"));
            (reported.sum::<i64>() == last).then_some(())
        })
        .await;
        let (calls, used) = call(portal).await;
        assert_eq!(used, calls);
        last = calls;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dry_runs_have_one_limit_on_all_instances() {
    let Some(pair) = pair(&[]).await else { return };
    let key = pair.a.org("Acme").await.live;
    let began = tokio::time::Instant::now();
    let dry_run = async |portal: &Portal| {
        let request = portal
            .request(Method::GET, "/v1/customers")
            .bearer_auth(&key.key)
            .header("tollgate-dry-run", "true");
        portal.send(request).await.status
    };
    let responses = futures::future::join_all(
        (0..40).map(|i| dry_run(if i % 2 == 0 { &pair.a } else { &pair.b })),
    )
    .await;
    let refilled = usize::try_from(began.elapsed().as_millis() / 100).expect("fits");
    let passed = responses.iter().filter(|status| **status == 200).count();
    assert!((10..=10 + refilled + 1).contains(&passed), "{passed} in {:?}", began.elapsed());
    assert!(responses.iter().all(|status| matches!(status, 200 | 429)), "{responses:?}");
}

/// Alternately makes the same unbilled call on one instance and a billed one on the other, until
/// the latter is refused. Returns how many were not.
async fn alternate(
    pair: &Pair,
    org: &Org,
    left: impl Fn(usize) -> usize,
    status: u16,
    code: &str,
) -> usize {
    let mut passed = 0;
    loop {
        let (one, other) = if passed % 2 == 0 { (&pair.a, &pair.b) } else { (&pair.b, &pair.a) };
        one.get(&org.live, "/v1/customers/cus_01h2xcejqtf2nbrexx3vqjhp41").await;
        let response = other.get(&org.live, "/v1/customers").await;
        if response.status != 200 {
            response.problem(status, code);
            one.get(&org.live, "/v1/customers").await.problem(status, code);
            return passed;
        }
        passed += 1;
        assert_eq!(
            response.header("tollgate-quota-remaining"),
            left(passed).to_string(),
            "after {passed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_units_of_a_quota_are_given_by_either_instance_and_not_one_more() {
    let Some(pair) = pair(&[&OPEN[..], &["--limit-key", "100000/1"]].concat()).await else {
        return;
    };
    let org = org_on(&pair.a, plan("Ten", 10, None)).await;
    let passed = alternate(&pair, &org, |passed| 10 - passed, 429, "quota_exceeded").await;
    assert_eq!(passed, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prices_add_up_over_instances_and_no_cap_is_passed() {
    let Some(pair) = pair(&[&OPEN[..], &["--limit-key", "100000/1"]].concat()).await else {
        return;
    };
    for of_key in [true, false] {
        let org = org_on(&pair.a, plan(if of_key { "One" } else { "Other" }, 2, Some("1"))).await;
        if of_key {
            pair.db.execute("update keys set spend_cap = 5").await;
        } else {
            cap(&pair.a, &org, Some(5)).await;
        }
        assert_eq!(
            alternate(
                &pair,
                &org,
                |passed| 2_usize.saturating_sub(passed),
                402,
                "spend_cap_reached"
            )
            .await,
            7
        );
        for portal in [&pair.a, &pair.b] {
            portal.app.journal.caught_up().await;
        }
        let mut logs = pair.db.logs().await;
        logs.retain(|log| log.key_id == org.live.view.id.as_str() && log.status == 200);
        let mut prices: Vec<_> = logs.into_iter().map(|log| log.price).collect();
        prices.sort_unstable();
        assert_eq!(prices, ["0", "0", "1", "1", "1", "1", "1"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_fails_to_authenticate_on_one_instance_is_soon_turned_away_on_the_other() {
    let Some(pair) = pair(&["--limit-failed-auth", "20/3600"]).await else { return };
    let guess = async |portal: &Portal| {
        portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth("guess")).await.status
    };
    for _ in 0..20 {
        assert_eq!(guess(&pair.a).await, 401);
    }
    eventually("the other instance knows", || async {
        (guess(&pair.b).await == 429).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_feed_of_one_instance_shows_what_another_has_counted() {
    let Some(pair) = pair(&[]).await else { return };
    let org = pair.a.org("Acme").await;
    let mut feed = pair.a.app.live.listen();
    let listening = || async {
        (pair.redis.lines(&["pubsub", "numsub", "tollgate:0:told"])[1] == "2").then_some(())
    };
    eventually("both listen", listening).await;
    for _ in 0..3 {
        pair.b.get(&org.live, "/v1/customers").await;
    }
    let (mut calls, mut batches) = (0, 0);
    while calls < 3 {
        let counted = tokio::time::timeout(Duration::from_secs(60), feed.recv())
            .await
            .expect("in time")
            .expect("a report");
        assert_eq!((&counted.org, counted.environment), (&org.id, Environment::Live));
        calls += counted.points.iter().map(|point| point.calls).sum::<u64>();
        batches += 1;
    }
    assert!(calls == 3 && batches <= 3);
    // Local counts arrive once, although Redis sends them to this instance as well.
    pair.a.get(&org.sandbox, "/v1/customers").await;
    let counted = feed.recv().await.expect("a report");
    assert_eq!(counted.environment, Environment::Sandbox);
    pair.b.get(&org.live, "/v1/customers").await;
    assert_eq!(feed.recv().await.expect("a report").environment, Environment::Live);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dashboard_shows_calls_that_the_other_instance_answered() {
    let Some(pair) = pair(&[]).await else { return };
    let visitor = Visitor::signed_up(&pair.a, "Ada").await;
    let listening = || async {
        (pair.redis.lines(&["pubsub", "numsub", "tollgate:0:told"])[1] == "2").then_some(())
    };
    eventually("both listen", listening).await;
    let mut stream = visitor.request("/dashboard/live?env=sandbox").send().await.expect("a stream");
    assert_eq!(stream.status(), 200);
    let org = pair.db.texts("select id from orgs").await[0].parse().expect("an id");
    let key = pair.a.key(&org, Environment::Sandbox, &["customers:read"]).await;
    assert_eq!(pair.b.get(&key, "/v1/customers").await.status, 200);
    let mut text = String::new();
    while !text.contains("\"calls\":1") {
        let chunk =
            tokio::time::timeout(Duration::from_secs(60), stream.chunk()).await.expect("in time");
        text.push_str(&String::from_utf8_lossy(&chunk.expect("a stream").expect("goes on")));
    }
    assert!(text.contains("event: usage"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_and_the_doctor_report_redis() {
    let (Some(db), Some(mut redis)) = (TestDb::postgres().await, RedisServer::start().await) else {
        return;
    };
    let url = redis.url();
    let portal = Portal::with_flags(&db, &["--redis-url", &url]).await;
    let ready = async || portal.send(portal.request(Method::GET, "/readyz")).await;
    let doctor = || -> Value {
        // Redis reads the machine's clock.
        let output =
            process::run_with(&db, &["doctor", "--json", "--redis-url", &url], |command| {
                _ = command.env_remove("TOLLGATE_CLOCK_AHEAD")
            });
        let checks: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        checks.into_iter().find(|check| check["name"] == "Redis").expect("a check")
    };
    assert_eq!(ready().await.json()["redis"], true);
    let found = doctor();
    assert_eq!(found["outcome"], "ok", "{found}");
    redis.kill();
    eventually("it is noticed without a call", || async {
        (ready().await.json()["redis"] == false).then_some(())
    })
    .await;
    assert_eq!(ready().await.status, 200);
    let found = doctor();
    assert!(
        found["outcome"] == "failed"
            && found["detail"].as_str().expect("a text").contains("REDIS_URL"),
        "{found}"
    );
}
