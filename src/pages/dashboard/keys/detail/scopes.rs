//! The scopes of a key, and which of them it uses.

use leptos::prelude::*;

use crate::actions::keys::NarrowKey;
use crate::components::format::{count, plural};
use crate::components::submit::Submit;
use crate::components::time::Time;
use crate::types::id::KeyId;
use crate::types::key_use::ScopeUse;
use crate::types::scope::Scope;

/// The scopes, and a button that removes the unused ones.
#[component]
pub fn ScopesCard(
    id: KeyId,
    found: ScopeUse,
    may_manage: bool,
    narrow: ServerAction<NarrowKey>,
) -> impl IntoView {
    let granted = (found.used.len() + found.unused.len()) as u64;
    let used = found.used.len() as u64;
    let period = if found.is_since_made {
        view! { "since it was created on " <Time at=found.since long=true /> }.into_any()
    } else {
        view! { "in 30 days" }.into_any()
    };
    let list = |label: &'static str, scopes: &[Scope]| {
        let items = scopes
            .iter()
            .map(|scope| view! { <li><code>{scope.to_string()}</code></li> })
            .collect_view();
        (!scopes.is_empty())
            .then(|| view! { <div><h3>{label}</h3><ul class="mt-1">{items}</ul></div> })
    };
    let fields = found
        .narrowed
        .iter()
        .map(|scope| view! { <input type="hidden" name="scopes[]" value=scope.to_string() /> })
        .collect_view();
    let enough = found.narrowed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let button = (may_manage && !found.narrowed.is_empty()).then(|| {
        view! {
            <ActionForm action=narrow>
                <input type="hidden" name="id" value=id.to_string() />
                {fields}
                <p>"These scopes would have been enough: " <code>{enough}</code> ". Removed scopes cannot be added again."</p>
                <div class="form-actions"><Submit label=format!("Narrow to {}", plural(found.narrowed.len() as u64, "scope", "scopes")) class="btn" pending=narrow.pending() /></div>
            </ActionForm>
        }
    });
    let idle = (used == 0 && !found.is_since_made)
        .then(|| view! { <p class="hint">"Revoke keys that are not used."</p> });
    view! {
        <section class="card stack" aria-labelledby="scopes">
            <h2 id="scopes">"Scopes"</h2>
            <p>{count(granted)} " granted, " {count(used)} " used " {period} "."</p>
            <div class="grid gap-3 sm:grid-cols-2">{list("Used", &found.used)} {list("Not used", &found.unused)}</div>
            {idle}
            {button}
        </section>
    }
}
