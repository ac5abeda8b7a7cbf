//! The filter of the log: a GET form, so that its state is the URL.

use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::params::ParamsMap;

use crate::components::environment::env_href;
use crate::components::format::encode;
use crate::types::environment::Environment;
use crate::types::log::LogFilter;

const PATH: &str = "/dashboard/logs";
const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];
const STATUSES: [(&str, &str); 9] = [
    ("2xx", "2xx, success"),
    ("4xx", "4xx, client error"),
    ("5xx", "5xx, server error"),
    ("400", "400"),
    ("401", "401"),
    ("403", "403"),
    ("404", "404"),
    ("422", "422"),
    ("429", "429"),
];

/// The filter in the URL.
pub fn read_filter(query: &ParamsMap) -> LogFilter {
    let get = |name| query.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    LogFilter {
        status: get("status"),
        operation: get("operation"),
        key_id: get("key"),
        product: get("product"),
        method: get("method"),
        path: get("path"),
    }
}

/// The URL of `filter`.
pub fn filter_href(filter: &LogFilter, env: Environment) -> String {
    let pairs = [
        ("status", &filter.status),
        ("method", &filter.method),
        ("product", &filter.product),
        ("operation", &filter.operation),
        ("path", &filter.path),
        ("key", &filter.key_id),
    ];
    let query: Vec<String> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let path =
        if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", query.join("&")) };
    env_href(&path, env)
}

/// Stays in place while the URL changes, and keeps the focus.
#[component]
pub fn FilterForm(env: Memo<Environment>, filter: Memo<LogFilter>) -> impl IntoView {
    // A status from a link that is not among the choices becomes one.
    let status = filter.with_untracked(|f| f.status.clone());
    let other = (!status.is_empty() && STATUSES.iter().all(|(value, _)| *value != status))
        .then(|| (status.clone(), status));
    let known = STATUSES.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned()));
    let statuses = known
        .chain(other)
        .map(|(value, label)| view! { <Choice value label chosen=Signal::derive(move || filter.with(|f| f.status.clone())) /> })
        .collect_view();
    let methods = METHODS
        .into_iter()
        .map(
            |m| view! { <Choice value=m.to_owned() label=m.to_owned() chosen=Signal::derive(move || filter.with(|f| f.method.clone())) /> },
        )
        .collect_view();
    view! {
        <Form method="GET" action=PATH attr:class="filters" attr:role="search" attr:aria-label="Filter the logs">
            <input type="hidden" name="env" value=move || env.get().as_str() />
            <div class="field">
                <label class="label" for="f-status">"Status"</label>
                <select class="select" id="f-status" name="status">
                    <option value="">"Any"</option>
                    {statuses}
                </select>
            </div>
            <div class="field">
                <label class="label" for="f-method">"Method"</label>
                <select class="select" id="f-method" name="method">
                    <option value="">"Any"</option>
                    {methods}
                </select>
            </div>
            <TextFilter id="f-product" name="product" label="Product" value=Signal::derive(move || filter.with(|f| f.product.clone())) />
            <TextFilter id="f-operation" name="operation" label="Operation" value=Signal::derive(move || filter.with(|f| f.operation.clone())) />
            <TextFilter id="f-path" name="path" label="Path begins with" value=Signal::derive(move || filter.with(|f| f.path.clone())) />
            <TextFilter id="f-key" name="key" label="Key id" value=Signal::derive(move || filter.with(|f| f.key_id.clone())) />
            <div class="flex gap-2">
                <button type="submit" class="btn">"Filter"</button>
                <a class="btn btn-ghost" href=move || env_href(PATH, env.get())>"Clear"</a>
            </div>
        </Form>
    }
}

/// One choice; the property follows the URL, which the attribute no longer does after a manual
/// change.
#[component]
fn Choice(value: String, label: String, chosen: Signal<String>) -> impl IntoView {
    let this = value.clone();
    let selected = Memo::new(move |_| chosen.with(|c| *c == this));
    view! { <option value=value selected=move || selected.get() prop:selected=move || selected.get()>{label}</option> }
}

#[component]
fn TextFilter(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    value: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="label" for=id>{label}</label>
            <input
                class="input sm:w-36"
                id=id
                name=name
                type="text"
                value=value.get_untracked()
                prop:value=move || value.get()
                autocomplete="off"
                spellcheck="false"
            />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_its_way_through_the_url() {
        let filter =
            LogFilter { status: "4xx".into(), path: "/v1/a b".into(), ..LogFilter::default() };
        assert_eq!(
            filter_href(&filter, Environment::Live),
            "/dashboard/logs?status=4xx&path=%2Fv1%2Fa%20b&env=live"
        );
        let query: ParamsMap =
            [("status".to_owned(), "4xx".to_owned()), ("path".to_owned(), "/v1/a b".to_owned())]
                .into_iter()
                .collect();
        assert_eq!(read_filter(&query), filter);
        assert_eq!(filter_href(&LogFilter::default(), Environment::Sandbox), PATH);
    }
}
