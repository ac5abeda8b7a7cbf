//! One key: what it is, what it may do, who uses it, and what can be done to it.

mod facts;
mod handover;
mod rotate_dialog;
mod scopes;
mod settings;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use self::facts::Facts;
use self::handover::HandoverCard;
use self::rotate_dialog::RotateDialog;
use self::scopes::ScopesCard;
use self::settings::SettingsCard;
use super::revoke_dialog::RevokeDialog;
use crate::actions::keys::{DisableKey, EnableKey, NarrowKey, RevokeKey, Rotate, UpdateKey, get_key, load_handover, load_scope_use};
use crate::components::badge::{EnvBadge, KeyStateBadge};
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::error_alert::ErrorAlert;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, succeeded, use_scripted};
use crate::components::loaded::loaded;
use crate::components::session::use_session;
use crate::components::status;
use crate::types::code::Code;
use crate::types::error::UiError;
use crate::types::key::{KeyState, KeyView};
use crate::types::key_use::{Handover, ScopeUse};

/// What can be done to the key that is shown.
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
    };
    // A form that was refused keeps what was typed: only what changed the key loads it again.
    let updated = Memo::new(move |before: Option<&usize>| match succeeded(actions.update).get() {
        true => actions.update.version().get(),
        false => before.copied().unwrap_or_default(),
    });
    let changes = move || {
        let Actions { disable, enable, revoke, rotate, narrow, .. } = actions;
        let versions = [disable.version(), enable.version(), revoke.version(), rotate.version(), narrow.version()];
        versions.iter().map(|version| version.get()).sum::<usize>() + updated.get()
    };
    // Not found is an answer here, not an error: it has its own words.
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
    view! {
        <p class="mb-2"><a class="link" href=move || env_href("/dashboard/keys", env.get())>"All keys"</a></p>
        <FormAlert error=error_of(actions.disable) />
        <FormAlert error=error_of(actions.enable) />
        <FormAlert error=error_of(actions.revoke) />
        <FormAlert error=error_of(actions.rotate) />
        <FormAlert error=error_of(actions.narrow) />
        {loaded(
            move || async move { Ok((session.me().await?, key.await?, handover.await, scope_use.await)) },
            move || key.refetch(),
            move |(me, key, handover, scope_use)| match key {
                Some(key) => {
                    let role = me.org.map(|org| org.role);
                    let may_manage = role.is_some_and(|role| role.can_manage_keys()) && !key.state.is_over();
                    view! { <Detail key_view=key handover scope_use may_manage actions /> }.into_any()
                }
                None => view! { <NotFound /> }.into_any(),
            },
        )}
        <RevokeDialog revoking=actions.revoking revoke=actions.revoke />
        <RotateDialog rotating=actions.rotating rotate=actions.rotate />
    }
}

#[component]
fn NotFound() -> impl IntoView {
    status::not_found();
    view! {
        <Title text="Key" />
        <h1>"Key"</h1>
        <Empty title="There is no such key" text="Check its id and the organisation you act for." />
    }
}

#[component]
fn Detail(
    key_view: KeyView,
    /// None for a key that is not rotated.
    handover: Result<Option<Handover>, UiError>,
    scope_use: Result<ScopeUse, UiError>,
    may_manage: bool,
    actions: Actions,
) -> impl IntoView {
    let key = key_view;
    let handover = match handover {
        Ok(found) => {
            found.map(|found| view! { <HandoverCard key_view=key.clone() handover=found may_manage revoke=actions.revoke /> }.into_any())
        }
        // Who may not read logs does not miss them.
        Err(error) if error.code == Code::Forbidden => None,
        Err(error) => Some(view! { <ErrorAlert error /> }.into_any()),
    };
    let scopes = match scope_use {
        Ok(found) => view! { <ScopesCard id=key.id.clone() found may_manage narrow=actions.narrow /> }.into_any(),
        Err(error) => view! { <ErrorAlert error /> }.into_any(),
    };
    view! {
        <Title text=key.name.clone() />
        <div class="page-head">
            <div>
                <h1 class="min-w-0 break-words">{key.name.clone()}</h1>
                <p class="row mt-1"><KeyStateBadge state=key.state /> <EnvBadge environment=key.environment /> <code>{key.prefix.clone()} "_…"</code></p>
            </div>
            {may_manage.then(|| view! { <Buttons key_view=key.clone() actions /> })}
        </div>
        <div class="stack">
            {handover}
            <Facts key_view=key.clone() />
            {scopes}
            {may_manage.then(|| view! { <SettingsCard key_view=key update=actions.update /> })}
        </div>
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
        view! { <ActionForm action=actions.disable><input type="hidden" name="id" value=id /><button type="submit" class="btn">"Disable"</button></ActionForm> }
            .into_any()
    };
    let (to_rotate, to_revoke) = (key_view.clone(), key_view.clone());
    let rotate = key_view.rotated_to.is_none().then(|| {
        view! {
            <button type="button" class="btn btn-primary" disabled=move || !scripted.get() on:click=move |_| actions.rotating.set(Some(to_rotate.clone()))>
                "Rotate"
            </button>
        }
    });
    view! {
        <div class="actions">
            {toggle}
            <button type="button" class="btn text-danger" disabled=move || !scripted.get() on:click=move |_| actions.revoking.set(Some(to_revoke.clone()))>
                "Revoke"
            </button>
            {rotate}
        </div>
    }
}
