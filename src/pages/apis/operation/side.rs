//! Navigation to a product's other operations.

use leptos::prelude::*;

use crate::components::badge::Method;
use crate::types::docs::OperationGroup;

/// Only the group of the current operation is expanded: a document may have thousands.
#[component]
pub fn Side(
    base: String,
    name: String,
    groups: Vec<OperationGroup>,
    current: String,
) -> impl IntoView {
    let groups = groups
        .into_iter()
        .map(|group| {
            if group.operations.is_empty() {
                let href = format!("{base}#{}", group.anchor);
                return view! { <li><a class="nav-link" href=href><span class="min-w-0 grow truncate">{group.name}</span> <span>{group.count}</span></a></li> }.into_any();
            }
            let hidden = group.count.saturating_sub(group.operations.len() as u64);
            let all = format!("{base}#{}", group.anchor);
            let links = group
                .operations
                .into_iter()
                .map(|operation| {
                    let is_current = operation.id == current;
                    view! {
                        <li>
                            <a class="nav-link" href=format!("{base}/{}", operation.id) aria-current=is_current.then_some("page")>
                                <Method name=operation.method />
                                <span class="min-w-0 truncate">{operation.title}</span>
                            </a>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <li>
                    <p class="nav-group">{group.name}</p>
                    <ul>{links} {(hidden > 0).then(|| view! { <li><a class="nav-link" href=all>{format!("All {}", group.count)}</a></li> })}</ul>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        // Focusable, because it scrolls if it is long.
        <nav class="toc" aria-label=format!("Operations of {name}") tabindex="0">
            <ul>{groups}</ul>
        </nav>
    }
}
