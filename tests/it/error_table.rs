//! The table of errors: every code that a call can get, provoked, with the same form of response.

mod credentials;
mod failures;
mod limits;
mod products;
mod raw;
mod requests;

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::api;
use tollgate::server::products::{Product, Products};
use tollgate::types::code::Code;
use utoipa::openapi::extensions::Extensions;

use crate::support::{Portal, TestDb, TestResponse, on_both};

/// How a code is provoked: the refused calls, or why none can be. Without a default: a new code
/// does not compile until its row is written.
async fn provoke(portal: &Portal, code: Code) -> Result<Vec<TestResponse>, &'static str> {
    Ok(match code {
        Code::InvalidRequest => requests::unreadable(portal).await,
        Code::AmbiguousCredentials => credentials::two_that_differ(portal).await,
        Code::IdempotencyKeyMissing => requests::without_idempotency_key(portal).await,
        Code::MissingKey => credentials::none(portal).await,
        Code::InvalidKey => credentials::of_no_key(portal).await,
        Code::ExpiredKey => credentials::expired(portal).await,
        Code::RevokedKey => credentials::after(portal, "revoke").await,
        Code::DisabledKey => credentials::after(portal, "disable").await,
        Code::NotSignedIn => return Err("only the dashboard has sessions"),
        Code::PaymentRequired => limits::past_the_days_of_grace(portal).await,
        Code::SpendCapReached => limits::past_the_spend_cap(portal).await,
        Code::InsufficientScope => credentials::lacking_a_scope(portal).await,
        Code::WrongEnvironment => credentials::for_the_other_environment(portal).await,
        Code::IpNotAllowed => credentials::from_elsewhere(portal).await,
        Code::Forbidden => credentials::giving_more_than_its_own(portal).await,
        Code::NotSubscribed => products::not_subscribed(portal).await,
        Code::NotFound => requests::of_nothing(portal).await,
        Code::MethodNotAllowed => requests::with_another_method(portal).await,
        Code::Conflict => requests::against_the_state(portal).await,
        Code::IdempotencyInFlight => failures::while_the_first_runs(portal).await,
        Code::IdempotencyUnknown => products::upstream_hung_up(portal).await,
        Code::UriTooLong | Code::HeadersTooLarge => {
            return Err("no call is made of what the server cannot read: see `raw`");
        }
        Code::BodyTooLarge => requests::too_large(portal).await,
        Code::UnsupportedMediaType => requests::not_json(portal).await,
        Code::ValidationFailed => requests::with_wrong_fields(portal).await,
        Code::IdempotencyMismatch => requests::reusing_an_idempotency_key(portal).await,
        Code::RateLimited => limits::past_the_rate(portal).await,
        Code::QuotaExceeded => limits::past_the_quota(portal).await,
        Code::Internal => failures::internal(portal).await,
        // An unwritable journal has the same response: see `journal_full`.
        Code::Unavailable => failures::without_a_database(portal).await,
        Code::UpstreamFailed => products::upstream_failed(portal).await,
        Code::UpstreamTimeout => products::upstream_timeout(portal).await,
    })
}

/// Small bodies, and one operation that requires an `Idempotency-Key`.
async fn portal(db: &TestDb) -> Portal {
    with_operation(
        db,
        "/v1/customers/{id}",
        Method::DELETE,
        ("x-tollgate-idempotency", json!("required")),
    )
    .await
}

/// A portal that declares more of one operation than the document does.
async fn with_operation(
    db: &TestDb,
    path: &str,
    method: Method,
    extension: (&str, Value),
) -> Portal {
    let mut document = api::without_dry_runs("/");
    let item = document.paths.paths.get_mut(path).expect("a path");
    let operation = if method == Method::POST { item.post.as_mut() } else { item.delete.as_mut() };
    operation
        .expect("an operation")
        .extensions
        .get_or_insert_with(Extensions::default)
        .insert(extension.0.to_owned(), extension.1);
    let published = serde_json::to_value(document).expect("a document");
    let platform =
        Product::own(published.clone(), &published, api::codes).expect("a right document");
    Portal::with_parts(db, &["--max-body-bytes", "1000"], |parts| {
        parts.products =
            Products::new(platform, &parts.upstreams, &parts.sealer, parts.db.changes())
    })
    .await
}

/// The rules for every response with `code`.
fn check(portal: &Portal, code: Code, response: &TestResponse) {
    let body = response.problem(code.status(), code.as_str());
    assert_eq!(body["type"], format!("{}/docs/errors/{}", portal.url, code.as_str()));
    assert_eq!(body["title"], code.docs().title);
    assert!(response.request_id().starts_with("req_"), "{}", response.request_id());
    assert_eq!(response.header("tollgate-units"), "0", "{body}");
    if code.status() == 401 {
        assert!(response.header("www-authenticate").starts_with("Bearer"));
    }
    assert_eq!(response.headers.contains_key("www-authenticate"), code.status() == 401, "{body}");
    assert_eq!(response.headers.contains_key("allow"), code.status() == 405, "{body}");
    let waits = matches!(code.status(), 429 | 503) || code == Code::IdempotencyInFlight;
    assert_eq!(response.headers.contains_key("retry-after"), waits, "{body}");
    match code {
        Code::ValidationFailed => assert!(body["errors"].is_array(), "{body}"),
        // Only if a parameter cannot be read.
        Code::InvalidRequest => {}
        _ => assert!(body["errors"].is_null(), "{body}"),
    }
    if !response.header("tollgate-environment").is_empty() {
        assert!(response.header("ratelimit-policy").starts_with("\"key\";q="), "{body}");
        // A key that may not be used takes from no limit: otherwise its holder could use up the
        // owner's.
        let is_turned_away = code.status() == 401 || code == Code::IpNotAllowed;
        for name in ["ratelimit", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
        {
            assert_eq!(response.headers.contains_key(name), !is_turned_away, "{name}: {body}");
        }
    }
    if code.status() >= 500 {
        for internal in ["customers", "select", "database error", "pool", "panic", "secret", ".rs"]
        {
            assert!(!response.text.contains(internal), "{body}");
        }
    }
}

on_both! {
    async fn every_error_code_has_the_same_form_and_is_never_billed(db: TestDb) {
        let mut seen = Vec::new();
        for &code in Code::ALL {
            let portal = portal(&db).await;
            if let Ok(responses) = provoke(&portal, code).await {
                assert!(!responses.is_empty(), "{}", code.as_str());
                for response in &responses {
                    check(&portal, code, response);
                }
                let with_key = responses.iter().filter(|response| !response.header("tollgate-environment").is_empty());
                seen.extend(with_key.map(|response| (response.request_id().to_owned(), code)));
            }
            portal.stop().await;
        }
        // Calls that the portal without a database could not apply.
        portal(&db).await.stop().await;
        let logs = db.logs().await;
        for (id, code) in seen {
            let log = logs.iter().find(|log| log.id == id).unwrap_or_else(|| panic!("{} is not in the log", code.as_str()));
            assert_eq!((log.status, log.code.as_str(), log.billed_units, log.units), (code.status(), code.as_str(), 0, 0));
        }
        let billed: u64 = logs.iter().filter(|log| log.status < 400).map(|log| log.billed_units).sum();
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await, i64::try_from(billed).unwrap());
    }

    async fn every_code_has_a_page_that_says_what_it_means_and_what_to_do(db: TestDb) {
        let portal = Portal::start(&db).await;
        for code in Code::ALL {
            let page = portal.send(portal.request(Method::GET, &format!("/docs/errors/{}", code.as_str()))).await;
            assert_eq!(page.status, 200, "{}", code.as_str());
            let first = |text: &'static str| text.split(['`', '\'']).next().unwrap();
            let docs = code.docs();
            for text in [code.as_str(), first(docs.title), first(docs.meaning), first(docs.remedy)] {
                assert!(page.text.contains(text), "{}: {text}", code.as_str());
            }
        }
    }

    async fn the_gateways_errors_are_free_although_the_operation_bills_every_response(db: TestDb) {
        let portal = with_operation(&db, "/v1/customers", Method::POST, ("x-tollgate-billable", json!("always"))).await;
        let key = portal.org("Acme").await.live;
        for idempotency_key in [None, Some("order-42")] {
            let mut request = portal.request(Method::POST, "/v1/customers").bearer_auth(&key.key).json(&json!({ "name": "" }));
            if let Some(text) = idempotency_key {
                request = request.header("idempotency-key", text);
            }
            let response = portal.send(request).await;
            response.problem(422, "validation_failed");
            assert_eq!(response.header("tollgate-units"), "0");
        }
        assert_eq!(portal.post(&key, "/v1/customers", &json!({ "name": "Ada" })).await.header("tollgate-units"), "1");
        portal.stop().await;
        assert_eq!(db.number("select cast(sum(billed_units) as bigint) from usage_hourly").await, 1);
    }
}
