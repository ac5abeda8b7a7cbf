use super::world::{DAY, START, World};
use serde_json::Value;

const FEBRUARY: i64 = START + 31 * DAY;
const HOUR: i64 = 3600;

fn item_of(sub: &Value, price: &str) -> String {
    let items = sub["items"]["data"].as_array().unwrap();
    items.iter().find(|item| item["price"]["id"] == price).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn an_upgrade_pays_the_difference_for_the_days_that_are_left() {
    let world = World::new().await;
    let plan = world.pro().await;
    let big = world.plan("Big", 10_000, 50_000, "0.1", &plan.meter).await;
    let (_, sub) = world.subscriber(&plan, "").await;
    world.fake.set_clock(START + 10 * DAY);
    let licence = item_of(&world.subscription(&sub).await, &plan.licence);
    let change = format!(
        "items[0][id]={licence}&items[0][price]={}&proration_behavior=always_invoice&proration_date={}",
        big.licence,
        START + 10 * DAY
    );
    let details = change
        .replace("items[0]", "subscription_details[items][0]")
        .replace("proration_", "subscription_details[proration_")
        .replace("behavior=", "behavior]=")
        .replace("date=", "date]=");
    let preview = world
        .post("/v1/invoices/create_preview", &format!("subscription={sub}&{details}"))
        .await
        .body;
    let changed = world.post(&format!("/v1/subscriptions/{sub}"), &change).await.body;
    let invoice = world.invoices(&sub).await.remove(0);
    let amounts: Vec<_> = invoice["lines"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["amount"].as_i64().unwrap())
        .collect();
    // 21 of 31 days: 2000 × 21/31 = 1354.8, 10000 × 21/31 = 6774.2.
    assert_eq!(amounts, [-1355, 6774]);
    assert_eq!(
        (preview["total"].as_i64(), invoice["total"].as_i64(), invoice["status"].as_str()),
        (Some(5419), Some(5419), Some("paid"))
    );
    assert_eq!(
        (invoice["billing_reason"].as_str(), &changed["latest_invoice"]),
        (Some("subscription_update"), &invoice["id"])
    );
    assert_eq!(
        invoice["lines"]["data"][0]["parent"]["subscription_item_details"]["proration"],
        true
    );
    assert!(preview["id"].as_str().unwrap().starts_with("upcoming_"));
}

#[tokio::test]
async fn a_preview_changes_nothing() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    world.use_calls(&customer, "a", 1100, START).await;
    let events = world.events().len();
    let preview = world
        .post("/v1/invoices/create_preview", &format!("customer={customer}&subscription={sub}"))
        .await
        .body;
    assert_eq!(
        (preview["total"].as_i64(), preview["status"].as_str()),
        (Some(2050), Some("draft"))
    );
    assert_eq!((world.events().len(), world.invoices(&sub).await.len()), (events, 1));
}

#[tokio::test]
async fn prorations_wait_for_the_next_invoice_unless_asked_otherwise() {
    let world = World::new().await;
    let plan = world.pro().await;
    let big = world.plan("Big", 10_000, 50_000, "0.1", &plan.meter).await;
    for (behavior, total) in [("create_prorations", 10_000 + 5419), ("none", 10_000)] {
        let (_, sub) = world.subscriber(&plan, "").await;
        let start = world.subscription(&sub).await["items"]["data"][0]["current_period_start"]
            .as_i64()
            .unwrap();
        let end = world.subscription(&sub).await["items"]["data"][0]["current_period_end"]
            .as_i64()
            .unwrap();
        let at = start + (end - start) / 31 * 10;
        world.fake.set_clock(at);
        let licence = item_of(&world.subscription(&sub).await, &plan.licence);
        let change = format!(
            "items[0][id]={licence}&items[0][price]={}&proration_behavior={behavior}",
            big.licence
        );
        world.post(&format!("/v1/subscriptions/{sub}"), &change).await;
        assert_eq!(world.invoices(&sub).await.len(), 1);
        world.fake.set_clock(end + HOUR);
        let renewed = world.invoices(&sub).await.remove(0);
        // The second subscriber begins in a shorter month, but pays no proration.
        assert_eq!(renewed["total"], total, "{behavior}");
    }
}

#[tokio::test]
async fn usage_under_a_metered_price_that_goes_away_is_billed_up_to_then() {
    let world = World::new().await;
    let plan = world.pro().await;
    let big = world.plan("Big", 10_000, 50_000, "0.1", &plan.meter).await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    world.use_calls(&customer, "before", 1200, START).await;
    world.fake.set_clock(START + 10 * DAY);
    let item = item_of(&world.subscription(&sub).await, &plan.usage);
    world
        .post(
            &format!("/v1/subscriptions/{sub}"),
            &format!(
                "items[0][id]={item}&items[0][price]={}&proration_behavior=always_invoice",
                big.usage
            ),
        )
        .await;
    assert_eq!(world.invoices(&sub).await[0]["total"], 100);
    world.use_calls(&customer, "after", 50_500, START + 10 * DAY).await;
    world.fake.set_clock(FEBRUARY + HOUR);
    assert_eq!(world.invoices(&sub).await[0]["total"], 2000 + 50);
}

#[tokio::test]
async fn the_classic_mode_bills_the_whole_months_usage_at_the_new_price() {
    let world = World::new().await;
    let plan = world.pro().await;
    let big = world.plan("Big", 10_000, 50_000, "0.1", &plan.meter).await;
    let (customer, sub) =
        world.subscriber(&plan, "&subscription_data[billing_mode][type]=classic").await;
    world.use_calls(&customer, "before", 1200, START).await;
    world.fake.set_clock(START + 10 * DAY);
    let item = item_of(&world.subscription(&sub).await, &plan.usage);
    world
        .post(
            &format!("/v1/subscriptions/{sub}"),
            &format!("items[0][id]={item}&items[0][price]={}", big.usage),
        )
        .await;
    world.use_calls(&customer, "after", 50_500, START + 10 * DAY).await;
    world.fake.set_clock(FEBRUARY + HOUR);
    assert_eq!(world.invoices(&sub).await[0]["total"], 2000 + 170);
}

#[tokio::test]
async fn a_schedule_changes_the_plan_at_the_periods_end() {
    let world = World::new().await;
    let plan = world.pro().await;
    let big = world.plan("Big", 10_000, 50_000, "0.1", &plan.meter).await;
    let (customer, sub) = world.subscriber(&big, "").await;
    world.use_calls(&customer, "a", 51_000, START).await;
    let schedule =
        world.post("/v1/subscription_schedules", &format!("from_subscription={sub}")).await.id();
    let phases = format!(
        "phases[0][items][0][price]={}&phases[0][items][0][quantity]=1&phases[0][items][1][price]={}&phases[0][start_date]={START}&phases[0][end_date]={FEBRUARY}\
         &phases[1][items][0][price]={}&phases[1][items][1][price]={}&phases[1][proration_behavior]=none",
        big.licence, big.usage, plan.licence, plan.usage
    );
    world.post(&format!("/v1/subscription_schedules/{schedule}"), &phases).await;
    let blocked =
        world.try_post(&format!("/v1/subscriptions/{sub}"), "cancel_at_period_end=true").await;
    assert_eq!(blocked.status, 400, "a scheduled subscription is cancelled through its schedule");
    world.fake.set_clock(FEBRUARY + HOUR);
    assert_eq!(
        world.invoices(&sub).await[0]["total"],
        2000 + 100,
        "the last month's usage still has the old price"
    );
    item_of(&world.subscription(&sub).await, &plan.licence);
    world.fake.set_clock(FEBRUARY + 28 * DAY + HOUR);
    assert_eq!(
        world.get(&format!("/v1/subscription_schedules/{schedule}")).await.body["status"],
        "released"
    );
    assert!(world.subscription(&sub).await["schedule"].is_null());
}

#[tokio::test]
async fn a_billing_cycle_can_be_reset() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    world.use_calls(&customer, "a", 1100, START).await;
    let middle = START + 15 * DAY + DAY / 2;
    world.fake.set_clock(middle);
    let changed =
        world.post(&format!("/v1/subscriptions/{sub}"), "billing_cycle_anchor=now").await.body;
    assert_eq!(changed["items"]["data"][0]["current_period_start"], middle);
    assert_eq!(world.invoices(&sub).await[0]["total"], 2000 - 1000 + 50);
}

#[tokio::test]
async fn changes_stripe_refuses_are_refused() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (_, sub) = world.subscriber(&plan, "").await;
    let path = format!("/v1/subscriptions/{sub}");
    let usage = item_of(&world.subscription(&sub).await, &plan.usage);
    let yearly = world
        .post(
            "/v1/prices",
            &format!(
                "product={}&currency=usd&unit_amount=1&recurring[interval]=year",
                plan.product
            ),
        )
        .await
        .id();
    let euro = world
        .post(
            "/v1/prices",
            &format!(
                "product={}&currency=eur&unit_amount=1&recurring[interval]=month",
                plan.product
            ),
        )
        .await
        .id();
    let once = world
        .post("/v1/prices", &format!("product={}&currency=usd&unit_amount=1", plan.product))
        .await
        .id();
    let retired = world
        .post(
            "/v1/prices",
            &format!(
                "product={}&currency=usd&unit_amount=1&recurring[interval]=month",
                plan.product
            ),
        )
        .await
        .id();
    world.post(&format!("/v1/prices/{retired}"), "active=false").await;
    for (form, param) in [
        (format!("items[0][id]={usage}&items[0][quantity]=2"), "items[0][quantity]"),
        ("items[0][id]=si_none".to_owned(), "items[0][id]"),
        (format!("items[0][price]={yearly}"), "items"),
        (format!("items[0][price]={euro}"), "items"),
        (format!("items[0][price]={once}"), "items[0][price]"),
        (format!("items[0][price]={retired}"), "items[0][price]"),
        (format!("items[0][price]={}", plan.licence), "items"),
        (format!("proration_date={}&items[0][id]={usage}", START - 1), "proration_date"),
        ("plan=gold".to_owned(), "plan"),
    ] {
        let response = world.try_post(&path, &form).await;
        assert_eq!((response.status, response.param()), (400, param), "{form}: {}", response.body);
    }
}
