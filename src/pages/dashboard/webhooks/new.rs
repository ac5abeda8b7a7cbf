//! Adding an endpoint.

use leptos::ev::SubmitEvent;
use leptos::form::FromFormData;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::endpoint_href;
use super::fields::{EndpointFields, Values};
use crate::actions::webhooks::CreateEndpoint;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::FormAlert;
use crate::components::form_state::error_of;
use crate::components::one_time::OneTime;
use crate::components::page_head::PageHead;
use crate::components::secret_dialog::{NewSecret, SecretDialog};
use crate::components::session::PageForRole;
use crate::components::submit::Submit;
use crate::types::role::Role;

#[component]
pub fn NewWebhookPage() -> impl IntoView {
    view! { <PageForRole can=Role::can_manage_keys><NewEndpoint /></PageForRole> }
}

/// The form, then the secret in its dialog, then the endpoint's page.
#[component]
fn NewEndpoint() -> impl IntoView {
    let env = use_env();
    let navigate = use_navigate();
    let create = ServerAction::<CreateEndpoint>::new();
    let error = error_of(create);
    let secret = RwSignal::new(None::<NewSecret>);
    let next = StoredValue::new(String::new());
    Effect::new(move |_| {
        if let Some(Ok(created)) = create.value().get() {
            next.set_value(endpoint_href(&created.endpoint.id, created.endpoint.environment));
            secret.set(Some(created.into()));
        }
    });
    let on_stored = Callback::new(move |()| navigate(&next.get_value(), Default::default()));
    // Without scripts, the form is sent to a separate page that shows the secret.
    let submit = move |ev: SubmitEvent| {
        if let Ok(new) = CreateEndpoint::from_event(&ev) {
            ev.prevent_default();
            create.dispatch(new);
        }
    };
    view! {
        <PageHead title="Add endpoint" lead="Its signing secret is shown once, right after you add it." />
        <div class="card page-narrow">
            <form method="post" action="/dashboard/webhooks/new" on:submit=submit>
                <FormAlert error />
                <OneTime />
                <input type="hidden" name="environment" value=move || env.get().as_str() />
                <EndpointFields values=Values::default() error />
                <div class="form-actions">
                    <Submit label="Add endpoint" pending=create.pending() />
                    <a class="btn" href=move || env_href("/dashboard/webhooks", env.get())>"Cancel"</a>
                </div>
            </form>
        </div>
        <SecretDialog secret on_stored />
    }
}
