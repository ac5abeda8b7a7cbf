//! Rotating an endpoint's secret: asks for the overlap, then shows the new secret once.

use leptos::ev::SubmitEvent;
use leptos::form::FromFormData;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use super::endpoint::NotFound;
use super::endpoint_href;
use crate::actions::webhooks::{RotateEndpointSecret, get_endpoint};
use crate::components::environment::use_env;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, sent_values};
use crate::components::loaded::loaded;
use crate::components::one_time::OneTime;
use crate::components::page_head::PageHead;
use crate::components::secret_dialog::{NewSecret, SecretDialog};
use crate::components::session::PageForRole;
use crate::components::submit::Submit;
use crate::types::code::Code;
use crate::types::role::Role;
use crate::types::webhook::Endpoint;

/// Hours of the overlap and their labels.
const OVERLAPS: [(u32, &str); 5] = [
    (24, "In 24 hours"),
    (0, "Immediately"),
    (1, "In 1 hour"),
    (72, "In 3 days"),
    (168, "In 7 days"),
];

/// The form, then the secret in its dialog, then the endpoint's page.
#[component]
pub fn RotatePage() -> impl IntoView {
    let (env, params) = (use_env(), use_params_map());
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    // Not found is a result with its own text, not an error.
    let endpoint = Resource::new(
        move || (env.get(), id.get()),
        |(env, id)| async move {
            match get_endpoint(env, id).await {
                Ok(found) => Ok(Some(found.endpoint)),
                Err(error) if error.code == Code::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        },
    );
    loaded(
        move || async move { endpoint.await },
        move || endpoint.refetch(),
        move |found| {
            match found {
            Some(endpoint) => {
                view! { <PageForRole can=Role::can_manage_keys><Rotate endpoint=endpoint.clone() /></PageForRole> }.into_any()
            }
            None => view! { <NotFound /> }.into_any(),
        }
        },
    )
}

#[component]
fn Rotate(endpoint: Endpoint) -> impl IntoView {
    let (id, env) = (endpoint.id, endpoint.environment);
    let navigate = use_navigate();
    let rotate = ServerAction::<RotateEndpointSecret>::new();
    let error = error_of(rotate);
    let secret = RwSignal::new(None::<NewSecret>);
    Effect::new(move |_| {
        if let Some(Ok(created)) = rotate.value().get() {
            secret.set(Some(created.into()));
        }
    });
    let href = endpoint_href(&id, env);
    let back = href.clone();
    let on_stored = Callback::new(move |()| navigate(&href, Default::default()));
    // Without scripts, the form is sent to a separate page that shows the secret.
    let submit = move |ev: SubmitEvent| {
        if let Ok(wanted) = RotateEndpointSecret::from_event(&ev) {
            ev.prevent_default();
            rotate.dispatch(wanted);
        }
    };
    let sent = sent_values(error).unwrap_or_default().text("overlap_hours");
    let choices = OVERLAPS
        .map(|(hours, label)| {
            let hours = hours.to_string();
            view! { <option value=hours.clone() selected=hours == sent>{label}</option> }
        })
        .collect_view();
    view! {
        <p class="mb-2"><a class="link break-all" href=back.clone()>{endpoint.url}</a></p>
        <PageHead
            title="Rotate the signing secret"
            lead="Deliveries carry the signatures of both secrets until the old one expires, so you can switch without losing deliveries."
        />
        <div class="card page-narrow">
            <form method="post" action=format!("/dashboard/webhooks/{id}/rotate") on:submit=submit>
                <FormAlert error />
                <OneTime />
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="environment" value=env.as_str() />
                <div class="field">
                    <label class="label" for="overlap">"The old secret ends"</label>
                    <select class="select" id="overlap" name="overlap_hours">{choices}</select>
                    <p class="hint">"If an earlier secret is still valid, it expires now."</p>
                </div>
                <div class="form-actions">
                    <Submit label="Rotate secret" pending=rotate.pending() />
                    <a class="btn" href=back>"Cancel"</a>
                </div>
            </form>
        </div>
        <SecretDialog secret on_stored />
    }
}
