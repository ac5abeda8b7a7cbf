//! The facts about a key.

use leptos::prelude::*;

use super::super::fields::SettingsFacts;
use super::super::table::key_href;
use crate::components::time::{MaybeTime, Time};
use crate::types::key::KeyView;
use crate::types::money::Currency;

/// A list of names and values.
#[component]
pub fn Facts(key_view: KeyView, currency: Currency) -> impl IntoView {
    let key = key_view;
    let link = |id| {
        let href = key_href(&id, key.environment);
        view! { <a class="link" href=href><code>{id.to_string()}</code></a> }
    };
    let used = key.last_used_ip.clone().map(|ip| {
        let agent = key
            .last_used_agent
            .clone()
            .filter(|agent| !agent.is_empty())
            .map(|agent| format!(" by {agent}"))
            .unwrap_or_default();
        view! { <span class="text-muted">" from " {ip} {agent}</span> }
    });
    view! {
        <section class="card" aria-labelledby="facts">
            <h2 id="facts" class="mb-3">"Details"</h2>
            <dl class="details">
                <dt>"Id"</dt>
                <dd><code class="break-all">{key.id.to_string()}</code></dd>
                <dt>"Created"</dt>
                <dd><Time at=key.created_at long=true /></dd>
                <dt>"Expires"</dt>
                <dd><MaybeTime at=key.expires_at or="never" /></dd>
                <dt>"Last used"</dt>
                <dd><MaybeTime at=key.last_used_at or="never" /> {used}</dd>
                <SettingsFacts key_view=key.clone() currency />
                {key.rotated_from.clone().map(|id| view! { <dt>"Replaces"</dt><dd>{link(id)}</dd> })}
                {key.rotated_to.clone().map(|id| view! { <dt>"Replaced by"</dt><dd>{link(id)}</dd> })}
            </dl>
        </section>
    }
}
