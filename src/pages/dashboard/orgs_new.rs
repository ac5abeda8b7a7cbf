//! Creating another organisation.

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
    // The server redirects to the new organisation's dashboard; the frame around it stays, and must
    // load the new organisation.
    Effect::new(move |_| {
        if created.get() {
            session.refetch();
        }
    });
    view! {
        <PageHead title="New organisation" lead="You become its owner. Your other organisations keep their keys, logs and members." />
        <div class="card page-narrow">
            <ActionForm action=create>
                <FormAlert error />
                <p class="text-muted mb-4">
                    "Free units count once per owner: your first organisation has them. This one works in the sandbox immediately, and needs a paid plan for live calls."
                </p>
                <TextField name="name" label="Organisation name" autocomplete="organization" maxlength=80 autofocus=true error />
                <div class="form-actions">
                    <Submit label="Create organisation" pending=create.pending() />
                    <a class="btn" href="/dashboard">"Cancel"</a>
                </div>
            </ActionForm>
        </div>
    }
}
