//! `tollgate doctor` on the payment provider.

use tollgate::types::time::SECOND;

use crate::support::stripe::{Billed, Config, GOOD_CARD, SECRET, serve};
use crate::support::{Portal, TestDb, on_both, process};

/// The doctor's result for payments: outcome and detail. `flags` as on the command line.
async fn payments(db: &TestDb, base: &str, public: &str, flags: &[&str]) -> (String, String) {
    let all = ["doctor", "--json", "--stripe-api-base", base, "--public-url", public];
    let all: Vec<String> = all.iter().chain(flags).map(|flag| (*flag).to_owned()).collect();
    // A command blocks its thread; the fake needs another one.
    let output = tokio::task::block_in_place(|| {
        process::run(db, &all.iter().map(String::as_str).collect::<Vec<_>>())
    });
    let checks: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let check = checks
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == "payments")
        .expect("a check of payments");
    (check["outcome"].as_str().unwrap().to_owned(), check["detail"].as_str().unwrap().to_owned())
}

const RIGHT: [&str; 4] = ["--stripe-secret-key", "sk_test_fake", "--stripe-webhook-secret", SECRET];

on_both! {
    async fn the_doctor_checks_key_endpoint_and_meters(db: TestDb) {
        let billed = Billed::start(&db).await;
        let org = billed.portal.org("Acme").await;
        let plan = billed.plan("Growth", 2_900).await;
        billed.buy(&org.id, &plan, GOOD_CARD).await;
        let (base, public) = (billed.fake.base_url(), billed.portal.url.clone());
        let (outcome, detail) = payments(&db, base, &public, &RIGHT).await;
        assert_eq!(outcome, "ok", "{detail}");
        assert!(detail.contains("1 meter works"), "{detail}");
        for (flags, wanted, words) in [
            (&RIGHT[..2], "failed", "STRIPE_WEBHOOK_SECRET is not set"),
            (&["--stripe-secret-key", "sk_test_another", "--stripe-webhook-secret", SECRET], "failed", "rejected the key"),
        ] {
            let (outcome, detail) = payments(&db, base, &public, flags).await;
            assert!(outcome == wanted && detail.contains(words), "{outcome}: {detail}");
        }
        let (outcome, detail) = payments(&db, base, "http://localhost:1", &RIGHT).await;
        assert!(outcome == "warning" && detail.contains("add that endpoint"), "{outcome}: {detail}");
        let (outcome, detail) = payments(&db, "http://127.0.0.1:1", &public, &RIGHT).await;
        assert!(outcome == "failed" && detail.contains("STRIPE_API_BASE"), "{outcome}: {detail}");
        // A deactivated meter counts nothing.
        let meter = billed.fake.objects("billing.meter")[0]["id"].as_str().unwrap().to_owned();
        let response = billed.portal.client.post(format!("{base}/v1/billing/meters/{meter}/deactivate"));
        let response = response.basic_auth("sk_test_fake", None::<&str>).header("idempotency-key", "off").send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
        let (outcome, detail) = payments(&db, base, &public, &RIGHT).await;
        assert!(outcome == "failed" && detail.contains("is not active"), "{outcome}: {detail}");
        billed.portal.stop().await;
    }

    async fn the_doctor_misses_events_that_an_endpoint_does_not_get(db: TestDb) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = serve(listener, Config { clock: Some(Portal::start_of_tests().0 / SECOND), ..Config::default() }).await.unwrap();
        let form = [("url", "http://localhost:9/webhooks/stripe"), ("enabled_events[0]", "invoice.paid")];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = reqwest::Client::new().post(format!("{}/v1/webhook_endpoints", fake.base_url())).basic_auth("sk_test_fake", None::<&str>);
        let response = request.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
        assert!(process::run(&db, &["migrate"]).status.success());
        let (outcome, detail) = payments(&db, fake.base_url(), "http://localhost:9", &RIGHT).await;
        assert!(outcome == "failed" && detail.contains("customer.subscription.updated") && !detail.contains("invoice.paid,"), "{detail}");
    }
}
