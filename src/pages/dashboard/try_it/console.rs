//! The form of one operation, and the answer to it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::request::build;
use crate::browser::http::{self, Aborter};
use crate::components::badge::Method;
use crate::components::call::{Answer, AnswerView};
use crate::components::code_block::CodeBlock;
use crate::components::curl::{curl, mask};
use crate::components::environment::env_href;
use crate::components::form_state::use_scripted;
use crate::components::marked::marked;
use crate::components::origin::use_origin;
use crate::types::environment::Environment;
use crate::types::operation::{OperationView, ParameterView};

/// What the last call came to.
#[derive(Clone)]
enum Outcome {
    None,
    Sending,
    Answered(Answer),
    Failed(String),
}

/// Drawn anew for another operation or environment.
#[component]
pub fn Console(operation: OperationView, env: Environment, key: RwSignal<String>, may_create: bool) -> impl IntoView {
    let scripted = use_scripted();
    // An optional parameter left at its example would change the call in ways nobody asked for.
    let fields: Vec<(ParameterView, RwSignal<String>)> = operation
        .parameters
        .iter()
        .map(|p| (p.clone(), RwSignal::new(if p.required { p.example.clone() } else { String::new() })))
        .collect();
    let body = RwSignal::new(operation.example_body.clone().unwrap_or_default());
    let is_dry_run = RwSignal::new(false);
    let values: Vec<_> = fields.iter().map(|(_, value)| *value).collect();
    let spec = StoredValue::new(operation.clone());
    let call_with = move |key: &str| {
        let values: Vec<String> = values.iter().map(|v| v.get()).collect();
        spec.with_value(|operation| build(operation, &values, Some(&body.get()), key, is_dry_run.get()))
    };

    let outcome = RwSignal::new(Outcome::None);
    // Numbers the calls: an answer to any but the last is stale and dropped.
    let turn = StoredValue::new(0u32);
    let running = StoredValue::new(None::<Aborter>);
    let cancel = move || {
        turn.update_value(|t| *t += 1);
        running.update_value(|r| {
            if let Some(aborter) = r.take() {
                aborter.abort();
            }
        });
    };
    let send = {
        let call_with = call_with.clone();
        move |ev: SubmitEvent| {
            ev.prevent_default();
            cancel();
            let call = untrack(|| call_with(key.get().trim()));
            let mine = turn.get_value();
            let aborter = Aborter::new();
            running.set_value(Some(aborter.clone()));
            outcome.set(Outcome::Sending);
            spawn_local(async move {
                let result = http::send(&call, &aborter).await;
                if turn.try_get_value() == Some(mine) {
                    outcome.try_set(result.map_or_else(Outcome::Failed, Outcome::Answered));
                }
            });
        }
    };
    let stop = move |_| {
        cancel();
        outcome.set(Outcome::None);
    };
    let sending = move || outcome.with(|o| matches!(o, Outcome::Sending));

    let origin = StoredValue::new(use_origin());
    let shown = {
        let call_with = call_with.clone();
        Signal::derive(move || origin.with_value(|origin| curl(origin, &call_with(&mask(key.get().trim())))))
    };
    let copied = Signal::derive(move || origin.with_value(|origin| curl(origin, &call_with(key.get().trim()))));

    let parameters = fields.into_iter().map(|(parameter, value)| view! { <Parameter parameter value /> }).collect_view();
    view! {
        <div class="grid items-start gap-4 xl:grid-cols-2">
            <form class="card min-w-0" on:submit=send aria-labelledby="operation">
                <h2 id="operation" class="row"><Method name=operation.method /> <code class="break-all">{operation.path}</code></h2>
                <p class="mt-1 mb-4 text-muted">{operation.summary} ". Needs the scope " <code>{operation.scope}</code> "."</p>
                <KeyField key env may_create />
                {parameters}
                {operation.example_body
                    .map(|example| {
                        view! {
                            <div class="field">
                                <label class="label" for="body">"Body (JSON)"</label>
                                <textarea
                                    class="textarea mono"
                                    id="body"
                                    rows="9"
                                    spellcheck="false"
                                    prop:value=move || body.get()
                                    on:input=move |ev| body.set(event_target_value(&ev))
                                >
                                    {example}
                                </textarea>
                            </div>
                        }
                    })}
                <div class="field">
                    <label class="check">
                        <input
                            type="checkbox"
                            id="dry-run"
                            aria-describedby="dry-run-hint"
                            prop:checked=move || is_dry_run.get()
                            on:change=move |ev| is_dry_run.set(event_target_checked(&ev))
                        />
                        "Dry run"
                    </label>
                    <p class="hint" id="dry-run-hint">"Tells what the call would come to: nothing is done, counted or taken from your limits."</p>
                </div>
                <div class="form-actions">
                    <button type="submit" class="btn btn-primary" disabled=move || !scripted.get()>"Send"</button>
                    <button type="button" class="btn" on:click=stop class:invisible=move || !sending()>"Cancel"</button>
                </div>
            </form>
            <div class="stack min-w-0 gap-4">
                <section class="card min-w-0" aria-labelledby="answer">
                    <h2 id="answer" class="mb-3">"Answer"</h2>
                    <div aria-live="polite" aria-busy=move || if sending() { "true" } else { "false" }>
                        {move || match outcome.get() {
                            Outcome::None => view! { <p class="text-muted">"Nothing sent yet."</p> }.into_any(),
                            Outcome::Sending => view! { <p class="text-muted">"Sending…"</p> }.into_any(),
                            Outcome::Answered(answer) => view! { <AnswerView answer environment=env /> }.into_any(),
                            Outcome::Failed(message) => view! { <p class="alert alert-danger">{message}</p> }.into_any(),
                        }}
                    </div>
                </section>
                <section class="card min-w-0" aria-labelledby="as-curl">
                    <h2 id="as-curl" class="mb-3">"The same with curl"</h2>
                    <CodeBlock label="curl" code=shown copies=copied />
                    <p class="hint mt-2">"Copying puts in the whole key."</p>
                </section>
            </div>
        </div>
    }
}

#[component]
fn KeyField(key: RwSignal<String>, env: Environment, may_create: bool) -> impl IntoView {
    let visible = RwSignal::new(false);
    view! {
        <div class="field">
            <label class="label" for="key">"Key"</label>
            <div class="flex gap-2">
                <input
                    class="input mono"
                    id="key"
                    type=move || if visible.get() { "text" } else { "password" }
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=format!("tg_{env}_…")
                    aria-describedby="key-hint"
                    prop:value=move || key.get()
                    on:input=move |ev| key.set(event_target_value(&ev))
                />
                <button type="button" class="btn" aria-pressed=move || if visible.get() { "true" } else { "false" } on:click=move |_| visible.update(|v| *v = !*v)>
                    "Show"
                </button>
            </div>
            <p class="hint" id="key-hint">
                "Stays in this page's memory; it is sent with the call and stored nowhere."
                {may_create.then(|| view! { " " <a class="link" href=env_href("/dashboard/keys/new", env)>"Create a key"</a> })}
            </p>
        </div>
    }
}

#[component]
fn Parameter(parameter: ParameterView, value: RwSignal<String>) -> impl IntoView {
    let id = format!("p-{}", parameter.name);
    let hint_id = format!("{id}-hint");
    let initial = value.get_untracked();
    let example = (!parameter.example.is_empty()).then(|| format!("e.g. {}", parameter.example));
    view! {
        <div class="field">
            <label class="label" for=id.clone()>
                <code>{parameter.name}</code>
                {parameter.required.then_some(" (required)")}
            </label>
            <input
                class="input mono"
                id=id
                type="text"
                autocomplete="off"
                spellcheck="false"
                value=initial
                required=parameter.required
                placeholder=example
                aria-describedby=hint_id.clone()
                prop:value=move || value.get()
                on:input=move |ev| value.set(event_target_value(&ev))
            />
            <p class="hint" id=hint_id>{marked(&parameter.description)}</p>
        </div>
    }
}
