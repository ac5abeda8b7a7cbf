//! Removing a product, after showing what that breaks.

use leptos::prelude::*;

use crate::actions::products::RemoveProduct;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::format::{count, plural};
use crate::components::submit::Submit;
use crate::components::table::Table;
use crate::types::change::Affected;

#[component]
pub fn RemoveCard(
    id: String,
    /// Keys that called it in the last 30 days.
    callers: Vec<Affected>,
    /// Whether there are more.
    has_more: bool,
    action: ServerAction<RemoveProduct>,
) -> impl IntoView {
    let error = error_of(action);
    let recent = recent_callers(&callers, has_more);
    let breaks = if callers.is_empty() {
        view! { <p>{recent}</p> }.into_any()
    } else {
        view! {
            <p>
                {recent} {has_more.then_some(" The table shows the first of them.")} " After the removal, each of their calls fails with 404."
            </p>
            <Callers callers />
        }
        .into_any()
    };
    let typed = format!("Type {id} to confirm");
    view! {
        <section class="card" aria-labelledby="remove">
            <h2 id="remove">"Remove"</h2>
            <div class="stack mt-2">
                <p>"Its pages, documents and gateway route are removed immediately. Usage, logs and plans are kept."</p>
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

/// How many keys called a product in the last 30 days; `has_more` if there are more than these.
pub fn recent_callers(callers: &[Affected], has_more: bool) -> String {
    if callers.is_empty() {
        return "No key called it in the last 30 days.".to_owned();
    }
    let keys = plural(callers.len() as u64, "key", "keys");
    let orgs = callers.chunk_by(|a, b| a.org_id == b.org_id).count();
    let orgs = plural(orgs as u64, "organisation", "organisations");
    let more = if has_more { "More than " } else { "" };
    format!("{more}{keys} of {orgs} called it in the last 30 days.")
}

/// Keys and the operations that they called, by organisation.
#[component]
pub fn Callers(callers: Vec<Affected>) -> impl IntoView {
    let rows = callers
        .into_iter()
        .map(|key| {
            view! {
                <tr>
                    <th scope="row">{key.org_name}</th>
                    <td data-label="Key">{key.key_name} <code class="block text-muted">{key.key_prefix} "_…"</code></td>
                    <td data-label="Operations">{key.operations.join(", ")}</td>
                    <td class="num" data-label="Calls">{count(key.calls)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table stacks=true label="Keys that called it" caption="Keys that called it in the last 30 days">
            <thead>
                <tr>
                    <th scope="col">"Organisation"</th>
                    <th scope="col">"Key"</th>
                    <th scope="col">"Operations"</th>
                    <th scope="col" class="num">"Calls"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}
