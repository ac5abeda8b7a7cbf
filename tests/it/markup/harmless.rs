//! What no page may contain.

use crate::support::TestResponse;
use crate::support::crawl::{Part, parts};
use crate::support::html::{self, Element};

/// An element, and an attribute, that no page of ours has.
const CANARY: &str = "x-canary";

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
pub fn expect_harmless(what: &str, response: &TestResponse) {
    assert!(response.status < 500, "{what}: {} {}", response.status, response.text);
    let kind = response.header("content-type");
    if !kind.contains("html") && !kind.contains("xml") {
        return;
    }
    if let Some(at) = response.text.find(&format!("<{CANARY}")) {
        let around = response.text.get(at.saturating_sub(200)..).unwrap_or_default();
        panic!(
            "{what}: the payload is an element: {}",
            around.chars().take(400).collect::<String>()
        );
    }
    if kind.contains("xml") {
        return;
    }
    let policy = response.header("content-security-policy");
    assert!(
        policy.contains("base-uri 'none'")
            && policy.contains("form-action '")
            && !policy.contains("unsafe-inline"),
        "{what}: {policy}"
    );
    for element in html::elements(&response.text) {
        expect_harmless_element(what, policy, &element);
    }
    expect_no_backticks(what, &response.text);
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
