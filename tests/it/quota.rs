//! Quotas and spend caps through the gateway: never a unit too many, never one lost.

use futures::future::join_all;
use serde_json::{Value, json};
use tollgate::server::access::{Operator, Permit};
use tollgate::server::plans;
use tollgate::server::{quota, usage};
use tollgate::types::environment::Environment;
use tollgate::types::key::CreatedKey;
use tollgate::types::plan::NewPlan;
use tollgate::types::time::{DAY, MINUTE, SECOND};

use crate::support::{Answer, Org, Portal, TestDb, Visitor, eventually, on_both, process};

/// Limits that no test here reaches.
const OPEN: [&str; 8] = [
    "--limit-key",
    "1000000/1",
    "--limit-org",
    "1000000/1",
    "--limit-ip",
    "1000000/1",
    "--limit-operation",
    "1000000/1",
];

async fn portal(db: &TestDb) -> Portal {
    Portal::with_flags(db, &OPEN).await
}

pub fn plan(name: &str, included_units: u64, overage: Option<&str>) -> NewPlan {
    NewPlan {
        included_units,
        overage: overage.map(|price| price.parse().unwrap()),
        ..NewPlan::public("platform", name)
    }
}

/// An organisation on its own plan.
pub async fn org_on(portal: &Portal, new: NewPlan) -> Org {
    let org = portal.org("Acme").await;
    put_on(portal, &org, new).await;
    org
}

async fn put_on(portal: &Portal, org: &Org, new: NewPlan) {
    let plan =
        plans::create(&portal.app.db, new, &Operator::command_line(), portal.now()).await.unwrap();
    plans::set_plan(
        &portal.app.db,
        &Permit::for_command_line(org.id.clone()),
        &plan.id,
        portal.now(),
    )
    .await
    .unwrap();
}

pub async fn cap(portal: &Portal, org: &Org, cap: Option<u64>) {
    plans::set_spend_cap(
        &portal.app.db,
        &Permit::for_command_line(org.id.clone()),
        cap,
        portal.now(),
    )
    .await
    .unwrap();
}

async fn call(portal: &Portal, org: &Org) -> Answer {
    portal.get(&org.live, "/v1/customers").await
}

/// How many of `n` concurrent calls get 200; all others must be refused with `code`.
async fn passed(portal: &Portal, org: &Org, n: usize, status: u16, code: &str) -> usize {
    let answers = join_all((0..n).map(|_| call(portal, org))).await;
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.problem(status, code);
        assert_eq!(answer.header("tollgate-units"), "0");
    }
    answers.iter().filter(|answer| answer.status == 200).count()
}

async fn applied(db: &TestDb, units: i64) {
    eventually("the units are in the database", || async {
        (db.number("select cast(coalesce(sum(units), 0) as bigint) from quota_counters").await
            == units)
            .then_some(())
    })
    .await;
}

on_both! {
    async fn billed_calls_are_those_that_were_billed_and_no_others(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 3, None)).await;
        for status in [200, 200, 200, 429, 429] {
            assert_eq!(call(&portal, &org).await.status, status);
        }
        eventually("the calls are applied", || async { (db.logged().await == 5).then_some(()) }).await;
        let (month, permit) = (portal.now().month(), Permit::for_command_line(org.id.clone()));
        let range = (month, month.next_month());
        let billed = usage::of_product(&portal.app.db, &permit, Environment::Live, "platform", range.0, range.1).await.unwrap();
        assert_eq!(billed.iter().map(|row| (row.operation.as_str(), row.calls, row.units)).collect::<Vec<_>>(), [("listCustomers", 3, 3)]);
        let by_key = usage::of_operation(&portal.app.db, &permit, Environment::Live, ("platform", "listCustomers"), range).await.unwrap();
        assert_eq!(by_key.iter().map(|row| (row.calls, row.units)).collect::<Vec<_>>(), [(3, 3)]);
    }

    async fn a_plan_with_a_hard_quota_stops_exactly_at_it_and_goes_on_next_month(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 5, None)).await;
        for left in ["4", "3", "2", "1", "0"] {
            let answer = call(&portal, &org).await;
            assert_eq!((answer.status, answer.header("tollgate-quota-remaining"), answer.header("tollgate-units")), (200, left, "1"));
        }
        let refused = call(&portal, &org).await;
        refused.problem(429, "quota_exceeded");
        assert_eq!(refused.header("tollgate-quota-remaining"), "0");
        let wait: i64 = refused.header("retry-after").parse().unwrap();
        let month_end = portal.now().next_month().0 - portal.now().0;
        assert!((wait - month_end / SECOND).abs() <= 2, "{wait}");
        // The sandbox has no quota, and a call that would be refused in any case gets its own
        // error.
        let sandbox = portal.get(&org.sandbox, "/v1/customers").await;
        assert_eq!((sandbox.status, sandbox.header("tollgate-quota-remaining")), (200, ""));
        portal.get(&org.live, "/v1/nothing").await.problem(404, "not_found");

        portal.clock.advance((wait - 60) * SECOND);
        call(&portal, &org).await.problem(429, "quota_exceeded");
        portal.clock.advance(MINUTE + SECOND);
        assert_eq!(call(&portal, &org).await.header("tollgate-quota-remaining"), "4");
        portal.stop().await;
        assert_eq!(db.texts("select cast(units as text) from quota_counters order by month").await, ["5", "1"]);
    }

    async fn answers_that_are_not_billed_use_nothing_up(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 2, None)).await;
        for _ in 0..5 {
            portal.get(&org.live, "/v1/customers/cus_01h2xcejqtf2nbrexx3vqjhp41").await.problem(404, "not_found");
            let answer = portal.post(&org.live, "/v1/customers", &json!({})).await;
            answer.problem(422, "validation_failed");
            assert_eq!((answer.header("tollgate-units"), answer.header("tollgate-quota-remaining")), ("0", "2"));
        }
        assert_eq!(passed(&portal, &org, 4, 429, "quota_exceeded").await, 2);
    }

    async fn many_at_once_never_get_a_unit_more_than_the_quota(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 40, None)).await;
        assert_eq!(passed(&portal, &org, 64, 429, "quota_exceeded").await, 40);
        assert_eq!(passed(&portal, &org, 8, 429, "quota_exceeded").await, 0);
        portal.stop().await;
        assert_eq!(db.number("select units from quota_counters").await, 40);
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await, 40);
    }

    async fn a_soft_quota_goes_on_as_overage_which_is_priced(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Soft", 3, Some("0.25"))).await;
        for left in ["2", "1", "0", "0", "0"] {
            let answer = call(&portal, &org).await;
            assert_eq!((answer.status, answer.header("tollgate-quota-remaining")), (200, left));
        }
        portal.stop().await;
        assert_eq!(db.number("select units from quota_counters").await, 5);
        assert_eq!(db.number("select amount_nano from key_spend").await, 500_000_000);
    }

    async fn dear_calls_are_recorded_whole_and_their_sum_never_stops_the_applier(db: TestDb) {
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

    async fn an_organisations_spend_cap_holds_under_many_calls_at_once(db: TestDb) {
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

    async fn a_keys_spend_cap_holds_under_many_calls_at_once_and_binds_no_other_key(db: TestDb) {
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

    async fn a_rotated_key_and_one_that_a_capped_key_makes_share_its_cap(db: TestDb) {
        let portal = portal(&db).await;
        let mut org = org_on(&portal, plan("Soft", 0, Some("1"))).await;
        let scopes = ["customers:read", "keys:write"];
        let body = json!({ "name": "Capped", "environment": "live", "scopes": scopes, "spend_cap": 6 });
        let made = |answer: Answer| {
            assert_eq!(answer.status, 201, "{}", answer.text);
            serde_json::from_str::<CreatedKey>(&answer.text).unwrap()
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

    async fn dry_runs_take_no_room_from_calls_and_tell_what_would_be_refused(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 6, None)).await;
        let dry = || portal.send(portal.request(reqwest::Method::GET, "/v1/customers").bearer_auth(&org.live.key).header("tollgate-dry-run", "true"));
        for _ in 0..6 {
            let (answers, passed) = futures::future::join(join_all((0..1).map(|_| dry())), passed(&portal, &org, 1, 429, "quota_exceeded")).await;
            assert_eq!(passed, 1, "{}", answers[0].text);
        }
        dry().await.problem(429, "quota_exceeded");
        portal.stop().await;
    }

    async fn what_another_call_only_holds_makes_none_dearer(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Soft", 3, Some("1"))).await;
        assert_eq!(call(&portal, &org).await.status, 200);
        // A call in progress that may cost as many units as are included.
        let held = quota::quota_counter(&org.id, "platform", quota::month(portal.now()), None, 3);
        let taken = portal.app.shared.take(&org.id, portal.now().0 * 1_000, &[], &[Some(held), None, None]).await;
        assert_eq!(call(&portal, &org).await.header("tollgate-quota-remaining"), "1");
        drop(taken);
        portal.stop().await;
        assert_eq!(db.number("select units from key_spend").await, 2);
        assert_eq!(db.number("select amount_nano from key_spend").await, 0);
    }

    async fn a_restart_in_the_middle_of_a_month_keeps_the_count(db: TestDb) {
        let first = portal(&db).await;
        let org = org_on(&first, plan("Tiny", 12, None)).await;
        assert_eq!(passed(&first, &org, 7, 429, "quota_exceeded").await, 7);
        first.stop().await;
        let second = portal(&db).await;
        assert_eq!(passed(&second, &org, 9, 429, "quota_exceeded").await, 5);
        second.stop().await;
    }

    async fn what_was_counted_before_sums_had_parts_counts(db: TestDb) {
        let first = portal(&db).await;
        let org = org_on(&first, plan("Tiny", 12, None)).await;
        assert_eq!(passed(&first, &org, 7, 429, "quota_exceeded").await, 7);
        first.stop().await;
        // As the migration leaves it.
        db.execute("update month_parts set journal_id = ''").await;
        let second = portal(&db).await;
        assert_eq!(passed(&second, &org, 2, 429, "quota_exceeded").await, 2);
        applied(&db, 9).await;
        assert_eq!(passed(&second, &org, 9, 429, "quota_exceeded").await, 3);
        second.stop().await;
        assert_eq!(db.texts("select cast(amount as text) from month_parts where subject like 'quota:%' order by journal_id").await, ["7", "5"]);
    }

    async fn parts_of_sums_that_nobody_asks_about_are_pruned(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 12, None)).await;
        call(&portal, &org).await;
        applied(&db, 1).await;
        let parts = async || db.number("select count(*) from month_parts").await;
        let kept = parts().await;
        assert!(kept >= 2, "of the organisation's quota and of its key");
        quota::prune(&portal.app.db, portal.now().plus(60 * DAY)).await.unwrap();
        assert_eq!(parts().await, kept);
        quota::prune(&portal.app.db, portal.now().plus(150 * DAY)).await.unwrap();
        assert_eq!(parts().await, 0);
    }

    async fn another_plan_is_in_force_at_once_on_every_instance(db: TestDb) {
        let first = portal(&db).await;
        let org = org_on(&first, plan("Tiny", 3, None)).await;
        assert_eq!(passed(&first, &org, 5, 429, "quota_exceeded").await, 3);
        process::json(&db, &["plan", "create", "Larger", "--included", "6", "--json"]);
        process::json(&db, &["org", "set-plan", org.id.as_str(), "larger", "--json"]);
        eventually("the larger plan holds", || async { (call(&first, &org).await.status == 200).then_some(()) }).await;
        assert_eq!(passed(&first, &org, 8, 429, "quota_exceeded").await, 2);
        // The operator's limits apply immediately, too.
        process::json(&db, &["org", "set-limit", org.id.as_str(), "--key", "7/3600", "--json"]);
        eventually("the limit holds", || async { (call(&first, &org).await.header("x-ratelimit-limit") == "7").then_some(()) }).await;
    }

    async fn the_quota_is_the_sum_of_what_the_log_says_was_billed(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Soft", 4, Some("0.1"))).await;
        for i in 0..12 {
            portal.post(&org.live, "/v1/customers", &if i % 3 == 0 { json!({}) } else { json!({ "name": "Ada" }) }).await;
        }
        applied(&db, 8).await;
        let logs = portal.get(&org.live, "/v1/request-logs?limit=100&operation=createCustomer").await.json();
        let billed: u64 = logs["data"].as_array().unwrap().iter().map(|log| log["billed_units"].as_u64().unwrap()).sum();
        assert_eq!(billed, 8);
    }

    async fn two_instances_that_count_together_tell_each_threshold_once(db: TestDb) {
        // Both on one embedded database, which real servers cannot share.
        let first = Portal::with_parts(&db, &OPEN, |parts| parts.database_lock = None).await;
        let folder = TestDb::sqlite();
        let url = db.url().map_or_else(|| format!("sqlite:{}", db.data_dir().join("tollgate.db").display()), str::to_owned);
        let mut flags = OPEN.to_vec();
        flags.extend(["--database-url", &url]);
        let second = Portal::with_flags(&folder, &flags).await;
        let mut owner = Visitor::signed_up(&first, "ada").await;
        let id = Visitor::value(&owner.submit("me", &[]).await)["org"]["id"].as_str().unwrap().parse().unwrap();
        let org = first.with_keys(id).await;
        put_on(&first, &org, plan("Soft", 20, Some("0.1"))).await;
        let both = futures::future::join(passed(&first, &org, 10, 0, ""), passed(&second, &org, 10, 0, ""));
        assert_eq!(both.await, (10, 10));
        applied(&db, 20).await;
        assert_eq!(db.number("select count(*) from events where type = 'quota.threshold_reached'").await, 3);
        assert_eq!(db.number("select count(*) from threshold_notices").await, 3);
        assert_eq!(db.number("select count(*) from mails where subject like '100 %'").await, 1);
        // Each learns the other's counts with its own next batch.
        call(&first, &org).await;
        applied(&db, 21).await;
        put_on(&first, &org, plan("Hard", 22, None)).await;
        eventually("the first instance knows of all", || async { (passed(&first, &org, 3, 429, "quota_exceeded").await == 0).then_some(()) }).await;
        first.stop().await;
        second.stop().await;
    }

    async fn a_month_of_usage_is_told_by_operation_and_by_key(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Soft", 3, Some("0.5"))).await;
        for _ in 0..4 {
            call(&portal, &org).await;
        }
        portal.post(&org.live, "/v1/customers", &json!({ "name": "Ada" })).await;
        portal.get(&org.sandbox, "/v1/customers").await;
        applied(&db, 5).await;
        portal.app.journal.caught_up().await;
        let month = &portal.now().to_string()[..7];
        let usage = portal.get(&org.live, &format!("/v1/usage?month={month}")).await.json();
        assert_eq!((&usage["calls"], &usage["billed_units"]), (&json!(5), &json!(5)));
        let quota = &usage["quota"];
        assert_eq!((&quota["included_units"], &quota["remaining_units"], &quota["overage"], &quota["plan"]), (&json!(3), &json!(0), &json!(1), &json!("Soft")));
        assert_eq!(usage["by_operation"][0], json!({ "product": "platform", "operation": "listCustomers", "calls": 4, "units": 4, "billed_units": 4 }));
        assert_eq!((&usage["by_key"][0]["key_id"], &usage["by_key"][0]["calls"]), (&json!(org.live.view.id), &json!(5)));
        let sandbox = portal.get(&org.sandbox, &format!("/v1/usage?month={month}")).await.json();
        assert_eq!((&sandbox["quota"], &sandbox["calls"], &sandbox["billed_units"]), (&Value::Null, &json!(1), &json!(0)));
        // Of one product only; another one was not used.
        let one = portal.get(&org.live, &format!("/v1/usage?month={month}&product=platform")).await.json();
        assert_eq!((&one["product"], &one["calls"], &one["quota"]["product"]), (&json!("platform"), &json!(5), &json!("platform")));
        assert_eq!((&usage["product"], &usage["by_key"][0]["product"], &usage["has_more_keys"]), (&Value::Null, &json!("platform"), &json!(false)));
        portal.get(&org.live, &format!("/v1/usage?month={month}&product=nothing")).await.problem(404, "not_found");
        portal.get(&org.live, "/v1/usage?product=platform").await.problem(400, "invalid_request");
        for bad in ["2026", "2026-13", "now", "2026-11&from=2026-11-01T00:00:00Z"] {
            portal.get(&org.live, &format!("/v1/usage?month={bad}")).await.problem(400, "invalid_request");
        }
    }

    async fn thresholds_are_told_once_each_with_one_mail_for_the_highest(db: TestDb) {
        let portal = portal(&db).await;
        let mut owner = Visitor::signed_up(&portal, "ada").await;
        let id = Visitor::value(&owner.submit("me", &[]).await)["org"]["id"].as_str().unwrap().parse().unwrap();
        let org = portal.with_keys(id).await;
        put_on(&portal, &org, plan("Tiny", 10, None)).await;
        // 50 is passed separately, then 80 and 100 together.
        for (calls, sum) in [(5, 5), (5, 10)] {
            assert_eq!(passed(&portal, &org, calls, 429, "quota_exceeded").await, calls);
            applied(&db, sum).await;
        }
        let percents = |texts: Vec<String>| texts.iter().map(|text| serde_json::from_str::<Value>(text).unwrap()["percent"].as_u64().unwrap()).collect::<Vec<_>>();
        assert_eq!(percents(db.texts("select data_json from events where type = 'quota.threshold_reached' order by id").await), [50, 80, 100]);
        db.expect_events_of_the_catalogue(&["quota.threshold_reached"]).await;
        assert_eq!(passed(&portal, &org, 3, 429, "quota_exceeded").await, 0);
        portal.stop().await;
        let mails = db.texts("select subject from mails where subject like '%monthly quota%' order by id").await;
        let highest = ["100 % of the monthly quota of platform of ada's is used"];
        assert!(mails.starts_with(&["50 % of the monthly quota of platform of ada's is used".to_owned()]) && mails.ends_with(&highest.map(str::to_owned)), "{mails:?}");
        assert_eq!(db.number("select count(*) from threshold_notices").await, 3);
    }
}
