//! Money in currencies with no, two and three decimals: from user input to Stripe's charges, and
//! back.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::{Operator, Permit};
use tollgate::server::billing;
use tollgate::server::db::Change;
use tollgate::server::plans;
use tollgate::types::code::Code;
use tollgate::types::money::Currency;
use tollgate::types::plan::{NewPlan, Plan};
use tollgate::types::time::{HOUR, MINUTE};

use crate::quota::plan;
use crate::support::stripe::{Billed, GOOD_CARD};
use crate::support::{
    PASSWORD, Portal, TestDb, TestResponse, Visitor, eventually, on_both, process,
};

async fn priced(portal: &Portal, name: &str, currency: &str, price: &str) -> Plan {
    let currency: Currency = currency.parse().unwrap();
    let new = NewPlan {
        currency,
        monthly_price: currency.read(price).unwrap(),
        ..plan(name, 3, Some("10"))
    };
    plans::create(&portal.app.db, new, &Operator::command_line(), portal.now()).await.unwrap()
}

async fn admin(portal: &Portal, token: &str, body: &Value) -> TestResponse {
    let request = portal
        .request(Method::POST, "/admin/api/v1/products/platform/plans")
        .bearer_auth(token)
        .json(body);
    portal.send(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stripe_charges_in_each_kind_of_currency_is_what_was_written() {
    // The user's input; Stripe's value; the price of 4 units above the included ones, in minor
    // units.
    for (code, written, at_stripe, overage) in [
        ("usd", "29.00", 2_900, 40),
        ("jpy", "5000", 5_000, 40),
        ("kwd", "49.000", 49_000, 40),
        ("isk", "5000", 500_000, 40),
        ("mga", "5000.00", 5_000, 0),
    ] {
        let db = TestDb::sqlite();
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        let plan = priced(&billed.portal, "Growth", code, written).await;
        billed.buy(&org.id, &plan, GOOD_CARD).await;
        let key = format!("tollgate_{}_price_month", plan.id);
        let price = billed
            .fake
            .objects("price")
            .into_iter()
            .find(|price| price["lookup_key"] == key)
            .unwrap();
        assert_eq!(
            (price["unit_amount"].as_i64(), price["currency"].as_str()),
            (Some(at_stripe), Some(code))
        );
        if overage == 0 {
            billed.portal.stop().await;
            continue;
        }
        for _ in 0..7 {
            assert_eq!(billed.portal.get(&org.live, "/v1/customers").await.status, 200);
        }
        let now = billed.portal.now();
        billed.advance(now.next_month().0 - now.0 + 10 * MINUTE);
        eventually("all usage is reported", || async { (billed.counted() == 7).then_some(()) })
            .await;
        billed.advance(2 * HOUR);
        eventually("the invoice is known", || async {
            (db.number("select count(*) from invoices where state = 'paid'").await == 2)
                .then_some(())
        })
        .await;
        // The coming month and the overage, in minor units of ISO 4217.
        let total = i64::try_from(plan.monthly_price).unwrap() + overage;
        assert_eq!(
            db.number("select total from invoices order by created_at desc limit 1").await,
            total,
            "{code}"
        );
        let lines = db
            .texts("select lines_json from invoices order by created_at desc limit 1")
            .await
            .remove(0);
        assert!(
            lines.contains(&format!("\"amount\":{}", plan.monthly_price))
                && lines.contains("\"unit_price\":\"10\""),
            "{code}: {lines}"
        );
        billed.portal.stop().await;
    }
}

on_both! {
    async fn a_currency_that_does_not_exist_is_refused_everywhere(db: TestDb) {
        let portal = Portal::start(&db).await;
        let token = process::json(&db, &["admin-token", "create", "--json"])["token"].as_str().unwrap().to_owned();
        let mut ada = crate::admin_tokens::operator(&portal, &db).await;
        for bad in ["xyz", "xxx", "us", "usdollar", "btc", "u$d"] {
            let refused = process::run(&db, &["plan", "create", "X", "--included", "1", "--currency", bad]);
            assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("ISO 4217"), "{bad}");
            let response = admin(&portal, &token, &json!({ "name": "X", "currency": bad, "monthly_price": 1, "included_units": 1 })).await;
            response.problem(422, "validation_failed");
            let form = [("product", "platform"), ("name", "X"), ("currency", bad), ("price", "1"), ("included", "1")];
            assert_eq!(ada.submit("admin_create_plan", &form).await.status, 422, "{bad}");
        }
        assert_eq!(db.number("select count(*) from plans where name = 'X'").await, 0);
        // Plans that an older version created can still be read.
        db.execute("update plans set currency = 'xyz' where name = 'Growth'").await;
        assert!(process::json(&db, &["plan", "list", "--json"]).to_string().contains("xyz"));
        assert_eq!(ada.page("/dashboard/billing").await.status, 200);
    }

    async fn three_decimals_are_read_and_shown(db: TestDb) {
        let made = process::json(&db, &["plan", "create", "Gulf", "--included", "10", "--currency", "kwd", "--price", "1.250", "--overage", "0.005", "--json"]);
        assert_eq!((&made["monthly_price"], &made["currency"]), (&json!(1_250), &json!("kwd")));
        let refused = process::run(&db, &["plan", "create", "Yen", "--included", "10", "--currency", "jpy", "--price", "1.5"]);
        assert!(!refused.status.success());
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let page = ada.page("/dashboard/billing").await.text;
        assert!(page.contains("1.250 KWD") && page.contains("5.000 KWD per 1,000"), "{page}");
    }

    async fn the_same_plan_again_is_the_same_plan_and_other_terms_are_its_next_version(db: TestDb) {
        let portal = Portal::start(&db).await;
        let token = process::json(&db, &["admin-token", "create", "--json"])["token"].as_str().unwrap().to_owned();
        let body = json!({ "name": "Pro", "monthly_price": 4_900, "included_units": 10, "overage": "0.3" });
        let first = admin(&portal, &token, &body).await;
        assert_eq!(first.status, 201, "{}", first.text);
        let again = admin(&portal, &token, &body).await;
        assert_eq!((again.status, again.json()), (200, first.json()));
        let by_cli = process::json(&db, &["plan", "create", "Pro", "--included", "10", "--price", "49", "--overage", "0.003", "--json"]);
        assert_eq!(by_cli, first.json());
        let other = admin(&portal, &token, &json!({ "name": "Pro", "monthly_price": 5_900, "included_units": 10, "overage": "0.3" })).await;
        assert_eq!((other.status, &other.json()["version"]), (201, &json!(2)));
        assert_eq!(db.number("select count(*) from plans where name = 'Pro'").await, 2);
        assert_eq!(db.number("select count(*) from audit_entries where action = 'plan.created'").await, 5, "three that a portal begins with");
    }

    async fn an_organisation_is_billed_in_one_currency_and_gets_the_error_before_anything_is_tried(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().to_owned();
        let (dollars, euros) = (priced(&portal, "Dollars", "usd", "9").await, priced(&portal, "Euros", "eur", "9").await);
        assert_eq!(ada.submit("choose_plan", &[("plan_id", dollars.id.as_str())]).await.status, 200);
        for function in ["preview_plan", "choose_plan"] {
            let refused = ada.submit(function, &[("plan_id", euros.id.as_str())]).await;
            assert!(refused.status == 409 && refused.text.contains("billed in USD") && refused.text.contains("priced in EUR"), "{}", refused.text);
        }
        let refused = process::run(&db, &["org", "set-plan", &org, euros.id.as_str()]);
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("billed in USD"));
        // This month's costs are in dollars; from next month on it may be another currency.
        let free = plans::find(&portal.app.db, "platform", "Free").await.unwrap();
        assert_eq!(ada.submit("choose_plan", &[("plan_id", free.id.as_str())]).await.status, 200);
        assert_eq!(ada.submit("choose_plan", &[("plan_id", euros.id.as_str())]).await.status, 409);
        portal.clock.advance(portal.now().next_month().0 - portal.now().0 + HOUR);
        assert_eq!(ada.submit("log_in", &[("email", "ada@example.com"), ("password", PASSWORD), ("next", "")]).await.status, 200);
        assert_eq!(ada.submit("choose_plan", &[("plan_id", euros.id.as_str())]).await.status, 200);
    }

    async fn a_refusal_by_stripe_is_explained_and_is_never_an_internal_error(db: TestDb) {
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        let plan = billed.plan("Growth", 2_900).await;
        billed.buy(&org.id, &plan, GOOD_CARD).await;
        let permit = Permit::for_command_line(org.id.clone());
        let large = billed.plan("Large", 9_900).await;
        let gone = async || db.execute("update subscriptions set stripe_id = 'sub_gone'").await;
        let (app, now) = (&billed.portal.app, billed.portal.now());
        // A late event of the purchase may set the right id again: then once more.
        let cancelled = eventually("cancelling is refused", || async {
            gone().await;
            billing::cancel(&app.billing(), &permit, "platform", now).await.err()
        });
        let previewed = eventually("the preview is refused", || async {
            gone().await;
            billing::preview(&app.billing(), &permit, &large.id, now).await.err()
        });
        let chosen = eventually("the change is refused", || async {
            gone().await;
            billing::choose(&app.billing(), &permit, &large.id, None, now).await.err()
        });
        for refused in [cancelled.await, previewed.await, chosen.await] {
            assert_eq!(refused.code(), Code::Conflict);
            assert!(refused.to_string().contains("No such subscription"), "{refused}");
        }
        // An amount that cannot be charged is refused before Stripe is called.
        let odd = priced(&billed.portal, "Odd", "kwd", "4.999").await;
        let other = billed.portal.org("Other").await;
        let permit = Permit::for_command_line(other.id);
        let refused = billing::choose(&billed.portal.app.billing(), &permit, &odd.id, None, billed.portal.now()).await.unwrap_err();
        assert!(refused.code() == Code::ValidationFailed && refused.to_string().contains("0.010 KWD"), "{refused}");
        billed.portal.stop().await;
    }

    async fn the_account_can_be_looked_after_while_the_quota_is_used_up_or_a_payment_is_overdue(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = crate::quota::org_on(&portal, NewPlan { monthly_price: 900, ..plan("Tiny", 2, None) }).await;
        let spare = portal.key(&org.id, tollgate::types::environment::Environment::Live, &["customers:read"]).await;
        for left in ["1", "0"] {
            assert_eq!(portal.get(&org.live, "/v1/customers").await.header("tollgate-quota-remaining"), left);
        }
        let manage = async || {
            for path in ["/v1/usage", "/v1/keys", "/v1/request-logs", "/v1/webhook-endpoints", "/v1/webhook-deliveries"] {
                let response = portal.get(&org.live, path).await;
                assert_eq!((response.status, response.header("tollgate-units")), (200, "0"), "{path}: {}", response.text);
                assert_ne!(response.header("x-ratelimit-limit"), "", "{path} is limited");
            }
        };
        portal.get(&org.live, "/v1/customers").await.problem(429, "quota_exceeded");
        manage().await;
        db.execute("update subscriptions set blocked_at = 1").await;
        let mut tx = portal.app.db.begin().await.unwrap();
        tx.announce(Change::Everything);
        tx.commit().await.unwrap();
        portal.get(&org.live, "/v1/customers").await.problem(402, "payment_required");
        manage().await;
        let revoked = portal.post(&org.live, &format!("/v1/keys/{}/revoke", spare.view.id), &json!({})).await;
        assert_eq!((revoked.status, &revoked.json()["state"]), (200, &json!("revoked")));
        portal.get(&spare, "/v1/customers").await.problem(401, "revoked_key");
        portal.stop().await;
        assert_eq!(db.number("select units from quota_counters").await, 2);
        // All of them are in the log.
        assert_eq!(db.logs().await.iter().filter(|log| log.operation == "getUsage").count(), 2);
    }
}

#[test]
fn the_document_says_of_each_operation_of_the_account_that_it_is_never_billed() {
    let document = serde_json::to_value(tollgate::server::api::openapi("/")).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is_of_sample =
                operation["tags"] == json!(["Customers"]) || operation["tags"] == json!(["Events"]);
            // The catalogue of event types has no data of an organisation.
            let is_metered = is_of_sample && path != "/v1/event-types";
            let is_never = operation["x-tollgate-billable"] == "never";
            assert_eq!(is_never, !is_metered, "{method} {path}");
            assert_eq!(
                operation["description"]
                    .as_str()
                    .is_some_and(|text| text.contains("is never billed")),
                is_never,
                "{method} {path}"
            );
        }
    }
}
