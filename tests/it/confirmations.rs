//! Destructive actions ask first, and state the effect; without scripts, too.

use reqwest::Method;
use serde_json::json;
use tollgate::types::environment::Environment;

use crate::products::{register, shop};
use crate::support::{Portal, TestDb, Visitor, eventually, html, process};

/// Pages, with the functions that break something with one click. Actions that require typing or a
/// choice ask with that.
const DESTRUCTIVE: [&str; 10] = [
    "disable_key",
    "revoke_key",
    "disable_webhook_endpoint",
    "delete_webhook_endpoint",
    "remove_member",
    "revoke_invitation",
    "admin_revoke_token",
    "admin_archive_plan",
    "admin_retire_product",
    "cancel_plan",
];

/// The functions of the forms on a page, with whether each is inside of a question.
fn forms(html: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (at, _) in html.match_indices("action=\"/_fn/") {
        let name: String =
            html[at + 13..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let before = &html[..at];
        let opened = before.rfind("class=\"ask\"");
        let is_asked = opened.is_some_and(|opened| !before[opened..].contains("</details>"));
        found.push((name, is_asked));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_form_that_breaks_something_is_inside_of_a_question_that_needs_no_script() {
    let db = TestDb::sqlite();
    let portal = Portal::start(&db).await;
    let mut ada = crate::admin_tokens::operator(&portal, &db).await;
    db.execute("update users set email_verified_at = 1").await;
    let id = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let org = portal.with_keys(id).await;
    let key = portal.key(&org.id, Environment::Sandbox, &["customers:read"]).await;
    let made = portal
        .post(
            &org.sandbox,
            "/v1/webhook-endpoints",
            &json!({ "url": "https://example.com/hook", "event_types": ["*"] }),
        )
        .await;
    let endpoint = made.json()["id"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        ada.submit("invite", &[("email", "bob@example.com"), ("role", "developer")]).await.status,
        200
    );
    process::json(&db, &["admin-token", "create", "--json"]);
    process::json(
        &db,
        &[
            "user",
            "create",
            "eve@example.com",
            "--name",
            "Eve",
            "--password",
            crate::support::PASSWORD,
            "--json",
        ],
    );
    db.execute("insert into members (org_id, user_id, role, created_at) select m.org_id, u.id, 'viewer', 1 from members m, users u where u.email = 'eve@example.com'").await;
    register(&portal, "shop", &shop("http://127.0.0.1:9"), |_| {}).await;
    let pages = [
        "/dashboard/keys?env=sandbox".to_owned(),
        format!("/dashboard/keys/{}?env=sandbox", key.view.id),
        format!("/dashboard/webhooks/{endpoint}?env=sandbox"),
        "/dashboard/team".to_owned(),
        "/dashboard/billing".to_owned(),
        "/admin/tokens".to_owned(),
        "/admin/products/platform/plans".to_owned(),
        "/admin/products/shop".to_owned(),
    ];
    let mut seen = Vec::new();
    for page in &pages {
        let html = ada.page(page).await;
        assert_eq!(html.status, 200, "{page}");
        for (function, is_asked) in forms(&html.text) {
            let name = DESTRUCTIVE.iter().find(|name| function.starts_with(*name));
            if let Some(name) = name {
                assert!(is_asked, "{name} on {page} does not ask");
                seen.push(*name);
            }
        }
    }
    for name in DESTRUCTIVE {
        // Only a subscription at Stripe can be cancelled.
        assert!(seen.contains(&name) || name == "cancel_plan", "{name} stands on no page");
    }
}

/// Without scripts, a closed question would hide the error of its form.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_open_if_the_form_in_it_was_refused() {
    let db = TestDb::sqlite();
    let portal = Portal::start(&db).await;
    let mut operator = crate::admin_tokens::operator(&portal, &db).await;
    register(&portal, "shop", &shop("http://127.0.0.1:9"), |_| {}).await;
    let is_open = |html: &str| {
        let form = html.find("action=\"/_fn/admin_retire_product").expect("the form");
        let question = html::elements(&html[..form])
            .into_iter()
            .rfind(|element| element.name == "details")
            .expect("a question");
        assert_eq!(question.get("class"), Some("ask"));
        question.get("open").is_some()
    };
    let page = "/admin/products/shop";
    assert!(!is_open(&operator.page(page).await.text));
    let (_, shown) = operator
        .refused_plain(page, "admin_retire_product", &[("id", "shop"), ("on", "someday")])
        .await;
    assert!(
        is_open(&shown.text) && shown.text.contains("No key called it in the last 30 days."),
        "{}",
        shown.text
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabling_a_key_names_how_many_calls_will_be_refused() {
    let db = TestDb::sqlite();
    let portal = Portal::start(&db).await;
    let mut ada = Visitor::signed_up(&portal, "ada").await;
    let id = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let org = portal.with_keys(id).await;
    let page = format!("/dashboard/keys/{}?env=sandbox", org.sandbox.view.id);
    assert!(ada.page(&page).await.text.contains("It made no call since"));
    for _ in 0..3 {
        assert_eq!(
            portal
                .send(portal.request(Method::GET, "/v1/customers").bearer_auth(&org.sandbox.key))
                .await
                .status,
            200
        );
    }
    eventually("the calls are counted", || async {
        (db.number("select cast(coalesce(sum(calls), 0) as bigint) from usage_hourly").await == 3)
            .then_some(())
    })
    .await;
    let html = ada.page(&page).await.text;
    assert!(
        html.contains("It made 3 calls since")
            && html.contains("every call with this key is refused with 401"),
        "{html}"
    );
    // As a browser without scripts.
    let disabled =
        ada.submit_plain(&page, "disable_key", &[("id", org.sandbox.view.id.as_str())]).await;
    assert_eq!(disabled.status, 302);
    portal.get(&org.sandbox, "/v1/customers").await.problem(401, "disabled_key");
}
