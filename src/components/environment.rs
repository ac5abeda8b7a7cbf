//! The environment of the dashboard: the `env` parameter of the URL, so that links are complete.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use crate::types::environment::Environment;
pub use crate::types::link::env_href;

/// The environment in the URL; the sandbox, if it names none.
pub fn use_env() -> Memo<Environment> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|q| q.get_str("env").and_then(|env| env.parse().ok()).unwrap_or_default())
    })
}

/// Two links to the current page, one per environment. Filters are dropped: they refer to keys and
/// calls that the other environment does not have.
#[component]
pub fn EnvSwitch() -> impl IntoView {
    let env = use_env();
    let path = use_location().pathname;
    let link = move |to: Environment| {
        let label = match to {
            Environment::Sandbox => "Sandbox",
            Environment::Live => "Live",
        };
        view! {
            <a href=move || env_href(&path.get(), to) aria-current=move || (env.get() == to).then_some("true")>
                {label}
            </a>
        }
    };
    view! {
        <div class="env-switch" role="group" aria-label="Environment" data-environment=move || env.get().as_str()>
            {link(Environment::Sandbox)}
            {link(Environment::Live)}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_live_is_named_in_links() {
        assert_eq!(env_href("/dashboard/keys", Environment::Sandbox), "/dashboard/keys");
        assert_eq!(env_href("/dashboard/keys", Environment::Live), "/dashboard/keys?env=live");
        assert_eq!(
            env_href("/dashboard/try?op=a", Environment::Live),
            "/dashboard/try?op=a&env=live"
        );
    }
}
