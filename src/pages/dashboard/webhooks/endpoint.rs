//! One endpoint: its state, deliveries and actions.

mod again;
pub mod check;
mod filter;
mod head;
mod table;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};

use self::again::AgainCard;
use self::check::CheckCard;
use self::filter::{FilterForm, filter_href, read_filter};
use self::head::Head;
use self::table::DeliveryTable;
use super::fields::{EndpointFields, Values};
use crate::actions::deliveries::list_deliveries;
use crate::actions::webhooks::{
    CheckReceiver, DeleteEndpoint, DisableEndpoint, EnableEndpoint, RecoverEndpoint,
    ReplayEndpoint, SendTest, UpdateEndpoint, get_endpoint,
};
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, succeeded};
use crate::components::loaded::loaded;
use crate::components::pager::Pager;
use crate::components::session::use_session;
use crate::components::status;
use crate::components::submit::{Done, Submit};
use crate::types::code::Code;
use crate::types::delivery::{Delivery, DeliveryFilter};
use crate::types::environment::Environment;
use crate::types::webhook::{Endpoint, EndpointHealth};

/// How often, and with which pause, the outcome of a manual delivery is checked.
const LOOKS: u32 = 5;
const BETWEEN: Duration = Duration::from_millis(1_200);

/// Outside of the part that is rendered again on reload: actions in progress continue.
#[derive(Clone, Copy)]
pub struct Actions {
    enable: ServerAction<EnableEndpoint>,
    disable: ServerAction<DisableEndpoint>,
    test: ServerAction<SendTest>,
    update: ServerAction<UpdateEndpoint>,
    recover: ServerAction<RecoverEndpoint>,
    replay: ServerAction<ReplayEndpoint>,
    check: ServerAction<CheckReceiver>,
    deleting: RwSignal<bool>,
    delete: ServerAction<DeleteEndpoint>,
}

/// The page of an endpoint, by its id.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let (env, params) = (use_env(), use_params_map());
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    // Not found is a result with its own text, not an error.
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
    let filter =
        Memo::new(move |_| DeliveryFilter { endpoint: id.get(), ..query.with(read_filter) });
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let actions = Actions {
        enable: ServerAction::new(),
        disable: ServerAction::new(),
        test: ServerAction::new(),
        update: ServerAction::new(),
        recover: ServerAction::new(),
        replay: ServerAction::new(),
        check: ServerAction::new(),
        deleting: RwSignal::new(false),
        delete: ServerAction::new(),
    };
    let delete = actions.delete;
    let changes = move || {
        let Actions { enable, disable, test, recover, replay, .. } = actions;
        let versions = [
            enable.version(),
            disable.version(),
            test.version(),
            recover.version(),
            replay.version(),
        ];
        // A refused form keeps the entered values: only actions that changed the endpoint reload
        // it.
        versions.iter().map(|version| version.get()).sum::<usize>()
            + usize::from(succeeded(actions.update).get())
    };
    let endpoint = Resource::new(
        move || (env.get(), id.get(), changes()),
        |(env, id, _)| get_endpoint(env, id),
    );
    let deliveries = Resource::new(
        move || (env.get(), filter.get(), cursor.get(), changes()),
        |(env, filter, cursor, _)| list_deliveries(env, filter, cursor),
    );
    // A manual delivery usually completes within a moment.
    let looks = StoredValue::new(0);
    Effect::new(move |_| {
        changes();
        looks.set_value(0);
    });
    Effect::new(move |_| {
        let is_under_way = matches!(deliveries.get(), Some(Ok(page)) if page.data.iter().any(Delivery::is_under_way));
        if is_under_way && looks.get_value() < LOOKS {
            looks.update_value(|n| *n += 1);
            let look = move || {
                if looks.try_get_value().is_some() {
                    deliveries.refetch();
                    endpoint.refetch();
                }
            };
            set_timeout(look, BETWEEN);
        }
    });
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
        <section class="my-5" aria-labelledby="deliveries">
            <div class="row justify-between mb-3">
                <h2 id="deliveries">"Deliveries"</h2>
                <button type="button" class="btn btn-sm" on:click=move |_| deliveries.refetch()>"Refresh"</button>
            </div>
            <FilterForm env filter />
            {loaded(
                move || async move { deliveries.await },
                move || deliveries.refetch(),
                move |page| {
                    let (env, paged) = (env.get_untracked(), cursor.with_untracked(Option::is_some));
                    let filter = filter.get_untracked();
                    let all = DeliveryFilter { endpoint: filter.endpoint.clone(), ..DeliveryFilter::default() };
                    let is_empty = page.data.is_empty();
                    if !is_empty || paged {
                        view! {
                            {(!is_empty).then(|| view! { <DeliveryTable deliveries=page.data env /> })}
                            <Pager base=filter_href(&filter, env) next=page.next_cursor paged is_empty />
                        }
                        .into_any()
                    } else if filter == all {
                        view! { <Empty title="No deliveries yet" text="Send a test event to see it here with every attempt." /> }.into_any()
                    } else {
                        view! {
                            <Empty title="No deliveries match this filter" text="Remove a condition or clear the filter.">
                                <a class="btn" href=filter_href(&all, env)>"Clear the filter"</a>
                            </Empty>
                        }
                        .into_any()
                    }
                },
            )}
        </section>
        {loaded(
            move || async move { Ok((session.me().await?, endpoint.await?)) },
            move || endpoint.refetch(),
            move |(me, EndpointHealth { endpoint, .. })| {
                let may_manage = me.org.is_some_and(|org| org.role.can_manage_keys());
                may_manage.then(|| view! { <Manage endpoint actions /> })
            },
        )}
        <ConfirmDialog id="delete-endpoint" open=actions.deleting title="Delete this endpoint?" expect="delete" label="Delete endpoint" on_confirm=on_delete>
            <p>"Its deliveries are deleted as well, and pending ones are not sent. To pause deliveries, disable the endpoint instead."</p>
        </ConfirmDialog>
    }
}

/// The message that there is no such endpoint.
#[component]
pub fn NotFound() -> impl IntoView {
    status::not_found();
    view! {
        <Title text="Webhook endpoint" />
        <h1 class="mb-3">"Webhook endpoint"</h1>
        <Empty title="There is no such endpoint" text="Check the id, the environment and the selected organisation." />
    }
}

/// The actions of members who may manage it.
#[component]
fn Manage(endpoint: Endpoint, actions: Actions) -> impl IntoView {
    let environment = endpoint.environment;
    view! {
        <div class="stack">
            <CheckCard id=endpoint.id.clone() environment check=actions.check />
            <AgainCard id=endpoint.id.clone() environment recover=actions.recover replay=actions.replay />
            <SettingsCard endpoint update=actions.update />
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
