//! Request logs and usage: what was answered is there, once, and adds up.

use serde_json::{Value, json};

use crate::support::{Portal, TestDb, eventually, on_both};

/// The log's entry for a request, once the journal has been applied.
async fn logged(portal: &Portal, org: &crate::support::Org, id: &str) -> Value {
    eventually("the call is in the log", || async {
        let answer = portal.get(&org.live, &format!("/v1/request-logs/{id}")).await;
        (answer.status == 200).then(|| answer.json())
    })
    .await
}

on_both! {
    async fn each_answer_stands_in_the_log_with_what_happened(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let org = portal.org("Acme").await;
        let body = json!({ "name": "Ada" });
        let request = portal.request(reqwest::Method::POST, "/v1/customers?secret=1").bearer_auth(&org.live.key);
        let created = portal.send(request.header("x-request-id", "order-42").header("user-agent", "robot/1.0").json(&body)).await;
        let log = logged(&portal, &org, created.request_id()).await;
        assert_eq!(log["key_id"], org.live.view.id.as_str());
        assert_eq!((&log["method"], &log["path"], &log["operation"]), (&json!("POST"), &json!("/v1/customers"), &json!("createCustomer")));
        assert_eq!((&log["status"], &log["code"], &log["units"], &log["billed_units"]), (&json!(201), &json!(""), &json!(1), &json!(1)));
        assert_eq!((&log["client_request_id"], &log["user_agent"]), (&json!("order-42"), &json!("robot/1.0")));
        assert_eq!(log["request_bytes"], body.to_string().len());
        assert_eq!(log["response_bytes"], created.text.len());
        assert_eq!(log["source_ip"], "127.0.0.1");

        let refused = portal.post(&org.live, "/v1/customers", &json!({})).await;
        let log = logged(&portal, &org, refused.request_id()).await;
        assert_eq!((&log["status"], &log["code"], &log["billed_units"]), (&json!(422), &json!("validation_failed"), &json!(0)));
    }

    async fn the_log_can_be_filtered_and_shows_nobody_elses_calls(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let (acme, other) = (portal.org("Acme").await, portal.org("Other").await);
        portal.get(&acme.live, "/v1/customers").await;
        portal.post(&acme.live, "/v1/customers", &json!({ "name": "Ada" })).await;
        let last = portal.get(&acme.live, "/v1/customers/none").await;
        logged(&portal, &acme, last.request_id()).await;
        let ids = async |query: &str| {
            let page = portal.get(&acme.live, &format!("/v1/request-logs?{query}")).await.json();
            page["data"].as_array().unwrap().len()
        };
        assert_eq!(ids("operation=createCustomer").await, 1);
        assert_eq!(ids("method=post").await, 1);
        assert_eq!(ids("status=404&path=/v1/customers/").await, 1);
        assert_eq!(ids("status=4xx&operation=getCustomer").await, 1);
        assert_eq!(ids("operation=listCustomers&status=5xx").await, 0);
        assert_eq!(ids(&format!("operation=createCustomer&key_id={}", acme.sandbox.view.id)).await, 0);
        portal.get(&acme.live, "/v1/request-logs?status=teapot").await.problem(422, "validation_failed");
        portal.get(&other.live, &format!("/v1/request-logs/{}", last.request_id())).await.problem(404, "not_found");
        portal.get(&acme.sandbox, &format!("/v1/request-logs/{}", last.request_id())).await.problem(404, "not_found");
    }

    async fn usage_is_the_sum_of_the_log(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let org = portal.org("Acme").await;
        for i in 0..10 {
            portal.post(&org.live, "/v1/customers", &if i < 7 { json!({ "name": "Ada" }) } else { json!({}) }).await;
            portal.get(&org.sandbox, "/v1/customers").await;
        }
        portal.stop().await;
        assert_eq!(db.number("select count(*) from request_logs").await, 20);
        assert_eq!(db.number("select cast(sum(calls) as bigint) from usage_hourly").await, 20);
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await, 7);
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from request_logs").await, 7);
        assert_eq!(db.number("select cast(sum(calls) as bigint) from latency_hourly").await, 20);

        let portal = Portal::start(&db).await;
        let usage = portal.get(&org.live, "/v1/usage").await.json();
        let hours = usage["data"].as_array().unwrap();
        assert_eq!(hours.len(), 24);
        let total = |field: &str| hours.iter().map(|hour| hour[field].as_u64().unwrap()).sum::<u64>();
        assert_eq!((total("calls"), total("errors"), total("billed_units")), (10, 3, 7));
        portal.get(&org.live, "/v1/usage?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z").await.problem(400, "invalid_request");
    }

    async fn old_logs_are_deleted_and_usage_stays(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        portal.get(&org.live, "/v1/customers").await;
        eventually("the call is applied", || async { (db.number("select count(*) from request_logs").await == 1).then_some(()) }).await;
        let deleted = tollgate::server::usage::prune_logs(&portal.app.db, portal.now().plus(1000)).await.unwrap();
        assert_eq!(deleted, 1);
        assert_eq!(db.number("select cast(sum(calls) as bigint) from usage_hourly").await, 1);
    }
}
