use super::world::World;

#[tokio::test]
async fn an_unknown_parameter_is_refused_by_its_full_name() {
    let world = World::new().await;
    let response =
        world.try_post("/v1/customers", "email=a@example.com&address[planet]=earth").await;
    assert_eq!(
        (response.status, response.code(), response.param()),
        (400, "parameter_unknown", "address[planet]")
    );
    let error = &response.body["error"];
    assert_eq!(error["type"], "invalid_request_error");
    assert_eq!(error["doc_url"], "https://stripe.com/docs/error-codes/parameter-unknown");
    assert!(
        error["request_log_url"]
            .as_str()
            .unwrap()
            .contains(response.headers["request-id"].to_str().unwrap())
    );
    assert!(world.fake.objects("customer").is_empty());
}

#[tokio::test]
async fn a_missing_parameter_is_named_also_inside_others() {
    let world = World::new().await;
    for (path, form, param) in [
        ("/v1/products", "", "name"),
        ("/v1/billing/meters", "display_name=a&event_name=b", "default_aggregation"),
        (
            "/v1/prices",
            "currency=usd&product=p&recurring[interval_count]=1&unit_amount=1",
            "recurring[interval]",
        ),
        ("/v1/billing_portal/sessions", "", "customer"),
        ("/v1/checkout/sessions", "success_url=http://a.example", "mode"),
    ] {
        let response = world.try_post(path, form).await;
        assert_eq!(
            (response.status, response.code(), response.param()),
            (400, "parameter_missing", param),
            "{path} {form}"
        );
    }
}

#[tokio::test]
async fn values_of_the_wrong_kind_are_refused() {
    let world = World::new().await;
    let product = world.post("/v1/products", "name=A").await.id();
    for (form, param) in [
        ("unit_amount=1.5", "unit_amount"),
        ("unit_amount=-1", "unit_amount"),
        ("unit_amount=", "unit_amount"),
        ("unit_amount[a]=1", "unit_amount"),
        ("unit_amount_decimal=0.1234567890123", "unit_amount_decimal"),
        ("unit_amount_decimal=1e3", "unit_amount_decimal"),
        ("unit_amount=1&active=yes", "active"),
        ("unit_amount=1&recurring=month", "recurring"),
        ("unit_amount=1&recurring[interval]=fortnight", "recurring[interval]"),
        ("unit_amount=1&metadata=x", "metadata"),
        ("billing_scheme=tiered&tiers_mode=graduated&tiers[a][up_to]=1", "tiers"),
        ("billing_scheme=tiered&tiers_mode=graduated&tiers[0][up_to]=-1", "tiers[0][up_to]"),
        ("unit_amount=1&unit_amount=2", "unit_amount"),
    ] {
        let response =
            world.try_post("/v1/prices", &format!("product={product}&currency=usd&{form}")).await;
        assert_eq!((response.status, response.param()), (400, param), "{form}: {}", response.body);
    }
    assert!(world.fake.objects("price").is_empty());
}

#[tokio::test]
async fn lists_may_be_numbered_or_not() {
    let world = World::new().await;
    let product = world.post("/v1/products", "name=A").await.id();
    let start = format!(
        "product={product}&currency=usd&recurring[interval]=month&billing_scheme=tiered&tiers_mode=graduated&expand[]=tiers"
    );
    let numbered =
        "&tiers[0][up_to]=5&tiers[0][unit_amount]=1&tiers[1][up_to]=inf&tiers[1][flat_amount]=2";
    let plain =
        "&tiers[][up_to]=5&tiers[][unit_amount]=1&tiers[][up_to]=inf&tiers[][flat_amount]=2";
    let first = world.post("/v1/prices", &format!("{start}{numbered}")).await;
    let second = world.post("/v1/prices", &format!("{start}{plain}")).await;
    assert_eq!(first.body["tiers"], second.body["tiers"]);
    assert_eq!(first.body["tiers"][0]["up_to"], 5);
    assert!(first.body["tiers"][1]["up_to"].is_null());
    let unexpanded = world.get(&format!("/v1/prices/{}", first.id())).await;
    assert!(unexpanded.body.get("tiers").is_none(), "tiers are only included when asked for");
}

#[tokio::test]
async fn only_the_secret_key_opens_by_bearer_or_basic() {
    let world = World::new().await;
    let plain = world.send(world.request("GET", "/v1/customers")).await;
    let wrong =
        world.send(world.request("GET", "/v1/customers").bearer_auth("sk_test_other")).await;
    let basic = world
        .send(world.request("GET", "/v1/customers").basic_auth("sk_test_fake", None::<&str>))
        .await;
    assert_eq!((plain.status, wrong.status, basic.status), (401, 401, 200));
}

#[tokio::test]
async fn the_version_is_echoed_and_old_ones_are_refused() {
    let world = World::new().await;
    let ask = |version: &str| {
        world
            .request("GET", "/v1/customers")
            .bearer_auth("sk_test_fake")
            .header("stripe-version", version.to_owned())
    };
    let new = world.send(ask("2025-03-31.basil")).await;
    assert_eq!(
        (new.status, new.headers["stripe-version"].to_str().unwrap()),
        (200, "2025-03-31.basil")
    );
    for old in ["2024-06-20", "soon", "2025"] {
        assert_eq!(world.send(ask(old)).await.status, 400, "{old}");
    }
}

#[tokio::test]
async fn json_bodies_and_unknown_paths_are_refused() {
    let world = World::new().await;
    let json = world
        .request("POST", "/v1/customers")
        .bearer_auth("sk_test_fake")
        .header("content-type", "application/json")
        .body("{}");
    assert_eq!(world.send(json).await.status, 400);
    let gone = world.try_post("/v1/subscription_items/si_1/usage_records", "quantity=1").await;
    assert_eq!(gone.status, 404);
    assert!(
        gone.body["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("Unrecognized request URL (POST: /v1/subscription_items")
    );
}

#[tokio::test]
async fn a_key_replays_the_first_answer_and_refuses_other_parameters() {
    let world = World::new().await;
    let post = |form: &str, path: &str| world.form(path, form).header("idempotency-key", "k1");
    let first = world.send(post("name=A&email=a@example.com", "/v1/customers")).await;
    let again = world.send(post("email=a@example.com&name=A", "/v1/customers")).await;
    assert_eq!(first.body, again.body);
    assert!(first.headers.get("idempotent-replayed").is_none());
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.headers["original-request"], first.headers["request-id"]);
    for (form, path) in [("name=B", "/v1/customers"), ("name=A", "/v1/products")] {
        let other = world.send(post(form, path)).await;
        assert_eq!(
            (other.status, &other.body["error"]["type"]),
            (400, &"idempotency_error".into()),
            "{path}"
        );
    }
    assert_eq!(world.fake.objects("customer").len(), 1);
    world.fake.advance(24 * 3600);
    assert_ne!(world.send(post("name=B", "/v1/customers")).await.body["id"], first.body["id"]);
}

#[tokio::test]
async fn a_key_is_not_used_up_by_parameters_that_do_not_pass() {
    let world = World::new().await;
    let refused =
        world.send(world.form("/v1/products", "nam=A").header("idempotency-key", "k")).await;
    assert_eq!(refused.status, 400);
    let accepted =
        world.send(world.form("/v1/products", "name=A").header("idempotency-key", "k")).await;
    assert_eq!(accepted.status, 200);
    let long = world
        .send(world.form("/v1/products", "name=B").header("idempotency-key", "k".repeat(256)))
        .await;
    assert_eq!(long.status, 400);
}

#[tokio::test]
async fn lists_are_cut_into_pages_newest_first() {
    let world = World::new().await;
    for name in ["a", "b", "c"] {
        world.post("/v1/customers", &format!("name={name}")).await;
    }
    let first = world.get("/v1/customers?limit=2").await.body;
    assert_eq!(
        (first["data"][0]["name"].as_str(), first["has_more"].as_bool()),
        (Some("c"), Some(true))
    );
    let next = world
        .get(&format!(
            "/v1/customers?limit=2&starting_after={}",
            first["data"][1]["id"].as_str().unwrap()
        ))
        .await
        .body;
    assert_eq!(
        (next["data"][0]["name"].as_str(), next["has_more"].as_bool()),
        (Some("a"), Some(false))
    );
    assert_eq!(world.get("/v1/customers?limit=101").await.param(), "limit");
    assert_eq!(world.get("/v1/customers?starting_after=cus_none").await.status, 400);
}

#[tokio::test]
async fn ids_are_expanded_and_other_fields_are_not() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    let expanded = world
        .get(&format!("/v1/subscriptions/{sub}?expand[]=customer&expand[]=latest_invoice.customer&expand[]=items.data.price.product"))
        .await;
    assert_eq!(expanded.body["customer"]["id"], customer);
    assert_eq!(expanded.body["latest_invoice"]["customer"]["email"], "ada@example.com");
    assert_eq!(expanded.body["items"]["data"][0]["price"]["product"]["name"], "Pro");
    assert_eq!(world.get(&format!("/v1/subscriptions/{sub}?expand[]=status")).await.status, 400);
    assert_eq!(world.get(&format!("/v1/subscriptions/{sub}?expand[]=nothing")).await.status, 400);
}

#[tokio::test]
async fn a_lookup_key_belongs_to_one_price_until_it_is_transferred() {
    let world = World::new().await;
    let product = world.post("/v1/products", "name=A").await.id();
    let form = format!(
        "product={product}&currency=usd&unit_amount=1&recurring[interval]=month&lookup_key=pro"
    );
    let first = world.post("/v1/prices", &form).await.id();
    assert_eq!(world.try_post("/v1/prices", &form).await.param(), "lookup_key");
    let second = world.post("/v1/prices", &format!("{form}&transfer_lookup_key=true")).await.id();
    assert!(world.get(&format!("/v1/prices/{first}")).await.body["lookup_key"].is_null());
    assert_eq!(world.get("/v1/prices?lookup_keys[]=pro").await.body["data"][0]["id"], second);
}

#[tokio::test]
async fn a_metered_price_needs_a_meter_and_a_licensed_one_refuses_it() {
    let world = World::new().await;
    let meter = world.meter().await;
    let product = world.post("/v1/products", "name=A").await.id();
    let form = |more: &str| {
        format!("product={product}&currency=usd&unit_amount=1&recurring[interval]=month{more}")
    };
    let without = world.try_post("/v1/prices", &form("&recurring[usage_type]=metered")).await;
    let licensed = world.try_post("/v1/prices", &form(&format!("&recurring[meter]={meter}"))).await;
    assert_eq!((without.param(), licensed.param()), ("recurring[meter]", "recurring[meter]"));
    world
        .post(
            "/v1/prices",
            &form(&format!("&recurring[usage_type]=metered&recurring[meter]={meter}")),
        )
        .await;
    let twice = world
        .try_post(
            "/v1/billing/meters",
            "display_name=C&event_name=calls&default_aggregation[formula]=sum",
        )
        .await;
    assert_eq!((twice.status, twice.param()), (400, "event_name"));
}
