//! Rate limits through the gateway: by one server with SQLite, and with PostgreSQL and Redis.

use reqwest::Method;
use serde_json::json;
use tollgate::types::environment::Environment;
use tollgate::types::time::SECOND;

use crate::support::{Portal, RedisServer, TestDb, eventually, on_both};

async fn redis_beside(db: &TestDb) -> Option<RedisServer> {
    match db.url() {
        Some(_) => RedisServer::start().await,
        None => None,
    }
}

async fn portal(db: &TestDb, redis: Option<&RedisServer>, flags: &[&str]) -> Portal {
    let url = redis.map(RedisServer::url);
    let mut all = flags.to_vec();
    all.extend(url.iter().flat_map(|url| ["--redis-url", url, "--redis-deadline-ms", "1000"]));
    Portal::with_flags(db, &all).await
}

on_both! {
    async fn every_answer_tells_what_is_left(db: TestDb) {
        let redis = redis_beside(&db).await;
        let portal = portal(&db, redis.as_ref(), &["--limit-key", "5/3600", "--limit-org", "100/3600", "--limit-ip", "50/3600", "--limit-operation", "20/3600"]).await;
        let key = portal.org("Acme").await.live;
        let answer = portal.get(&key, "/v1/customers").await;
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=5;w=3600, \"org\";q=100;w=3600, \"ip\";q=50;w=3600, \"operation\";q=20;w=3600");
        assert_eq!(answer.header("ratelimit"), "\"key\";r=4;t=720, \"org\";r=99;t=36, \"ip\";r=49;t=72, \"operation\";r=19;t=180");
        assert_eq!((answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")), ("5", "4"));
        let reset: i64 = answer.header("x-ratelimit-reset").parse().unwrap();
        assert!((reset - portal.now().0 / 1000 - 720).abs() <= 2, "{reset}");
        assert_eq!((answer.header("tollgate-units"), answer.header("tollgate-environment")), ("1", "live"));
        assert!(answer.request_id().starts_with("req_"));
    }

    async fn an_answer_has_those_headers_that_hold_for_its_call_and_none_is_empty(db: TestDb) {
        let redis = redis_beside(&db).await;
        let portal = portal(&db, redis.as_ref(), &["--limit-key", "1/3600"]).await;
        let org = portal.org("Acme").await;
        let of_all = ["tollgate-units", "x-request-id"];
        let of_keys = ["ratelimit", "ratelimit-policy", "tollgate-environment", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
        let of_live = ["tollgate-quota-remaining"];
        for (key, status, expected) in [
            (Some(&org.sandbox), 200, [&of_all[..], &of_keys, &[]]),
            (Some(&org.live), 200, [&of_all, &of_keys, &of_live]),
            (Some(&org.live), 429, [&of_all, &of_keys, &of_live]),
            (None, 401, [&of_all, &[], &[]]),
        ] {
            let request = portal.request(Method::GET, "/v1/customers");
            let answer = portal.send(match key {
                Some(key) => request.bearer_auth(&key.key),
                None => request,
            })
            .await;
            let is_ours = |name: &str| name.contains("ratelimit") || name.starts_with("tollgate") || name == "x-request-id";
            let mut found: Vec<_> = answer.headers.iter().filter(|(name, _)| is_ours(name.as_str())).collect();
            found.sort_by_key(|(name, _)| name.as_str());
            let mut expected = expected.concat();
            expected.sort_unstable();
            assert_eq!((answer.status, found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>()), (status, expected));
            assert!(found.iter().all(|(_, value)| !value.is_empty()), "{found:?}");
        }
    }

    async fn past_the_limit_calls_are_refused_until_a_token_is_back(db: TestDb) {
        let redis = redis_beside(&db).await;
        let portal = portal(&db, redis.as_ref(), &["--limit-key", "3/3600"]).await;
        let org = portal.org("Acme").await;
        for _ in 0..3 {
            assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        }
        let refused = portal.get(&org.live, "/v1/customers").await;
        let problem = refused.problem(429, "rate_limited");
        assert!(problem["detail"].as_str().unwrap().contains("key (3 calls in 3600 s)"), "{problem}");
        let wait: i64 = refused.header("retry-after").parse().unwrap();
        assert!((1100..=1200).contains(&wait), "{wait}");
        assert_eq!((refused.header("x-ratelimit-remaining"), refused.header("tollgate-units")), ("0", "0"));
        // The other key of the same organisation has its own.
        assert_eq!(portal.get(&org.sandbox, "/v1/customers").await.status, 200);
        portal.clock.advance(wait * SECOND);
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        portal.get(&org.live, "/v1/customers").await.problem(429, "rate_limited");
    }

    async fn the_organisation_the_address_and_the_operation_have_limits_of_their_own(db: TestDb) {
        for (flag, policy, other_policy_is_free) in [("--limit-org", "org", true), ("--limit-ip", "ip", false), ("--limit-operation", "operation", true)] {
            let redis = redis_beside(&db).await;
            let portal = portal(&db, redis.as_ref(), &[flag, "2/3600"]).await;
            let (acme, other) = (portal.org("Acme").await, portal.org("Other").await);
            assert_eq!(portal.get(&acme.live, "/v1/customers").await.status, 200);
            assert_eq!(portal.get(&acme.sandbox, "/v1/customers").await.status, 200);
            let problem = portal.get(&acme.live, "/v1/customers").await.problem(429, "rate_limited");
            assert!(problem["detail"].as_str().unwrap().contains(&format!("{policy} (2 calls")), "{problem}");
            assert_eq!(portal.get(&other.live, "/v1/customers").await.status == 200, other_policy_is_free, "{policy}");
            portal.stop().await;
        }
    }

    async fn an_address_that_keeps_failing_to_authenticate_is_turned_away_and_known_keys_pass(db: TestDb) {
        let redis = redis_beside(&db).await;
        let portal = portal(&db, redis.as_ref(), &["--limit-failed-auth", "20/3600", "--trusted-proxies", "127.0.0.0/8"]).await;
        let org = portal.org("Acme").await;
        for _ in 0..20 {
            portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth("guess")).await.problem(401, "invalid_key");
        }
        let refused = portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth("guess")).await;
        refused.problem(429, "rate_limited");
        let wait: i64 = refused.header("retry-after").parse().unwrap();
        assert!((120..=180).contains(&wait), "{wait}");
        // Who shares the address and is known, from elsewhere, is not locked out; a key that was never seen waits.
        let elsewhere = || portal.request(Method::GET, "/v1/customers").bearer_auth(&org.sandbox.key).header("x-forwarded-for", "192.0.2.7");
        // What the database tells of new keys makes the cache forget them once more, a moment later.
        eventually("a known key passes", || async {
            assert_eq!(portal.send(elsewhere()).await.status, 200);
            (portal.get(&org.sandbox, "/v1/customers").await.status == 200).then_some(())
        })
        .await;
        portal.get(&org.live, "/v1/customers").await.problem(429, "rate_limited");
        portal.clock.advance(wait * SECOND);
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    }

    async fn a_key_that_may_not_be_used_is_turned_away_like_a_wrong_one(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-failed-auth", "5/3600"]).await;
        let org = portal.org("Acme").await;
        portal.post(&org.live, &format!("/v1/keys/{}/disable", org.live.view.id), &json!({})).await;
        for _ in 0..5 {
            portal.get(&org.live, "/v1/customers").await.problem(401, "disabled_key");
        }
        portal.get(&org.live, "/v1/customers").await.problem(429, "rate_limited");
    }

    async fn calls_to_nowhere_are_limited_too(db: TestDb) {
        let redis = redis_beside(&db).await;
        let portal = portal(&db, redis.as_ref(), &["--limit-key", "2/3600"]).await;
        let key = portal.org("Acme").await.live;
        for left in ["1", "0"] {
            let answer = portal.get(&key, "/v1/nothing").await;
            answer.problem(404, "not_found");
            assert_eq!(answer.header("x-ratelimit-remaining"), left);
        }
        portal.get(&key, "/v1/nothing").await.problem(429, "rate_limited");
    }

    async fn many_at_once_never_get_more_than_the_limit(db: TestDb) {
        let redis = redis_beside(&db).await;
        let portal = portal(&db, redis.as_ref(), &["--limit-key", "25/3600", "--limit-ip", "1000/1", "--limit-org", "1000/1", "--limit-operation", "1000/1"]).await;
        let org = portal.org("Acme").await;
        let key = portal.key(&org.id, Environment::Live, &["customers:read"]).await;
        let calls = (0..100).map(|_| portal.get(&key, "/v1/customers"));
        let answers = futures::future::join_all(calls).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 25);
        assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 75);
    }
}
