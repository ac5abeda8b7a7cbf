//! Try it: pick an operation, send it from the browser, see what comes back.

mod console;
mod request;

use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

use self::console::Console;
use crate::actions::docs::operations;
use crate::components::environment::{env_href, use_env};
use crate::components::format::encode;
use crate::components::held_key::use_held_key;
use crate::components::loaded::loaded;
use crate::components::no_script::NoScript;
use crate::components::page_head::PageHead;
use crate::components::session::use_session;
use crate::types::environment::Environment;
use crate::types::operation::OperationView;

/// `?op=` names the operation, so that the docs can link to it.
#[component]
pub fn TryPage() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let query = use_query_map();
    let chosen = Memo::new(move |_| query.with(|q| q.get("op")).unwrap_or_default());
    let operations = Resource::new(|| (), |()| operations());
    // One for each environment. Out here, so that another operation does not forget the key.
    let keys = [RwSignal::new(String::new()), RwSignal::new(String::new())];
    let held = use_held_key();
    view! {
        <PageHead title="Try it" lead="Send a call from this browser, as your program would. It is counted and logged like any other." />
        {move || {
            (env.get() == Environment::Live)
                .then(|| view! { <p class="alert alert-warn mb-4">"This is the live environment: calls with a live key are billed and change live data."</p> })
        }}
        <NoScript html="<p class='alert mb-4'>Sending needs JavaScript. The curl command below does the same.</p>" />
        {loaded(
            move || async move { Ok((session.me().await?, operations.await?)) },
            move || operations.refetch(),
            move |(me, operations)| {
                let may_create = me.org.as_ref().is_some_and(|org| org.role.can_manage_keys());
                // What was made during this visit is at hand; what was typed is not replaced.
                if let Some(key) = held.get_untracked(me.org.map(|org| org.id).as_ref()).filter(|_| keys[0].with_untracked(String::is_empty)) {
                    keys[0].set(key);
                }
                view! {
                    <Picker operations=operations.clone() chosen env />
                    {move || {
                        let operation = find(&operations, &chosen.get()).cloned();
                        operation.map(|operation| view! {
                            <Console
                                operation
                                env=env.get()
                                key=match env.get() {
                                    Environment::Sandbox => keys[0],
                                    Environment::Live => keys[1],
                                }
                                may_create
                            />
                        })
                    }}
                }
            },
        )}
    }
}

/// The operation named, or the first that only reads: a good first call.
fn find<'a>(operations: &'a [OperationView], id: &str) -> Option<&'a OperationView> {
    operations
        .iter()
        .find(|op| op.id == id)
        .or_else(|| operations.iter().find(|op| op.method == "GET" && !op.path.contains('{')))
        .or(operations.first())
}

#[component]
fn Picker(operations: Vec<OperationView>, chosen: Memo<String>, env: Memo<Environment>) -> impl IntoView {
    let navigate = use_navigate();
    let pick = move |ev: ev::Event| {
        let to = env_href(&format!("/dashboard/try?op={}", encode(&event_target_value(&ev))), env.get_untracked());
        navigate(&to, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let current = StoredValue::new(operations.clone());
    let current = Memo::new(move |_| current.with_value(|ops| find(ops, &chosen.get()).map(|op| op.id.clone()).unwrap_or_default()));
    let options = operations
        .into_iter()
        .map(|op| {
            let id = op.id.clone();
            let selected = move || current.with(|c| *c == id);
            view! { <option value=op.id selected=selected>{format!("{} {} · {}", op.method, op.path, op.summary)}</option> }
        })
        .collect_view();
    view! {
        <form class="mb-4" method="get" action="/dashboard/try">
            <label class="label block" for="op">"Operation"</label>
            <select class="select mt-1 max-w-2xl" id="op" name="op" on:change=pick>{options}</select>
            <input type="hidden" name="env" value=move || env.get().as_str() />
            <NoScript html="<button type='submit' class='btn mt-2'>Choose</button>" />
        </form>
    }
}
