//! Without a payment provider: plan changes take effect immediately, and months are calculated but
//! not charged.

use serde_json::json;
use tollgate::server::access::{Operator, Permit};
use tollgate::server::billing::{self, Chosen};
use tollgate::server::plans;
use tollgate::server::products::{self, Registration};
use tollgate::types::environment::Environment;
use tollgate::types::money::Prices;
use tollgate::types::plan::NewPlan;
use tollgate::types::time::{DAY, MINUTE};

use crate::quota::{cap, org_on, plan};
use crate::support::{Portal, TestDb, Visitor, eventually, on_both};

on_both! {
    async fn a_month_is_invoiced_by_the_plans_that_held_and_not_charged(db: TestDb) {
        let portal = Portal::start(&db).await;
        let start = portal.now().next_month();
        portal.clock.advance(start.0 - portal.now().0 + MINUTE);
        let org = org_on(&portal, NewPlan { monthly_price: 3_000, ..plan("Paid", 2, Some("1")) }).await;
        for _ in 0..5 {
            assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        }
        // Leaving before the month ends does not remove the costs of usage.
        portal.clock.advance(start.next_month().0 - portal.now().0 - 2 * DAY);
        let free = plans::find(&portal.app.db, "platform", "Free").await.unwrap();
        let permit = Permit::for_command_line(org.id.clone());
        assert_eq!(billing::choose(&portal.app.billing(), &permit, &free.id, None, portal.now()).await.unwrap(), Chosen::Done);
        portal.clock.advance(2 * DAY + 11 * MINUTE);
        eventually("the month is closed", || async { (db.number("select count(*) from invoices").await == 1).then_some(()) }).await;
        assert_eq!(db.texts("select state from invoices").await, ["not_charged"]);
        assert_eq!(db.texts("select number from invoices").await, ["INV-000001"]);
        let lines: serde_json::Value = serde_json::from_str(&db.texts("select lines_json from invoices").await[0]).unwrap();
        let amounts: Vec<_> = lines.as_array().unwrap().iter().map(|line| (line["units"].clone(), line["amount"].clone())).collect();
        let days = (start.next_month().0 - start.0) / DAY;
        assert!((amounts[0].1.as_i64().unwrap() - 3_000 * (days - 2) / days).abs() <= 2, "{lines}");
        assert_eq!(amounts[1], (json!(5), json!(3)));
        // Closed repeatedly, it stays one.
        billing::close_months(&portal.app.billing(), portal.now()).await.unwrap();
        assert_eq!(db.number("select count(*) from invoices").await, 1);
        // The operator's view of it, and the result with other prices.
        let operator = Operator::command_line();
        let revenue = billing::revenue(&portal.app.billing(), &operator, start, "").await.unwrap();
        assert_eq!((revenue.rows.len(), revenue.rows[0].units, revenue.rows[0].overage), (1, 5, 3), "{revenue:?}");
        let prices = Prices::after(1, "2".parse().unwrap());
        let simulated = billing::simulate(&portal.app.db, &operator, &free.id, (100, &prices), start, "").await.unwrap();
        assert_eq!(simulated.data.iter().map(|one| one.draft_total).collect::<Vec<_>>(), [108]);
        portal.stop().await;
    }

    async fn invoice_numbers_are_one_sequence_without_gaps_however_many_make_them_at_once(db: TestDb) {
        let portal = Portal::start(&db).await;
        let start = portal.now().next_month();
        portal.clock.advance(start.0 - portal.now().0 + MINUTE);
        let paid = NewPlan { monthly_price: 3_000, ..plan("Paid", 2, Some("1")) };
        let plan = plans::create(&portal.app.db, paid, &Operator::command_line(), portal.now()).await.unwrap();
        for i in 0..12 {
            let org = portal.org(&format!("Org {i}")).await;
            plans::set_plan(&portal.app.db, &Permit::for_command_line(org.id), &plan.id, portal.now()).await.unwrap();
        }
        // After the month, before its job runs: as several instances would.
        portal.clock.advance(start.next_month().0 - portal.now().0 + 11 * MINUTE);
        let now = portal.now();
        let all = futures::future::join_all((0..4).map(|_| async { billing::close_months(&portal.app.billing(), now).await })).await;
        assert!(all.into_iter().all(|written| written.is_ok()));
        let expected: Vec<String> = (1..=12).map(|number| format!("INV-{number:06}")).collect();
        assert_eq!(db.texts("select number from invoices order by number").await, expected);
        // Late records change an invoice, never its number.
        db.execute("update invoices set total = 1 where number = 'INV-000005'").await;
        billing::close_months(&portal.app.billing(), now).await.unwrap();
        assert_eq!(db.texts("select number from invoices order by number").await, expected);
        assert!(db.number("select total from invoices where number = 'INV-000005'").await > 1);
        portal.stop().await;
    }

    async fn an_organisations_cap_holds_over_all_products_together(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = org_on(&portal, plan("Dear", 0, Some("1"))).await;
        let document = r#"{"openapi": "3.1.0", "info": {"title": "Health", "version": "1"},
            "paths": {"/healthz": {"get": {"operationId": "getHealth", "responses": {"200": {"description": "Well"}}}}}}"#;
        let wanted = Registration { document: Some(document.into()), base_url: Some(portal.url.clone()), ..Registration::default() };
        let operator = Operator::command_line();
        products::register(&portal.app.db, &operator, &"health".parse().unwrap(), wanted, portal.now()).await.unwrap();
        let dear = NewPlan { product: "health".into(), is_default: true, ..plan("Dear", 0, Some("1")) };
        plans::create(&portal.app.db, dear, &operator, portal.now()).await.unwrap();
        cap(&portal, &org, Some(3)).await;
        let health = portal.key(&org.id, Environment::Live, &["health:*"]).await;
        for (key, path) in [(&org.live, "/v1/customers"), (&health, "/api/health/healthz"), (&org.live, "/v1/customers")] {
            let response = portal.get(key, path).await;
            assert_eq!(response.status, 200, "{}", response.text);
        }
        portal.get(&org.live, "/v1/customers").await.problem(402, "spend_cap_reached");
        portal.get(&health, "/api/health/healthz").await.problem(402, "spend_cap_reached");
        portal.stop().await;
        assert_eq!(db.number("select amount_nano from org_spend").await, 3_000_000_000);
        assert_eq!(db.number("select count(*) from threshold_notices where subject = 'spend_cap'").await, 3);
        // Another instance, without any knowledge, learns it from the database.
        let again = Portal::start(&db).await;
        again.get(&org.live, "/v1/customers").await.problem(402, "spend_cap_reached");
        again.stop().await;
    }

    async fn the_billing_page_shows_plan_month_forecast_and_what_a_change_costs(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let page = Visitor::value(&ada.submit("billing", &[("product", "platform")]).await);
        assert_eq!((&page["plan"]["name"], &page["has_provider"], &page["so_far"]), (&json!("Free"), &json!(false), &json!(0)));
        let growth = page["offers"].as_array().unwrap().iter().find(|plan| plan["name"] == "Growth").unwrap()["id"].as_str().unwrap().to_owned();
        let preview = Visitor::value(&ada.submit("preview_plan", &[("plan_id", &growth)]).await);
        assert_eq!((&preview["kind"], preview["lines"].as_array().unwrap().len()), (&json!("at_once"), 1));
        let html = ada.page(&format!("/dashboard/billing?plan={growth}")).await;
        assert_eq!(html.status, 200);
        for words in ["Change of plan", "Change now", "Growth until the end of the month", "Forecast for the month", "No payment provider"] {
            assert!(html.text.contains(words), "{words}");
        }
        assert_eq!(ada.submit("choose_plan", &[("plan_id", &growth), ("at", "")]).await.status, 200);
        assert_eq!(Visitor::value(&ada.submit("billing", &[("product", "platform")]).await)["plan"]["name"], "Growth");
        assert_eq!(ada.submit("billing", &[("product", "nothing")]).await.status, 404);
        assert_eq!(ada.submit("billing_portal", &[]).await.status, 404);
        db.texts("update members set role = 'viewer' returning role").await;
        assert_eq!(ada.submit("choose_plan", &[("plan_id", &growth), ("at", "")]).await.status, 403);
        portal.stop().await;
    }

    async fn what_was_spent_before_a_cheaper_plan_counts_against_the_organisations_cap(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = org_on(&portal, plan("Dear", 0, Some("2"))).await;
        cap(&portal, &org, Some(5)).await;
        for _ in 0..2 {
            assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        }
        portal.get(&org.live, "/v1/customers").await.problem(402, "spend_cap_reached");
        let cheap = plans::create(&portal.app.db, plan("Cheap", 0, Some("1")), &Operator::command_line(), portal.now()).await.unwrap();
        plans::set_plan(&portal.app.db, &Permit::for_command_line(org.id.clone()), &cheap.id, portal.now()).await.unwrap();
        // 4 of 5 are spent, whatever those units would cost now.
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        portal.get(&org.live, "/v1/customers").await.problem(402, "spend_cap_reached");
        portal.stop().await;
        assert_eq!(db.number("select amount_nano from org_spend").await, 5_000_000_000);
    }
}
