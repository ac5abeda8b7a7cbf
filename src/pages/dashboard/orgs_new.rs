//! Another organisation.

use leptos::prelude::*;

use crate::actions::orgs::CreateOrg;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::{error_of, succeeded};
use crate::components::page_head::PageHead;
use crate::components::session::use_session;
use crate::components::submit::Submit;

/// Creates an organisation and goes to its dashboard.
#[component]
pub fn NewOrgPage() -> impl IntoView {
    let session = use_session();
    let create = ServerAction::<CreateOrg>::new();
    let error = error_of(create);
    let created = succeeded(create);
    // The server redirects to the new organisation's dashboard; the frame around it stays, and has
    // to learn whose it is now.
    Effect::new(move |_| {
        if created.get() {
            session.refetch();
        }
    });
    view! {
        <PageHead title="New organisation" lead="You become its owner. Keys, logs and members of your other organisations stay where they are." />
        <div class="card page-narrow">
            <ActionForm action=create>
                <FormAlert error />
                <TextField name="name" label="Organisation name" autocomplete="organization" maxlength=80 autofocus=true error />
                <div class="form-actions">
                    <Submit label="Create organisation" pending=create.pending() />
                    <a class="btn" href="/dashboard">"Cancel"</a>
                </div>
            </ActionForm>
        </div>
    }
}
