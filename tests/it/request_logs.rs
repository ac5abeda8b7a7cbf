//! Request logs and usage: each call is there, once, and adds up.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Portal, TestDb, eventually, on_both};

/// The log's entry for a request, once the journal has been applied.
async fn logged(portal: &Portal, org: &crate::support::Org, id: &str) -> Value {
    eventually("the call is in the log", || async {
        let response = portal.get(&org.live, &format!("/v1/request-logs/{id}")).await;
        (response.status == 200).then(|| response.json())
    })
    .await
}

on_both! {
    async fn each_response_is_in_the_log_with_what_happened(db: TestDb) {
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
        assert_eq!(log["answered_by"], "own_api");
        assert_eq!(log["limits"][0], json!({ "policy": "key", "limit": 1000, "window_seconds": 1, "remaining": 999 }));
        assert_eq!((&log["key_prefix"], &log["scope"]), (&json!(org.live.view.prefix), &json!("customers:write")));
        let caused: Vec<&str> = log["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(caused, ["customer.created"]);
        let part = |name: &str| log[name].as_u64().unwrap();
        assert!(part("checks_us") + part("handler_us") <= part("latency_us"), "{log}");

        let refused = portal.post(&org.live, "/v1/customers", &json!({})).await;
        let log = logged(&portal, &org, refused.request_id()).await;
        assert_eq!((&log["status"], &log["code"], &log["billed_units"]), (&json!(422), &json!("validation_failed"), &json!(0)));

        let unknown = portal.get(&org.live, "/v1/nothing").await;
        let log = logged(&portal, &org, unknown.request_id()).await;
        assert_eq!((&log["answered_by"], &log["handler_us"]), (&json!("gateway"), &json!(0)));
    }

    async fn a_key_in_a_path_or_header_is_never_stored(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let (key, prefix) = (&org.sandbox.key, &org.sandbox.view.prefix);
        let request = portal.request(reqwest::Method::GET, &format!("/v1/customers/{key}?api_key={key}")).bearer_auth(&org.live.key);
        let response = portal.send(request.header("user-agent", format!("robot ({key})")).header("x-request-id", key)).await;
        assert!(!response.text.contains(key), "{}", response.text);
        let log = logged(&portal, &org, response.request_id()).await;
        assert!(!log.to_string().contains(key), "{log}");
        let shown = prefix.trim_end_matches('…');
        assert_eq!((&log["path"], &log["user_agent"]), (&json!(format!("/v1/customers/{shown}***")), &json!(format!("robot ({shown}***)"))));
        assert_eq!(log["client_request_id"], format!("{shown}***"));
        // Nor anywhere else in what the server stores.
        portal.stop().await;
        let mut files = vec![db.data_dir().to_owned()];
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                let bytes = std::fs::read(&path).unwrap();
                assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()), "{}", path.display());
            }
        }
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
        let problem = portal.get(&acme.live, "/v1/request-logs?status=teapot").await.problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["location"], "query.status");
        portal.get(&other.live, &format!("/v1/request-logs/{}", last.request_id())).await.problem(404, "not_found");
        portal.get(&acme.sandbox, &format!("/v1/request-logs/{}", last.request_id())).await.problem(404, "not_found");
    }

    async fn paging_through_the_log_shows_every_call_once_whatever_blocks_they_lie_in(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let org = portal.org("Acme").await;
        let mut made = Vec::new();
        for round in 0..4i64 {
            for _ in 0..7 {
                made.push(portal.get(&org.live, "/v1/customers").await.request_id().to_owned());
            }
            // Each round becomes a block.
            eventually("the round is applied", || async { (db.logged().await == 7 * (round + 1)).then_some(()) }).await;
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = portal.get(&org.live, &format!("/v1/request-logs?operation=listCustomers&limit=5{cursor}")).await.json();
            seen.extend(page["data"].as_array().unwrap().iter().map(|log| log["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        made.reverse();
        assert_eq!(seen, made, "newest first");
    }

    async fn usage_is_the_sum_of_the_log(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let org = portal.org("Acme").await;
        for i in 0..10 {
            portal.post(&org.live, "/v1/customers", &if i < 7 { json!({ "name": "Ada" }) } else { json!({}) }).await;
            portal.get(&org.sandbox, "/v1/customers").await;
        }
        portal.stop().await;
        assert_eq!(db.logged().await, 20);
        assert_eq!(db.number("select cast(sum(calls) as bigint) from usage_hourly").await, 20);
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await, 7);
        assert_eq!(db.logs().await.iter().map(|log| log.billed_units).sum::<u64>(), 7);
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
        eventually("the call is applied", || async { (db.logged().await == 1).then_some(()) }).await;
        tollgate::server::request_logs::prune(&portal.app.db, portal.now().plus(1000)).await.unwrap();
        assert_eq!(db.logged().await, 0);
        assert_eq!(db.number("select cast(sum(calls) as bigint) from usage_hourly").await, 1);
    }

    async fn all_old_events_are_deleted_however_many_there_are(db: TestDb) {
        let portal = Portal::start(&db).await;
        portal.org("Acme").await;
        db.execute(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 2500)
             insert into events (id, org_id, environment, type, data_json, request_id, created_at)
             select 'evt_00000000000000000000' || (100000 + i), (select min(id) from orgs), '', 'key.created', '{}', '', 0 from n",
        )
        .await;
        let kept = db.number("select count(*) from events where created_at > 0").await;
        tollgate::server::webhooks::events::prune(&portal.app.db, portal.now()).await.unwrap();
        assert_eq!(db.number("select count(*) from events").await, kept);
    }

    async fn a_forged_length_neither_stops_nor_spoils_the_counting(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1"]).await;
        let org = portal.org("Acme").await;
        for authorization in ["", &format!("Authorization: Bearer {}\r\n", org.live.key)] {
            for _ in 0..3 {
                let head = format!("GET /v1/customers HTTP/1.1\r\nHost: x\r\n{authorization}Content-Length: 9223372036854775807\r\n\r\n");
                let mut stream = tokio::net::TcpStream::connect(portal.url.trim_start_matches("http://")).await.unwrap();
                stream.write_all(head.as_bytes()).await.unwrap();
                let mut response = [0; 12];
                stream.read_exact(&mut response).await.unwrap();
                assert_eq!(&response, if authorization.is_empty() { b"HTTP/1.1 401" } else { b"HTTP/1.1 200" });
            }
        }
        let last = portal.get(&org.live, "/v1/customers").await;
        logged(&portal, &org, last.request_id()).await;
        let bytes = db.number("select cast(sum(request_bytes) as bigint) from usage_hourly").await;
        assert_eq!(bytes, 6 * 1024 * 1024, "no more is believed than would be read");
        // Calls without a key are counted, but have no row.
        assert_eq!(db.number("select cast(sum(calls) as bigint) from usage_hourly where org_id = ''").await, 3);
        assert_eq!(db.number("select count(*) from request_log_blocks where org_id = ''").await, 0);
    }

    async fn records_are_counted_though_the_journals_files_were_deleted(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--journal-segment-bytes", "65536", "--limit-key", "100000/1", "--limit-ip", "100000/1", "--limit-org", "100000/1", "--limit-operation", "100000/1"]).await;
        let org = portal.org("Acme").await;
        for _ in 0..400 {
            portal.get(&org.live, "/v1/customers").await;
        }
        portal.stop().await;
        assert_eq!(db.logged().await, 400);
        assert!(db.number("select segment from journal_cursors").await > 1, "segments rotate");
        for entry in std::fs::read_dir(db.data_dir().join("journal")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "journal") {
                std::fs::remove_file(path).unwrap();
            }
        }
        let portal = Portal::start(&db).await;
        portal.get(&org.live, "/v1/customers").await;
        portal.stop().await;
        assert_eq!(db.logged().await, 401);
    }

    async fn every_fsync_policy_counts_each_call(db: TestDb) {
        for (i, policy) in ["os", "interval=5ms", "always"].into_iter().enumerate() {
            let portal = Portal::with_flags(&db, &["--journal-fsync", policy]).await;
            let org = portal.org("Acme").await;
            let calls = (0..10).map(|_| portal.get(&org.live, "/v1/customers"));
            assert!(futures::future::join_all(calls).await.iter().all(|response| response.status == 200));
            portal.stop().await;
            assert_eq!(db.logged().await, 10 * (i as i64 + 1), "{policy}");
        }
    }
}
