use super::stripe::Config;
use super::world::{DAY, START, TestResponse, World};
use serde_json::json;

async fn press(world: &World, path: &str, form: &str) -> TestResponse {
    let request = world
        .request("POST", path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    world.send(request).await
}

async fn page(world: &World, path: &str) -> String {
    world.send(world.request("GET", path)).await.body.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn paying_on_the_page_completes_the_checkout_and_returns_to_the_site() {
    let world = World::new().await;
    let plan = world.pro().await;
    let customer = world.customer().await;
    let session = world
        .checkout(
            &customer,
            &plan,
            "&client_reference_id=org_1&metadata[a]=b&subscription_data[metadata][plan]=pro",
        )
        .await
        .id();
    let path = format!("/c/pay/{session}");
    let html = page(&world, &path).await;
    assert!(
        html.contains("Pro") && html.contains("20.00 USD") && html.contains("by usage"),
        "{html}"
    );
    let paid = press(&world, &path, "action=pay&card=4242 4242 4242 4242").await;
    assert_eq!(
        (paid.status, paid.headers["location"].to_str().unwrap()),
        (303, format!("http://127.0.0.1:9/ok?session={session}").as_str())
    );
    let session = world.get(&format!("/v1/checkout/sessions/{session}")).await.body;
    assert_eq!(
        (
            session["status"].as_str(),
            session["payment_status"].as_str(),
            session["client_reference_id"].as_str()
        ),
        (Some("complete"), Some("paid"), Some("org_1"))
    );
    assert_eq!(
        world.subscription(session["subscription"].as_str().unwrap()).await["metadata"]["plan"],
        "pro"
    );
    assert_eq!(world.events().last().unwrap(), "checkout.session.completed");
    assert_eq!(
        press(&world, &path, "action=pay&card=4242424242424242").await.status,
        410,
        "a session is paid once"
    );
}

#[tokio::test]
async fn a_declined_card_changes_nothing_and_another_may_be_tried() {
    let world = World::new().await;
    let plan = world.pro().await;
    let customer = world.customer().await;
    let path = format!("/c/pay/{}", world.checkout(&customer, &plan, "").await.id());
    let events = world.events().len();
    for card in ["4000000000000002", "4000000000000341", "1234", ""] {
        let declined = press(&world, &path, &format!("action=pay&card={card}")).await;
        assert_eq!(
            (declined.status, declined.body.as_str().unwrap().contains("role=alert")),
            (402, true),
            "{card}"
        );
    }
    assert_eq!((world.events().len(), world.fake.objects("subscription").len()), (events, 0));
    assert_eq!(press(&world, &path, "action=pay&card=4242424242424242").await.status, 303);
}

#[tokio::test]
async fn a_card_that_fails_later_is_taken_where_nothing_is_due() {
    let world = World::new().await;
    let plan = world.pro().await;
    let customer = world.customer().await;
    let session =
        world.checkout(&customer, &plan, "&subscription_data[trial_period_days]=14").await.id();
    let session = world.fake.pay_checkout(&session, "4000000000000341").unwrap();
    assert_eq!(session["payment_status"], "no_payment_required");
    world.fake.set_clock(START + 14 * DAY + 3600);
    assert_eq!(
        world.subscription(session["subscription"].as_str().unwrap()).await["status"],
        "past_due"
    );
}

#[tokio::test]
async fn leaving_keeps_the_session_open_and_a_day_expires_it() {
    let world = World::new().await;
    let plan = world.pro().await;
    let customer = world.customer().await;
    let session = world.checkout(&customer, &plan, "").await.id();
    let left = press(&world, &format!("/c/pay/{session}"), "action=cancel").await;
    assert_eq!(left.headers["location"], "http://127.0.0.1:9/no");
    world.fake.advance(DAY);
    assert_eq!(
        world.get(&format!("/v1/checkout/sessions/{session}")).await.body["status"],
        "expired"
    );
    assert_eq!(world.events().last().unwrap(), "checkout.session.expired");
    assert_eq!(
        world.try_post(&format!("/v1/checkout/sessions/{session}/expire"), "").await.status,
        400
    );
}

#[tokio::test]
async fn a_checkout_refuses_what_stripe_refuses() {
    let world = World::new().await;
    let plan = world.pro().await;
    let customer = world.customer().await;
    let form = |more: &str| {
        format!(
            "mode=subscription&success_url=http://a.example&line_items[0][price]={}{more}",
            plan.licence
        )
    };
    for (form, param) in [
        (form(""), "line_items[0][quantity]"),
        (
            form(&format!(
                "&line_items[0][quantity]=1&line_items[1][price]={}&line_items[1][quantity]=1",
                plan.usage
            )),
            "line_items[1][quantity]",
        ),
        (form("&line_items[0][quantity]=1&customer=cus_none"), "customer"),
        (
            form(&format!(
                "&line_items[0][quantity]=1&customer={customer}&expires_at={}",
                START + 60
            )),
            "expires_at",
        ),
        (
            form(&format!(
                "&line_items[0][quantity]=1&subscription_data[trial_end]={}",
                START + DAY
            )),
            "subscription_data[trial_end]",
        ),
        (form("&line_items[0][quantity]=1&success_urls=a"), "success_urls"),
        ("mode=subscription&success_url=http://a.example".to_owned(), "line_items"),
        (
            format!(
                "mode=subscription&line_items[0][price]={}&line_items[0][quantity]=1",
                plan.licence
            ),
            "success_url",
        ),
    ] {
        let response = world.try_post("/v1/checkout/sessions", &form).await;
        assert_eq!((response.status, response.param()), (400, param), "{form}: {}", response.body);
    }
}

async fn portal(world: &World, customer: &str, more: &str) -> String {
    world
        .post(
            "/v1/billing_portal/sessions",
            &format!("customer={customer}&return_url=http://127.0.0.1:9/back{more}"),
        )
        .await
        .id()
}

#[tokio::test]
async fn the_portal_cancels_resumes_and_changes_the_card() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (customer, sub) = world.subscriber(&plan, "").await;
    let session = portal(&world, &customer, "").await;
    let path = format!("/p/session/{session}");
    let html = page(&world, &path).await;
    assert!(
        html.contains("Cancel plan")
            && html.contains("http://127.0.0.1:9/back")
            && html.contains("20.00 USD")
            && !html.contains("Update plan"),
        "{html}"
    );
    assert_eq!(
        press(&world, &format!("{path}/cancel"), &format!("subscription={sub}")).await.status,
        303
    );
    assert_eq!(world.subscription(&sub).await["cancel_at_period_end"], true);
    assert!(page(&world, &path).await.contains("Keep plan"));
    press(&world, &format!("{path}/resume"), &format!("subscription={sub}")).await;
    assert!(world.subscription(&sub).await["cancel_at"].is_null());
    assert_eq!(press(&world, &format!("{path}/card"), "card=5555555555554444").await.status, 303);
    let card =
        world.subscription(&sub).await["default_payment_method"].as_str().unwrap().to_owned();
    assert_eq!(
        world.get(&format!("/v1/payment_methods/{card}")).await.body["card"]["last4"],
        "4444"
    );
    assert_eq!(
        press(
            &world,
            &format!("{path}/switch"),
            &format!("subscription={sub}&product={}", plan.product)
        )
        .await
        .status,
        400
    );
}

#[tokio::test]
async fn the_portal_of_another_customer_reaches_nothing() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (_, sub) = world.subscriber(&plan, "").await;
    let stranger = world.customer().await;
    let session = portal(&world, &stranger, "").await;
    assert_eq!(
        press(&world, &format!("/p/session/{session}/cancel"), &format!("subscription={sub}"))
            .await
            .status,
        400
    );
    assert_eq!(world.subscription(&sub).await["cancel_at_period_end"], false);
}

#[tokio::test]
async fn a_metered_plan_is_switched_in_the_portal_only_if_the_fake_is_configured_to() {
    for (told, switched) in [(false, 400), (true, 303)] {
        let world = World::with(Config {
            clock: Some(START),
            portal_switches_metered: told,
            ..Config::default()
        })
        .await;
        let plan = world.pro().await;
        let big = world.plan("Big", 10_000, 50_000, "0.1", &plan.meter).await;
        let products: String = [&plan, &big]
            .iter()
            .enumerate()
            .map(|(nth, plan)| {
                let at = format!("features[subscription_update][products][{nth}]");
                format!(
                    "&{at}[product]={}&{at}[prices][0]={}&{at}[prices][1]={}",
                    plan.product, plan.licence, plan.usage
                )
            })
            .collect();
        let form = format!(
            "features[subscription_update][enabled]=true&features[subscription_update][default_allowed_updates][0]=price\
             &features[subscription_update][schedule_at_period_end][conditions][0][type]=decreasing_item_amount{products}"
        );
        let configuration = world.post("/v1/billing_portal/configurations", &form).await.id();
        let (customer, sub) = world.subscriber(&big, "").await;
        let session = portal(&world, &customer, &format!("&configuration={configuration}")).await;
        let pressed = press(
            &world,
            &format!("/p/session/{session}/switch"),
            &format!("subscription={sub}&product={}", plan.product),
        )
        .await;
        assert_eq!(pressed.status, switched, "{}", pressed.body);
        world.fake.set_clock(START + 31 * DAY + 3600);
        let total = world.invoices(&sub).await[0]["total"].as_i64().unwrap();
        assert_eq!(
            total,
            if told { 2000 } else { 10_000 },
            "a downgrade takes effect at the period's end"
        );
    }
}

#[tokio::test]
async fn an_invoice_has_a_page_and_a_pdf() {
    let world = World::new().await;
    let plan = world.pro().await;
    let (_, sub) = world.subscriber(&plan, "").await;
    let invoice = world.invoices(&sub).await.remove(0);
    let path = |field: &str| {
        invoice[field].as_str().unwrap().strip_prefix(world.fake.base_url()).unwrap().to_owned()
    };
    assert!(page(&world, &path("hosted_invoice_url")).await.contains("20.00 USD"));
    let pdf = world.send(world.request("GET", &path("invoice_pdf"))).await;
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    let text = pdf.body.as_str().unwrap();
    let table: usize =
        text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
    assert!(text.starts_with("%PDF-1.4") && text[table..].starts_with("xref"));
}

#[tokio::test]
async fn the_controls_press_buttons_too() {
    let world = World::new().await;
    let plan = world.pro().await;
    let customer = world.customer().await;
    let session = world.checkout(&customer, &plan, "").await.id();
    let declined = world
        .control(&format!("checkout/{session}/pay"), json!({ "card": "4000000000000002" }))
        .await;
    assert_eq!(
        (declined.status, declined.text("error").as_str()),
        (400, "Your card was declined.")
    );
    let paid = world
        .control(&format!("checkout/{session}/pay"), json!({ "card": "4242424242424242" }))
        .await;
    assert_eq!(paid.body["status"], "complete");
    assert_eq!(
        world
            .control(&format!("customers/{customer}/card"), json!({ "card": "4000000000000341" }))
            .await
            .status,
        200
    );
}
