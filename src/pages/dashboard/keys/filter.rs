//! The filter of the keys: a GET form, so that its state is the URL.

use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::params::ParamsMap;

use crate::components::environment::env_href;
use crate::components::format::encode;
use crate::types::environment::Environment;
use crate::types::key::{KeyFilter, KeyState};

const PATH: &str = "/dashboard/keys";

/// The filter in the URL.
pub fn read_filter(query: &ParamsMap) -> KeyFilter {
    let get = |name| query.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    KeyFilter { text: get("q"), state: get("state") }
}

/// The URL of `filter`.
pub fn filter_href(filter: &KeyFilter, env: Environment) -> String {
    let pairs = [("q", &filter.text), ("state", &filter.state)];
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
pub fn KeyFilterForm(env: Memo<Environment>, filter: Memo<KeyFilter>) -> impl IntoView {
    let states = KeyState::ALL.map(|state| {
        let selected = Memo::new(move |_| filter.with(|filter| filter.state == state.as_str()));
        view! { <option value=state.as_str() selected=move || selected.get() prop:selected=move || selected.get()>{state.as_str()}</option> }
    });
    view! {
        <Form method="GET" action=PATH attr:class="filters" attr:role="search" attr:aria-label="Filter the keys">
            <input type="hidden" name="env" value=move || env.get().as_str() />
            <div class="field">
                <label class="label" for="f-q">"Name, prefix or id"</label>
                <input
                    class="input sm:w-72"
                    id="f-q"
                    name="q"
                    type="search"
                    maxlength="200"
                    value=filter.with_untracked(|filter| filter.text.clone())
                    prop:value=move || filter.with(|filter| filter.text.clone())
                    autocomplete="off"
                    spellcheck="false"
                />
            </div>
            <div class="field">
                <label class="label" for="f-state">"State"</label>
                <select class="select" id="f-state" name="state">
                    <option value="">"Any"</option>
                    {states.into_iter().collect_view()}
                </select>
            </div>
            <div class="flex gap-2">
                <button type="submit" class="btn">"Filter"</button>
                <a class="btn btn-ghost" href=move || env_href(PATH, env.get())>"Clear"</a>
            </div>
        </Form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_its_way_through_the_url() {
        let filter = KeyFilter { text: "Check out & more".into(), state: "disabled".into() };
        assert_eq!(
            filter_href(&filter, Environment::Live),
            "/dashboard/keys?q=Check%20out%20%26%20more&state=disabled&env=live"
        );
        let query: ParamsMap =
            [("q".to_owned(), filter.text.clone()), ("state".to_owned(), "disabled".to_owned())]
                .into_iter()
                .collect();
        assert_eq!(read_filter(&query), filter);
        assert_eq!(filter_href(&KeyFilter::default(), Environment::Sandbox), PATH);
    }
}
