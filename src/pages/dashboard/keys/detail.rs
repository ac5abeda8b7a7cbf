//! One key: its settings, scopes, usage and actions.

mod facts;
mod handover;
mod last_calls;
mod rotate_dialog;
mod scopes;
mod settings;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use self::facts::Facts;
use self::handover::HandoverCard;
use self::last_calls::LastCalls;
use self::rotate_dialog::{RotateAsk, RotateDialog};
use self::scopes::ScopesCard;
use self::settings::SettingsCard;
use super::revoke_dialog::{RevokeConfirmation, RevokeDialog};
use crate::actions::error::UiError;
use crate::actions::keys::{
    DisableKey, EnableKey, NarrowKey, RevokeKey, Rotate, UpdateKey, get_key, load_handover,
    load_recent_calls, load_scope_use,
};
use crate::actions::logs::load_last_calls;
use crate::components::badge::{EnvBadge, KeyStateBadge};
use crate::components::confirm_menu::{ConfirmMenu, recent_calls};
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::error_alert::ErrorAlert;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, succeeded, successes, use_scripted};
use crate::components::loaded::loaded;
use crate::components::session::use_session;
use crate::components::status;
use crate::components::submit::Done;
use crate::types::code::Code;
use crate::types::key::{KeyState, KeyView};
use crate::types::key_use::{Handover, ScopeUse};
use crate::types::log::RequestLog;
use crate::types::money::Currency;

/// The actions on the displayed key.
#[derive(Clone, Copy)]
struct Actions {
    disable: ServerAction<DisableKey>,
    enable: ServerAction<EnableKey>,
    revoke: ServerAction<RevokeKey>,
    rotate: ServerAction<Rotate>,
    update: ServerAction<UpdateKey>,
    narrow: ServerAction<NarrowKey>,
    /// The key whose dialog is open.
    revoking: RwSignal<Option<KeyView>>,
    rotating: RwSignal<Option<KeyView>>,
    /// Whether the dialog with the secret of the rotated key was closed.
    is_stored: RwSignal<bool>,
}

/// The page of a key, by its id.
#[component]
pub fn KeyPage() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let actions = Actions {
        disable: ServerAction::new(),
        enable: ServerAction::new(),
        revoke: ServerAction::new(),
        rotate: ServerAction::new(),
        update: ServerAction::new(),
        narrow: ServerAction::new(),
        revoking: RwSignal::new(None),
        rotating: RwSignal::new(None),
        is_stored: RwSignal::new(false),
    };
    // A refused form keeps the entered values: only actions that changed the key reload it.
    let updated = successes(actions.update);
    let changes = move || {
        let Actions { disable, enable, revoke, rotate, narrow, .. } = actions;
        let versions = [
            disable.version(),
            enable.version(),
            revoke.version(),
            rotate.version(),
            narrow.version(),
        ];
        versions.iter().map(|version| version.get()).sum::<usize>() + updated.get()
    };
    // Not found is a result with its own text, not an error.
    let key = Resource::new(
        move || (id.get(), changes()),
        |(id, _)| async move {
            match get_key(id).await {
                Ok(key) => Ok(Some(key)),
                Err(error) if error.code == Code::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        },
    );
    let handover = Resource::new(move || (id.get(), changes()), |(id, _)| load_handover(id));
    let scope_use = Resource::new(move || (id.get(), changes()), |(id, _)| load_scope_use(id));
    let recent = Resource::new(move || id.get(), load_last_calls);
    view! {
        <p class="mb-2"><a class="link" href=move || env_href("/dashboard/keys", env.get())>"All keys"</a></p>
        <FormAlert error=error_of(actions.disable) />
        <FormAlert error=error_of(actions.enable) />
        <FormAlert error=error_of(actions.revoke) />
        <FormAlert error=error_of(actions.rotate) />
        <FormAlert error=error_of(actions.narrow) />
        {loaded(
            move || async move { Ok((session.me().await?, key.await?, handover.await, scope_use.await, recent.await)) },
            move || key.refetch(),
            move |(me, key, handover, scope_use, recent)| match key {
                Some(key) => {
                    let currency = me.currency;
                    let role = me.org.map(|org| org.role);
                    let may_manage = role.is_some_and(|role| role.can_manage_keys()) && !key.state.is_over();
                    view! { <Detail key_view=key currency handover scope_use recent may_manage actions /> }.into_any()
                }
                None => view! { <NotFound /> }.into_any(),
            },
        )}
        <RevokeDialog revoking=actions.revoking revoke=actions.revoke />
        <RotateDialog rotating=actions.rotating rotate=actions.rotate is_stored=actions.is_stored />
    }
}

#[component]
fn NotFound() -> impl IntoView {
    status::not_found();
    view! {
        <Title text="Key" />
        <h1>"Key"</h1>
        <Empty title="There is no such key" text="Check the id and the selected organisation." />
    }
}

#[component]
fn Detail(
    key_view: KeyView,
    currency: Currency,
    /// `None` for a key that is not rotated.
    handover: Result<Option<Handover>, UiError>,
    scope_use: Result<ScopeUse, UiError>,
    recent: Result<Vec<RequestLog>, UiError>,
    may_manage: bool,
    actions: Actions,
) -> impl IntoView {
    let key = key_view;
    let handover = match handover {
        Ok(found) => {
            found.map(|found| view! { <HandoverCard key_view=key.clone() handover=found may_manage revoke=actions.revoke /> }.into_any())
        }
        // Members who may not read logs do not see an empty section.
        Err(error) if error.code == Code::Forbidden => None,
        Err(error) => Some(view! { <ErrorAlert error /> }.into_any()),
    };
    let scopes = match scope_use {
        Ok(found) => {
            view! { <ScopesCard id=key.id.clone() found may_manage narrow=actions.narrow /> }
                .into_any()
        }
        Err(error) => view! { <ErrorAlert error /> }.into_any(),
    };
    let recent = match recent {
        Ok(logs) => Some(view! { <LastCalls key_view=key.clone() logs /> }.into_any()),
        // A role that may not read logs does not see the section.
        Err(error) if error.code == Code::Forbidden => None,
        Err(error) => Some(view! { <ErrorAlert error /> }.into_any()),
    };
    // These get the focus, because the button of the action is gone. The page may have gone on to
    // another key since.
    let (is_revoked, is_rotated) = (key.state == KeyState::Revoked, key.rotated_to.is_some());
    let revoked = succeeded(actions.revoke);
    let revoked = Signal::derive(move || is_revoked && revoked.get());
    let rotated = Signal::derive(move || is_rotated && actions.is_stored.get());
    view! {
        <Title text=key.name.clone() />
        <div class="page-head">
            <div>
                <h1 class="min-w-0 break-words">{key.name.clone()}</h1>
                <p class="row mt-1"><KeyStateBadge state=key.state /> <EnvBadge environment=key.environment /> <code>{key.prefix.clone()} "_…"</code></p>
                <p class="row"><Done when=rotated text="The key was rotated." /> <Done when=revoked text="The key was revoked." /></p>
            </div>
            {may_manage.then(|| view! { <Buttons key_view=key.clone() actions /> })}
        </div>
        <div class="stack">
            {handover}
            <Facts key_view=key.clone() currency />
            {scopes}
            {recent}
            {may_manage.then(|| view! { <SettingsCard key_view=key currency update=actions.update /> })}
        </div>
    }
}

/// The current usage of the key.
#[component]
fn RecentCalls(id: String) -> impl IntoView {
    let calls = Resource::new(move || id.clone(), load_recent_calls);
    view! {
        {loaded(
            move || async move { calls.await },
            move || calls.refetch(),
            |(calls, since)| view! { <p><strong>{recent_calls(calls, since)}</strong></p> },
        )}
    }
}

#[component]
fn Buttons(key_view: KeyView, actions: Actions) -> impl IntoView {
    let scripted = use_scripted();
    let id = key_view.id.to_string();
    let toggle = if key_view.state == KeyState::Disabled {
        view! { <ActionForm action=actions.enable><input type="hidden" name="id" value=id /><button type="submit" class="btn">"Enable"</button></ActionForm> }
            .into_any()
    } else {
        view! {
            <ConfirmMenu label="Disable">
                <p>"Until you enable it again, every call with this key is refused with 401."</p>
                <RecentCalls id=id.clone() />
                <ActionForm action=actions.disable>
                    <input type="hidden" name="id" value=id.clone() />
                    <button type="submit" class="btn btn-danger">"Disable key"</button>
                </ActionForm>
            </ConfirmMenu>
        }
        .into_any()
    };
    let (to_rotate, to_revoke) = (key_view.clone(), key_view.clone());
    let rotate = key_view.rotated_to.is_none().then_some({
        move || {
            let to_rotate = to_rotate.clone();
            if scripted.get() {
                view! {
                    <button type="button" class="btn btn-primary" on:click=move |_| actions.rotating.set(Some(to_rotate.clone()))>"Rotate"</button>
                }
                .into_any()
            } else {
                view! { <RotateAsk key_view=to_rotate rotate=actions.rotate /> }.into_any()
            }
        }
    });
    view! {
        <div class="actions">
            {toggle}
            {move || {
                let to_revoke = to_revoke.clone();
                if scripted.get() {
                    view! {
                        <button type="button" class="btn text-danger" on:click=move |_| actions.revoking.set(Some(to_revoke.clone()))>"Revoke"</button>
                    }
                    .into_any()
                } else {
                    view! { <RevokeConfirmation key_view=to_revoke revoke=actions.revoke /> }.into_any()
                }
            }}
            {rotate}
        </div>
    }
}
