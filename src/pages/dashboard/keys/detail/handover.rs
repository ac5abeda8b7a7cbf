//! The end of a rotated key: its remaining callers, and whether it can be retired.

use leptos::prelude::*;

use crate::actions::keys::RevokeKey;
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::form_state::use_scripted;
use crate::components::format::{count, plural};
use crate::components::table::Table;
use crate::components::time::Time;
use crate::types::key::KeyView;
use crate::types::key_use::{Caller, Handover};

/// With a button to retire the key immediately.
#[component]
pub fn HandoverCard(
    key_view: KeyView,
    handover: Handover,
    may_manage: bool,
    revoke: ServerAction<RevokeKey>,
) -> impl IntoView {
    let key = key_view;
    let is_safe = handover.is_safe;
    let scripted = use_scripted();
    let open = RwSignal::new(false);
    // Retiring a key that is in use requires typing its name.
    let expect = if is_safe { String::new() } else { key.name.clone() };
    let retiring = key.id.clone();
    let on_confirm = Callback::new(move |()| {
        revoke.dispatch(RevokeKey { id: retiring.clone() });
    });
    let end = key.retires_at.map(|at| {
        let words = if key.state.is_over() {
            "The old key stopped working on "
        } else {
            "The old key works until "
        };
        view! { <p>{words} <Time at long=true /> "."</p> }
    });
    view! {
        <section class="card" aria-labelledby="handover">
            <div class="mb-3 flex flex-wrap items-center justify-between gap-3">
                <h2 id="handover">"Rotation"</h2>
                {may_manage
                    .then(|| {
                        view! {
                            <button type="button" class="btn btn-sm" disabled=move || !scripted.get() on:click=move |_| open.set(true)>"Retire now"</button>
                        }
                    })}
            </div>
            <div class="stack">
                {end}
                <Verdict handover=handover.clone() />
                <Callers callers=handover.callers.data is_complete=handover.callers.is_complete />
            </div>
            <ConfirmDialog id="retire-key" open title="Retire the old key?" expect label="Retire key" on_confirm>
                <p>"Every call with the old key is refused immediately. This cannot be undone."</p>
                <p>{if is_safe { "It was not used for 24 hours." } else { "It was used, or rotated, less than 24 hours ago." }}</p>
            </ConfirmDialog>
        </section>
    }
}

/// Whether retiring is safe, as a sentence.
#[component]
fn Verdict(handover: Handover) -> impl IntoView {
    let hours = plural(handover.quiet_hours, "hour", "hours");
    let (class, text) = match (handover.is_safe, handover.last_call) {
        (true, _) => ("alert alert-ok", format!("No call with the old key for {hours}: it is safe to retire.")),
        (false, None) => {
            ("alert", "No call with the old key since the rotation began. It is safe to retire after 24 hours without one.".to_owned())
        }
        (false, Some(at)) => {
            ("alert alert-warn", format!("The old key is still in use, last on {}. Move its callers to the new key first.", at.long()))
        }
    };
    view! { <p class=class role="status">{text}</p> }
}

#[component]
fn Callers(callers: Vec<Caller>, is_complete: bool) -> impl IntoView {
    if callers.is_empty() {
        return ().into_any();
    }
    let rows = callers
        .into_iter()
        .map(|caller| {
            let agent = if caller.user_agent.is_empty() { "–".to_owned() } else { caller.user_agent };
            view! {
                <tr>
                    <th scope="row"><code>{caller.source_ip}</code></th>
                    <td><span class="inline-block max-w-64 truncate align-middle" title=agent.clone()>{agent.clone()}</span></td>
                    <td data-label="Last call"><Time at=caller.last_call /></td>
                    <td class="num" data-label="Calls">{count(caller.calls)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table stacks=true label="Callers with the old key" caption="Callers with the old key since the rotation, latest first">
            <thead>
                <tr>
                    <th scope="col">"Source IP"</th>
                    <th scope="col">"User agent"</th>
                    <th scope="col">"Last call"</th>
                    <th scope="col" class="num">"Calls"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        {(!is_complete).then(|| view! { <p class="hint">"Only the latest calls are counted here. There were more."</p> })}
    }
    .into_any()
}
