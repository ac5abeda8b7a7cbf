use super::stripe::Faults;
use super::world::World;
use serde_json::json;

async fn create(world: &World, key: &str) -> Result<u16, reqwest::Error> {
    let request = world
        .form("/v1/customers", "name=A")
        .header("idempotency-key", key)
        .timeout(std::time::Duration::from_secs(2));
    request.send().await.map(|response| response.status().as_u16())
}

#[tokio::test]
async fn a_rate_limited_request_says_so_and_does_nothing() {
    let world = World::new().await;
    world.fake.set_faults(Faults { rate_limited: 1.0, applied: 1.0, ..Faults::default() });
    let response = world.try_post("/v1/customers", "name=A").await;
    assert_eq!((response.status, response.code()), (429, "rate_limit"));
    assert_eq!(response.headers["stripe-should-retry"], "true");
    assert!(world.fake.objects("customer").is_empty());
}

#[tokio::test]
async fn an_accident_strikes_before_or_after_the_request_is_applied() {
    for (applied, made) in [(0.0, 0), (1.0, 1)] {
        for faults in [
            Faults { broken: 1.0, ..Faults::default() },
            Faults { drop: 1.0, ..Faults::default() },
            Faults { hang: 1.0, ..Faults::default() },
        ] {
            let world = World::new().await;
            world.fake.set_faults(Faults { applied, ..faults.clone() });
            match create(&world, "k").await {
                Ok(status) => assert_eq!((status, faults.broken > 0.0), (500, true)),
                Err(failure) => assert_eq!(failure.is_timeout(), faults.hang > 0.0, "{failure:?}"),
            }
            assert_eq!(world.fake.objects("customer").len(), made, "{faults:?}");
            world.fake.set_faults(Faults::default());
            assert_eq!(create(&world, "k").await.unwrap(), 200);
            assert_eq!(
                world.fake.objects("customer").len(),
                1,
                "the same key applies the request once"
            );
        }
    }
}

#[tokio::test]
async fn a_sticky_500_is_replayed_to_its_key() {
    let world = World::new().await;
    world.fake.set_faults(Faults { broken: 1.0, applied: 1.0, sticky: true, ..Faults::default() });
    create(&world, "k").await.unwrap();
    world.fake.set_faults(Faults::default());
    assert_eq!(create(&world, "k").await.unwrap(), 500);
    assert_eq!(world.fake.objects("customer").len(), 1);
}

#[tokio::test]
async fn the_same_seed_has_the_same_accidents() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let world = World::new().await;
        world
            .control("faults", json!({ "rate_limited": 0.3, "broken": 0.3, "applied": 0.5 }))
            .await;
        let mut statuses = Vec::new();
        for number in 0..40 {
            statuses.push(create(&world, &number.to_string()).await.unwrap());
        }
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    for status in [200, 429, 500] {
        assert!(runs[0].iter().filter(|got| **got == status).count() > 4, "{status} is among them");
    }
}

#[tokio::test]
async fn controls_refuse_what_they_do_not_know() {
    let world = World::new().await;
    assert_eq!(world.control("faults", json!({ "brokn": 1.0 })).await.status, 400);
    assert_eq!(world.control("faults", json!({ "broken": 2.0 })).await.status, 400);
    assert_eq!(world.control("clock", json!({ "to": 1 })).await.status, 400);
    assert_eq!(world.control("nothing", json!({})).await.status, 404);
    let moved = world.control("clock", json!({ "advance": 60 })).await;
    assert_eq!(moved.body["now"], world.fake.now());
}
