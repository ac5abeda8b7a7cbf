//! The parts of a product's calls that are not validated, although the product requires it.

use leptos::prelude::*;

use crate::components::marked::marked;
use crate::components::table::Table;
use crate::types::product::{SchemaProblem, Unchecked, Validation};

/// The maximum number of problems that the server finds.
const MAX_LISTED: usize = 100;

#[component]
pub fn ChecksCard(
    validation: Validation,
    problems: Vec<SchemaProblem>,
    unchecked: Unchecked,
) -> impl IntoView {
    let calls = unchecked.over_budget + unchecked.unreadable;
    if problems.is_empty() && calls == 0 {
        return ().into_any();
    }
    let effect = match validation {
        Validation::Off => {
            "Requests to this product are not validated, so nothing is affected now."
        }
        Validation::Warn | Validation::Enforce => {
            "A value that depends on one of these parts passes without being checked by it."
        }
    };
    let is_cut = problems.len() >= MAX_LISTED;
    let rows = problems
        .into_iter()
        .map(|problem| {
            view! {
                <tr>
                    <th scope="row"><code class="break-all">{problem.pointer}</code></th>
                    <td>{marked(&problem.message)}</td>
                </tr>
            }
        })
        .collect_view();
    let listed = (!rows.is_empty()).then(|| {
        view! {
            <p class="alert alert-warn">"Parts of the schemas in this document cannot be read. " {effect} " Fix them in the document and import it again."</p>
            <Table label="Parts that cannot be read" caption="Parts of the schemas that cannot be read">
                <thead><tr><th scope="col">"Place in the document"</th><th scope="col">"Problem"</th></tr></thead>
                <tbody>{rows}</tbody>
            </Table>
            {is_cut.then(|| view! { <p>"Only the first 100 are listed."</p> })}
        }
    });
    let counted = (calls > 0).then(|| {
        let Unchecked { over_budget, unreadable } = unchecked;
        view! {
            <p>
                {format!("Calls that this server let through unchecked since it started: {calls}. ")}
                {format!("For {over_budget}, checking the request would have cost more than one check may. ")}
                {format!("For {unreadable}, the result depended on a part of a schema that cannot be read.")}
            </p>
        }
    });
    view! {
        <section class="card" aria-labelledby="checks">
            <div class="card-head"><h2 id="checks">"Validation gaps"</h2></div>
            <div class="card-body stack">{listed} {counted}</div>
        </section>
    }
    .into_any()
}
