//! Billing, with a fake Stripe that is as strict as Stripe.

mod accidents;
mod alone;
mod doctor;
mod notifications;

use tollgate::server::access::{Operator, Permit};
use tollgate::server::billing::{self, Chosen};
use tollgate::server::plans;
use tollgate::types::billing::{ChangeKind, SubscriptionState};
use tollgate::types::code::Code;
use tollgate::types::plan::NewPlan;
use tollgate::types::time::{DAY, HOUR, MINUTE, SECOND};

use crate::support::stripe::{BAD_CARD, Billed, Faults, GOOD_CARD, Webhooks};
use crate::support::{Org, TestDb, eventually, on_both};

async fn call(billed: &Billed, org: &Org, times: i64) {
    for _ in 0..times {
        assert_eq!(billed.portal.get(&org.live, "/v1/customers").await.status, 200);
    }
}

/// Moves past the month's end, waits for usage reports, and makes Stripe close the invoice.
async fn close_month(billed: &Billed, units: i64) {
    let now = billed.portal.now();
    billed.advance(now.next_month().0 - now.0 + 10 * MINUTE);
    eventually("all usage is reported", || async { (billed.counted() == units).then_some(()) })
        .await;
    billed.advance(2 * HOUR);
}

async fn paid(db: &TestDb, invoices: i64) {
    eventually("the invoices are known", || async {
        (db.number("select count(*) from invoices where state = 'paid'").await == invoices)
            .then_some(())
    })
    .await;
}

on_both! {
    async fn a_partner_pays_goes_into_overage_and_the_invoice_is_right_to_the_cent(db: TestDb) {
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        let plan = billed.plan("Growth", 2_900).await;
        billed.buy(&org.id, &plan, GOOD_CARD).await;
        // In the gateway, too: no cache keeps the old plan.
        assert_eq!(billed.portal.get(&org.live, "/v1/customers").await.header("tollgate-quota-remaining"), "2");
        call(&billed, &org, 9).await;
        close_month(&billed, 10).await;
        paid(&db, 2).await;
        // 7 units at half a cent, and the coming month; the first month was partly paid for at the
        // checkout.
        let invoice = billed.last_invoice();
        assert_eq!((invoice["total"].as_i64(), invoice["status"].as_str()), (Some(2_904), Some("paid")), "{invoice}");
        assert_eq!(db.number("select total from invoices order by created_at desc limit 1").await, 2_904);
        // Ledger, outbox, quota and Stripe agree.
        assert_eq!(db.number("select cast(sum(units) as bigint) from usage_ledger").await, 10);
        assert_eq!(db.number("select cast(sum(units) as bigint) from meter_outbox where sent_at is not null").await, 10);
        assert_eq!(db.number("select cast(sum(units) as bigint) from quota_counters").await, 10);
        let drift = billing::drift(&billed.portal.app.billing(), &Operator::command_line(), "", billed.portal.now()).await.unwrap();
        assert!(!drift.days.is_empty() && drift.days.iter().all(|day| day.ledger == day.provider && day.waiting == 0), "{drift:?}");
        assert_eq!((drift.objects, drift.alarms), (vec![], 0));
        assert_eq!(db.number("select count(*) from events where type = 'invoice.paid'").await, 2);
        db.expect_events_of_the_catalogue(&["invoice.paid", "subscription.updated"]).await;
        billed.portal.stop().await;
    }

    async fn the_invoice_is_the_same_when_stripe_fails_and_webhooks_come_twice_shuffled_or_not_at_all(db: TestDb) {
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        billed.fake.set_faults(Faults { rate_limited: 0.15, broken: 0.2, applied: 0.5, sticky: true, ..Faults::default() });
        billed.fake.set_webhooks(Webhooks {
            duplicate: 2,
            shuffle_ms: 100,
            wrong_signature: 0.2,
            sign_with_clock: true,
            retry_ms: 20,
            ..Webhooks::default()
        });
        let plan = billed.plan("Growth", 2_900).await;
        billed.buy(&org.id, &plan, GOOD_CARD).await;
        call(&billed, &org, 10).await;
        let now = billed.portal.now();
        billed.advance(now.next_month().0 - now.0 + 10 * MINUTE);
        // Workers that die at any moment, next to others that continue.
        for round in 0..20 {
            let app = billed.portal.app.clone();
            let worker = tokio::spawn(async move {
                let now = app.clock.now();
                let _ = billing::fill(&app.billing(), now).await;
                let _ = billing::send_due(&app.billing(), now).await;
                let _ = billing::apply_due(&app.billing(), now).await;
            });
            for _ in 0..round * 50 {
                tokio::task::yield_now().await;
            }
            worker.abort();
            billed.advance(SECOND);
        }
        eventually("all usage is reported", || async {
            billed.advance(SECOND);
            (billed.counted() >= 10).then_some(())
        })
        .await;
        billed.fake.set_faults(Faults::default());
        billed.advance(2 * HOUR);
        eventually("the invoice is paid", || async {
            billed.advance(SECOND);
            (db.number("select count(*) from invoices where state = 'paid' and total = 2904").await == 1).then_some(())
        })
        .await;
        assert_eq!(billed.counted(), 10, "not a unit more");
        assert_eq!(db.number("select cast(sum(units) as bigint) from meter_outbox").await, 10);
        assert_eq!(db.number("select count(*) from meter_outbox where alarmed_at is not null").await, 0);
        let growths = billed.fake.objects("product").iter().filter(|product| product["name"] == "platform Growth").count();
        assert_eq!(growths, 1, "all versions share one");
        assert_eq!(billed.fake.objects("billing.meter").len(), 1);
        assert_eq!(db.number("select count(*) from subscriptions").await, 1);
        billed.portal.stop().await;
    }

    async fn a_failed_payment_has_days_of_grace_then_live_calls_stop_until_it_is_paid(db: TestDb) {
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        let plan = billed.plan("Growth", 2_900).await;
        billed.buy(&org.id, &plan, GOOD_CARD).await;
        billed.fake.set_card(&billed.customer(), BAD_CARD).unwrap();
        let now = billed.portal.now();
        billed.advance(now.next_month().0 - now.0 + 10 * MINUTE);
        billed.advance(2 * HOUR);
        let state = async || plans::held(&billed.portal.app.db, &org.id, "platform").await.unwrap().unwrap().state;
        eventually("the payment failed", || async { (state().await == SubscriptionState::PastDue).then_some(()) }).await;
        call(&billed, &org, 1).await;
        eventually("the organisation is notified", || async {
            (db.number("select count(*) from events where type = 'invoice.payment_failed'").await == 1).then_some(())
        })
        .await;
        db.expect_events_of_the_catalogue(&["invoice.payment_failed"]).await;
        billed.portal.clock.advance(3 * DAY + HOUR);
        billed.portal.get(&org.live, "/v1/customers").await.problem(402, "payment_required");
        assert_eq!(billed.portal.get(&org.sandbox, "/v1/customers").await.status, 200);
        // Stripe tries again, now with a valid card.
        billed.fake.set_card(&billed.customer(), GOOD_CARD).unwrap();
        billed.advance(0);
        eventually("the payment is made up for", || async { (state().await == SubscriptionState::Active).then_some(()) }).await;
        eventually("live calls go on", || async { (billed.portal.get(&org.live, "/v1/customers").await.status == 200).then_some(()) }).await;
        billed.portal.stop().await;
    }

    async fn an_upgrade_takes_effect_immediately_as_previewed_and_a_downgrade_at_the_end_of_the_month(db: TestDb) {
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        let (small, large) = (billed.plan("Small", 2_900).await, billed.plan("Large", 9_900).await);
        billed.buy(&org.id, &small, GOOD_CARD).await;
        let permit = Permit::for_command_line(org.id.clone());
        billed.advance(0);
        let preview = billing::preview(&billed.portal.app.billing(), &permit, &large.id, billed.portal.now()).await.unwrap();
        assert_eq!((preview.kind, preview.lines.len()), (ChangeKind::AtOnce, 2), "{preview:?}");
        let chosen = billing::choose(&billed.portal.app.billing(), &permit, &large.id, Some(preview.at), billed.portal.now()).await.unwrap();
        assert_eq!(chosen, Chosen::Done);
        billed.in_force(&org.id, &large).await;
        assert_eq!(billed.choose(&org.id, &small).await, Chosen::Done);
        let held = plans::held(&billed.portal.app.db, &org.id, "platform").await.unwrap().unwrap();
        assert_eq!((held.plan_id, held.next_plan), (large.id.clone(), Some(small.id.clone())));
        close_month(&billed, 0).await;
        billed.in_force(&org.id, &small).await;
        paid(&db, 2).await;
        assert_eq!(billed.last_invoice()["total"].as_i64(), Some(2_900 + preview.total));
        // And without any.
        billing::cancel(&billed.portal.app.billing(), &permit, "platform", billed.portal.now()).await.unwrap();
        let now = billed.portal.now();
        billed.advance(now.next_month().0 - now.0 + 10 * MINUTE);
        eventually("the default plan holds", || async {
            (plans::current(&billed.portal.app.db, &org.id, "platform").await.unwrap().0.name == "Free").then_some(())
        })
        .await;
        billed.portal.stop().await;
    }

    async fn a_customer_who_paid_and_chooses_again_before_the_webhook_arrives_pays_once(db: TestDb) {
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        let (small, large) = (billed.plan("Small", 2_900).await, billed.plan("Large", 9_900).await);
        billed.fake.set_webhooks(Webhooks { hold: true, sign_with_clock: true, ..Webhooks::default() });
        let Chosen::Redirect(url) = billed.choose(&org.id, &small).await else { panic!("there is something to pay") };
        billed.fake.pay_checkout(url.rsplit('/').next().unwrap(), GOOD_CARD).unwrap();
        // The paid page is shown again, and accepts no second payment.
        assert_eq!(billed.choose(&org.id, &small).await, Chosen::Redirect(url.clone()));
        assert!(billed.fake.pay_checkout(url.rsplit('/').next().unwrap(), GOOD_CARD).is_err());
        let permit = Permit::for_command_line(org.id.clone());
        let refused = billing::choose(&billed.portal.app.billing(), &permit, &large.id, None, billed.portal.now()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Conflict);
        billed.in_force(&org.id, &small).await;
        assert_eq!(billed.fake.objects("subscription").len(), 1);
        // From then on it is a change of the existing subscription.
        assert_eq!(billed.choose(&org.id, &large).await, Chosen::Done);
        billed.in_force(&org.id, &large).await;
        assert_eq!(billed.fake.objects("subscription").len(), 1);
        billed.portal.stop().await;
    }

    async fn a_plan_given_by_the_operator_outlives_an_ended_subscription_and_no_trial_comes_twice(db: TestDb) {
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        let plan = billed.plan("Growth", 2_900).await;
        billed.buy(&org.id, &plan, GOOD_CARD).await;
        let permit = Permit::for_command_line(org.id.clone());
        let free = plans::find(&billed.portal.app.db, "platform", "Free").await.unwrap();
        // The paid plan is the active one.
        let refused = plans::set_plan(&billed.portal.app.db, &permit, &free.id, billed.portal.now()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Conflict);
        billing::cancel(&billed.portal.app.billing(), &permit, "platform", billed.portal.now()).await.unwrap();
        let now = billed.portal.now();
        billed.advance(now.next_month().0 - now.0 + 10 * MINUTE);
        billed.in_force(&org.id, &free).await;
        let gift = crate::quota::plan("Gift", 7, Some("0"));
        let gift = plans::create(&billed.portal.app.db, gift, &Operator::command_line(), billed.portal.now()).await.unwrap();
        plans::set_plan(&billed.portal.app.db, &permit, &gift.id, billed.portal.now()).await.unwrap();
        for event in billed.fake.objects("event") {
            assert!(billed.fake.replay(event["id"].as_str().unwrap()));
        }
        billed.fake.wait_until_idle().await;
        eventually("all is applied", || async {
            (db.number("select count(*) from billing_inbox where applied_at is null").await == 0).then_some(())
        })
        .await;
        let held = plans::held(&billed.portal.app.db, &org.id, "platform").await.unwrap().unwrap();
        assert_eq!((held.plan_id.clone(), held.state, held.is_charged()), (gift.id, SubscriptionState::Active, false));
        // Stripe invoices the month.
        billing::close_months(&billed.portal.app.billing(), billed.portal.now()).await.unwrap();
        assert_eq!(db.number("select count(*) from invoices where state = 'not_charged'").await, 0);
        // A trial is for organisations that never paid.
        let trial = NewPlan { monthly_price: 900, trial_days: 14, ..crate::quota::plan("Trial", 7, Some("1")) };
        let trial = plans::create(&billed.portal.app.db, trial, &Operator::command_line(), billed.portal.now()).await.unwrap();
        assert_eq!(billing::preview(&billed.portal.app.billing(), &permit, &trial.id, billed.portal.now()).await.unwrap().lines.len(), 1);
        let new = billed.portal.org("New").await;
        let permit = Permit::for_command_line(new.id.clone());
        assert_eq!(billing::preview(&billed.portal.app.billing(), &permit, &trial.id, billed.portal.now()).await.unwrap().lines, []);
        billed.portal.stop().await;
    }
}
