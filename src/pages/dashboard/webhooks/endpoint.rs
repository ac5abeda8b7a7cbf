//! One endpoint: how it fares, what was delivered to it, and what can be done.

mod again;
pub mod check;
mod filter;
mod table;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};

use self::again::AgainCard;
use self::check::CheckCard;
use self::filter::{FilterForm, filter_href, read_filter};
use self::table::DeliveryTable;
use super::fields::{EndpointFields, Values};
use super::success_text;
use crate::actions::deliveries::list_deliveries;
use crate::actions::webhooks::{
    DeleteEndpoint, DisableEndpoint, EnableEndpoint, RecoverEndpoint, ReplayEndpoint, SendTest, UpdateEndpoint, get_endpoint,
};
use crate::components::badge::{EndpointStateBadge, EnvBadge};
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, succeeded, use_scripted};
use crate::components::loaded::loaded;
use crate::components::pager::Pager;
use crate::components::session::use_session;
use crate::components::status;
use crate::components::submit::{Done, Submit};
use crate::components::time::{MaybeTime, Time};
use crate::types::code::Code;
use crate::types::delivery::DeliveryFilter;
use crate::types::environment::Environment;
use crate::types::webhook::{Endpoint, EndpointHealth, EndpointState};

#[derive(Clone, Copy)]
struct Actions {
    enable: ServerAction<EnableEndpoint>,
    disable: ServerAction<DisableEndpoint>,
    test: ServerAction<SendTest>,
    update: ServerAction<UpdateEndpoint>,
    recover: ServerAction<RecoverEndpoint>,
    replay: ServerAction<ReplayEndpoint>,
    deleting: RwSignal<bool>,
}

/// The page of an endpoint, by its id.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let (env, params) = (use_env(), use_params_map());
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    // Not found is an answer here, not an error: it has its own words.
    let found = Resource::new(
        move || (env.get(), id.get()),
        |(env, id)| async move {
            match get_endpoint(env, id).await {
                Ok(_) => Ok(true),
                Err(error) if error.code == Code::NotFound => Ok(false),
                Err(error) => Err(error),
            }
        },
    );
    view! {
        <p class="mb-2"><a class="link" href=move || env_href("/dashboard/webhooks", env.get())>"All endpoints"</a></p>
        {loaded(
            move || async move { found.await },
            move || found.refetch(),
            move |found| if found { view! { <Page env id /> }.into_any() } else { view! { <NotFound /> }.into_any() },
        )}
    }
}

#[component]
fn Page(env: Memo<Environment>, id: Memo<String>) -> impl IntoView {
    let (session, query) = (use_session(), use_query_map());
    let navigate = use_navigate();
    let filter = Memo::new(move |_| DeliveryFilter { endpoint: id.get(), ..query.with(read_filter) });
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let actions = Actions {
        enable: ServerAction::new(),
        disable: ServerAction::new(),
        test: ServerAction::new(),
        update: ServerAction::new(),
        recover: ServerAction::new(),
        replay: ServerAction::new(),
        deleting: RwSignal::new(false),
    };
    let delete = ServerAction::<DeleteEndpoint>::new();
    let changes = move || {
        let Actions { enable, disable, test, recover, replay, .. } = actions;
        let versions = [enable.version(), disable.version(), test.version(), recover.version(), replay.version()];
        // A form that was refused keeps what was typed: only what changed the endpoint loads it again.
        versions.iter().map(|version| version.get()).sum::<usize>() + usize::from(succeeded(actions.update).get())
    };
    let endpoint = Resource::new(move || (env.get(), id.get(), changes()), |(env, id, _)| get_endpoint(env, id));
    let deliveries = Resource::new(
        move || (env.get(), filter.get(), cursor.get(), changes()),
        |(env, filter, cursor, _)| list_deliveries(env, filter, cursor),
    );
    Effect::new(move |_| {
        if let Some(Ok(())) = delete.value().get() {
            navigate(&env_href("/dashboard/webhooks", env.get_untracked()), Default::default());
        }
    });
    let on_delete = Callback::new(move |()| {
        if let Ok(id) = id.get_untracked().parse() {
            delete.dispatch(DeleteEndpoint { environment: env.get_untracked(), id });
        }
    });
    view! {
        <FormAlert error=error_of(actions.enable) />
        <FormAlert error=error_of(actions.disable) />
        <FormAlert error=error_of(actions.test) />
        <FormAlert error=error_of(delete) />
        {loaded(
            move || async move { Ok((session.me().await?, endpoint.await?)) },
            move || endpoint.refetch(),
            move |(me, found)| {
                let may_manage = me.org.is_some_and(|org| org.role.can_manage_keys());
                view! { <Head found may_manage actions /> }
            },
        )}
        <section class="mt-5" aria-labelledby="deliveries">
            <h2 id="deliveries" class="mb-3">"Deliveries"</h2>
            <FilterForm env filter />
            {loaded(
                move || async move { deliveries.await },
                move || deliveries.refetch(),
                move |page| {
                    let (env, paged) = (env.get_untracked(), cursor.with_untracked(Option::is_some));
                    if page.data.is_empty() && !paged {
                        view! { <Empty title="No deliveries" text="None fits this filter yet. Send a test event, and it stands here." /> }.into_any()
                    } else {
                        view! {
                            <DeliveryTable deliveries=page.data env />
                            <Pager base=filter_href(&filter.get_untracked(), env) next=page.next_cursor paged />
                        }
                        .into_any()
                    }
                },
            )}
        </section>
        <ConfirmDialog id="delete-endpoint" open=actions.deleting title="Delete this endpoint?" expect="delete" label="Delete endpoint" on_confirm=on_delete>
            <p>"Its deliveries are deleted, too: what is pending is never made. To stop for a while, disable it instead."</p>
        </ConfirmDialog>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    status::not_found();
    view! {
        <Title text="Webhook endpoint" />
        <h1>"Webhook endpoint"</h1>
        <Empty title="There is no such endpoint" text="Check its id, the environment, and the organisation you act for." />
    }
}

#[component]
fn Head(found: EndpointHealth, may_manage: bool, actions: Actions) -> impl IntoView {
    let EndpointHealth { endpoint, health } = found;
    let disabled = endpoint.disabled_reason.map(|reason| {
        view! { <p class="alert alert-warn mb-4">"Nothing is delivered to this endpoint: " {reason.about()} ". What is pending goes on when it is enabled."</p> }
    });
    let previous = endpoint.previous_secret_until.map(|until| {
        view! { <dt>"The secret before"</dt> <dd>"signs as well until " <Time at=until long=true /></dd> }
    });
    let environment = endpoint.environment;
    view! {
        <Title text="Webhook endpoint" />
        <div class="page-head">
            <div class="min-w-0">
                <h1 class="min-w-0 break-all">{endpoint.url.clone()}</h1>
                <p class="row mt-1"><EndpointStateBadge state=endpoint.state /> <EnvBadge environment /> <code>{endpoint.id.to_string()}</code></p>
                <p class="text-muted">{endpoint.description.clone()}</p>
            </div>
            {may_manage.then(|| view! { <Buttons endpoint=endpoint.clone() actions /> })}
        </div>
        {disabled}
        <div class="stack">
            <section class="card" aria-labelledby="health">
                <h2 id="health" class="mb-3">"Health"</h2>
                <dl class="details">
                    <dt>"Attempts that succeeded, 24 h"</dt>
                    <dd>{success_text(health)}</dd>
                    <dt>"Last success"</dt>
                    <dd><MaybeTime at=endpoint.last_success_at or="never" /></dd>
                    <dt>"Last failure"</dt>
                    <dd><MaybeTime at=endpoint.last_failure_at or="never" /></dd>
                    <dt>"Failing since"</dt>
                    <dd><MaybeTime at=endpoint.failing_since or="it is not" /></dd>
                    <dt>"Events"</dt>
                    <dd><code>{endpoint.event_types.join(", ")}</code></dd>
                    {previous}
                </dl>
            </section>
            {may_manage
                .then(|| {
                    view! {
                        <CheckCard id=endpoint.id.clone() environment />
                        <AgainCard id=endpoint.id.clone() environment recover=actions.recover replay=actions.replay />
                        <SettingsCard endpoint update=actions.update />
                    }
                })}
        </div>
    }
}

#[component]
fn Buttons(endpoint: Endpoint, actions: Actions) -> impl IntoView {
    let scripted = use_scripted();
    let (id, env) = (endpoint.id.to_string(), endpoint.environment.as_str());
    let rotate_href = env_href(&format!("/dashboard/webhooks/{id}/rotate"), endpoint.environment);
    let hidden = || view! { <input type="hidden" name="id" value=id.clone() /> <input type="hidden" name="environment" value=env /> };
    let (of_toggle, of_test) = (hidden(), hidden());
    let is_active = endpoint.state == EndpointState::Active;
    let toggle = if is_active {
        view! { <ActionForm action=actions.disable>{of_toggle}<button type="submit" class="btn">"Disable"</button></ActionForm> }.into_any()
    } else {
        view! { <ActionForm action=actions.enable>{of_toggle}<button type="submit" class="btn">"Enable"</button></ActionForm> }.into_any()
    };
    let test = is_active.then(|| {
        view! { <ActionForm action=actions.test>{of_test}<button type="submit" class="btn btn-primary">"Send test event"</button></ActionForm> }
    });
    view! {
        <div class="actions">
            {toggle}
            <button type="button" class="btn text-danger" disabled=move || !scripted.get() on:click=move |_| actions.deleting.set(true)>"Delete"</button>
            <a class="btn" href=rotate_href>"Rotate secret"</a>
            {test}
        </div>
    }
}

#[component]
fn SettingsCard(endpoint: Endpoint, update: ServerAction<UpdateEndpoint>) -> impl IntoView {
    let error = error_of(update);
    let environment: Environment = endpoint.environment;
    view! {
        <section class="card" aria-labelledby="settings">
            <h2 id="settings" class="mb-3">"Settings"</h2>
            <ActionForm action=update>
                <FormAlert error />
                <input type="hidden" name="id" value=endpoint.id.to_string() />
                <input type="hidden" name="environment" value=environment.as_str() />
                <EndpointFields values=Values::from(&endpoint) error />
                <div class="form-actions">
                    <Submit label="Save" pending=update.pending() />
                    <Done when=succeeded(update) text="Saved." />
                </div>
            </ActionForm>
        </section>
    }
}
