//! The console: the form of one operation, sent from the browser, and the response.

mod body;
mod history;
mod inputs;
mod key;
mod request;

use std::time::Duration;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::body::BodyField;
use self::history::{History, Past};
use self::inputs::{Input, MockStatus};
pub use self::key::KeyField;
use self::request::{Extras, build};
use super::call::{CallResponse, ResponseView};
use super::form_state::use_scripted;
use crate::actions::docs::print_call;
use crate::browser::http::{self, Aborter};
use crate::types::docs::{Draft, DraftInput, PrintedCall, SampleView};
use crate::types::environment::Environment;

/// The pause after the last change before samples are rendered again.
const DEBOUNCE: Duration = Duration::from_millis(400);

/// The outcome of the last call.
#[derive(Clone)]
enum Outcome {
    None,
    Sending,
    Answered(CallResponse),
    Failed(String),
}

/// The form of an operation; created again for another operation.
#[derive(Clone)]
struct Form {
    draft: StoredValue<Draft>,
    inputs: StoredValue<Vec<(DraftInput, RwSignal<String>)>>,
    extras: RwSignal<Extras>,
}

impl Form {
    fn new(draft: Draft) -> Self {
        // An optional parameter with its example value would change the call unexpectedly.
        let inputs = draft.inputs.iter().map(|input| {
            (
                input.clone(),
                RwSignal::new(if input.is_required {
                    input.example.clone()
                } else {
                    String::new()
                }),
            )
        });
        let body = draft.body.as_ref();
        let extras = Extras {
            content_type: body
                .and_then(|body| body.content_types.first().cloned())
                .unwrap_or_default(),
            body: body.map(|body| body.sample.clone()).unwrap_or_default(),
            ..Extras::default()
        };
        Self {
            inputs: StoredValue::new(inputs.collect()),
            extras: RwSignal::new(extras),
            draft: StoredValue::new(draft),
        }
    }

    fn values(&self) -> Vec<String> {
        self.inputs.with_value(|inputs| inputs.iter().map(|(_, value)| value.get()).collect())
    }

    /// The current call, without a key.
    fn call(&self) -> super::call::Call {
        self.draft.with_value(|draft| build(draft, &self.values(), &self.extras.get()))
    }

    fn fill_in(&self, past: &Past) {
        self.inputs.with_value(|inputs| {
            inputs
                .iter()
                .zip(&past.values)
                .for_each(|((_, signal), value)| signal.set(value.clone()))
        });
        self.extras.update(|extras| {
            extras.body = past.body.clone();
            if !past.content_type.is_empty() {
                extras.content_type = past.content_type.clone();
            }
        });
    }
}

/// `samples` follow the form. `key` is sent with the call.
#[component]
pub fn Console(
    draft: Draft,
    env: Environment,
    key: RwSignal<String>,
    samples: RwSignal<Vec<SampleView>>,
    children: Children,
) -> impl IntoView {
    let scripted = use_scripted();
    let id = format!("{}/{}", draft.product, draft.operation);
    let statuses = draft.mock_statuses.clone();
    let body = draft.body.clone();
    let form = Form::new(draft);
    let history = History::load(id);

    let outcome = RwSignal::new(Outcome::None);
    // Numbers the calls: a response to an earlier one is dropped.
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
        let form = form.clone();
        move |ev: SubmitEvent| {
            ev.prevent_default();
            cancel();
            let (mut call, mut past) =
                untrack(|| (form.call(), Past::of(&form.values(), &form.extras.get())));
            let key = key.get_untracked().trim().to_owned();
            if !key.is_empty() {
                call.headers.insert(0, ("Authorization".to_owned(), format!("Bearer {key}")));
            }
            let mine = turn.get_value();
            let aborter = Aborter::new();
            running.set_value(Some(aborter.clone()));
            outcome.set(Outcome::Sending);
            spawn_local(async move {
                let result = http::send(&call, &aborter).await;
                if turn.try_get_value() == Some(mine) {
                    if let Ok(response) = &result {
                        past.status = response.status;
                        history.keep(past);
                    }
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
    follow(&form, samples);

    let inputs = form.inputs.with_value(|inputs| {
        inputs.iter().enumerate().map(|(place, (input, value))| view! { <Input place input=input.clone() value=*value /> }).collect_view()
    });
    let extras = form.extras;
    let again = Callback::new({
        let form = form.clone();
        move |past: Past| form.fill_in(&past)
    });
    view! {
        <div class="console">
            <form class="card min-w-0" on:submit=send aria-label="Call">
                {children()}
                {inputs}
                {body.map(|body| view! { <BodyField body extras /> })}
                {(!statuses.is_empty() && env == Environment::Sandbox).then(|| view! { <MockStatus statuses extras /> })}
                <div class="field">
                    <label class="check">
                        <input
                            type="checkbox"
                            aria-describedby="dry-run-hint"
                            prop:checked=move || extras.with(|extras| extras.is_dry_run)
                            on:change=move |ev| extras.update(|extras| extras.is_dry_run = event_target_checked(&ev))
                        />
                        "Dry run"
                    </label>
                    <p class="hint" id="dry-run-hint">"Shows the outcome without carrying out the call: nothing is counted or taken from your limits."</p>
                </div>
                <div class="form-actions">
                    <button type="submit" class="btn btn-primary" disabled=move || !scripted.get()>"Send"</button>
                    <button type="button" class="btn" on:click=stop class:invisible=move || !sending()>"Cancel"</button>
                </div>
            </form>
            <div class="stack min-w-0 gap-4">
                <section class="card min-w-0" aria-labelledby="answer">
                    <h2 id="answer" class="mb-3">"Response"</h2>
                    <div aria-live="polite" aria-busy=move || if sending() { "true" } else { "false" }>
                        {move || match outcome.get() {
                            Outcome::None => view! { <p class="text-muted">"Nothing sent yet."</p> }.into_any(),
                            Outcome::Sending => view! { <p class="text-muted">"Sending…"</p> }.into_any(),
                            Outcome::Answered(response) => view! { <ResponseView response environment=env /> }.into_any(),
                            Outcome::Failed(message) => view! { <p class="alert alert-danger">{message}</p> }.into_any(),
                        }}
                    </div>
                </section>
                {history.view(again)}
            </div>
        </div>
    }
}

/// Renders the samples again after the last change of the form.
fn follow(form: &Form, samples: RwSignal<Vec<SampleView>>) {
    let turn = StoredValue::new(0u32);
    let form = form.clone();
    Effect::new(move |before: Option<PrintedCall>| {
        let call = form.call();
        let call = PrintedCall {
            method: call.method,
            url: call.url,
            headers: call.headers,
            body: call.body,
        };
        // Unchanged since the page was rendered.
        if before.is_none() || before.as_ref() == Some(&call) {
            return call;
        }
        turn.update_value(|turn| *turn += 1);
        let mine = turn.get_value();
        let wanted = call.clone();
        set_timeout(
            move || {
                if turn.try_get_value() != Some(mine) {
                    return;
                }
                spawn_local(async move {
                    if let Ok(printed) = print_call(wanted).await
                        && turn.try_get_value() == Some(mine)
                    {
                        samples.try_set(printed);
                    }
                });
            },
            DEBOUNCE,
        );
        call
    });
}
