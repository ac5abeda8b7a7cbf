//! Texts of strangers stay texts: on every page of the route table, in every field, query parameter
//! and text of a document.

pub mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE};
use tollgate::web::router;
use url::form_urlencoded;

use crate::support::crawl::{Part, parts};
use crate::support::html::{self, Element, Form};
use crate::support::{Answer, Portal, TestDb, Visitor, sources};

/// An element, and an attribute, that no page of ours has.
const CANARY: &str = "x-canary";

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

/// Pages per route; the others have the same code.
const PER_ROUTE: usize = 3;

/// Where a backtick is a part of code or of an entered value.
const WITH_BACKTICKS: [&str; 3] = ["code", "pre", "textarea"];

/// Fails if a page shows a backtick of a message that should be rendered as code.
#[track_caller]
fn expect_no_backticks(what: &str, page: &str) {
    let mut depth = 0_usize;
    for part in parts(page) {
        match part {
            Part::Open { name, .. } if WITH_BACKTICKS.contains(&name) => depth += 1,
            Part::Close { name } if WITH_BACKTICKS.contains(&name) => {
                depth = depth.saturating_sub(1)
            }
            Part::Text(text) => assert!(
                depth > 0 || !text.contains('`'),
                "{what}: backticks are shown as text: {text}"
            ),
            _ => {}
        }
    }
}

/// Fails if a page has elements or attributes of the payload, or anything that its policy forbids.
#[track_caller]
fn expect_harmless(what: &str, answer: &Answer) {
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text);
    let kind = answer.header("content-type");
    if !kind.contains("html") && !kind.contains("xml") {
        return;
    }
    if let Some(at) = answer.text.find(&format!("<{CANARY}")) {
        let around = answer.text.get(at.saturating_sub(200)..).unwrap_or_default();
        panic!(
            "{what}: the payload is an element: {}",
            around.chars().take(400).collect::<String>()
        );
    }
    if kind.contains("xml") {
        return;
    }
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("base-uri 'none'")
            && policy.contains("form-action '")
            && !policy.contains("unsafe-inline"),
        "{what}: {policy}"
    );
    for element in html::elements(&answer.text) {
        expect_harmless_element(what, policy, &element);
    }
    expect_no_backticks(what, &answer.text);
}

#[track_caller]
fn expect_harmless_element(what: &str, policy: &str, element: &Element) {
    assert!(!element.name.contains(CANARY), "{what}: {element:?}");
    assert!(
        element.name != "title" || !element.text.contains("<!>"),
        "{what}: the framework's markers show in {element:?}"
    );
    for (name, value) in &element.attributes {
        assert!(!name.contains(CANARY), "{what}: the payload is an attribute: {element:?}");
        assert!(
            name != "style" && name != "srcdoc" && !name.starts_with("on"),
            "{what}: {element:?}"
        );
        let value = value.trim_start().to_ascii_lowercase();
        let leads = matches!(name.as_str(), "href" | "src" | "action" | "formaction");
        assert!(
            !leads
                || !["javascript:", "data:", "vbscript:"]
                    .iter()
                    .any(|scheme| value.starts_with(scheme)),
            "{what}: {element:?}"
        );
    }
    if matches!(element.name.as_str(), "script" | "style") {
        let nonce = element.get("nonce").unwrap_or_default();
        assert!(
            !nonce.is_empty() && policy.contains(&format!("'nonce-{nonce}'")),
            "{what}: {element:?} under {policy}"
        );
    }
    assert!(
        !matches!(element.name.as_str(), "base" | "iframe" | "object" | "embed"),
        "{what}: {element:?}"
    );
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The pages of a portal that were found, by route.
#[derive(Default)]
pub struct Pages {
    routes: BTreeMap<String, Vec<String>>,
    names: BTreeSet<String>,
    /// With the page that contains it.
    pub forms: BTreeMap<String, (String, Form)>,
}

impl Pages {
    /// Follows links from the pages that have no parameters.
    pub async fn crawl(visitor: &mut Visitor<'_>) -> Self {
        let mut pages = Self { names: names_in_source(), ..Self::default() };
        for route in router::page_paths() {
            let own = if route.contains('{') { Vec::new() } else { vec![route.clone()] };
            pages.routes.insert(route, own);
        }
        let mut waiting: Vec<String> = pages.routes.values().flatten().cloned().collect();
        while let Some(path) = waiting.pop() {
            let answer = visitor.page(&path).await;
            expect_harmless(&path, &answer);
            for form in html::forms(&answer.text) {
                let names: Vec<&str> =
                    form.fields.iter().map(|field| field.name.as_str()).collect();
                pages.names.extend(names.iter().map(|name| (*name).to_owned()));
                // Browsers do not show the page of a redirect.
                if answer.status / 100 == 3 {
                    continue;
                }
                let action =
                    if form.action.is_empty() { path.clone() } else { form.action.clone() };
                pages
                    .forms
                    .entry(format!("{action} {names:?}"))
                    .or_insert_with(|| (path.clone(), Form { action, ..form }));
            }
            for link in html::elements(&answer.text)
                .iter()
                .filter(|element| element.name == "a")
                .filter_map(|link| link.get("href"))
            {
                let path = link.split(['?', '#']).next().unwrap_or_default().to_owned();
                let Some(found) = pages.route_of(&path) else { continue };
                if found.len() < PER_ROUTE && !found.contains(&path) {
                    found.push(path.clone());
                    waiting.push(path);
                }
            }
        }
        pages
    }

    /// The route of a path: of several, the one with the fewest parameters.
    fn route_of(&mut self, path: &str) -> Option<&mut Vec<String>> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |route: &str| {
            let of_route: Vec<&str> = route.split('/').collect();
            of_route.len() == parts.len()
                && of_route
                    .iter()
                    .zip(&parts)
                    .all(|(of_route, part)| of_route.starts_with('{') || of_route == part)
        };
        let route = self
            .routes
            .keys()
            .filter(|route| fits(route))
            .min_by_key(|route| route.matches('{').count())?
            .clone();
        self.routes.get_mut(&route)
    }
}

/// Names of query parameters that pages read: the texts after `get("` and such in their source.
fn names_in_source() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in sources("src/pages").into_iter().chain(sources("src/components")) {
        let text = fs::read_to_string(&path).expect("a source file");
        for start in ["get(\"", "get_str(\"", "filled(\"", "given(\"", "text(\""] {
            names.extend(
                text.split(start)
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next())
                    .map(str::to_owned),
            );
        }
    }
    assert!(
        ["scopes", "cursor", "next", "token", "q"].iter().all(|name| names.contains(*name)),
        "{names:?}"
    );
    names
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
    let answer = portal.send(with_cookie(request)).await;
    expect_harmless(&what, &answer);
    let to = answer.header("location");
    if let Some(path) =
        to.strip_prefix(&portal.url).or(Some(to)).filter(|path| path.starts_with('/'))
    {
        // A refused form is sent again, to its page.
        let request = if answer.status == 307 {
            sent(portal, form, path, value)
        } else {
            portal.request(Method::GET, path)
        };
        let answer = portal.send(with_cookie(request.header("accept", "text/html"))).await;
        expect_harmless(&format!("{what}, then {path}"), &answer);
        let is_focused = |element: &Element| {
            element.get("role") == Some("alert") && element.get("autofocus").is_some()
        };
        let has_error = path.contains("__err=") && matches!(answer.status, 400..=403 | 405..=499);
        assert!(
            !has_error || html::elements(&answer.text).iter().any(is_focused),
            "{what}: the error is not in view at {path}: {}",
            answer.text
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
