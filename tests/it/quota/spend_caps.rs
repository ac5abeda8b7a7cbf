//! Spend caps of organisations and keys: what is spent under them.

use serde_json::json;
use tollgate::types::environment::Environment;
use tollgate::types::key::CreatedKey;

use super::{applied, call, cap, org_on, passed, plan, portal};
use crate::support::{TestDb, TestResponse, on_both};

on_both! {
    async fn expensive_calls_are_recorded_completely_and_their_sum_never_stops_the_applier(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Dear", 0, Some("5000"))).await;
        assert_eq!(call(&portal, &org).await.status, 200);
        applied(&db, 1).await;
        assert_eq!(db.number("select amount_nano from key_spend").await, 5_000_000_000_000);
        db.execute("update key_spend set amount_nano = 4611686018427387000, units = 4611686018427387903").await;
        db.execute("update quota_counters set units = 4611686018427387903").await;
        assert_eq!(call(&portal, &org).await.status, 200);
        portal.stop().await;
        assert_eq!(db.number("select amount_nano from key_spend").await, (1 << 62) - 1);
        assert_eq!(db.number("select units from key_spend").await, (1 << 62) - 1);
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await, 2);
    }

    async fn an_organisations_spend_cap_holds_under_concurrent_calls(db: TestDb) {
        let portal = portal(&db).await;
        // 10 free, then 0.3 cents each: 3 cents buy 10 more.
        let org = org_on(&portal, plan("Soft", 10, Some("0.3"))).await;
        cap(&portal, &org, Some(3)).await;
        // If calls end in another order than they started, some that reserved a free unit may end
        // beyond the free ones.
        let here = passed(&portal, &org, 64, 402, "spend_cap_reached").await as i64;
        assert!((20..=30).contains(&here), "{here}");
        let refused = call(&portal, &org).await;
        let problem = refused.problem(402, "spend_cap_reached");
        assert!(problem["detail"].as_str().unwrap().contains("organisation's"), "{problem}");
        // A higher cap applies immediately; so does removing it.
        cap(&portal, &org, Some(4)).await;
        let more = (4_000_000_000 - (here - 10) * 300_000_000).max(0) / 300_000_000;
        assert_eq!(passed(&portal, &org, 8, 402, "spend_cap_reached").await as i64, more);
        cap(&portal, &org, None).await;
        assert_eq!(passed(&portal, &org, 8, 402, "spend_cap_reached").await, 8);
        portal.stop().await;
        assert_eq!(db.number("select units from quota_counters").await, here + more + 8);
        assert_eq!(db.number("select amount_nano from org_spend").await, (here + more - 2) * 300_000_000, "each call is charged by its place");
    }

    async fn a_keys_spend_cap_holds_under_concurrent_calls_and_limits_no_other_key(db: TestDb) {
        let first = portal(&db).await;
        let mut org = org_on(&first, plan("Soft", 10, Some("0.3"))).await;
        let capped = first.post(&org.live, "/v1/keys", &json!({ "name": "Capped", "environment": "live", "scopes": ["customers:read"], "spend_cap": 3 })).await;
        assert_eq!(capped.status, 201, "{}", capped.text);
        let other = std::mem::replace(&mut org.live, serde_json::from_str(&capped.text).unwrap());
        // Creating it is free; so are 10 calls, and 3 cents buy 10 more. If calls end in another
        // order than they started, some of the 10 that reserved a free unit may end beyond the free
        // ones.
        let passed_here = passed(&first, &org, 64, 402, "spend_cap_reached").await as i64;
        assert!((20..=30).contains(&passed_here), "{passed_here}");
        let spent = (passed_here - 10) * 300_000_000;
        let problem = call(&first, &org).await.problem(402, "spend_cap_reached");
        assert!(problem["detail"].as_str().unwrap().contains("key's"), "{problem}");
        assert_eq!(first.get(&other, "/v1/customers").await.status, 200);
        first.stop().await;
        assert_eq!(db.number("select max(amount_nano) from key_spend").await, spent, "each call is charged by its place");
        assert_eq!(db.number("select cast(sum(percent) as bigint) from threshold_notices where subject like 'key_%'").await, 230);
        db.expect_events_of_the_catalogue(&["spend_cap.reached"]).await;

        let second = portal(&db).await;
        assert_eq!(passed(&second, &org, 4, 402, "spend_cap_reached").await, 0);
        let path = format!("/v1/keys/{}", org.live.view.id);
        assert_eq!(second.call(&other, reqwest::Method::PATCH, &path, &json!({ "spend_cap": 4 })).await.status, 200);
        let more = usize::try_from((4_000_000_000 - spent).max(0) / 300_000_000).unwrap();
        assert_eq!(passed(&second, &org, 8, 402, "spend_cap_reached").await, more);
        second.stop().await;
    }

    async fn a_rotated_key_and_one_that_a_capped_key_creates_share_its_cap(db: TestDb) {
        let portal = portal(&db).await;
        let mut org = org_on(&portal, plan("Soft", 0, Some("1"))).await;
        let scopes = ["customers:read", "keys:write"];
        let body = json!({ "name": "Capped", "environment": "live", "scopes": scopes, "spend_cap": 6 });
        let made = |response: TestResponse| {
            assert_eq!(response.status, 201, "{}", response.text);
            serde_json::from_str::<CreatedKey>(&response.text).unwrap()
        };
        let capped = made(portal.post(&org.live, "/v1/keys", &body).await);
        let owner = std::mem::replace(&mut org.live, capped);
        assert_eq!(passed(&portal, &org, 2, 402, "spend_cap_reached").await, 2);
        // Creating and rotating keys is never billed.
        let child = made(portal.post(&org.live, "/v1/keys", &body).await);
        let rotated = portal.post(&owner, &format!("/v1/keys/{}/rotate", org.live.view.id), &json!({ "overlap": "24h" })).await;
        let old = std::mem::replace(&mut org.live, made(rotated));
        assert_eq!(passed(&portal, &org, 2, 402, "spend_cap_reached").await, 2);
        assert_eq!(portal.get(&old, "/v1/customers").await.status, 200);
        assert_eq!(portal.get(&child, "/v1/customers").await.status, 200);
        for key in [&old, &child, &org.live] {
            portal.get(key, "/v1/customers").await.problem(402, "spend_cap_reached");
        }
        portal.stop().await;
        assert_eq!(db.number("select count(*) from key_spend").await, 1, "that of the capped keys");
        assert_eq!(db.number("select max(amount_nano) from key_spend").await, 6_000_000_000);
        assert_eq!(db.number("select count(*) from threshold_notices where subject like 'key_%'").await, 3);
        let again = self::portal(&db).await;
        assert_eq!(passed(&again, &org, 3, 402, "spend_cap_reached").await, 0);
        again.stop().await;
    }

    async fn what_a_key_spends_while_its_cap_is_lifted_counts_against_the_next(db: TestDb) {
        let portal = portal(&db).await;
        let mut org = org_on(&portal, plan("Soft", 0, Some("1"))).await;
        let capped = portal.key(&org.id, Environment::Live, &["customers:read"]).await;
        let owner = std::mem::replace(&mut org.live, capped);
        let path = format!("/v1/keys/{}", org.live.view.id);
        let set = async |cap: Option<u64>| assert_eq!(portal.call(&owner, reqwest::Method::PATCH, &path, &json!({ "spend_cap": cap })).await.status, 200);
        set(Some(2)).await;
        assert_eq!(passed(&portal, &org, 3, 402, "spend_cap_reached").await, 2);
        set(None).await;
        assert_eq!(passed(&portal, &org, 4, 402, "spend_cap_reached").await, 4);
        applied(&db, 6).await;
        portal.app.journal.caught_up().await;
        set(Some(5)).await;
        assert_eq!(passed(&portal, &org, 3, 402, "spend_cap_reached").await, 0);
        portal.stop().await;
    }
}
