//! `POST /webhooks/stripe`.

use reqwest::Method;
use serde_json::json;
use tollgate::server::plans;
use tollgate::types::time::{DAY, SECOND};

use crate::support::stripe::{Billed, GOOD_CARD, SECRET, sign};
use crate::support::{TestDb, TestResponse, eventually, on_both};

async fn notify_portal(billed: &Billed, secret: &str, at: i64, body: &str) -> TestResponse {
    let header = sign(secret, at, body);
    billed
        .portal
        .send(
            billed
                .portal
                .request(Method::POST, "/webhooks/stripe")
                .header("stripe-signature", header)
                .body(body.to_owned()),
        )
        .await
}

on_both! {
    async fn thin_events_are_taken_in_and_those_about_a_subscription_are_applied(db: TestDb) {
        let billed = Billed::start(&db).await;
        let now = billed.portal.now().0 / SECOND;
        for (id, body) in [
            ("evt_thin_1", json!({ "object": "v2.core.event", "type": "v2.core.event_destination.ping", "created": "2026-11-21T22:00:00.000Z", "livemode": false, "context": null })),
            ("evt_thin_2", json!({ "object": "v2.core.event", "type": "v1.billing.meter.error_report_triggered", "related_object": { "id": "mtr_1", "type": "billing.meter", "url": "/v1/billing/meters/mtr_1" }, "data": { "reason": { "error_count": 1 } } })),
            ("evt_thin_3", json!({ "object": "v2.core.event", "type": "v1.customer.subscription.updated", "related_object": { "id": "sub_unknown", "type": "subscription" } })),
            ("evt_thin_4", json!({ "object": "v2.core.event", "type": "invoice.paid", "data": null, "related_object": null })),
        ] {
            let mut body = body;
            body["id"] = json!(id);
            let body = body.to_string();
            for _ in 0..2 {
                assert_eq!(notify_portal(&billed, SECRET, now, &body).await.status, 200, "{body}");
            }
            notify_portal(&billed, "whsec_wrong", now, &body).await.problem(400, "invalid_request");
        }
        assert_eq!(db.number("select count(*) from billing_inbox where event_id like 'evt_thin_%'").await, 4);
        assert_eq!(db.texts("select object_id from billing_inbox where event_id like 'evt_thin_%' order by event_id").await, ["", "", "sub_unknown", ""]);
        eventually("all is applied", || async {
            (db.number("select count(*) from billing_inbox where applied_at is null").await == 0).then_some(())
        })
        .await;
        billed.portal.stop().await;
    }

    async fn only_what_stripe_signed_lately_is_taken_in_and_once_by_its_id(db: TestDb) {
        let billed = Billed::start(&db).await;
        let now = billed.portal.now().0 / SECOND;
        let body = json!({ "id": "evt_1", "type": "charge.failed", "data": { "object": { "id": "ch_1" } } }).to_string();
        for _ in 0..3 {
            assert_eq!(notify_portal(&billed, SECRET, now, &body).await.status, 200);
        }
        assert_eq!(db.number("select count(*) from billing_inbox where event_id = 'evt_1' and applied_at is not null").await, 1);
        notify_portal(&billed, "whsec_wrong", now, &body).await.problem(400, "invalid_request");
        notify_portal(&billed, SECRET, now - 400, &body).await.problem(400, "invalid_request");
        notify_portal(&billed, SECRET, now, "{}").await.problem(400, "invalid_request");
        billed.portal.send(billed.portal.request(Method::POST, "/webhooks/stripe").body(body)).await.problem(400, "invalid_request");
        notify_portal(&billed, SECRET, now, &"x".repeat(600_000)).await.problem(413, "body_too_large");
        assert_eq!(db.number("select count(*) from billing_inbox where event_id = 'evt_1'").await, 1);
        billed.portal.stop().await;
    }

    async fn repeating_all_notifications_changes_nothing(db: TestDb) {
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        let plan = billed.plan("Growth", 2_900).await;
        billed.buy(&org.id, &plan, GOOD_CARD).await;
        billed.advance(5 * DAY);
        billed.fake.wait_until_idle().await;
        // The days may have crossed into the next month, which Stripe reports, too.
        eventually("all is applied before", || async {
            (db.number("select count(*) from billing_inbox where applied_at is null").await == 0).then_some(())
        })
        .await;
        let held = async || plans::held(&billed.portal.app.db, &org.id, "platform").await.unwrap();
        let (before, periods) = (held().await, db.number("select count(*) from plan_periods").await);
        db.execute("delete from billing_inbox").await;
        let events = billed.fake.objects("event");
        for event in events.iter().rev() {
            assert!(billed.fake.replay(event["id"].as_str().unwrap()));
        }
        billed.fake.wait_until_idle().await;
        eventually("all is applied", || async {
            (db.number("select count(*) from billing_inbox where applied_at is null").await == 0).then_some(())
        })
        .await;
        assert!(db.number("select count(*) from billing_inbox where type not like 'poll%'").await > 3);
        assert_eq!((held().await, db.number("select count(*) from plan_periods").await), (before, periods));
        billed.portal.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_stripe_no_notification_is_accepted() {
    let db = TestDb::sqlite();
    let portal = crate::support::Portal::start(&db).await;
    portal
        .send(portal.request(Method::POST, "/webhooks/stripe").body("{}"))
        .await
        .problem(404, "not_found");
}
