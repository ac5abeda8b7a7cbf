//! Texts of strangers stay texts: on every page of the route table, in every field, query parameter
//! and text of a document.

mod harmless;
mod pages;
pub mod world;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE};
use url::form_urlencoded;

use self::harmless::expect_harmless;
pub use self::pages::Pages;
use crate::support::html::{self, Element, Form};
use crate::support::{Portal, TestDb, Visitor, sources};

/// Each ends the context of a text, and then starts a new element.
pub const VARIANTS: [&str; 5] = [
    "</textarea></title></option><x-canary>",
    "</script></style></noscript><x-canary>",
    "\"'><x-canary x-canary=\"",
    "<!--<x-canary>",
    "\" x-canary='",
];

/// Query parameters that are tried together.
const AT_ONCE: usize = 24;

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn query(names: &BTreeSet<String>, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(names.iter().map(|name| (name, value)))
        .finish()
}

/// The request that sends a form.
fn sent(
    portal: &Portal,
    form: &Form,
    path: &str,
    value: impl Fn(&html::Field) -> String,
) -> reqwest::RequestBuilder {
    if !form.is_post {
        portal.request(
            Method::GET,
            &format!("{}?{}", path.split('?').next().unwrap_or_default(), form.encoded(value)),
        )
    } else if form.is_multipart {
        let parts = form.fields.iter().map(|field| {
            format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n",
                field.name,
                value(field)
            )
        });
        let body = parts.chain(["--edge--\r\n".to_owned()]).collect::<String>();
        portal
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .body(body)
    } else {
        portal
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.encoded(value))
    }
}

/// Sends a form like a browser without scripts, and follows the redirect.
async fn submit(
    portal: &Portal,
    visitor: &Visitor<'_>,
    page: &str,
    form: &Form,
    payload: &str,
    also_hidden: bool,
) {
    let value = |field: &html::Field| {
        if field.is_typed || also_hidden { payload.to_owned() } else { field.value.clone() }
    };
    let what = format!("{} with {payload:?}", form.action);
    let action = form.action.split('#').next().unwrap_or_default();
    let request = sent(portal, form, action, value);
    let with_cookie = |request: reqwest::RequestBuilder| match &visitor.cookie {
        Some(cookie) => request.header(COOKIE, cookie),
        None => request,
    };
    let request = request
        .header("accept", "text/html,*/*")
        .header("referer", format!("{}{page}", portal.url));
    let response = portal.send(with_cookie(request)).await;
    expect_harmless(&what, &response);
    let to = response.header("location");
    if let Some(path) =
        to.strip_prefix(&portal.url).or(Some(to)).filter(|path| path.starts_with('/'))
    {
        // A refused form is sent again, to its page.
        let request = if response.status == 307 {
            sent(portal, form, path, value)
        } else {
            portal.request(Method::GET, path)
        };
        let response = portal.send(with_cookie(request.header("accept", "text/html"))).await;
        expect_harmless(&format!("{what}, then {path}"), &response);
        let is_focused = |element: &Element| {
            element.get("role") == Some("alert") && element.get("autofocus").is_some()
        };
        let has_error = path.contains("__err=") && matches!(response.status, 400..=403 | 405..=499);
        assert!(
            !has_error || html::elements(&response.text).iter().any(is_focused),
            "{what}: the error is not in view at {path}: {}",
            response.text
        );
    }
}

/// On one database: pages are rendered in the same way on both, and there are many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_becomes_markup_on_any_page() {
    let db = TestDb::sqlite();
    let portal = world::portal(&db).await;
    let mut operator = world::filled(&portal, &db).await;
    let pages = Pages::crawl(&mut operator).await;
    let unseen: Vec<&String> =
        pages.routes.iter().filter(|(_, found)| found.is_empty()).map(|(route, _)| route).collect();
    assert!(
        unseen.is_empty(),
        "no page was found for {unseen:?}: give the test's world what they show"
    );

    for (route, found) in &pages.routes {
        for payload in VARIANTS {
            let Some(real) = found.first() else { continue };
            let all = query(&pages.names, payload);
            let path = format!("{real}?{all}");
            expect_harmless(&path, &operator.page(&path).await);
            if route.contains('{') {
                let parts: Vec<String> = route
                    .split('/')
                    .map(
                        |part| {
                            if part.starts_with('{') { encoded(payload) } else { part.to_owned() }
                        },
                    )
                    .collect();
                let path = parts.join("/");
                expect_harmless(&path, &operator.page(&path).await);
            }
        }
        // A few at a time: with all at once, a refused one may hide the others.
        let names: Vec<String> = pages.names.iter().cloned().collect();
        for few in names.chunks(AT_ONCE) {
            let path = format!(
                "{}?{}",
                found[0],
                query(&few.iter().cloned().collect(), &VARIANTS.concat())
            );
            expect_harmless(&path, &operator.page(&path).await);
        }
    }
}

/// Anonymous visitors, and all signed-in people: entered values are returned with an error, and
/// accepted values are shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_of_a_form_becomes_markup() {
    let db = TestDb::sqlite();
    let portal = world::portal(&db).await;
    let mut operator = world::filled(&portal, &db).await;
    let mut stranger = Visitor::new(&portal);
    for visitor in [&mut stranger, &mut operator] {
        let pages = Pages::crawl(visitor).await;
        let typed = |(_, form): &&(String, Form)| {
            form.fields.iter().any(|field| field.is_typed) && !form.action.ends_with("/log_out")
        };
        for payload in VARIANTS {
            for (page, form) in pages.forms.values().filter(typed) {
                submit(&portal, visitor, page, form, payload, false).await;
                submit(&portal, visitor, page, form, payload, true).await;
            }
        }
        Pages::crawl(visitor).await;
    }
}

/// Each of these writes into the page what the framework does not escape.
#[test]
fn only_the_shared_components_write_what_is_not_escaped() {
    let raw = [
        ("<textarea", "src/components/text_box.rs"),
        ("<noscript", "src/components/no_script.rs"),
        ("<script", "src/app.rs"),
        ("<style", ""),
        ("<title>", ""),
        (" style=", ""),
        ("style:", ""),
    ];
    for path in sources("src/pages")
        .into_iter()
        .chain(sources("src/components"))
        .chain([PathBuf::from("src/app.rs")])
    {
        let text = fs::read_to_string(&path).expect("a source file");
        let code: Vec<&str> =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for (written, place) in raw {
            let is_allowed = !place.is_empty() && path.ends_with(place);
            assert!(
                is_allowed || !code.iter().any(|line| line.contains(written)),
                "{} writes {written}",
                path.display()
            );
        }
    }
}
