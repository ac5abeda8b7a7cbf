//! Removing a product, once it is clear what that breaks.

use leptos::prelude::*;

use crate::actions::products::RemoveProduct;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::format::{count, plural};
use crate::components::submit::Submit;
use crate::types::change::Affected;

#[component]
pub fn RemoveCard(
    id: String,
    /// Who called it in the last 30 days.
    callers: Vec<Affected>,
    action: ServerAction<RemoveProduct>,
) -> impl IntoView {
    let error = error_of(action);
    let orgs = callers.chunk_by(|a, b| a.org_id == b.org_id).count();
    let breaks = if callers.is_empty() {
        view! { <p>"No key called it in the last 30 days."</p> }.into_any()
    } else {
        let keys = plural(callers.len() as u64, "key", "keys");
        let orgs = plural(orgs as u64, "organisation", "organisations");
        view! {
            <p>{format!("{keys} of {orgs} called it in the last 30 days. Each of their calls is then answered 404.")}</p>
            <Callers callers />
        }
        .into_any()
    };
    let typed = format!("Type {id} to confirm");
    view! {
        <section class="card" aria-labelledby="remove">
            <h2 id="remove">"Remove"</h2>
            <div class="stack mt-2">
                <p>"Its pages, its documents and its gateway route go at once. Usage, logs and plans stay."</p>
                {breaks}
                <ActionForm action=action>
                    <FormAlert error />
                    <input type="hidden" name="id" value=id />
                    <p class="hint">{typed}</p>
                    <TextField name="typed" label="Confirmation" error />
                    <div class="form-actions"><Submit label="Remove product" pending=action.pending() class="btn btn-danger" /></div>
                </ActionForm>
            </div>
        </section>
    }
}

/// Keys and what they called, by organisation.
#[component]
pub fn Callers(callers: Vec<Affected>) -> impl IntoView {
    let rows = callers
        .into_iter()
        .map(|key| {
            view! {
                <tr>
                    <th scope="row">{key.org_name}</th>
                    <td>{key.key_name} <code class="block text-muted">{key.key_prefix} "_…"</code></td>
                    <td>{key.operations.join(", ")}</td>
                    <td class="num">{count(key.calls)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Keys that called it">
            <table class="table">
                <caption class="visually-hidden">"Keys that called it in the last 30 days"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Organisation"</th>
                        <th scope="col">"Key"</th>
                        <th scope="col">"Operations"</th>
                        <th scope="col" class="num">"Calls"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
