//! Refused forms in browsers without scripts.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE};
use serde_json::{Value, json};
use tollgate::types::time::MINUTE;

use crate::admin_tokens::operator;
use crate::markup::{Pages, world};
use crate::products::{echo, register, shop};
use crate::support::{Portal, TestDb, TestResponse, Visitor, html, on_both};

const SPOOF: &str = "Your account is locked. Call 0800 555 0199.";

/// The URL of a page with an error as the framework encodes it, which anybody can write.
fn spoofed(page: &str, function: &str) -> String {
    let error = json!({ "code": "invalid_request", "message": SPOOF, "fields": [{ "location": "email", "code": "x", "message": SPOOF }], "request_id": null });
    let separator = if page.contains('?') { '&' } else { '?' };
    format!(
        "{page}{separator}__path=%2F_fn%2F{function}&__err={}",
        BASE64_URL_SAFE.encode(error.to_string())
    )
}

/// The page of a redirect, in the same browser.
async fn follow(visitor: &mut Visitor<'_>, portal: &Portal, from: &TestResponse) -> TestResponse {
    assert_eq!(from.status / 100, 3, "{}", from.text);
    let to = from.header("location");
    visitor.page(to.strip_prefix(&portal.url).unwrap_or(to)).await
}

/// The element that a browser focuses after loading a page.
fn focused(page: &TestResponse) -> Option<html::Element> {
    html::elements(&page.text).into_iter().find(|element| element.get("autofocus").is_some())
}

async fn post(
    portal: &Portal,
    cookie: Option<&str>,
    path: &str,
    fields: &[(&str, &str)],
    from: &str,
) -> TestResponse {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = portal
        .request(Method::POST, path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body);
    let request =
        request.header("accept", "text/html").header("referer", format!("{}{from}", portal.url));
    portal
        .send(cookie.into_iter().fold(request, |request, cookie| request.header(COOKIE, cookie)))
        .await
}

/// Sends a form, and once more to where the server asks the browser to send it.
async fn refused(
    portal: &Portal,
    cookie: Option<&str>,
    path: &str,
    fields: &[(&str, &str)],
    from: &str,
) -> TestResponse {
    let response = post(portal, cookie, path, fields, from).await;
    if response.status != 307 {
        return response;
    }
    let to = response.header("location");
    assert!(!to.contains("typed.example"), "{path}: a value is in the URL {to}");
    post(portal, cookie, to.strip_prefix(&portal.url).unwrap_or(to), fields, from).await
}

/// Values to choose in the forms of these paths, and texts where the test's own text would be
/// accepted.
const CHOSEN: [(&str, &[(&str, &str)]); 10] = [
    ("/_fn/invite", &[("role", "viewer")]),
    (
        "/dashboard/keys/new",
        &[
            ("expires_in_days", "90"),
            ("scopes[]", "keys:read"),
            ("scopes[]", "events:read"),
            ("environment", "live"),
        ],
    ),
    ("/dashboard/webhooks/new", &[]),
    ("/_fn/update_webhook_endpoint", &[("remove_headers", "true")]),
    (
        "/_fn/admin_update_product",
        &[
            ("status", "deprecated"),
            ("validation", "enforce"),
            ("encoded_slashes", "allow"),
            ("allow_undeclared", "true"),
            ("honours_idempotency_key", "true"),
            ("allow_override_headers", "true"),
        ],
    ),
    ("/_fn/admin_create_plan", &[("hard", "true"), ("default", "true"), ("private", "true")]),
    ("/admin/products/new", &[("status", "beta")]),
    (
        "/admin/tokens",
        &[(
            "name",
            "A name that is longer than eighty characters, which is the longest name that an admin token may have here.",
        )],
    ),
    ("/_fn/set_spend_cap", &[]),
    ("/_fn/log_in", &[]),
];

/// The fields of a form with texts that it refuses, and with other choices than the page's.
fn filled(form: &html::Form) -> Vec<(String, String, bool)> {
    let chosen =
        CHOSEN.iter().find(|(path, _)| *path == form.action).map_or(&[][..], |(_, chosen)| *chosen);
    let mut fields = Vec::new();
    for field in
        form.fields.iter().filter(|field| !chosen.iter().any(|(name, _)| *name == field.name))
    {
        // Refused as a name, an amount, an address, a date and a number.
        let value = if field.is_typed {
            format!("https://typed.example/{}", field.name)
        } else {
            field.value.clone()
        };
        // The headers of an endpoint may be secrets.
        let is_secret = field.is_password
            || (field.name == "headers" && form.action != "/dashboard/webhooks/debug");
        fields.push((field.name.clone(), value, field.is_typed && !is_secret));
    }
    fields
        .extend(chosen.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned(), true)));
    fields
}

/// On one database: pages are rendered in the same way on both, and there are many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_comes_back_with_what_was_typed_and_chosen_except_secrets() {
    let db = TestDb::sqlite();
    let portal = world::portal(&db).await;
    let mut operator = world::filled(&portal, &db).await;
    let mut stranger = Visitor::new(&portal);
    let mut tried = Vec::new();
    for visitor in [&mut stranger, &mut operator] {
        let forms = Pages::crawl(visitor).await.forms;
        for (page, form) in forms
            .values()
            .filter(|(_, form)| form.is_post && form.fields.iter().any(|field| field.is_typed))
        {
            let (fields, cookie) = (filled(form), visitor.cookie.as_deref());
            let response = if form.is_multipart {
                let part = |(name, value, _): &(String, String, bool)| {
                    format!(
                        "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                    )
                };
                let body = format!("{}--edge--\r\n", fields.iter().map(part).collect::<String>());
                let request = portal
                    .request(Method::POST, &form.action)
                    .header(CONTENT_TYPE, "multipart/form-data; boundary=edge");
                let request = request.header("accept", "text/html").body(body);
                portal
                    .send(
                        cookie
                            .into_iter()
                            .fold(request, |request, cookie| request.header(COOKIE, cookie)),
                    )
                    .await
            } else {
                let pairs: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value, _)| (name.as_str(), value.as_str())).collect();
                refused(&portal, cookie, &form.action, &pairs, page).await
            };
            // The debugger explains what is wrong: that is its result.
            let is_refused =
                (400..500).contains(&response.status) || form.action == "/dashboard/webhooks/debug";
            assert!(
                is_refused,
                "{} on {page}: {} to {}, after {tried:?}: {}",
                form.action,
                response.status,
                response.header("location"),
                response.text
            );
            let again: Vec<html::Field> = html::forms(&response.text)
                .into_iter()
                .filter(|again| again.action == form.action)
                .flat_map(|again| again.fields)
                .collect();
            for (name, value, is_kept) in &fields {
                let is_back =
                    again.iter().any(|field| field.name == *name && field.value == *value);
                assert!(
                    is_back || !is_kept,
                    "{} on {page} lost {name}={value}: {again:?}",
                    form.action
                );
            }
            let secrets = again.iter().filter(|field| field.is_password);
            assert!(
                secrets.into_iter().all(|field| field.value.is_empty()),
                "{} shows a secret: {again:?}",
                form.action
            );
            tried.push(form.action.clone());
        }
    }
    for (path, _) in CHOSEN {
        assert!(tried.iter().any(|tried| tried == path), "no form was found for {path}: {tried:?}");
    }
    for function in [
        "sign_up",
        "request_password_reset",
        "rename_org",
        "update_profile",
        "create_org",
        "update_key",
        "admin_retire_product",
    ] {
        assert!(
            tried.iter().any(|tried| tried == &format!("/_fn/{function}")),
            "no form was found for {function}: {tried:?}"
        );
    }
}

on_both! {
    async fn a_refused_form_is_shown_at_its_page_and_carries_nothing_out_again(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let fields = [("name", "Kept"), ("environment", "live"), ("scopes[]", "keys:read"), ("rate_limit", "fast")];
        let sent = post(&portal, ada.cookie.as_deref(), "/dashboard/keys/new", &fields, "/dashboard/keys/new").await;
        assert_eq!(sent.status, 307, "{}", sent.text);
        let to = sent.header("location").to_owned();
        assert!(to.starts_with("/dashboard/keys/new?env=live&") && !to.contains("Kept"), "{to}");
        // Messages may quote values.
        let error = to.split("__err=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
        let error: Value = serde_json::from_slice(&BASE64_URL_SAFE.decode(error.replace("%3D", "=")).unwrap()).unwrap();
        assert_eq!((&error["message"], &error["fields"]), (&json!(""), &json!([])));
        // With values that the form would accept: the page is shown, and no key is created.
        let good = [("name", "Kept"), ("environment", "sandbox"), ("scopes[]", "keys:read")];
        let page = post(&portal, ada.cookie.as_deref(), &to, &good, "/dashboard/keys/new").await;
        assert!(page.status == 422 && page.text.contains("value=\"Kept\""), "{} {}", page.status, page.text);
        assert_eq!(db.number("select count(*) from keys").await, 0);
        // The app would replace the values with the page's own.
        let is_app = |page: &TestResponse| page.text.contains("modulepreload");
        assert!(!is_app(&page) && is_app(&ada.page("/dashboard/keys/new").await), "{}", page.text);
        // Without our seal, or in another browser, nothing is shown.
        let unsealed = to.split("&__seal=").next().unwrap();
        for (cookie, to) in [(ada.cookie.as_deref(), unsealed), (None, to.as_str())] {
            let response = post(&portal, cookie, to, &good, "/dashboard/keys/new").await;
            assert!(response.status == 303 && !response.header("location").contains("__err"), "{} {}", response.status, response.header("location"));
        }
        // Loaded again later, the page is empty.
        assert!(!follow(&mut ada, &portal, &sent).await.text.contains("value=\"Kept\""));
    }

    async fn an_error_in_an_address_is_shown_only_where_the_server_put_it_there(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut stranger = Visitor::new(&portal);
        for (page, function) in [("/login", "log_in"), ("/signup", "sign_up"), ("/reset", "request_password_reset"), ("/login?next=%2Fdashboard", "log_in")] {
            let response = stranger.page(&spoofed(page, function)).await;
            assert_eq!((response.status, response.header("location")), (303, page), "{}", response.text);
        }
        // The server's own error is shown, only at its own URL, and for a short time.
        let refused = stranger.submit_plain("/login", "log_in", &[("email", "ada@example.com"), ("password", "wrong password"), ("next", "")]).await;
        let address = refused.header("location").to_owned();
        let page = follow(&mut stranger, &portal, &refused).await;
        assert!(page.status == 200 && page.text.contains("alert-danger"), "{}", page.text);
        let mut changed = address.replace(&portal.url, "");
        let error = changed.split("__err=").nth(1).and_then(|rest| rest.split('&').next()).unwrap().to_owned();
        changed = changed.replace(&error, spoofed("/", "x").split("__err=").nth(1).unwrap());
        assert_eq!(stranger.page(&changed).await.status, 303);
        let twice = format!("{}&__err={}", address.replace(&portal.url, ""), spoofed("/", "x").split("__err=").nth(1).unwrap());
        assert_eq!(stranger.page(&twice).await.status, 303);
        // A second failure on the page of the first shows the second.
        let from = address.replace(&portal.url, "");
        let again = stranger.submit_plain(&from, "log_in", &[("email", "nobody"), ("password", ""), ("next", "")]).await;
        assert_eq!(again.header("location").matches("__err=").count(), 1, "{}", again.header("location"));
        assert_eq!(follow(&mut stranger, &portal, &again).await.status, 200);
        portal.clock.advance(11 * MINUTE);
        assert_eq!(follow(&mut stranger, &portal, &refused).await.status, 303);
    }

    async fn an_error_of_one_session_is_not_shown_to_another(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let mut bob = Visitor::signed_up(&portal, "bob").await;
        let refused = ada.submit_plain("/dashboard/settings", "rename_org", &[("name", "")]).await;
        assert!(follow(&mut ada, &portal, &refused).await.text.contains("alert-danger"));
        assert_eq!(follow(&mut bob, &portal, &refused).await.status, 303);
        assert_eq!(follow(&mut Visitor::new(&portal), &portal, &refused).await.status, 303);
    }

    async fn the_error_of_a_form_is_what_the_browser_focuses(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        for (page, function, fields) in [
            ("/dashboard/settings", "rename_org", vec![("name", "")]),
            ("/dashboard/settings", "change_password", vec![("current", "x"), ("new", "short")]),
            ("/dashboard/team", "invite", vec![("email", "nobody"), ("role", "viewer")]),
            ("/dashboard/orgs/new", "create_org", vec![("name", "")]),
            ("/login", "log_in", vec![("email", "ada@example.com"), ("password", "x"), ("next", "")]),
        ] {
            let refused = ada.submit_plain(page, function, &fields).await;
            let page = follow(&mut ada, &portal, &refused).await;
            let focused = focused(&page).unwrap_or_else(|| panic!("nothing is focused after {function}"));
            assert_eq!((focused.get("role"), focused.get("tabindex")), (Some("alert"), Some("-1")), "{function}: {focused:?}");
        }
        let refused = post(&portal, ada.cookie.as_deref(), "/dashboard/keys/new", &[("name", ""), ("environment", "sandbox")], "/dashboard/keys/new").await;
        let page = follow(&mut ada, &portal, &refused).await;
        assert_eq!(focused(&page).and_then(|element| element.get("role").map(str::to_owned)).as_deref(), Some("alert"));
        // Several faults are listed with links to their fields.
        assert!(page.text.contains("href=\"#name\"") && page.text.contains("href=\"#scopes\""), "{}", page.text);
    }

    async fn a_form_sent_after_the_session_ended_returns_with_the_entered_values(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let name = "Shop </textarea> & \"sons\"";
        for (path, fields, from) in [
            ("/_fn/rename_org", vec![("name", name)], "/dashboard/settings?env=live"),
            ("/dashboard/keys/new", vec![("name", name), ("scopes[]", "customers:read"), ("scopes[]", "keys:read")], "/dashboard/keys/new"),
            ("/dashboard/webhooks/new", vec![("url", "https://a.example/hook"), ("description", name)], "/dashboard/webhooks/new"),
            ("/admin/tokens", vec![("name", name)], "/admin/tokens"),
            ("/_fn/admin_create_plan", vec![("product", "platform"), ("name", name), ("included", "10")], "/admin/products/platform/plans"),
        ] {
            let response = post(&portal, None, path, &fields, from).await;
            assert_eq!(response.status, 401, "{path}: {}", response.text);
            let form = html::forms(&response.text).into_iter().find(|form| form.action == path).unwrap_or_else(|| panic!("{path}: {}", response.text));
            for (name, value) in &fields {
                assert!(form.fields.iter().any(|field| field.name == *name && field.value == *value), "{path}: {form:?}");
            }
            let login = html::elements(&response.text).into_iter().find_map(|link| link.get("href").filter(|href| href.starts_with("/login")).map(str::to_owned));
            assert!(login.is_some_and(|login| login.starts_with("/login?next=%2F")), "{path}");
            if path != "/_fn/rename_org" {
                continue;
            }
            // Sent again after logging in, it does its work, and leads back to its page.
            let again: Vec<(&str, &str)> = form.fields.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
            let done = post(&portal, ada.cookie.as_deref(), path, &again, "/_fn/rename_org").await;
            assert!(done.status / 100 == 3 && done.header("location").ends_with(from), "{} {}", done.status, done.header("location"));
            assert_eq!(Visitor::value(&ada.submit("me", &[]).await)["org"]["name"], name);
            // Still without a session, it is returned once more.
            assert_eq!(post(&portal, None, path, &again, "/_fn/rename_org").await.status, 401);
        }
        // Passwords are on no page, and nobody is redirected to another site.
        let secret = post(&portal, None, "/_fn/change_password", &[("current", "old secret"), ("new", "new secret")], "/dashboard/settings").await;
        assert!(secret.status / 100 == 3 && !secret.text.contains("secret"), "{}", secret.text);
        let foreign = post(&portal, None, "/_fn/rename_org", &[("name", "x"), ("__page", "//evil.example/")], "/dashboard/settings").await;
        assert!(!foreign.text.contains("evil.example"), "{}", foreign.text);
    }

    async fn errors_of_admin_forms_keep_navigation_and_input(db: TestDb) {
        let portal = Portal::start(&db).await;
        let operator = operator(&portal, &db).await;
        let cookie = operator.cookie.as_deref();
        register(&portal, "shop", &shop(&echo().await), |_| {}).await;
        let long = "n".repeat(200);
        let multipart = |path: &'static str, body: String| {
            let request = portal.request(Method::POST, path).header(CONTENT_TYPE, "multipart/form-data; boundary=edge").header("accept", "text/html");
            portal.send(request.header(COOKIE, cookie.unwrap()).body(body))
        };
        let part = |name: &str, value: &str| format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let product = format!("{}{}{}--edge--\r\n", part("id", "pets"), part("name", "Kept name"), part("document", "no document"));
        let responses = [
            ("token", refused(&portal, cookie, "/admin/tokens", &[("name", &long)], "/admin/tokens").await, long.as_str()),
            ("product", multipart("/admin/products/new", product).await, "Kept name"),
            ("unreadable", multipart("/admin/products/new", "--edge".to_owned()).await, ""),
            ("settings", refused(&portal, cookie, "/_fn/admin_update_product", &[("id", "shop"), ("name", "Kept name")], "/admin/products/shop").await, "Kept name"),
            ("plan", refused(&portal, cookie, "/_fn/admin_create_plan", &[("product", "platform"), ("name", "Kept name"), ("price", "x")], "/admin/products/platform/plans").await, "Kept name"),
        ];
        for (what, response, kept) in responses {
            assert!((400..500).contains(&response.status), "{what}: {} {}", response.status, response.text);
            let elements = html::elements(&response.text);
            let leads = |to: &str| elements.iter().any(|element| element.name == "a" && element.get("href") == Some(to));
            for place in ["/admin/products", "/admin/billing", "/admin/tokens", "/admin/audit", "/dashboard"] {
                assert!(leads(place), "{what} has no way to {place}: {}", response.text);
            }
            assert_eq!(elements.iter().filter(|element| element.name == "h1").count(), 1, "{what}");
            assert!(elements.iter().any(|element| element.get("role") == Some("alert")), "{what}");
            assert!(response.text.contains(kept), "{what} lost its input");
        }
    }

    async fn a_form_whose_session_has_ended_is_kept_but_for_what_may_be_a_secret(db: TestDb) {
        let portal = Portal::start(&db).await;
        let page = "/dashboard/webhooks/new";
        let fields = [("url", "https://kept.example/hook"), ("headers", "")];
        let kept = post(&portal, None, page, &fields, page).await;
        assert!(kept.status == 401 && kept.text.contains("https://kept.example/hook"));
        let fields = [("url", "https://kept.example/hook"), ("headers", "Authorization: hidden-value")];
        let lost = post(&portal, None, page, &fields, page).await;
        assert!(!lost.text.contains("hidden-value"), "{}", lost.text);
    }
}
