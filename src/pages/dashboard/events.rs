//! Events and their deliveries.

pub mod detail;

use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;

use crate::actions::events::list_events;
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::format::encode;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::pager::Pager;
use crate::components::table::{LinkedRow, RowLink, Table};
use crate::components::time::Time;
use crate::types::environment::Environment;
use crate::types::event::{Event, EventType};

const PATH: &str = "/dashboard/events";

/// The events of one environment, newest first, filtered by the URL.
#[component]
pub fn EventsPage() -> impl IntoView {
    let env = use_env();
    let query = use_query_map();
    let kind =
        Memo::new(move |_| query.with(|q| q.get("type")).unwrap_or_default().trim().to_owned());
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let events = Resource::new(
        move || (env.get(), kind.get(), cursor.get()),
        |(env, kind, cursor)| list_events(env, kind, cursor),
    );
    view! {
        <PageHead title="Events" lead="Events of your organisation and your own events. Events are kept for 90 days.">
            <a class="btn" href=move || env_href("/dashboard/webhooks", env.get())>"Webhooks"</a>
        </PageHead>
        <Filter env kind />
        {loaded(
            move || async move { events.await },
            move || events.refetch(),
            move |page| {
                let (env, kind) = (env.get_untracked(), kind.get_untracked());
                let paged = cursor.with_untracked(Option::is_some);
                let is_empty = page.data.is_empty();
                if !is_empty || paged {
                    let path = if kind.is_empty() { PATH.to_owned() } else { format!("{PATH}?type={}", encode(&kind)) };
                    view! {
                        {(!is_empty).then(|| view! { <EventTable events=page.data env /> })}
                        <Pager base=env_href(&path, env) next=page.next_cursor paged is_empty />
                    }
                    .into_any()
                } else if kind.is_empty() {
                    view! {
                        <Empty title="No events yet" text=format!("Nothing has happened in the {env} environment. Create a customer or a key, or post your own event to /v1/events.")>
                            <a class="btn" href="/docs/webhooks#events">"See all event types"</a>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! {
                        <Empty title="No events match this filter" text="Remove a condition, or switch to the other environment.">
                            <a class="btn" href=env_href(PATH, env)>"Clear the filter"</a>
                        </Empty>
                    }
                    .into_any()
                }
            },
        )}
    }
}

/// A GET form, so that its state is the URL. It stays in place while the URL changes, and keeps the
/// focus.
#[component]
fn Filter(env: Memo<Environment>, kind: Memo<String>) -> impl IntoView {
    let known = EventType::ALL
        .iter()
        .map(|event| view! { <option value=event.as_str()></option> })
        .collect_view();
    view! {
        <Form method="GET" action=PATH attr:class="filters" attr:role="search" attr:aria-label="Filter the events">
            <input type="hidden" name="env" value=move || env.get().as_str() />
            <div class="field">
                <label class="label" for="f-type">"Type"</label>
                <input class="input" id="f-type" name="type" list="types" placeholder="customer.*" value=kind.get_untracked() prop:value=move || kind.get() autocomplete="off" spellcheck="false" />
                <datalist id="types">{known}</datalist>
            </div>
            <div class="flex gap-2">
                <button type="submit" class="btn">"Filter"</button>
                <a class="btn btn-ghost" href=move || env_href(PATH, env.get())>"Clear"</a>
            </div>
        </Form>
    }
}

#[component]
fn EventTable(events: Vec<Event>, env: Environment) -> impl IntoView {
    let row = move |event: Event| {
        let href = env_href(&format!("{PATH}/{}", event.id), env);
        let data = event.data.as_str().to_owned();
        view! {
            <LinkedRow href=href.clone()>
                <td><RowLink href><Time at=event.created_at /></RowLink></td>
                <td><code>{event.kind}</code> <code class="block text-muted">{event.id.to_string()}</code></td>
                <td><code class="cut max-w-80 text-muted">{data}</code></td>
            </LinkedRow>
        }
    };
    view! {
        <Table stacks=true label="Events" caption="Events, newest first">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Event"</th>
                    <th scope="col">"Data"</th>
                </tr>
            </thead>
            <tbody>{events.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
}
