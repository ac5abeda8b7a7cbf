//! Request logs: all calls, filtered by the URL.

pub mod detail;
mod explain;
mod filter;
mod table;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

pub use self::filter::filter_href;
use self::filter::{FilterForm, read_filter};
pub use self::table::LogTable;
use crate::actions::logs::list_logs;
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::loaded::loaded;
use crate::components::lookup::Lookup;
use crate::components::page_head::PageHead;
use crate::components::pager::Pager;
use crate::types::log::LogFilter;

/// Filter, calls, and links to older ones.
#[component]
pub fn LogsPage() -> impl IntoView {
    let env = use_env();
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(read_filter));
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let logs = Resource::new(
        move || (env.get(), filter.get(), cursor.get()),
        |(env, filter, cursor)| list_logs(env, filter, cursor),
    );
    view! {
        <PageHead title="Logs" lead="All calls of your organisation, newest first. A call is listed about a second after its response.">
            <button type="button" class="btn" on:click=move |_| logs.refetch()>"Refresh"</button>
        </PageHead>
        <Lookup id="request-id" label="Request id" />
        <FilterForm env filter />
        {loaded(
            move || async move { logs.await },
            move || logs.refetch(),
            move |page| {
                let (env, filter) = (env.get_untracked(), filter.get_untracked());
                let paged = cursor.with_untracked(Option::is_some);
                let is_empty = page.data.is_empty();
                if !is_empty || paged || page.next_cursor.is_some() {
                    view! {
                        {(!is_empty).then(|| view! { <LogTable logs=page.data env /> })}
                        <Pager base=filter_href(&filter, env) next=page.next_cursor paged is_empty />
                    }
                    .into_any()
                } else if filter == LogFilter::default() {
                    view! {
                        <Empty title="No calls yet" text=format!("No call was made in the {env} environment. Send one from the browser to see it here.")>
                            <a class="btn btn-primary" href=env_href("/dashboard/try", env)>"Send a call"</a>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! {
                        <Empty title="No calls match this filter" text="Remove a condition, or switch to the other environment.">
                            <a class="btn" href=env_href("/dashboard/logs", env)>"Clear the filter"</a>
                        </Empty>
                    }
                    .into_any()
                }
            },
        )}
    }
}
