//! The newest keys, with their scopes.

use leptos::prelude::*;

use crate::actions::keys::list_scopes;
use crate::components::empty::Empty;
use crate::components::environment::use_env;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::table::Table;

#[component]
pub fn ScopesPage() -> impl IntoView {
    let env = use_env();
    let scopes = Resource::new(move || env.get(), list_scopes);
    view! {
        <PageHead title="Scopes" lead="What your newest keys may do." />
        {loaded(
            move || async move { scopes.await },
            move || scopes.refetch(),
            |scopes| {
                if scopes.is_empty() {
                    return view! { <Empty title="No keys yet" text="Create a key to see its scopes." /> }.into_any();
                }
                let rows = scopes
                    .into_iter()
                    .map(|(name, scopes)| view! { <tr><th scope="row">{name}</th><td>{scopes}</td></tr> })
                    .collect_view();
                view! {
                    <Table label="Scopes">
                        <thead><tr><th scope="col">"Key"</th><th scope="col">"Scopes"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </Table>
                }
                .into_any()
            },
        )}
    }
}
