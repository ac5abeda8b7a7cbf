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

/// One group per kind of setting.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let session = use_session();
    let profile = ServerAction::<UpdateProfile>::new();
    let password = ServerAction::<ChangePassword>::new();
    let rename = ServerAction::<RenameOrg>::new();
    // Names are shown in the frame, too.
    let renamed = Signal::derive(move || succeeded(profile).get() || succeeded(rename).get());
    Effect::new(move |_| {
        if renamed.get() {
            session.refetch();
        }
    });
    view! {
        <PageHead title="Settings" />
        <div>
            {loaded(
                move || async move { session.me().await },
                move || session.refetch(),
                move |me| {
                    let org = me.org.filter(|org| org.role.can_manage_team());
                    view! {
                        <ProfileCard action=profile name=me.name email=me.email verified=me.email_verified />
                        {org.map(|org| view! { <OrgCard action=rename name=org.name /> })}
                    }
                },
            )}
            <PasswordCard action=password />
            <Sessions password />
        </div>
    }
}

/// A setting: its name beside its form.
#[component]
fn Group(
    id: &'static str,
    title: &'static str,
    about: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="settings" aria-labelledby=id>
            <div>
                <h2 id=id>{title}</h2>
                <p class="mt-1 text-muted">{about}</p>
            </div>
            <div class="card min-w-0">{children()}</div>
        </section>
    }
}

#[component]
fn ProfileCard(
    action: ServerAction<UpdateProfile>,
    name: String,
    email: String,
    verified: bool,
) -> impl IntoView {
    let error = error_of(action);
    let badge = if verified {
        view! { <span class="badge badge-ok">"verified"</span> }
    } else {
        view! { <span class="badge badge-warn">"not verified"</span> }
    };
    view! {
        <Group id="profile" title="Profile" about="Your team sees your name, and the audit log shows it.">
            <ActionForm action=action>
                <FormAlert error />
                <TextField name="name" label="Your name" autocomplete="name" maxlength=80 value=name error />
                <p class="row"><span class="label">"E-mail"</span> <span class="break-all">{email}</span> {badge}</p>
                <div class="form-actions">
                    <Submit label="Save name" pending=action.pending() />
                    <Done when=succeeded(action) text="Saved." />
                </div>
            </ActionForm>
        </Group>
    }
}

#[component]
fn OrgCard(action: ServerAction<RenameOrg>, name: String) -> impl IntoView {
    let error = error_of(action);
    view! {
        <Group id="organisation" title="Organisation" about="Keys, calls and members belong to the organisation. People you invite see its name.">
            <ActionForm action=action>
                <FormAlert error />
                <TextField id="org-name" name="name" label="Organisation name" autocomplete="organization" maxlength=80 value=name error />
                <div class="form-actions">
                    <Submit label="Rename" pending=action.pending() />
                    <Done when=succeeded(action) text="Renamed." />
                </div>
            </ActionForm>
        </Group>
    }
}

#[component]
fn PasswordCard(action: ServerAction<ChangePassword>) -> impl IntoView {
    let error = error_of(action);
    view! {
        <Group id="password" title="Password" about="With a new password, all your other sessions end.">
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
                    hint="At least 12 characters. A few words you can remember are best."
                    error
                />
                <div class="form-actions">
                    <Submit label="Change password" pending=action.pending() />
                    <Done when=succeeded(action) text="Changed." />
                </div>
            </ActionForm>
        </Group>
    }
}
