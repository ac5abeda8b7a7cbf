//! Products that are deprecated, retired on a date, and removed only without paying subscribers.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::{Operator, Permit};
use tollgate::server::plans;
use tollgate::server::products::{self, Registration};
use tollgate::types::code::Code;
use tollgate::types::environment::Environment;
use tollgate::types::plan::{NewPlan, Plan};
use tollgate::types::product::ProductStatus;
use tollgate::types::time::{DAY, HOUR, SECOND, Timestamp};

use crate::products::{echo, register, shop};
use crate::quota::plan;
use crate::support::stripe::{Billed, GOOD_CARD};
use crate::support::{Portal, TestDb, TestResponse, Visitor, eventually, on_both, process};

async fn paid_plan(portal: &Portal) -> Plan {
    let new = NewPlan { product: "shop".into(), monthly_price: 900, ..plan("Paid", 5, Some("1")) };
    plans::create(&portal.app.db, new, &Operator::command_line(), portal.now()).await.unwrap()
}

/// A future day, at least so many days away.
fn day(portal: &Portal, days: i64) -> String {
    portal.now().plus(days * DAY).to_string()[..10].to_owned()
}

async fn set_status(portal: &Portal, status: ProductStatus) -> Result<(), Code> {
    let wanted = Registration { status: Some(status), ..Registration::default() };
    let set = products::register(
        &portal.app.db,
        &Operator::command_line(),
        &"shop".parse().unwrap(),
        wanted,
        portal.now(),
    )
    .await;
    set.map(drop).map_err(|error| error.code())
}

fn headers(response: &TestResponse) -> (String, String) {
    (response.header("deprecation").to_owned(), response.header("sunset").to_owned())
}

on_both! {
    async fn a_deprecated_product_is_marked_in_every_response_and_on_its_pages(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await.id;
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let key = portal.key(&org, Environment::Sandbox, &["shop:read", "shop:write"]).await;
        let call = async || portal.get(&key, "/api/shop/items").await;
        assert_eq!(headers(&call().await), (String::new(), String::new()));
        set_status(&portal, ProductStatus::Deprecated).await.unwrap();
        let since = format!("@{}", portal.now().0.div_euclid(SECOND));
        let (deprecation, sunset) = headers(&call().await);
        assert!(deprecation.len() == since.len() && deprecation <= since && sunset.is_empty(), "{deprecation} {sunset}");
        // For an operation with its own date, the earlier dates.
        let item = portal.post(&key, "/api/shop/items", &json!({ "name": "Cup" })).await.json();
        let path = format!("/api/shop/items/{}", item["id"].as_str().unwrap());
        let deleted = portal.call(&key, Method::DELETE, &path, &json!({})).await;
        assert_eq!(deleted.header("sunset"), "Sun, 31 Jan 2027 00:00:00 GMT");
        let mut anybody = Visitor::new(&portal);
        assert!(anybody.page("/apis/shop").await.text.contains("This API is deprecated since"));
        assert!(anybody.page("/apis").await.text.contains("deprecated"));
        // The date of the deprecation stays when it is set again, and is removed with it.
        portal.clock.advance(HOUR);
        set_status(&portal, ProductStatus::Deprecated).await.unwrap();
        assert_eq!(headers(&call().await).0, deprecation);
        set_status(&portal, ProductStatus::Active).await.unwrap();
        assert_eq!(headers(&call().await), (String::new(), String::new()));
    }

    async fn a_product_that_somebody_pays_for_is_not_removed_but_retired_and_its_users_are_notified(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().parse().unwrap();
        let paid = paid_plan(&portal).await;
        let permit = Permit::for_command_line(org);
        plans::set_plan(&portal.app.db, &permit, &paid.id, portal.now()).await.unwrap();
        let key = portal.key(&permit.org, Environment::Live, &["shop:read"]).await;
        assert_eq!(portal.get(&key, "/api/shop/items").await.status, 200);
        // In each way.
        let token = process::json(&db, &["admin-token", "create", "--json"])["token"].as_str().unwrap().to_owned();
        let admin = async |method: Method, path: &str, body: Option<Value>| {
            let request = portal.request(method, &format!("/admin/api/v1/products/{path}")).bearer_auth(&token);
            portal.send(if let Some(body) = body { request.json(&body) } else { request }).await
        };
        admin(Method::DELETE, "shop", None).await.problem(409, "conflict");
        let refused = process::run(&db, &["product", "remove", "shop"]);
        let printed = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && printed.contains("1 organisation pays") && printed.contains("product retire shop"), "{printed}");
        let mut operator = crate::admin_tokens::operator(&portal, &db).await;
        assert_eq!(operator.submit("admin_remove_product", &[("id", "shop"), ("typed", "shop")]).await.status, 409);
        // An invalid date, or one in the past, is refused.
        for bad in ["2020-01-01", "soon", "2027-02-30"] {
            assert_eq!(admin(Method::POST, "shop/retire", Some(json!({ "on": bad }))).await.status, 422, "{bad}");
        }
        admin(Method::POST, "nothing/retire", Some(json!({ "on": day(&portal, 3) }))).await.problem(404, "not_found");
        let on = day(&portal, 10);
        let retired = admin(Method::POST, "shop/retire", Some(json!({ "on": on }))).await.json();
        assert_eq!((&retired["status"], &retired["retires_at"]), (&json!("deprecated"), &json!(format!("{on}T00:00:00.000Z"))));
        let response = portal.get(&key, "/api/shop/items").await;
        assert_eq!(response.header("sunset"), Timestamp::of_day(&on).unwrap().http_date());
        assert!(response.header("deprecation").starts_with('@'));
        let mails = db.texts("select body from mails where subject like 'Shop will be retired on%'").await;
        assert!(mails.len() == 1 && mails[0].contains("Your subscription ends then"), "{mails:?}");
        assert!(ada.page("/dashboard").await.text.contains("Shop will be retired on"));
        assert!(Visitor::new(&portal).page("/apis/shop").await.text.contains("is retired on"));
        // No new subscriptions; and repeated, nobody is notified again.
        let other = Permit::for_command_line(portal.org("Other").await.id);
        assert_eq!(plans::set_plan(&portal.app.db, &other, &paid.id, portal.now()).await.unwrap_err().code(), Code::Conflict);
        assert_eq!(set_status(&portal, ProductStatus::Active).await, Err(Code::ValidationFailed));
        process::json(&db, &["product", "retire", "shop", "--on", &on, "--json"]);
        assert_eq!(db.number("select count(*) from mails where subject like 'Shop will be retired on%'").await, 1);
        // On the day.
        portal.clock.advance(Timestamp::of_day(&on).unwrap().0 - portal.now().0 + SECOND);
        let gone = portal.get(&key, "/api/shop/items").await;
        assert!(gone.problem(404, "not_found")["detail"].as_str().unwrap().contains("was retired on"));
        eventually("the subscription ends", || async {
            (db.number("select count(*) from subscriptions where product = 'shop' and state = 'canceled'").await == 1).then_some(())
        })
        .await;
        process::json(&db, &["product", "remove", "shop", "--json"]);
        assert_eq!(db.number("select count(*) from audit_entries where action = 'product.retired'").await, 2);
        db.expect_events_of_the_catalogue(&["subscription.updated"]).await;
    }

    async fn the_date_of_a_retirement_can_be_taken_back(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let paid = paid_plan(&portal).await;
        let mut operator = crate::admin_tokens::operator(&portal, &db).await;
        let on = day(&portal, 5);
        assert_eq!(operator.submit_plain("/admin/products/shop", "admin_retire_product", &[("id", "shop"), ("on", &on)]).await.status, 302);
        assert!(operator.page("/admin/products/shop").await.text.contains("It is retired on"));
        assert_eq!(operator.submit("admin_retire_product", &[("id", "shop"), ("on", "")]).await.status, 200);
        let other = Permit::for_command_line(portal.org("Other").await.id);
        plans::set_plan(&portal.app.db, &other, &paid.id, portal.now()).await.unwrap();
        set_status(&portal, ProductStatus::Active).await.unwrap();
        assert_eq!(db.number("select count(*) from products where retires_at is null and deprecated_at is null").await, 1);
    }

    async fn who_was_told_of_a_retirement_is_told_that_it_was_cancelled(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().parse().unwrap();
        let paid = paid_plan(&portal).await;
        plans::set_plan(&portal.app.db, &Permit::for_command_line(org), &paid.id, portal.now()).await.unwrap();
        let retire = async |on: Option<i64>| {
            let at = on.map(|days| Timestamp::of_day(&day(&portal, days)).unwrap());
            let (id, by) = ("shop".parse().unwrap(), Operator::command_line());
            products::retire(&portal.app.db, &portal.app.config, &by, &id, at, portal.now()).await.unwrap();
        };
        let mails = async || {
            let retired = db.number("select count(*) from mails where subject like 'Shop will be retired on%'").await;
            (retired, db.number("select count(*) from mails where subject = 'The retirement of Shop was cancelled'").await)
        };
        // Nobody knows of a date.
        retire(None).await;
        assert_eq!(mails().await, (0, 0));
        retire(Some(10)).await;
        assert_eq!(mails().await, (1, 0));
        retire(None).await;
        assert_eq!(mails().await, (1, 1));
        let page = ada.page("/dashboard").await.text;
        assert!(page.contains("The retirement of Shop was cancelled") && !page.contains("Shop will be retired on"), "{page}");
        // Again, nothing changes; the same date, announced again, is news.
        retire(None).await;
        assert_eq!(mails().await, (1, 1));
        retire(Some(10)).await;
        assert_eq!(mails().await, (2, 1));
        // Another date replaces it.
        retire(Some(20)).await;
        assert_eq!(mails().await, (3, 1));
        assert_eq!(db.number("select count(*) from notices where kind = 'product_retired'").await, 1);
        portal.clock.advance(SECOND);
        // Who subscribes later is not concerned.
        let other = portal.org("Other").await.id;
        portal.key(&other, Environment::Sandbox, &["shop:read"]).await;
        retire(None).await;
        assert_eq!(mails().await, (3, 2));
        assert_eq!(db.number("select count(*) from notices where kind = 'product_retirement_cancelled'").await, 2);
    }

    async fn subscriptions_to_a_retired_product_end_at_stripe_on_its_day(db: TestDb) {
        let billed = Billed::start(&db).await;
        let portal = &billed.portal;
        register(portal, "shop", &shop("http://127.0.0.1:9"), |_| {}).await;
        let org = portal.org("Acme").await;
        let paid = paid_plan(portal).await;
        billed.buy(&org.id, &paid, GOOD_CARD).await;
        let on = day(portal, 10);
        products::retire(&portal.app.db, &portal.app.config, &Operator::command_line(), &"shop".parse().unwrap(), Timestamp::of_day(&on), portal.now())
            .await
            .unwrap();
        let at = Timestamp::of_day(&on).unwrap().0 / SECOND;
        eventually("Stripe knows the end", || async {
            (billed.fake.objects("subscription")[0]["cancel_at"].as_i64() == Some(at)).then_some(())
        })
        .await;
        billed.advance(at * SECOND - portal.now().0 + HOUR);
        eventually("the subscription has ended on both sides", || async {
            let there = billed.fake.objects("subscription")[0]["status"] == "canceled";
            let here = db.number("select count(*) from subscriptions where product = 'shop' and state = 'canceled'").await == 1;
            (there && here).then_some(())
        })
        .await;
        products::remove(&portal.app.db, &Operator::command_line(), &"shop".parse().unwrap(), portal.now()).await.unwrap();
        billed.portal.stop().await;
    }
}
