//! The log's explanation of a refused call, and the links between a request, its events,
//! deliveries, key and operation.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::{ManageKeys, Permit};
use tollgate::server::keys::{self, KeyChange};
use tollgate::types::environment::Environment;
use tollgate::types::id::RequestId;
use tollgate::types::time::{DAY, Timestamp};

use crate::support::crawl::{Part, attribute, parts};
use crate::support::{Portal, TestDb, TestResponse, Visitor, eventually, on_both};

/// The log of a request, once it is written.
async fn logged(
    portal: &Portal,
    reader: &tollgate::types::key::CreatedKey,
    request: &TestResponse,
) -> Value {
    let path = format!("/v1/request-logs/{}", request.request_id());
    eventually("the call is in the log", || async {
        let found = portal.get(reader, &path).await;
        (found.status == 200).then(|| found.json())
    })
    .await
}

fn request_id_at(at: Timestamp) -> String {
    RequestId::from((u128::from(at.0.unsigned_abs()) << 80) + 0x7000_8000_0000_0000_0001)
        .to_string()
}

/// A key of the visitor's organisation in the sandbox, with these scopes: its id and its text.
async fn new_key(visitor: &mut Visitor<'_>, scopes: &[&str]) -> (String, String) {
    let mut fields = vec![("name", "Robot"), ("environment", "sandbox")];
    fields.extend(scopes.iter().map(|scope| ("scopes[]", *scope)));
    let created = Visitor::value(&visitor.submit("create_key", &fields).await);
    (created["id"].as_str().unwrap().to_owned(), created["key"].as_str().unwrap().to_owned())
}

/// The states of the gateway's steps on a call's page, in order.
fn states(page: &str) -> Vec<String> {
    let items = parts(page).into_iter().filter_map(|part| match part {
        Part::Open { name: "li", attributes } => attribute(attributes, "data-state"),
        _ => None,
    });
    items.collect()
}

on_both! {
    async fn steps_after_the_one_that_refused_a_call_are_not_reached(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "4/3600"]).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let (_, key) = new_key(&mut ada, &["customers:read"]).await;
        let call = async |method: Method, path: &str, key: &str| portal.send(portal.request(method, path).bearer_auth(key)).await;
        let passed = call(Method::GET, "/v1/customers", &key).await;
        let unknown = call(Method::GET, "/v1/no-such-path", &key).await;
        let wrong_method = call(Method::PUT, "/v1/customers", &key).await;
        let out_of_scope = call(Method::POST, "/v1/customers", &key).await;
        // All of these count against the limit, which the last one exceeds.
        let too_many = call(Method::GET, "/v1/no-such-path", &key).await;
        eventually("the calls are in the log", || async { (db.logged().await == 5).then_some(()) }).await;
        for (response, status, passing, is_refused) in
            [(passed, 200, 6, false), (unknown, 404, 2, true), (wrong_method, 405, 2, true), (out_of_scope, 403, 2, true), (too_many, 429, 1, true)]
        {
            assert_eq!(response.status, status, "{}", response.text);
            let page = ada.page(&format!("/dashboard/logs/{}", response.request_id())).await;
            let mut expected = vec!["passed"; passing];
            expected.extend(is_refused.then_some("refused"));
            expected.resize(6, "skipped");
            assert_eq!(states(&page.text), expected, "{status}");
        }
    }

    async fn a_refused_call_says_what_refused_it_and_since_when(db: TestDb) {
        // The log is requested repeatedly.
        let portal = Portal::with_flags(&db, &["--limit-key", "100000/1", "--limit-org", "100000/1"]).await;
        let org = portal.org("Acme").await;
        let narrow = portal.key(&org.id, Environment::Live, &["customers:read"]).await;

        let refused = portal.post(&narrow, "/v1/customers", &json!({ "name": "Ada" })).await;
        let problem = refused.problem(403, "insufficient_scope");
        let log = logged(&portal, &org.live, &refused).await;
        assert_eq!(log["detail"], problem["detail"], "the log has the detail that the caller got");
        assert_eq!(log["error"]["title"], "The key lacks a scope");
        assert_eq!(log["error"]["docs"], "/docs/errors/insufficient_scope");
        assert_eq!(log["error"]["reason"], "The operation needs the scope `customers:write`. The key has `customers:read`.");

        let permit = Permit::<ManageKeys>::for_command_line(org.id.clone());
        let since = portal.now();
        keys::change_key(&portal.app.db, &permit, &narrow.view.id, KeyChange::Disable, since).await.unwrap();
        let refused = portal.get(&narrow, "/v1/customers").await;
        let problem = refused.problem(401, "disabled_key");
        let log = logged(&portal, &org.live, &refused).await;
        assert_eq!((&log["detail"], &log["error"]["title"]), (&problem["detail"], &json!("The API key is disabled")));
        assert_eq!(log["error"]["reason"], format!("The key has been disabled since {}.", since.long()));

        let invalid = portal.post(&org.live, "/v1/customers", &json!({})).await;
        invalid.problem(422, "validation_failed");
        let log = logged(&portal, &org.live, &invalid).await;
        assert!(log["detail"].as_str().unwrap().starts_with("body.name: "), "names the field at fault: {}", log["detail"]);

        let fine = portal.get(&org.live, "/v1/customers").await;
        let log = logged(&portal, &org.live, &fine).await;
        assert_eq!((&log["detail"], &log["error"], &log["docs"]), (&json!(""), &Value::Null, &json!("/apis/platform/listCustomers")));
        let of_product = async |product: &str| {
            portal.get(&org.live, &format!("/v1/request-logs?product={product}")).await.json()["data"].as_array().unwrap().len()
        };
        assert!(of_product("platform").await > 0);
        assert_eq!(of_product("logistics").await, 0);
    }

    async fn the_page_of_a_refused_call_says_code_title_detail_reason_and_docs(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let (id, key) = new_key(&mut ada, &["customers:read"]).await;
        assert_eq!(ada.submit("disable_key", &[("id", &id)]).await.status, 200);
        let refused = portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth(&key)).await;
        let detail = refused.problem(401, "disabled_key")["detail"].as_str().unwrap().to_owned();
        eventually("the call is in the log", || async { (db.logged().await == 1).then_some(()) }).await;
        let page = ada.page(&format!("/dashboard/logs/{}", refused.request_id())).await;
        for text in ["disabled_key", "The API key is disabled", &detail, "The key has been disabled since ", "href=\"/docs/errors/disabled_key\"", &format!("href=\"/dashboard/keys/{id}\"")] {
            assert!(page.text.contains(text), "{text}");
        }
    }

    async fn a_request_links_to_its_event_delivery_key_and_operation_and_they_link_back(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--outbound", "anywhere"]).await;
        let mut ada = Visitor::verified(&portal, "ada").await;
        // Another key reads the log, so that the calls of this one stay the last ones.
        let (_, reader) = new_key(&mut ada, &["logs:read"]).await;
        let (key_id, key) = new_key(&mut ada, &["customers:read", "customers:write", "webhooks:read", "webhooks:write"]).await;
        let send = async |method: Method, path: &str, body: &Value| portal.send(portal.request(method, path).bearer_auth(&key).json(body)).await;
        // Nothing listens there: the delivery fails, but it is listed.
        let endpoint = send(Method::POST, "/v1/webhook-endpoints", &json!({ "url": "http://127.0.0.1:9/", "event_types": ["customer.*"] })).await;
        assert_eq!(endpoint.status, 201, "{}", endpoint.text);
        let created = send(Method::POST, "/v1/customers", &json!({ "name": "Ada" })).await;
        let request = created.request_id().to_owned();
        let log = eventually("the call is in the log with its event", || async {
            let found = portal.send(portal.request(Method::GET, &format!("/v1/request-logs/{request}")).bearer_auth(&reader)).await;
            (found.status == 200).then(|| found.json()).filter(|log| !log["events"][0]["deliveries"].as_array().is_none_or(Vec::is_empty))
        })
        .await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (event, delivery) = (text(&log["events"][0]["id"]), text(&log["events"][0]["deliveries"][0]["id"]));

        let log_page = format!("/dashboard/logs/{request}");
        let (event_page, delivery_page) = (format!("/dashboard/events/{event}"), format!("/dashboard/webhooks/deliveries/{delivery}"));
        let (key_page, docs_page) = (format!("/dashboard/keys/{key_id}"), "/apis/platform/createCustomer".to_owned());
        let ways = [
            (&log_page, vec![&event_page, &delivery_page, &key_page, &docs_page]),
            (&event_page, vec![&log_page, &delivery_page]),
            (&delivery_page, vec![&log_page, &event_page]),
            (&key_page, vec![&log_page]),
        ];
        for (from, links) in ways {
            let page = ada.page(from).await;
            assert_eq!(page.status, 200, "{from}");
            for to in links {
                assert!(page.text.contains(&format!("href=\"{to}\"")), "{from} links to {to}");
            }
        }
        let docs = ada.page(&docs_page).await;
        assert!(docs.text.contains("href=\"/dashboard/logs?product=platform&amp;operation=createCustomer\""), "{}", docs.text);
        assert!(!Visitor::new(&portal).page(&docs_page).await.text.contains("/dashboard/logs?"), "strangers have no calls");

        // The key was created in the dashboard: that request is not a call, so there is no link to
        // a missing page.
        let events = Visitor::value(&ada.submit("list_events", &[("environment", "sandbox"), ("kind", "key.created")]).await);
        let created = &events["data"][0];
        let page = ada.page(&format!("/dashboard/events/{}", text(&created["id"]))).await;
        assert!(page.text.contains(&text(&created["request_id"])) && !page.text.contains("href=\"/dashboard/logs/req_"));
        assert!(page.text.contains(&format!("href=\"{key_page}\"")), "an event about a key links to it");
    }

    async fn an_id_is_looked_up_and_one_that_is_not_found_is_explained(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let mut eve = Visitor::signed_up(&portal, "eve").await;
        let (_, key) = new_key(&mut ada, &["customers:read"]).await;
        let call = portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth(&key)).await;
        eventually("the call is in the log", || async { (db.logged().await == 1).then_some(()) }).await;

        let found = ada.page(&format!("/dashboard/find?id=X-Request-Id%3A+{}", call.request_id())).await;
        let log_page = format!("/dashboard/logs/{}", call.request_id());
        assert_eq!((found.status, found.header("location")), (302, log_page.as_str()));
        assert_eq!(ada.page(&log_page).await.status, 200);
        for page in ["/dashboard/logs", "/dashboard"] {
            assert!(ada.page(page).await.text.contains("action=\"/dashboard/find\""), "{page} has the field");
        }

        let now = portal.now();
        let unknown = request_id_at(now.plus(-DAY));
        let old = request_id_at(now.plus(-400 * DAY));
        let cases = [
            (call.request_id().to_owned(), "Your organisation has no call with this id."),
            (unknown, "Your organisation has no call with this id."),
            (old, "If it was a call, its log has been deleted."),
            (request_id_at(now.plus(DAY)), "is in the future"),
            ("req_123".to_owned(), "This is not a request id."),
            ("evt_01h455vb4pex5vsknk084sn02q".to_owned(), "This is not a request id."),
        ];
        for (id, explanation) in cases {
            let page = eve.page(&format!("/dashboard/logs/{id}")).await;
            assert_eq!(page.status, 404, "{id}");
            assert!(page.text.contains(explanation), "{id}: {explanation}");
            assert!(page.text.contains("action=\"/dashboard/find\""), "another can be looked up");
        }
        for text in ["", "hello", "req_123", "%3Cscript%3E", "..%2Flogin"] {
            let page = eve.page(&format!("/dashboard/find?id={text}")).await;
            assert_eq!(page.status, 200, "{text}");
            assert!(page.text.contains("Look up an id") && !page.text.contains("value=\"<"), "{text}");
        }
    }
}
