//! Delivering again: missed events since a time, or all events of a period.

use leptos::prelude::*;

use crate::actions::webhooks::{RecoverEndpoint, ReplayEndpoint};
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::format::plural;
use crate::components::submit::Submit;
use crate::types::delivery::Requeued;
use crate::types::environment::Environment;
use crate::types::id::EndpointId;

#[component]
pub fn AgainCard(
    id: EndpointId,
    environment: Environment,
    recover: ServerAction<RecoverEndpoint>,
    replay: ServerAction<ReplayEndpoint>,
) -> impl IntoView {
    let (recover_error, replay_error) = (error_of(recover), error_of(replay));
    let hidden = || {
        view! { <input type="hidden" name="id" value=id.to_string() /> <input type="hidden" name="environment" value=environment.as_str() /> }
    };
    let (of_recover, of_replay) = (hidden(), hidden());
    let recovered = move || recover.value().get().and_then(Result::ok).map(result_text);
    let replayed = move || replay.value().get().and_then(Result::ok).map(result_text);
    view! {
        <section class="card" aria-labelledby="again">
            <h2 id="again" class="mb-3">"Deliver again"</h2>
            <div class="grid gap-5 sm:grid-cols-2">
                <ActionForm action=recover>
                    <h3 class="mb-1">"Missed events"</h3>
                    <p class="hint mb-2">"Failed deliveries, and events that happened while the endpoint was disabled."</p>
                    <FormAlert error=recover_error />
                    {of_recover}
                    <TextField name="since" id="recover-since" label="Since (UTC)" kind="datetime-local" error=recover_error />
                    <div class="form-actions"><Submit label="Recover" class="btn" pending=recover.pending() /> <span role="status" class="self-center">{recovered}</span></div>
                </ActionForm>
                <ActionForm action=replay>
                    <h3 class="mb-1">"All events of a period"</h3>
                    <p class="hint mb-2">"Includes events that were already delivered, with the same webhook-id."</p>
                    <FormAlert error=replay_error />
                    {of_replay}
                    <TextField name="since" id="replay-since" label="From (UTC)" kind="datetime-local" error=replay_error />
                    <TextField name="until" id="replay-until" label="Until (UTC)" kind="datetime-local" error=replay_error />
                    <div class="form-actions"><Submit label="Replay" class="btn" pending=replay.pending() /> <span role="status" class="self-center">{replayed}</span></div>
                </ActionForm>
            </div>
        </section>
    }
}

fn result_text(requeued: Requeued) -> String {
    let count = plural(requeued.deliveries, "delivery", "deliveries");
    match requeued.next_since {
        None if requeued.deliveries == 0 => "There is nothing to deliver.".to_owned(),
        None => format!("{count} started."),
        Some(next) => format!("{count} started. There are more: continue from {next}."),
    }
}
