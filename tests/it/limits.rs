//! Rate limits through the gateway: of one server with SQLite, and with PostgreSQL and Redis.

use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tollgate::server::access::{ManagePlan, Operator, Permit};
use tollgate::server::db::Change;
use tollgate::server::keys::PlainKey;
use tollgate::server::{admin, plans};
use tollgate::types::environment::Environment;
use tollgate::types::plan::PlanRate;
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
    async fn every_response_shows_what_is_left(db: TestDb) {
        let redis = redis_beside(&db).await;
        let portal = portal(&db, redis.as_ref(), &["--limit-key", "5/3600", "--limit-org", "100/3600", "--limit-ip", "50/3600", "--limit-operation", "20/3600"]).await;
        let key = portal.org("Acme").await.live;
        let response = portal.get(&key, "/v1/customers").await;
        assert_eq!(response.header("ratelimit-policy"), "\"key\";q=5;w=3600, \"org\";q=100;w=3600, \"ip\";q=50;w=3600, \"operation\";q=20;w=3600");
        assert_eq!(response.header("ratelimit"), "\"key\";r=4;t=720, \"org\";r=99;t=36, \"ip\";r=49;t=72, \"operation\";r=19;t=180");
        assert_eq!((response.header("x-ratelimit-limit"), response.header("x-ratelimit-remaining")), ("5", "4"));
        let reset: i64 = response.header("x-ratelimit-reset").parse().unwrap();
        assert!((reset - portal.now().0 / 1000 - 720).abs() <= 2, "{reset}");
        assert_eq!((response.header("tollgate-units"), response.header("tollgate-environment")), ("1", "live"));
        assert!(response.request_id().starts_with("req_"));
    }

    async fn a_response_has_the_headers_of_the_limits_that_apply_and_none_is_empty(db: TestDb) {
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
            let response = portal.send(match key {
                Some(key) => request.bearer_auth(&key.key),
                None => request,
            })
            .await;
            let is_ours = |name: &str| name.contains("ratelimit") || name.starts_with("tollgate") || name == "x-request-id";
            let mut found: Vec<_> = response.headers.iter().filter(|(name, _)| is_ours(name.as_str())).collect();
            found.sort_by_key(|(name, _)| name.as_str());
            let mut expected = expected.concat();
            expected.sort_unstable();
            assert_eq!((response.status, found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>()), (status, expected));
            assert!(found.iter().all(|(_, value)| !value.is_empty()), "{found:?}");
        }
    }

    async fn calls_above_the_limit_are_refused_until_a_token_is_available(db: TestDb) {
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

    async fn organisation_address_and_operation_have_separate_limits(db: TestDb) {
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
        // A caller with a valid key at the same address is not locked out, even if the key was
        // never used before.
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        // A key with a valid form that does not exist is refused like any guess.
        let guess = PlainKey::generate(Environment::Live);
        portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth(guess.expose())).await.problem(429, "rate_limited");
        portal.clock.advance(wait * SECOND);
        portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth("guess")).await.problem(401, "invalid_key");
    }

    async fn a_key_that_is_refused_locks_out_no_other_at_its_address(db: TestDb) {
        let flags = ["--limit-failed-auth", "5/3600"];
        let portal = Portal::with_flags(&db, &flags).await;
        let (org, other) = (portal.org("Acme").await, portal.org("Other").await);
        portal.post(&org.live, &format!("/v1/keys/{}/revoke", org.live.view.id), &json!({})).await;
        portal.stop().await;
        // After a start nothing is cached.
        let portal = Portal::with_flags(&db, &flags).await;
        for call in 0..30 {
            let response = portal.get(&org.live, "/v1/customers").await;
            if call < 5 { response.problem(401, "revoked_key") } else { response.problem(429, "rate_limited") };
        }
        for key in [&org.sandbox, &other.live, &other.sandbox] {
            assert_eq!(portal.get(key, "/v1/customers").await.status, 200);
        }
        // Nor does a change on the command line, which makes a server drop all cached keys on the
        // embedded database.
        portal.app.db.changes().publish(&Change::Everything);
        for key in [&org.sandbox, &other.live, &other.sandbox] {
            assert_eq!(portal.get(key, "/v1/customers").await.status, 200);
        }
    }

    async fn look_ups_for_an_address_that_keeps_failing_are_bounded(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-failed-auth", "5/3600"]).await;
        let org = portal.org("Acme").await;
        let guess = async || {
            let key = PlainKey::generate(Environment::Live);
            portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth(key.expose())).await
        };
        for _ in 0..5 {
            guess().await.problem(401, "invalid_key");
        }
        let responses = futures::future::join_all((0..600).map(|_| guess())).await;
        assert!(responses.iter().all(|response| response.status == 429), "no guess is ever answered otherwise");
        eventually("a good key has its turn", || async { (portal.get(&org.live, "/v1/customers").await.status == 200).then_some(()) }).await;
    }

    async fn a_good_admin_token_works_from_where_others_fail(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-failed-auth", "5/3600"]).await;
        let token = admin::create_token(&portal.app.db, &Operator::command_line(), "test", portal.now()).await.unwrap();
        let call = async |token: &str| portal.send(portal.request(Method::GET, "/admin/api/v1/products").bearer_auth(token)).await;
        for _ in 0..5 {
            call("tg_admin_guess").await.problem(401, "invalid_key");
        }
        call("tg_admin_guess").await.problem(429, "rate_limited");
        assert_eq!(call(&token.token).await.status, 200);
    }

    async fn a_plans_rate_is_what_its_partner_gets(db: TestDb) {
        let redis = redis_beside(&db).await;
        let tight = ["--limit-ip", "5/3600", "--limit-operation", "5/3600", "--limit-org", "5/3600", "--limit-key", "5/3600"];
        let portal = portal(&db, redis.as_ref(), &tight).await;
        for (name, key_rate, org_rate) in [("Both", Some(30), Some(40)), ("OrgOnly", None, Some(40)), ("KeyOnly", Some(30), None)] {
            let rate = |calls: Option<u32>| calls.map(|calls| PlanRate { calls, seconds: 3600, burst: None });
            let org = portal.org(name).await;
            let permit = Permit::<ManagePlan>::for_command_line(org.id.clone());
            plans::set_org_limits(&portal.app.db, &permit, rate(key_rate), rate(org_rate), portal.now()).await.unwrap();
            let response = portal.get(&org.live, "/v1/customers").await;
            let policies = response.header("ratelimit-policy").to_owned();
            let (key, all) = (key_rate.unwrap_or(5), org_rate.or(key_rate).unwrap());
            let expected = format!("\"key\";q={key};w=3600, \"org\";q={all};w=3600, \"ip\";q={all};w=3600, \"operation\";q={all};w=3600");
            assert_eq!(policies, expected, "{name}");
            for call in 1..key {
                assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200, "{name}: {call}");
            }
            let problem = portal.get(&org.live, "/v1/customers").await.problem(429, "rate_limited");
            assert!(problem["detail"].as_str().unwrap().contains("key ("), "{problem}");
        }
        // A plan without a rate has the server's limits.
        let org = portal.org("Free").await;
        let responses = futures::future::join_all((0..10).map(|_| portal.get(&org.live, "/v1/customers"))).await;
        assert_eq!(responses.iter().filter(|response| response.status == 200).count(), 5);
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

    async fn calls_to_unknown_paths_are_limited_too(db: TestDb) {
        let redis = redis_beside(&db).await;
        let portal = portal(&db, redis.as_ref(), &["--limit-key", "2/3600"]).await;
        let key = portal.org("Acme").await.live;
        for left in ["1", "0"] {
            let response = portal.get(&key, "/v1/nothing").await;
            response.problem(404, "not_found");
            assert_eq!(response.header("x-ratelimit-remaining"), left);
        }
        portal.get(&key, "/v1/nothing").await.problem(429, "rate_limited");
    }

    async fn concurrent_calls_never_get_more_than_the_limit(db: TestDb) {
        let redis = redis_beside(&db).await;
        let portal = portal(&db, redis.as_ref(), &["--limit-key", "25/3600", "--limit-ip", "1000/1", "--limit-org", "1000/1", "--limit-operation", "1000/1"]).await;
        let org = portal.org("Acme").await;
        let key = portal.key(&org.id, Environment::Live, &["customers:read"]).await;
        let calls = (0..100).map(|_| portal.get(&key, "/v1/customers"));
        let responses = futures::future::join_all(calls).await;
        assert_eq!(responses.iter().filter(|response| response.status == 200).count(), 25);
        assert_eq!(responses.iter().filter(|response| response.status == 429).count(), 75);
    }
}

/// A call that had to wait must not be measured by its arrival time: others have taken tokens
/// since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_had_to_wait_is_limited_by_the_time_of_its_decision() {
    let Some(db) = TestDb::postgres().await else { return };
    let portal = Portal::with_flags(&db, &["--limit-org", "10/1", "--limit-key", "10/1"]).await;
    let org = portal.org("Acme").await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    // The other key must be looked up, and the table is locked.
    let mut other = PgConnection::connect(db.url().expect("a URL")).await.expect("connects");
    let mut lock = other.begin().await.expect("a transaction");
    sqlx::query("lock table keys in access exclusive mode")
        .execute(&mut *lock)
        .await
        .expect("locked");
    let waiting =
        futures::future::join_all((0..5).map(|_| portal.get(&org.sandbox, "/v1/customers")));
    let (waited, ()) = tokio::join!(waiting, async {
        eventually("they wait", || async {
            let blocked =
                db.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()").await;
            (blocked > 0).then_some(())
        })
        .await;
        portal.clock.advance(10 * SECOND);
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        lock.rollback().await.expect("free");
    });
    assert!(
        waited.iter().all(|response| response.status == 200),
        "{:?}",
        waited.iter().map(|response| response.status).collect::<Vec<_>>()
    );
}
