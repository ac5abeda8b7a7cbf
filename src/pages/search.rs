//! Search over all products, with a form that needs no scripts.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::docs::search;
use crate::components::badge::Method;
use crate::components::empty::Empty;
use crate::components::format::plural;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::site::Site;
use crate::types::docs::{SearchHit, SearchResults};

#[component]
pub fn SearchPage() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(|query| query.get("q")).unwrap_or_default());
    let results = Resource::new(move || wanted.get(), search);
    view! {
        <Site>
            <PageHead title="Search" />
            {loaded(
                move || async move { results.await },
                move || results.refetch(),
                move |results: SearchResults| {
                    let query = wanted.get_untracked();
                    view! {
                        <form class="filters" method="get" action="/search" role="search" aria-label="Search again">
                            <div class="field">
                                <label class="label" for="search-q">"Words"</label>
                                <input class="input" id="search-q" type="search" name="q" maxlength="200" value=query.clone() />
                            </div>
                            <button type="submit" class="btn">"Search"</button>
                        </form>
                        <Results query results />
                    }
                },
            )}
        </Site>
    }
}

#[component]
fn Results(query: String, results: SearchResults) -> impl IntoView {
    if query.trim().is_empty() {
        return view! { <p class="text-muted">"Search for an operation, a path, or an error code."</p> }.into_any();
    }
    if results.hits.is_empty() {
        return view! { <Empty title="Nothing found" text="No operation contains all of these words. Try fewer words or only the beginning of the last one."><a class="btn" href="/apis">"See all APIs"</a></Empty> }.into_any();
    }
    let shown = results.hits.len() as u64;
    let of = if shown < results.total {
        format!("The best {shown} of {}", plural(results.total, "result", "results"))
    } else {
        plural(shown, "result", "results")
    };
    let hits = results.hits.into_iter().map(|hit| view! { <Hit hit /> }).collect_view();
    view! {
        <p class="mb-3 text-muted" role="status">{of}</p>
        <ul class="operations">{hits}</ul>
    }
    .into_any()
}

#[component]
fn Hit(hit: SearchHit) -> impl IntoView {
    view! {
        <li>
            <a href=hit.href>
                {match hit.method {
                    Some(name) => view! { <Method name /> }.into_any(),
                    None => view! { <span class="method" aria-hidden="true"></span> }.into_any(),
                }}
                <span class="min-w-0">
                    {hit.title}
                    {hit.is_deprecated.then(|| view! { " " <span class="badge badge-warn">"deprecated"</span> })}
                    " " <span class="text-muted">{hit.product}</span>
                </span>
                <code>{hit.about}</code>
            </a>
        </li>
    }
}
