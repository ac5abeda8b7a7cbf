//! The top of an endpoint's page: its facts, state and buttons.

use leptos::prelude::*;
use leptos_meta::Title;

use super::Actions;
use crate::components::badge::{EndpointStateBadge, EnvBadge};
use crate::components::confirm_menu::ConfirmMenu;
use crate::components::environment::env_href;
use crate::components::form_state::use_scripted;
use crate::components::time::{MaybeTime, Time};
use crate::pages::dashboard::webhooks::success_text;
use crate::types::webhook::{Endpoint, EndpointHealth, EndpointState};

#[component]
pub fn Head(found: EndpointHealth, may_manage: bool, actions: Actions) -> impl IntoView {
    let EndpointHealth { endpoint, health } = found;
    let disabled = endpoint.disabled_reason.map(|reason| {
        view! { <p class="alert alert-warn mb-4">"Nothing is delivered to this endpoint: " {reason.about()} ". Pending deliveries resume when it is enabled."</p> }
    });
    let previous = endpoint.previous_secret_until.map(|until| {
        view! { <dt>"Previous secret"</dt> <dd>"also signs until " <Time at=until long=true /></dd> }
    });
    let environment = endpoint.environment;
    view! {
        <Title text="Webhook endpoint" />
        <div class="page-head">
            <div class="min-w-0">
                <h1 class="min-w-0 break-all">{endpoint.url.clone()}</h1>
                <p class="row mt-1"><EndpointStateBadge state=endpoint.state is_failing=endpoint.failing_since.is_some() /> <EnvBadge environment /> <code>{endpoint.id.to_string()}</code></p>
                <p class="text-muted">{endpoint.description.clone()}</p>
            </div>
            {may_manage.then(|| view! { <Buttons endpoint=endpoint.clone() actions /> })}
        </div>
        {disabled}
        <section class="card" aria-labelledby="health">
            <h2 id="health" class="mb-3">"Health"</h2>
            <dl class="details">
                <dt>"Attempts that succeeded, 24 h"</dt>
                <dd>{success_text(health)}</dd>
                <dt>"Last success"</dt>
                <dd><MaybeTime at=endpoint.last_success_at or="never" /></dd>
                <dt>"Last failure"</dt>
                <dd><MaybeTime at=endpoint.last_failure_at or="never" /></dd>
                {endpoint.failing_since.map(|since| view! { <dt>"Failing since"</dt> <dd><Time at=since long=true /></dd> })}
                <dt>"Events"</dt>
                <dd><code>{endpoint.event_types.join(", ")}</code></dd>
                {previous}
            </dl>
        </section>
    }
}

#[component]
fn Buttons(endpoint: Endpoint, actions: Actions) -> impl IntoView {
    let scripted = use_scripted();
    let (id, env) = (endpoint.id.to_string(), endpoint.environment.as_str());
    let rotate_href = env_href(&format!("/dashboard/webhooks/{id}/rotate"), endpoint.environment);
    let to_delete = StoredValue::new(id.clone());
    let hidden = || view! { <input type="hidden" name="id" value=id.clone() /> <input type="hidden" name="environment" value=env /> };
    let (of_toggle, of_test) = (hidden(), hidden());
    let is_active = endpoint.state == EndpointState::Active;
    let toggle = if is_active {
        view! {
            <ConfirmMenu label="Disable">
                <p>"Nothing is delivered to this endpoint until you enable it again. Pending deliveries wait until then."</p>
                <ActionForm action=actions.disable>{of_toggle}<button type="submit" class="btn btn-danger">"Disable endpoint"</button></ActionForm>
            </ConfirmMenu>
        }
        .into_any()
    } else {
        view! { <ActionForm action=actions.enable>{of_toggle}<button type="submit" class="btn">"Enable"</button></ActionForm> }.into_any()
    };
    let test = is_active.then(|| {
        view! { <ActionForm action=actions.test>{of_test}<button type="submit" class="btn btn-primary">"Send test event"</button></ActionForm> }
    });
    view! {
        <div class="actions">
            {toggle}
            {move || {
                if scripted.get() {
                    view! { <button type="button" class="btn text-danger" on:click=move |_| actions.deleting.set(true)>"Delete"</button> }.into_any()
                } else {
                    let id = to_delete.get_value();
                    view! {
                        <ConfirmMenu label="Delete" class="btn text-danger">
                            <p>"Its deliveries are deleted, and pending deliveries are not sent. To pause deliveries, disable the endpoint instead."</p>
                            <ActionForm action=actions.delete>
                                <input type="hidden" name="id" value=id />
                                <input type="hidden" name="environment" value=env />
                                <button type="submit" class="btn btn-danger">"Delete endpoint"</button>
                            </ActionForm>
                        </ConfirmMenu>
                    }
                    .into_any()
                }
            }}
            <a class="btn" href=rotate_href>"Rotate secret"</a>
            {test}
        </div>
    }
}
