//! The organisation's keys.

pub mod detail;
mod fields;
mod filter;
pub mod new;
mod product_scopes;
mod revoke_dialog;
mod table;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::filter::{KeyFilterForm, filter_href, read_filter};
use self::revoke_dialog::RevokeDialog;
use self::table::KeyTable;
pub use self::table::key_href;
use crate::actions::keys::{DisableKey, EnableKey, RevokeKey, list_keys};
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::FormAlert;
use crate::components::form_state::error_of;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::pager::Pager;
use crate::components::session::{ForRole, use_session};
use crate::types::environment::Environment;
use crate::types::key::{KeyFilter, KeyView};
use crate::types::role::Role;

/// The keys of one environment, newest first, in pages.
#[component]
pub fn KeysPage() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(read_filter));
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let disable = ServerAction::<DisableKey>::new();
    let enable = ServerAction::<EnableKey>::new();
    let revoke = ServerAction::<RevokeKey>::new();
    let keys = Resource::new(
        move || {
            (
                env.get(),
                filter.get(),
                cursor.get(),
                disable.version().get(),
                enable.version().get(),
                revoke.version().get(),
            )
        },
        |(env, filter, cursor, ..)| list_keys(env, filter, cursor),
    );
    let revoking = RwSignal::new(None::<KeyView>);
    let new_href = move || env_href("/dashboard/keys/new", env.get());
    view! {
        <PageHead title="Keys" lead="Your programs authenticate their calls with these keys.">
            <ForRole can=Role::can_manage_keys>
                <a class="btn btn-primary" href=new_href>"Create key"</a>
            </ForRole>
        </PageHead>
        <KeyFilterForm env filter />
        <FormAlert error=error_of(disable) />
        <FormAlert error=error_of(enable) />
        <FormAlert error=error_of(revoke) />
        {loaded(
            move || async move { Ok((session.me().await?, keys.await?)) },
            move || keys.refetch(),
            move |(me, page)| {
                let (env, filter) = (env.get_untracked(), filter.get_untracked());
                let may_manage = me.org.is_some_and(|org| org.role.can_manage_keys());
                let paged = cursor.with_untracked(Option::is_some);
                let is_empty = page.data.is_empty();
                if is_empty && !paged && filter != KeyFilter::default() {
                    view! {
                        <Empty title="No keys match this filter" text="Change the text or the state, or switch to the other environment.">
                            <a class="btn" href=env_href("/dashboard/keys", env)>"Clear the filter"</a>
                        </Empty>
                    }
                    .into_any()
                } else if is_empty && !paged {
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
                        {(!is_empty).then(|| view! { <KeyTable keys=page.data may_manage disable enable revoking /> })}
                        <Pager base=filter_href(&filter, env) next=page.next_cursor paged is_empty />
                    }
                    .into_any()
                }
            },
        )}
        <RevokeDialog revoking revoke />
    }
}
