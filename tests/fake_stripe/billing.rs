use super::stripe::Config;
use super::world::{DAY, FAILS_LATER, GOOD, START, World};
use serde_json::json;

const HOUR: i64 = 3600;
const FEBRUARY: i64 = START + 31 * DAY;

#[tokio::test]
async fn a_month_is_billed_in_advance_and_its_overage_in_arrears() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    world.fake.set_clock(START + DAY);
    world.use_calls(&customer, "in time", 1003, START + DAY).await;
    world.fake.set_clock(FEBRUARY);
    let draft = world.invoices(&sub).await.remove(0);
    assert_eq!(
        (draft["status"].as_str(), draft["billing_reason"].as_str()),
        (Some("draft"), Some("subscription_cycle"))
    );
    // Reported late, within the hour that a draft stays open.
    world.use_calls(&customer, "late", 2, FEBRUARY - 1).await;
    world.use_calls(&customer, "next month", 5000, FEBRUARY).await;
    world.fake.advance(HOUR);
    let invoice = world.invoices(&sub).await.remove(0);
    let lines = invoice["lines"]["data"].as_array().unwrap();
    let amounts: Vec<_> = lines
        .iter()
        .map(|line| (line["quantity"].as_i64().unwrap(), line["amount"].as_i64().unwrap()))
        .collect();
    assert_eq!(amounts, [(1, 2000), (1000, 0), (5, 3)]);
    assert_eq!(
        (invoice["total"].as_i64(), invoice["amount_paid"].as_i64(), invoice["status"].as_str()),
        (Some(2003), Some(2003), Some("paid"))
    );
    assert_eq!(lines[0]["period"], json!({ "end": FEBRUARY + 28 * DAY, "start": FEBRUARY }));
    assert_eq!(lines[2]["period"], json!({ "end": FEBRUARY, "start": START }));
    assert_eq!(invoice["parent"]["subscription_details"]["subscription"], sub);
    assert_eq!(lines[2]["pricing"]["price_details"]["price"], plan.usage);
}

#[tokio::test]
async fn a_cycle_that_began_on_the_31st_keeps_to_the_ends_of_months() {
    let world = World::with(Config { clock: Some(START + 30 * DAY), ..Config::default() }).await;
    let plan = world.pro().await;
    let (_, sub) = world.subscriber(&plan, "").await;
    let mut ends = Vec::new();
    for _ in 0..4 {
        let end = world.subscription(&sub).await["items"]["data"][0]["current_period_end"]
            .as_i64()
            .unwrap();
        ends.push((end - START) / DAY);
        world.fake.set_clock(end);
    }
    // 28 February, 31 March, 30 April, 31 May, counted in days from the first of January.
    assert_eq!(ends, [58, 89, 119, 150]);
}

#[tokio::test]
async fn a_cycle_can_be_anchored_to_the_first_of_the_month() {
    let middle = START + 15 * DAY + DAY / 2;
    let world = World::with(Config { clock: Some(middle), ..Config::default() }).await;
    let plan = world.pro().await;
    let (_, sub) = world
        .subscriber(&plan, &format!("&subscription_data[billing_cycle_anchor]={FEBRUARY}"))
        .await;
    let first = world.invoices(&sub).await.remove(0);
    assert_eq!(first["total"], 1000, "half of January is left");
    assert_eq!(world.subscription(&sub).await["items"]["data"][0]["current_period_end"], FEBRUARY);
    world.fake.set_clock(FEBRUARY + HOUR);
    assert_eq!(world.invoices(&sub).await[0]["total"], 2000);
}

#[tokio::test]
async fn a_trial_is_free_with_its_usage_and_then_becomes_active() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, sub) = world.subscriber(&plan, "&subscription_data[trial_period_days]=14").await;
    assert_eq!(world.subscription(&sub).await["status"], "trialing");
    world.use_calls(&customer, "tried", 9000, START).await;
    world.fake.set_clock(START + 11 * DAY);
    assert!(world.events().contains(&"customer.subscription.trial_will_end".to_owned()));
    world.fake.set_clock(START + 14 * DAY + HOUR);
    assert_eq!(world.subscription(&sub).await["status"], "active");
    let totals: Vec<_> = world
        .invoices(&sub)
        .await
        .iter()
        .map(|invoice| invoice["total"].as_i64().unwrap())
        .collect();
    assert_eq!(totals, [2000, 0]);
}

#[tokio::test]
async fn a_failed_payment_is_tried_again_and_heals_with_a_new_card() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    world.fake.set_card(&customer, FAILS_LATER).unwrap();
    world.fake.set_clock(FEBRUARY + HOUR);
    assert_eq!(world.subscription(&sub).await["status"], "past_due");
    let invoice = world.invoices(&sub).await.remove(0);
    assert_eq!(
        (invoice["attempt_count"].as_i64(), invoice["next_payment_attempt"].as_i64()),
        (Some(1), Some(FEBRUARY + HOUR + 3 * DAY))
    );
    world.fake.set_card(&customer, GOOD).unwrap();
    world.fake.advance(3 * DAY);
    assert_eq!(world.subscription(&sub).await["status"], "active");
    assert_eq!(world.invoices(&sub).await[0]["status"], "paid");
}

#[tokio::test]
async fn after_the_last_attempt_the_subscription_ends_as_configured() {
    for (after_retries, status) in
        [("canceled", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")]
    {
        let world = World::with(Config {
            clock: Some(START),
            after_retries: after_retries.into(),
            ..Config::default()
        })
        .await;
        let plan = world.pro().await;
        let (customer, sub) = world.subscriber(&plan, "").await;
        world.fake.set_card(&customer, FAILS_LATER).unwrap();
        world.fake.set_clock(FEBRUARY + 16 * DAY);
        let failed = world.events().iter().filter(|kind| *kind == "invoice.payment_failed").count();
        assert_eq!((world.subscription(&sub).await["status"].as_str(), failed), (Some(status), 4));
    }
}

#[tokio::test]
async fn a_card_that_wants_authentication_asks_for_action() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    world.fake.set_card(&customer, "4000002760003184").unwrap();
    world.fake.set_clock(FEBRUARY + HOUR);
    assert!(world.events().contains(&"invoice.payment_action_required".to_owned()));
    let invoice = world.invoices(&sub).await[0]["id"].as_str().unwrap().to_owned();
    world.post(&format!("/v1/invoices/{invoice}/pay"), "").await;
    assert_eq!(world.subscription(&sub).await["status"], "active");
    let again = world.try_post(&format!("/v1/invoices/{invoice}/pay"), "").await;
    assert_eq!(again.code(), "invoice_already_paid");
}

#[tokio::test]
async fn amounts_too_small_to_charge_wait_on_the_balance() {
    let world = World::new().await;
    let meter = world.meter().await;
    let plan = world.plan("Free", 0, 1000, "0.5", &meter).await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    world.use_calls(&customer, "a", 1060, START).await;
    world.fake.set_clock(FEBRUARY + HOUR);
    let small = world.invoices(&sub).await.remove(0);
    assert_eq!(
        (small["total"].as_i64(), small["amount_due"].as_i64(), small["ending_balance"].as_i64()),
        (Some(30), Some(0), Some(30))
    );
    world.use_calls(&customer, "b", 1080, FEBRUARY).await;
    world.fake.set_clock(FEBRUARY + 28 * DAY + HOUR);
    let next = world.invoices(&sub).await.remove(0);
    assert_eq!(
        (next["total"].as_i64(), next["starting_balance"].as_i64(), next["amount_paid"].as_i64()),
        (Some(40), Some(30), Some(70))
    );
}

#[tokio::test]
async fn a_subscription_that_ends_bills_its_last_usage() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    world.use_calls(&customer, "a", 1200, START).await;
    let ending =
        world.post(&format!("/v1/subscriptions/{sub}"), "cancel_at_period_end=true").await.body;
    assert_eq!(
        (ending["cancel_at"].as_i64(), ending["status"].as_str()),
        (Some(FEBRUARY), Some("active"))
    );
    world.fake.set_clock(FEBRUARY + HOUR);
    assert_eq!(world.subscription(&sub).await["status"], "canceled");
    let last = world.invoices(&sub).await.remove(0);
    assert_eq!((last["total"].as_i64(), last["status"].as_str()), (Some(100), Some("paid")));
    world.fake.advance(90 * DAY);
    assert_eq!(world.invoices(&sub).await.len(), 2, "an ended subscription is billed no more");
    assert_eq!(
        world
            .try_post(&format!("/v1/subscriptions/{sub}"), "cancel_at_period_end=false")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_first_payment_that_fails_leaves_it_incomplete_for_a_day() {
    let world = World::new().await;
    let plan = world.pro().await;
    let customer = world.customer().await;
    let form = format!("customer={customer}&items[0][price]={}", plan.licence);
    assert_eq!(world.try_post("/v1/subscriptions", &form).await.code(), "resource_missing");
    world.fake.set_card(&customer, FAILS_LATER).unwrap();
    let strict = world
        .try_post("/v1/subscriptions", &format!("{form}&payment_behavior=error_if_incomplete"))
        .await;
    assert_eq!((strict.status, strict.code()), (402, "card_declined"));
    let sub = world.post("/v1/subscriptions", &form).await;
    assert_eq!(sub.body["status"], "incomplete");
    world.fake.advance(23 * HOUR);
    assert_eq!(world.subscription(&sub.id()).await["status"], "incomplete_expired");
}

#[tokio::test]
async fn an_invoice_that_cannot_be_finalised_waits_as_a_draft() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (_, sub) = world.subscriber(&plan, "").await;
    world.control("invoices/fail_finalization", json!({ "count": 1 })).await;
    world.fake.set_clock(FEBRUARY + 2 * HOUR);
    let draft = world.invoices(&sub).await.remove(0);
    assert_eq!(
        (draft["status"].as_str(), draft["last_finalization_error"]["type"].as_str()),
        (Some("draft"), Some("invalid_request_error"))
    );
    assert_eq!(world.events().last().unwrap(), "invoice.finalization_failed");
    let path = format!("/v1/invoices/{}/finalize", draft["id"].as_str().unwrap());
    assert_eq!(world.post(&path, "").await.body["status"], "paid");
    assert_eq!(world.try_post(&path, "").await.code(), "invoice_not_editable");
}

#[tokio::test]
async fn a_day_of_the_month_can_be_the_anchor() {
    let config = "billing_cycle_anchor_config][day_of_month]=1&subscription_data[billing_cycle_anchor_config][hour]=0\
                  &subscription_data[billing_cycle_anchor_config][minute]=0&subscription_data[billing_cycle_anchor_config][second]=0";
    let world =
        World::with(Config { clock: Some(START + 15 * DAY + DAY / 2), ..Config::default() }).await;
    let plan = world.pro().await;
    let (_, sub) = world.subscriber(&plan, &format!("&subscription_data[{config}")).await;
    let sub = world.subscription(&sub).await;
    assert_eq!(
        (
            sub["billing_cycle_anchor"].as_i64(),
            sub["items"]["data"][0]["current_period_end"].as_i64()
        ),
        (Some(FEBRUARY), Some(FEBRUARY))
    );
}

/// A plain generator of numbers, so that a failure can be repeated.
fn next(seed: &mut u64) -> i64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    i64::try_from(*seed >> 33).unwrap()
}

#[tokio::test]
async fn a_year_of_random_usage_is_billed_to_the_unit() {
    let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for mut seed in [3, 1_000_003, 77_777] {
        let world = World::new().await;
        let meter = world.meter().await;
        let (monthly, included) = (next(&mut seed) % 5000, 1 + next(&mut seed) % 2000);
        // A price of so many thousandths of a minor unit.
        let thousandths = 1 + next(&mut seed) % 5000;
        let overage = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        let plan = world.plan("Any", monthly, included, &overage, &meter).await;
        let (customer, sub) = world.subscriber(&plan, "").await;
        let (mut start, mut expected, mut usage) = (START, vec![monthly], 0);
        for (month, days) in days.into_iter().enumerate() {
            let end = start + days * DAY;
            let mut used = 0;
            for nth in 0..6 {
                // The first and last second of a month belong to it, the next second does not.
                let at = [start, end - 1, start + next(&mut seed) % (end - start)][nth % 3];
                let calls = next(&mut seed) % 900;
                world.fake.set_clock(at.max(world.fake.now()));
                assert_eq!(
                    world.use_calls(&customer, &format!("{month}-{nth}"), calls, at).await.status,
                    200
                );
                used += calls;
            }
            usage += used;
            expected.push(monthly + ((used - included).max(0) * thousandths * 2 + 1000) / 2000);
            world.fake.set_clock(end + HOUR);
            start = end;
        }
        let mut totals: Vec<i64> = world
            .invoices(&sub)
            .await
            .iter()
            .map(|invoice| invoice["total"].as_i64().unwrap())
            .collect();
        totals.reverse();
        assert_eq!(totals, expected, "seed {seed}");
        assert_eq!(world.fake.used("calls", &customer), usage);
        let paid: i64 = world
            .fake
            .objects("invoice")
            .iter()
            .map(|invoice| invoice["amount_paid"].as_i64().unwrap())
            .sum();
        let balance =
            world.fake.object("customer", &customer).unwrap()["balance"].as_i64().unwrap();
        assert_eq!(
            paid + balance,
            expected.iter().sum::<i64>(),
            "what is not paid is on the balance"
        );
    }
}
