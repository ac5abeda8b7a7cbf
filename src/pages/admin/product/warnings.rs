//! The deviations of a product's document from the standard, each with how it is read.

use leptos::prelude::*;

use crate::components::marked::marked;
use crate::components::table::Table;
use crate::types::number::plural;
use crate::types::product::{DocumentWarning, DocumentWarnings};

#[component]
pub fn WarningsCard(warnings: DocumentWarnings) -> impl IntoView {
    let DocumentWarnings { listed, more } = warnings;
    if listed.is_empty() {
        return ().into_any();
    }
    let count = plural(listed.len() as u64 + more, "warning", "warnings");
    let rows = listed
        .into_iter()
        .map(|DocumentWarning { pointer, line, message }| {
            let line = line.map_or_else(|| "–".to_owned(), |line| line.to_string());
            let place = if pointer.is_empty() { "/".to_owned() } else { pointer };
            view! {
                <tr>
                    <th scope="row" class="whitespace-normal"><code class="break-all">{place}</code></th>
                    <td>{line}</td>
                    <td class="whitespace-normal">{marked(&message)}</td>
                </tr>
            }
        })
        .collect_view();
    let rest = (more > 0).then(|| view! { <p>{format!("And {more} more.")}</p> });
    view! {
        <section class="card" aria-labelledby="warnings">
            <div class="card-head"><h2 id="warnings">"Document warnings"</h2></div>
            <div class="card-body stack">
                <p>{format!("{count}. The document deviates from the OpenAPI standard without harm. Tollgate reads it as described here.")}</p>
                <Table label="Warnings" caption="Deviations of the document from the standard">
                    <thead><tr><th scope="col">"Place in the document"</th><th scope="col">"Line"</th><th scope="col">"Warning"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </Table>
                {rest}
            </div>
        </section>
    }
    .into_any()
}
