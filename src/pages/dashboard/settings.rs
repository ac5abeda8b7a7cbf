//! One's own profile, password and sessions, and the organisation's name.

mod sessions;

use leptos::prelude::*;

use self::sessions::Sessions;
use crate::actions::orgs::RenameOrg;
use crate::actions::settings::{ChangePassword, UpdateProfile};
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::{error_of, succeeded};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::session::use_session;
use crate::components::submit::{Done, Submit};

/// One card for each thing that can be changed.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let session = use_session();
    let profile = ServerAction::<UpdateProfile>::new();
    let password = ServerAction::<ChangePassword>::new();
    let rename = ServerAction::<RenameOrg>::new();
    // Names show in the frame, too.
    let renamed = Signal::derive(move || succeeded(profile).get() || succeeded(rename).get());
    Effect::new(move |_| {
        if renamed.get() {
            session.refetch();
        }
    });
    view! {
        <PageHead title="Settings" />
        <div class="stack gap-4">
            {loaded(
                move || async move { session.me().await },
                move || session.refetch(),
                move |me| {
                    let org = me.org.filter(|org| org.role.can_manage_team());
                    view! {
                        <div class="stack gap-4">
                            <ProfileCard action=profile name=me.name email=me.email />
                            {org.map(|org| view! { <OrgCard action=rename name=org.name /> })}
                        </div>
                    }
                },
            )}
            <PasswordCard action=password />
            <Sessions password />
        </div>
    }
}

#[component]
fn ProfileCard(action: ServerAction<UpdateProfile>, name: String, email: String) -> impl IntoView {
    let error = error_of(action);
    view! {
        <section class="card" aria-labelledby="profile">
            <h2 id="profile" class="mb-3">"Profile"</h2>
            <ActionForm action=action>
                <FormAlert error />
                <TextField name="name" label="Your name" autocomplete="name" maxlength=80 value=name error />
                <p class="hint">"E-mail: " {email}</p>
                <div class="form-actions">
                    <Submit label="Save name" pending=action.pending() />
                    <Done when=succeeded(action) text="Saved." />
                </div>
            </ActionForm>
        </section>
    }
}

#[component]
fn OrgCard(action: ServerAction<RenameOrg>, name: String) -> impl IntoView {
    let error = error_of(action);
    view! {
        <section class="card" aria-labelledby="organisation">
            <h2 id="organisation" class="mb-3">"Organisation"</h2>
            <ActionForm action=action>
                <FormAlert error />
                <TextField id="org-name" name="name" label="Organisation name" autocomplete="organization" maxlength=80 value=name error />
                <div class="form-actions">
                    <Submit label="Rename" pending=action.pending() />
                    <Done when=succeeded(action) text="Renamed." />
                </div>
            </ActionForm>
        </section>
    }
}

#[component]
fn PasswordCard(action: ServerAction<ChangePassword>) -> impl IntoView {
    let error = error_of(action);
    view! {
        <section class="card" aria-labelledby="password">
            <h2 id="password" class="mb-3">"Password"</h2>
            <ActionForm action=action>
                <FormAlert error />
                <TextField name="current" label="Current password" kind="password" autocomplete="current-password" error />
                <TextField
                    name="new"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    minlength=12
                    maxlength=200
                    hint="At least 12 characters. All your other sessions end."
                    error
                />
                <div class="form-actions">
                    <Submit label="Change password" pending=action.pending() />
                    <Done when=succeeded(action) text="Changed." />
                </div>
            </ActionForm>
        </section>
    }
}
