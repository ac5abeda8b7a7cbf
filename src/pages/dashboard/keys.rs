//! The organisation's keys.

pub mod new;
pub mod shown;
mod table;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::table::KeyTable;
use crate::actions::keys::{DisableKey, EnableKey, RevokeKey, list_keys};
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::FormAlert;
use crate::components::form_state::error_of;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::pager::Pager;
use crate::components::session::{ForRole, use_session};
use crate::types::environment::Environment;
use crate::types::key::KeyView;
use crate::types::role::Role;

/// The keys of one environment, newest first, in pages.
#[component]
pub fn KeysPage() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let query = use_query_map();
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let disable = ServerAction::<DisableKey>::new();
    let enable = ServerAction::<EnableKey>::new();
    let revoke = ServerAction::<RevokeKey>::new();
    let keys = Resource::new(
        move || (env.get(), cursor.get(), disable.version().get(), enable.version().get(), revoke.version().get()),
        |(env, cursor, ..)| list_keys(env, cursor),
    );
    let revoking = RwSignal::new(None::<KeyView>);
    let new_href = move || env_href("/dashboard/keys/new", env.get());
    view! {
        <PageHead title="Keys" lead="What your programs call the API with.">
            <ForRole can=Role::can_manage_keys>
                <a class="btn btn-primary" href=new_href>"Create key"</a>
            </ForRole>
        </PageHead>
        <FormAlert error=error_of(disable) />
        <FormAlert error=error_of(enable) />
        <FormAlert error=error_of(revoke) />
        {loaded(
            move || async move { Ok((session.me().await?, keys.await?)) },
            move || keys.refetch(),
            move |(me, page)| {
                let env = env.get_untracked();
                let may_manage = me.org.is_some_and(|org| org.role.can_manage_keys());
                let paged = cursor.with_untracked(Option::is_some);
                if page.data.is_empty() && !paged {
                    let text = match env {
                        Environment::Sandbox => "Create a sandbox key to make your first call. It costs nothing.",
                        Environment::Live => "Create a live key once your integration works in the sandbox.",
                    };
                    view! {
                        <Empty title="No keys yet" text>
                            {may_manage.then(|| view! { <a class="btn btn-primary" href=env_href("/dashboard/keys/new", env)>"Create key"</a> })}
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! {
                        <KeyTable keys=page.data may_manage disable enable revoking />
                        <Pager base=env_href("/dashboard/keys", env) next=page.next_cursor paged />
                    }
                    .into_any()
                }
            },
        )}
        <RevokeDialog revoking revoke />
    }
}

/// Names what will break, and asks for the key's name.
#[component]
fn RevokeDialog(revoking: RwSignal<Option<KeyView>>, revoke: ServerAction<RevokeKey>) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if revoking.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            revoking.set(None);
        }
    });
    let name = Signal::derive(move || revoking.with(|key| key.as_ref().map(|key| key.name.clone()).unwrap_or_default()));
    let breaks = move || {
        revoking.with(|key| {
            key.as_ref().map(|key| match (key.last_used_at, &key.last_used_ip) {
                (Some(at), Some(ip)) => format!("It was last used on {} UTC from {ip}. Whatever used it there stops working.", at.long()),
                (Some(at), None) => format!("It was last used on {} UTC. Whatever used it stops working.", at.long()),
                (None, _) => "It was never used.".to_owned(),
            })
        })
    };
    let on_confirm = Callback::new(move |()| {
        if let Some(key) = revoking.get_untracked() {
            revoke.dispatch(RevokeKey { id: key.id });
        }
    });
    view! {
        <ConfirmDialog id="revoke-key" open title=Signal::derive(move || format!("Revoke {}?", name.get())) expect=name label="Revoke key" on_confirm>
            <p>"From the next moment on, every call with " <code>{move || revoking.with(|k| k.as_ref().map(|k| k.prefix.clone()))}</code> " is refused. This cannot be undone."</p>
            <p>{breaks}</p>
            <p class="hint">"To switch it off for a while, disable it instead."</p>
        </ConfirmDialog>
    }
}
