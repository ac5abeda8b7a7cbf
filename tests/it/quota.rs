//! Quotas and spend caps through the gateway: never a unit too many, never one lost.

mod counters;
mod spend_caps;

use futures::future::join_all;
use serde_json::{Value, json};
use tollgate::server::access::{Operator, Permit};
use tollgate::server::plans;
use tollgate::server::{quota, usage};
use tollgate::types::environment::Environment;
use tollgate::types::plan::NewPlan;
use tollgate::types::time::{MINUTE, SECOND};

use crate::support::{Org, Portal, TestDb, TestResponse, Visitor, eventually, on_both};

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

async fn call(portal: &Portal, org: &Org) -> TestResponse {
    portal.get(&org.live, "/v1/customers").await
}

/// How many of `n` concurrent calls get 200; all others must be refused with `code`.
async fn passed(portal: &Portal, org: &Org, n: usize, status: u16, code: &str) -> usize {
    let responses = join_all((0..n).map(|_| call(portal, org))).await;
    for response in responses.iter().filter(|response| response.status != 200) {
        response.problem(status, code);
        assert_eq!(response.header("tollgate-units"), "0");
    }
    responses.iter().filter(|response| response.status == 200).count()
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
    async fn usage_reports_contain_exactly_the_billed_calls(db: TestDb) {
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

    async fn a_plan_with_a_hard_quota_stops_exactly_at_it_and_continues_next_month(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 5, None)).await;
        for left in ["4", "3", "2", "1", "0"] {
            let response = call(&portal, &org).await;
            assert_eq!((response.status, response.header("tollgate-quota-remaining"), response.header("tollgate-units")), (200, left, "1"));
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

    async fn responses_that_are_not_billed_use_no_quota(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 2, None)).await;
        for _ in 0..5 {
            portal.get(&org.live, "/v1/customers/cus_01h2xcejqtf2nbrexx3vqjhp41").await.problem(404, "not_found");
            let response = portal.post(&org.live, "/v1/customers", &json!({})).await;
            response.problem(422, "validation_failed");
            assert_eq!((response.header("tollgate-units"), response.header("tollgate-quota-remaining")), ("0", "2"));
        }
        assert_eq!(passed(&portal, &org, 4, 429, "quota_exceeded").await, 2);
    }

    async fn concurrent_calls_never_get_a_unit_more_than_the_quota(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 40, None)).await;
        assert_eq!(passed(&portal, &org, 64, 429, "quota_exceeded").await, 40);
        assert_eq!(passed(&portal, &org, 8, 429, "quota_exceeded").await, 0);
        portal.stop().await;
        assert_eq!(db.number("select units from quota_counters").await, 40);
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await, 40);
    }

    async fn calls_above_a_soft_quota_are_priced_as_overage(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Soft", 3, Some("0.25"))).await;
        for left in ["2", "1", "0", "0", "0"] {
            let response = call(&portal, &org).await;
            assert_eq!((response.status, response.header("tollgate-quota-remaining")), (200, left));
        }
        portal.stop().await;
        assert_eq!(db.number("select units from quota_counters").await, 5);
        assert_eq!(db.number("select amount_nano from key_spend").await, 500_000_000);
    }

    async fn dry_runs_use_no_quota_and_report_what_would_be_refused(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 6, None)).await;
        let dry = || portal.send(portal.request(reqwest::Method::GET, "/v1/customers").bearer_auth(&org.live.key).header("tollgate-dry-run", "true"));
        for _ in 0..6 {
            let (responses, passed) = futures::future::join(join_all((0..1).map(|_| dry())), passed(&portal, &org, 1, 429, "quota_exceeded")).await;
            assert_eq!(passed, 1, "{}", responses[0].text);
        }
        dry().await.problem(429, "quota_exceeded");
        portal.stop().await;
    }

    async fn reservations_of_other_calls_do_not_make_a_call_more_expensive(db: TestDb) {
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

    async fn the_quota_is_the_sum_of_the_billed_units_in_the_log(db: TestDb) {
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

    async fn a_month_of_usage_is_reported_by_operation_and_by_key(db: TestDb) {
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

    async fn each_threshold_is_notified_once_with_one_mail_for_the_highest(db: TestDb) {
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
