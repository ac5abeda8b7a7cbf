//! Refused live calls: announced before a change that causes them, on every page while they last,
//! and by mail and event.

use serde_json::{Value, json};
use tollgate::server::access::{Operator, Permit};
use tollgate::server::plans;
use tollgate::server::quota;
use tollgate::types::plan::{NewPlan, Plan};
use tollgate::types::time::{DAY, HOUR, SECOND};

use crate::quota::{cap, plan};
use crate::support::{
    Org, PASSWORD, Portal, TestDb, TestResponse, Visitor, eventually, on_both, process,
};

/// Pages of the dashboard, each of which shows that live calls are refused.
const PAGES: [&str; 12] = [
    "/dashboard",
    "/dashboard/keys",
    "/dashboard/keys/new",
    "/dashboard/try",
    "/dashboard/logs",
    "/dashboard/webhooks",
    "/dashboard/events",
    "/dashboard/plan",
    "/dashboard/billing",
    "/dashboard/billing/usage",
    "/dashboard/team",
    "/dashboard/settings",
];

/// A person with their own organisation and keys.
async fn owner(portal: &Portal) -> (Visitor<'_>, Org) {
    let mut owner = Visitor::signed_up(portal, "ada").await;
    let id = Visitor::value(&owner.submit("me", &[]).await)["org"]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let org = portal.with_keys(id).await;
    (owner, org)
}

async fn made(portal: &Portal, new: NewPlan) -> Plan {
    plans::create(&portal.app.db, new, &Operator::command_line(), portal.now()).await.unwrap()
}

async fn put_on(portal: &Portal, org: &Org, plan: &Plan) {
    plans::set_plan(
        &portal.app.db,
        &Permit::for_command_line(org.id.clone()),
        &plan.id,
        portal.now(),
    )
    .await
    .unwrap();
}

async fn call(portal: &Portal, org: &Org) -> TestResponse {
    portal.get(&org.live, "/v1/customers").await
}

async fn calls(db: &TestDb, portal: &Portal, org: &Org, n: i64) {
    let before =
        db.number("select cast(coalesce(sum(units), 0) as bigint) from quota_counters").await;
    for _ in 0..n {
        assert_eq!(call(portal, org).await.status, 200);
    }
    eventually("the units are in the database", || async {
        (db.number("select cast(coalesce(sum(units), 0) as bigint) from quota_counters").await
            == before + n)
            .then_some(())
    })
    .await;
}

/// The cause in the banner, after a call through the gateway had the same result. An accepted call
/// costs a unit.
async fn cause(portal: &Portal, owner: &mut Visitor<'_>, org: &Org) -> Option<String> {
    let refusals = Visitor::value(&owner.submit("list_refusals", &[]).await);
    let named = refusals
        .as_array()
        .unwrap()
        .iter()
        .find(|refusal| refusal["product"] == "platform")
        .map(|refusal| refusal["cause"].as_str().unwrap().to_owned());
    let response = call(portal, org).await;
    match named.as_deref() {
        None => assert_eq!(
            response.status, 200,
            "the banner is silent, the gateway refuses: {}",
            response.text
        ),
        Some("quota_used_up") => drop(response.problem(429, "quota_exceeded")),
        Some("spend_cap_reached") => drop(response.problem(402, "spend_cap_reached")),
        Some("payment_overdue") => drop(response.problem(402, "payment_required")),
        Some(other) => panic!("{other}"),
    }
    named
}

async fn notifications(db: &TestDb) -> (Vec<String>, Vec<String>) {
    let events = db
        .texts("select data_json from events where type = 'live_calls.refused' order by id")
        .await;
    let causes = events
        .iter()
        .map(|event| {
            serde_json::from_str::<Value>(event).unwrap()["cause"].as_str().unwrap().to_owned()
        })
        .collect();
    (causes, db.texts("select subject from mails where subject like '%refused%' order by id").await)
}

on_both! {
    async fn a_plan_that_stops_below_what_was_used_says_so_and_is_taken_only_if_confirmed(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (mut ada, org) = owner(&portal).await;
        put_on(&portal, &org, &made(&portal, plan("Soft", 1, Some("0.1"))).await).await;
        calls(&db, &portal, &org, 7).await;
        let last = db.logs().await.into_iter().max_by_key(|log| log.id.clone()).expect("a call");
        let html = ada.page(&format!("/dashboard/logs/{}?env=live", last.id)).await.text;
        assert!(html.contains("0.001 USD") && !html.contains("minor unit"), "{html}");
        let tiny = made(&portal, plan("Tiny", 5, None)).await;
        let (id, page) = (tiny.id.to_string(), format!("/dashboard/billing?product=platform&plan={}", tiny.id));
        let preview = Visitor::value(&ada.submit("preview_plan", &[("plan_id", &id)]).await);
        assert_eq!(preview["consequence"]["refusal"]["cause"], "quota_used_up");
        assert_eq!(preview["consequence"]["refusal"]["used_units"], 7);
        let until = portal.now().next_month().day();
        let consequence = format!("You have used 7 units this month. Tiny stops at 5: live calls will be refused with 429 until {until} (UTC).");
        let html = ada.page(&page).await.text;
        assert!(html.contains(&consequence) && html.contains("name=\"confirm\""), "{html}");
        // With and without scripts.
        for refused in [ada.submit("choose_plan", &[("plan_id", &id), ("at", "")]).await, ada.submit("choose_plan", &[("plan_id", &id), ("confirm", "")]).await] {
            assert_eq!(refused.status, 422, "{}", refused.text);
            assert!(refused.text.contains(&consequence), "{}", refused.text);
        }
        let back = ada.submit_plain(&page, "choose_plan", &[("plan_id", &id)]).await;
        assert_eq!(back.status, 307);
        assert_eq!(plans::current(&portal.app.db, &org.id, "platform").await.unwrap().0.name, "Soft");
        assert_eq!(ada.submit_plain(&page, "choose_plan", &[("plan_id", &id), ("confirm", "yes")]).await.status, 302);
        assert_eq!(plans::current(&portal.app.db, &org.id, "platform").await.unwrap().0.name, "Tiny");
        call(&portal, &org).await.problem(429, "quota_exceeded");
        let html = ada.page("/dashboard/billing").await.text;
        assert!(html.contains("including 0.01 USD for units above the included ones, which you used before you changed to Tiny"), "{html}");
        // A change that refuses nothing needs no confirmation, but states its limit.
        let roomy = made(&portal, plan("Roomy", 50, None)).await;
        let html = ada.page(&format!("/dashboard/billing?plan={}", roomy.id)).await.text;
        assert!(html.contains("Roomy stops at 50 units per month") && !html.contains("name=\"confirm\""));
        assert_eq!(ada.submit("choose_plan", &[("plan_id", roomy.id.as_str())]).await.status, 200);
        assert_eq!(call(&portal, &org).await.status, 200);
    }

    async fn the_command_line_confirms_before_a_plan_refuses_live_calls(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (_, org) = owner(&portal).await;
        put_on(&portal, &org, &made(&portal, plan("Soft", 1, Some("0.1"))).await).await;
        calls(&db, &portal, &org, 4).await;
        made(&portal, plan("Tiny", 3, None)).await;
        let refused = process::run(&db, &["org", "set-plan", org.id.as_str(), "Tiny"]);
        let printed = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && printed.contains("used 4 units") && printed.contains("--yes"), "{printed}");
        assert_eq!(call(&portal, &org).await.status, 200);
        process::json(&db, &["org", "set-plan", org.id.as_str(), "Tiny", "--yes", "--json"]);
        eventually("the plan is in force", || async { (call(&portal, &org).await.status == 429).then_some(()) }).await;
    }

    async fn the_banner_and_the_gateway_always_agree(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (mut ada, org) = owner(&portal).await;
        let (soft, tiny) = (made(&portal, plan("Soft", 1, Some("100"))).await, made(&portal, plan("Tiny", 5, None)).await);
        assert_eq!(cause(&portal, &mut ada, &org).await, None);
        put_on(&portal, &org, &tiny).await;
        for _ in 0..4 {
            assert_eq!(cause(&portal, &mut ada, &org).await, None);
        }
        assert_eq!(cause(&portal, &mut ada, &org).await.as_deref(), Some("quota_used_up"));
        put_on(&portal, &org, &soft).await;
        assert_eq!(cause(&portal, &mut ada, &org).await, None);
        // One dollar was spent: a cap of one has no room, a cap of two has it once.
        cap(&portal, &org, Some(100)).await;
        assert_eq!(cause(&portal, &mut ada, &org).await.as_deref(), Some("spend_cap_reached"));
        cap(&portal, &org, Some(200)).await;
        assert_eq!(cause(&portal, &mut ada, &org).await, None);
        assert_eq!(cause(&portal, &mut ada, &org).await.as_deref(), Some("spend_cap_reached"));
        // The quota has priority over the cap.
        put_on(&portal, &org, &tiny).await;
        assert_eq!(cause(&portal, &mut ada, &org).await.as_deref(), Some("quota_used_up"));
        put_on(&portal, &org, &soft).await;
        cap(&portal, &org, None).await;
        assert_eq!(cause(&portal, &mut ada, &org).await, None);
        put_on(&portal, &org, &tiny).await;
        assert_eq!(cause(&portal, &mut ada, &org).await.as_deref(), Some("quota_used_up"));
        // A new month, and a server that has counted nothing yet.
        portal.clock.advance(portal.now().next_month().0 - portal.now().0 + HOUR);
        assert_eq!(ada.submit("log_in", &[("email", "ada@example.com"), ("password", PASSWORD), ("next", "")]).await.status, 200);
        assert_eq!(cause(&portal, &mut ada, &org).await, None);
        for _ in 0..4 {
            assert_eq!(call(&portal, &org).await.status, 200);
        }
        assert_eq!(cause(&portal, &mut ada, &org).await.as_deref(), Some("quota_used_up"));
    }

    async fn a_server_that_was_just_started_knows_what_is_refused(db: TestDb) {
        let first = Portal::start(&db).await;
        let (ada, org) = owner(&first).await;
        let cookie = ada.cookie.clone();
        put_on(&first, &org, &made(&first, plan("Tiny", 2, None)).await).await;
        calls(&db, &first, &org, 2).await;
        first.stop().await;
        let second = Portal::start(&db).await;
        let mut ada = Visitor::new(&second);
        ada.cookie = cookie;
        assert_eq!(cause(&second, &mut ada, &org).await.as_deref(), Some("quota_used_up"));
    }

    async fn every_page_of_the_dashboard_says_that_live_calls_are_refused_and_where_to_end_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (mut ada, org) = owner(&portal).await;
        let tiny = made(&portal, plan("Tiny", 2, None)).await;
        put_on(&portal, &org, &tiny).await;
        for page in PAGES {
            assert!(!ada.page(page).await.text.contains("are refused with 429"), "{page}");
        }
        calls(&db, &portal, &org, 2).await;
        for page in PAGES {
            let html = ada.page(page).await.text;
            assert!(html.contains("Live calls to platform are refused") && html.contains("/dashboard/billing?product=platform#plans"), "{page}");
        }
        let key = format!("href=\"/dashboard/keys/{}?env=live\"", org.live.view.id);
        assert!(ada.page("/dashboard/plan").await.text.contains(&key), "the key that was billed is a link");
        let html = ada.page("/dashboard/billing").await.text;
        assert!(html.contains(&key), "{html}");
        assert!(html.contains("2 of 2 included units") && html.contains("Tiny stops at 2") && html.contains("id=\"plans\""));
        // Ending the refusal of an overdue payment, and of a cap.
        put_on(&portal, &org, &made(&portal, plan("Soft", 1, Some("100"))).await).await;
        cap(&portal, &org, Some(100)).await;
        calls(&db, &portal, &org, 1).await;
        let html = ada.page("/dashboard/keys").await.text;
        assert!(html.contains("You have spent 1.00 USD of your cap of 1.00 USD") && html.contains("/dashboard/billing?product=platform#cap-title"), "{html}");
        assert!(ada.page("/dashboard/billing").await.text.contains("id=\"cap-title\""));
    }

    async fn an_overdue_payment_is_on_every_page_and_notified_when_its_grace_period_ends(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (mut ada, org) = owner(&portal).await;
        let paid = made(&portal, NewPlan { monthly_price: 900, ..plan("Paid", 9, Some("1")) }).await;
        let blocked_at = portal.now().plus(3 * DAY);
        let mut tx = portal.app.db.begin().await.unwrap();
        let provided = plans::Provided {
            stripe_id: "sub_1".into(),
            state: tollgate::types::billing::SubscriptionState::PastDue,
            created_at: portal.now(),
            started_at: portal.now(),
            ended_at: None,
            period_start: None,
            period_end: None,
            trial_ends_at: None,
            ends_at: None,
            blocked_at: Some(blocked_at),
        };
        plans::reconcile(&mut tx, (&org.id, &paid), None, &provided, false, portal.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(cause(&portal, &mut ada, &org).await, None);
        eventually("the check waits for the end of the days of grace", || async {
            (db.texts("select cast(due_at as text) from refusal_checks").await == [blocked_at.0.to_string()]).then_some(())
        })
        .await;
        assert_eq!(notifications(&db).await, (vec![], vec![]));
        portal.clock.advance(3 * DAY + SECOND);
        assert_eq!(cause(&portal, &mut ada, &org).await.as_deref(), Some("payment_overdue"));
        let html = ada.page("/dashboard/logs").await.text;
        assert!(html.contains("A payment for Paid is overdue") && html.contains("/dashboard/billing?product=platform#plan\""), "{html}");
        eventually("the event is recorded", || async { (notifications(&db).await.0 == ["payment_overdue"]).then_some(()) }).await;
        assert_eq!(notifications(&db).await.1, ["Live calls to platform are refused (ada's)"]);
        db.expect_events_of_the_catalogue(&["live_calls.refused"]).await;
    }

    async fn a_change_that_refuses_live_calls_is_notified_once_per_cause_and_period(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (_ada, org) = owner(&portal).await;
        let (soft, tiny) = (made(&portal, plan("Soft", 1, Some("100"))).await, made(&portal, plan("Tiny", 2, None)).await);
        put_on(&portal, &org, &soft).await;
        calls(&db, &portal, &org, 3).await;
        put_on(&portal, &org, &tiny).await;
        eventually("the quota is notified", || async { (notifications(&db).await.0 == ["quota_used_up"]).then_some(()) }).await;
        put_on(&portal, &org, &soft).await;
        cap(&portal, &org, Some(150)).await;
        eventually("the cap is notified", || async { (notifications(&db).await.0 == ["quota_used_up", "spend_cap_reached"]).then_some(()) }).await;
        // There and back again: nothing new.
        put_on(&portal, &org, &tiny).await;
        put_on(&portal, &org, &soft).await;
        cap(&portal, &org, None).await;
        cap(&portal, &org, Some(150)).await;
        eventually("all checks are done", || async { (db.number("select count(*) from refusal_checks").await == 0).then_some(()) }).await;
        let (causes, mails) = notifications(&db).await;
        assert_eq!(causes, ["quota_used_up", "spend_cap_reached"]);
        assert_eq!(mails, ["Live calls to platform are refused (ada's)", "Live calls are refused: the spend cap is reached (ada's)"]);
        let body = db.texts("select body from mails where subject like 'Live calls to platform%'").await.remove(0);
        assert!(body.contains("You have used 3 units this month. Tiny stops at 2") && body.contains("/dashboard/billing?product=platform#plans"), "{body}");
        db.expect_events_of_the_catalogue(&["live_calls.refused"]).await;
        quota::prune(&portal.app.db, portal.now().plus(150 * DAY)).await.unwrap();
        assert_eq!(db.number("select count(*) from refusals_told").await, 0);
    }

    async fn who_uses_the_quota_up_by_calls_has_one_mail_for_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (_ada, org) = owner(&portal).await;
        put_on(&portal, &org, &made(&portal, plan("Tiny", 2, None)).await).await;
        calls(&db, &portal, &org, 2).await;
        eventually("the refusal is notified", || async { (notifications(&db).await.0 == ["quota_used_up"]).then_some(()) }).await;
        assert_eq!(notifications(&db).await.1, Vec::<String>::new());
        assert_eq!(db.number("select count(*) from mails where subject like '100 %'").await, 1);
    }

    async fn a_spend_cap_below_what_was_spent_is_set_only_if_confirmed(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (mut ada, org) = owner(&portal).await;
        put_on(&portal, &org, &made(&portal, plan("Soft", 1, Some("100"))).await).await;
        calls(&db, &portal, &org, 4).await;
        let refused = ada.submit("set_spend_cap", &[("cap", "2")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("You have spent 3.00 USD this month, and the cap is 2.00 USD"), "{}", refused.text);
        assert_eq!(call(&portal, &org).await.status, 200);
        assert_eq!(ada.submit("set_spend_cap", &[("cap", "50")]).await.status, 200);
        assert_eq!(ada.submit("set_spend_cap", &[("cap", "2"), ("confirm", "yes")]).await.status, 200);
        call(&portal, &org).await.problem(402, "spend_cap_reached");
        assert_eq!(ada.submit("set_spend_cap", &[("cap", "")]).await.status, 200);
        assert_eq!(json!(call(&portal, &org).await.status), json!(200));
    }

    async fn a_new_default_plan_says_whose_calls_it_refuses_and_they_are_notified(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (_ada, org) = owner(&portal).await;
        calls(&db, &portal, &org, 3).await;
        let args = ["plan", "create", "Free", "--included", "2"];
        let refused = process::run(&db, &args);
        let printed = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && printed.contains("1 organisation has no subscription") && printed.contains("--yes"), "{printed}");
        let token = process::json(&db, &["admin-token", "create", "--json"])["token"].as_str().unwrap().to_owned();
        let body = json!({ "name": "Free", "monthly_price": 0, "included_units": 2 });
        let path = "/admin/api/v1/products/platform/plans";
        let refused = portal.send(portal.request(reqwest::Method::POST, path).bearer_auth(&token).json(&body)).await;
        assert_eq!(refused.problem(422, "validation_failed")["errors"][0]["location"], "body.confirm");
        let mut operator = crate::admin_tokens::operator(&portal, &db).await;
        let form = [("product", "platform"), ("name", "Free"), ("included", "2"), ("hard", "true")];
        assert_eq!(operator.submit("admin_create_plan", &form).await.status, 422);
        assert_eq!(call(&portal, &org).await.status, 200);
        process::json(&db, &[&args[..], &["--yes", "--json"]].concat());
        eventually("the plan is in force", || async { (call(&portal, &org).await.status == 429).then_some(()) }).await;
        eventually("the event is recorded", || async { (notifications(&db).await.0 == ["quota_used_up"]).then_some(()) }).await;
        // Or the notice of 100 %, if a call that was accepted while the plan was created reaches it
        // first. Never both.
        let mails = "select count(*) from mails where subject like 'Live calls to platform are refused%' or subject like '100 %'";
        assert_eq!(db.number(mails).await, 1);
        // A change that refuses nobody needs no confirmation.
        process::json(&db, &["plan", "create", "Free", "--included", "1000", "--json"]);
    }
}
