use super::world::{DAY, START, World};

#[tokio::test]
async fn an_identifier_counts_once_in_a_day() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, _) = world.subscriber(&plan, "").await;
    assert_eq!(world.use_calls(&customer, "a", 5, START).await.status, 200);
    let again = world.use_calls(&customer, "a", 5, START).await;
    assert_eq!((again.status, again.param()), (400, "identifier"));
    assert_eq!(world.use_calls(&customer, &"x".repeat(101), 5, START).await.param(), "identifier");
    assert_eq!(world.fake.used("calls", &customer), 5);
    world.fake.advance(DAY);
    assert_eq!(
        world.use_calls(&customer, "a", 5, START).await.status,
        200,
        "after a day the identifier is forgotten"
    );
}

#[tokio::test]
async fn timestamps_reach_from_35_days_ago_to_five_minutes_ahead() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, _) = world.subscriber(&plan, "").await;
    let now = world.fake.now();
    for (identifier, at, status) in [
        ("a", now - 35 * DAY, 200),
        ("b", now - 35 * DAY - 1, 400),
        ("c", now + 300, 200),
        ("d", now + 301, 400),
    ] {
        assert_eq!(
            world.use_calls(&customer, identifier, 1, at).await.status,
            status,
            "{identifier}"
        );
    }
}

#[tokio::test]
async fn a_value_is_a_whole_number() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, _) = world.subscriber(&plan, "").await;
    for value in ["1.5", "many", "1e3", "%201"] {
        let form = format!(
            "event_name=calls&payload[stripe_customer_id]={customer}&payload[value]={value}"
        );
        assert_eq!(
            world.try_post("/v1/billing/meter_events", &form).await.param(),
            "payload[value]",
            "{value}"
        );
    }
    assert_eq!(world.fake.used("calls", &customer), 0);
}

#[tokio::test]
async fn unknown_meters_and_customers_are_accepted_and_reported_later() {
    let world = World::new().await;
    world.meter().await;
    let stray = world
        .try_post(
            "/v1/billing/meter_events",
            "event_name=other&payload[stripe_customer_id]=c&payload[value]=1",
        )
        .await;
    assert_eq!(stray.status, 200);
    assert_eq!(world.use_calls("cus_none", "b", 1, START).await.status, 200);
    let reports = world.fake.objects("v2.core.event");
    let kinds: Vec<_> = reports.iter().map(|report| report["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["v1.billing.meter.no_meter_found", "v1.billing.meter.error_report_triggered"]
    );
    let report =
        world.get(&format!("/v2/core/events/{}", reports[1]["id"].as_str().unwrap())).await.body;
    assert_eq!(
        report["data"]["reason"]["error_types"][0]["code"],
        "meter_event_customer_not_found"
    );
    assert_eq!(
        report["data"]["reason"]["error_types"][0]["sample_errors"][0]["request"]["identifier"],
        "b"
    );
    assert_eq!(world.fake.used("calls", "cus_none"), 0);
}

#[tokio::test]
async fn an_event_can_be_cancelled_for_a_day() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, _) = world.subscriber(&plan, "").await;
    world.use_calls(&customer, "a", 5, START).await;
    world.use_calls(&customer, "b", 7, START).await;
    world
        .post(
            "/v1/billing/meter_event_adjustments",
            "event_name=calls&type=cancel&cancel[identifier]=a",
        )
        .await;
    assert_eq!(world.fake.used("calls", &customer), 7);
    world.fake.advance(DAY + 1);
    let late = world
        .try_post(
            "/v1/billing/meter_event_adjustments",
            "event_name=calls&type=cancel&cancel[identifier]=b",
        )
        .await;
    assert_eq!(late.status, 400);
    let unknown = world
        .try_post(
            "/v1/billing/meter_event_adjustments",
            "event_name=calls&type=cancel&cancel[identifier]=z",
        )
        .await;
    assert_eq!(unknown.code(), "resource_missing");
}

#[tokio::test]
async fn summaries_add_up_by_day_and_must_be_aligned() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, _) = world.subscriber(&plan, "").await;
    world.fake.advance(2 * DAY);
    for (identifier, calls, at) in
        [("a", 5, START), ("b", 6, START + DAY - 1), ("c", 7, START + DAY)]
    {
        assert_eq!(world.use_calls(&customer, identifier, calls, at).await.status, 200);
    }
    let path = |from: i64, to: i64, more: &str| {
        format!(
            "/v1/billing/meters/{}/event_summaries?customer={customer}&start_time={from}&end_time={to}{more}",
            plan.meter
        )
    };
    let daily = world.get(&path(START, START + 2 * DAY, "&value_grouping_window=day")).await.body;
    let values: Vec<_> = daily["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["aggregated_value"].as_i64().unwrap())
        .collect();
    assert_eq!(values, [7, 11], "newest first");
    assert_eq!(
        world.get(&path(START, START + 2 * DAY, "")).await.body["data"][0]["aggregated_value"],
        18
    );
    assert_eq!(world.get(&path(START + 1, START + DAY, "")).await.param(), "start_time");
    assert_eq!(
        world.get(&path(START, START + 3600, "&value_grouping_window=day")).await.param(),
        "end_time"
    );
}

#[tokio::test]
async fn a_meter_that_was_deactivated_counts_no_more() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, _) = world.subscriber(&plan, "").await;
    world.post(&format!("/v1/billing/meters/{}/deactivate", plan.meter), "").await;
    assert_eq!(world.use_calls(&customer, "a", 5, START).await.status, 200);
    assert_eq!(world.fake.used("calls", &customer), 0);
    let report = &world.fake.objects("v2.core.event")[0];
    assert_eq!(report["data"]["reason"]["error_types"][0]["code"], "archived_meter");
}
