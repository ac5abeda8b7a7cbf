//! Looks up an id: redirects to its page, or reports what is wrong with it.

use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

use crate::components::environment::{env_href, use_env};
use crate::components::lookup::Lookup;
use crate::components::page_head::PageHead;
use crate::types::id::{DeliveryId, EndpointId, EventId, KeyId, RequestId};

/// The kinds of ids that have a page: prefix, name, and the path before the id.
const KINDS: [(&str, &str, &str); 5] = [
    (RequestId::PREFIX, "Request", "/dashboard/logs"),
    (EventId::PREFIX, "Event", "/dashboard/events"),
    (DeliveryId::PREFIX, "Webhook delivery", "/dashboard/webhooks/deliveries"),
    (EndpointId::PREFIX, "Webhook endpoint", "/dashboard/webhooks"),
    (KeyId::PREFIX, "API key", "/dashboard/keys"),
];

/// The result of looking up a text.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// The path of its page.
    Page(String),
    /// Starts like an id of this kind, but is not one.
    Malformed(&'static str),
    Unknown,
}

/// Finds the first id in `text`, which may be a whole copied line such as `X-Request-Id: req_…`.
fn find(text: &str) -> Found {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return Found::Nothing;
    }
    let mut malformed = None;
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        for (prefix, name, path) in KINDS {
            if word.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('_')) {
                if is_id(prefix, word) {
                    return Found::Page(format!("{path}/{word}"));
                }
                malformed = malformed.or(Some(name));
            }
        }
    }
    malformed.map_or(Found::Unknown, Found::Malformed)
}

fn is_id(prefix: &str, word: &str) -> bool {
    match prefix {
        RequestId::PREFIX => word.parse::<RequestId>().is_ok(),
        EventId::PREFIX => word.parse::<EventId>().is_ok(),
        DeliveryId::PREFIX => word.parse::<DeliveryId>().is_ok(),
        EndpointId::PREFIX => word.parse::<EndpointId>().is_ok(),
        _ => word.parse::<KeyId>().is_ok(),
    }
}

/// The page behind the look-up field.
#[component]
pub fn FindPage() -> impl IntoView {
    let env = use_env();
    let query = use_query_map();
    let text = Memo::new(move |_| query.with(|q| q.get("id")).unwrap_or_default());
    move || {
        let text = text.get();
        let problem = match find(&text) {
            Found::Page(path) => {
                return view! { <Redirect path=env_href(&path, env.get()) /> }.into_any();
            }
            Found::Nothing => None,
            Found::Malformed(kind) => Some(format!(
                "This looks like an id of the kind “{kind}”, but it is incomplete or mistyped: 26 characters follow the underscore. Copy it again."
            )),
            Found::Unknown => Some(
                "This is not an id that can be looked up. Paste one of the kinds listed below."
                    .to_owned(),
            ),
        };
        let kinds = KINDS
            .map(|(prefix, name, _)| view! { <li>{name} ": " <code>{prefix} "_…"</code></li> })
            .collect_view();
        view! {
            <PageHead title="Look up an id" lead="Finds a request, event, webhook delivery, webhook endpoint or API key of your organisation." />
            {problem.map(|problem| view! { <p class="alert alert-warn mb-4" role="alert">{problem}</p> })}
            <Lookup id="find-id" label="Id" value=text />
            <h2 class="mt-5 mb-2">"Ids"</h2>
            <ul class="list-disc pl-5">{kinds}</ul>
            <p class="mt-3 text-muted">"The request id of a call is in the " <code>"X-Request-Id"</code> " header of its response and in the body of each error."</p>
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_as_people_paste_it() {
        let page = |path: &str| Found::Page(path.to_owned());
        let id = "req_01h455vb4pex5vsknk084sn02q";
        for text in [
            id,
            " req_01h455vb4pex5vsknk084sn02q\n",
            "X-Request-Id: req_01h455vb4pex5vsknk084sn02q",
            "\"REQ_01H455VB4PEX5VSKNK084SN02Q\",",
        ] {
            assert_eq!(find(text), page(&format!("/dashboard/logs/{id}")), "{text}");
        }
        assert_eq!(
            find("evt_01h455vb4pex5vsknk084sn02q"),
            page("/dashboard/events/evt_01h455vb4pex5vsknk084sn02q")
        );
        assert_eq!(
            find("dlv_01h455vb4pex5vsknk084sn02q"),
            page("/dashboard/webhooks/deliveries/dlv_01h455vb4pex5vsknk084sn02q")
        );
        assert_eq!(
            find("ep_01h455vb4pex5vsknk084sn02q"),
            page("/dashboard/webhooks/ep_01h455vb4pex5vsknk084sn02q")
        );
        assert_eq!(
            find("key_01h455vb4pex5vsknk084sn02q"),
            page("/dashboard/keys/key_01h455vb4pex5vsknk084sn02q")
        );
    }

    #[test]
    fn a_text_that_is_no_id_is_distinguished_from_a_mistyped_one() {
        assert_eq!(find("  "), Found::Nothing);
        assert_eq!(find("req_123"), Found::Malformed("Request"));
        assert_eq!(find("evt_01h455vb4pex5vsknk084sn02u"), Found::Malformed("Event"));
        for text in [
            "hello",
            "req",
            "org_01h455vb4pex5vsknk084sn02q",
            "../../login",
            "//evil.example",
            "<b>",
        ] {
            assert_eq!(find(text), Found::Unknown, "{text}");
        }
    }
}
