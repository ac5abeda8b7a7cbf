//! One event: its data, cause and deliveries.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::actions::events::get_event;
use crate::components::badge::{DeliveryStateBadge, EnvBadge};
use crate::components::code_block::CodeBlock;
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::format::plural;
use crate::components::loaded::loaded;
use crate::components::status;
use crate::components::time::Time;
use crate::pages::dashboard::keys::key_href;
use crate::pages::dashboard::webhooks::endpoint_href;
use crate::types::code::Code;
use crate::types::delivery::Delivery;
use crate::types::environment::Environment;
use crate::types::event::EventDetail;
use crate::types::id::KeyId;
use crate::types::raw_json::RawJson;

/// The page of an event, by its id.
#[component]
pub fn EventPage() -> impl IntoView {
    let (env, params) = (use_env(), use_params_map());
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    // Not found is a result with its own text, not an error.
    let event = Resource::new(
        move || (env.get(), id.get()),
        |(env, id)| async move {
            match get_event(env, id).await {
                Ok(found) => Ok(Some(found)),
                Err(error) if error.code == Code::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        },
    );
    view! {
        <p class="mb-2"><a class="link" href=move || env_href("/dashboard/events", env.get())>"All events"</a></p>
        {loaded(
            move || async move { event.await },
            move || event.refetch(),
            move |found| match found {
                Some(found) => view! { <Detail found /> }.into_any(),
                None => view! { <NotFound /> }.into_any(),
            },
        )}
    }
}

#[component]
fn NotFound() -> impl IntoView {
    status::not_found();
    view! {
        <Title text="Event" />
        <h1 class="mb-3">"Event"</h1>
        <Empty title="There is no such event" text="Events are kept for 90 days. Check the id, the environment, and the selected organisation." />
    }
}

#[component]
fn Detail(found: EventDetail) -> impl IntoView {
    let EventDetail { event, is_request_logged, deliveries } = found;
    let data = event.data.pretty();
    let environment = match event.environment {
        Some(environment) => view! { <EnvBadge environment /> }.into_any(),
        None => view! { <span class="badge">"both environments"</span> }.into_any(),
    };
    let cause = match event.request_id.as_str() {
        "" => "None: the portal recorded this event".into_any(),
        id => view! { <RequestLink id=id.to_owned() is_logged=is_request_logged environment=event.environment.unwrap_or_default() /> }
            .into_any(),
    };
    let key = key_of(&event.data).map(|id| {
        let href = key_href(&id, event.environment.unwrap_or_default());
        view! { <dt>"Key"</dt> <dd><a class="link" href=href><code>{id.to_string()}</code></a></dd> }
    });
    let delivery_list = if deliveries.is_empty() {
        view! { <p class="text-muted">"No endpoint was subscribed to this event when it happened. You can recover missed events on an endpoint's page."</p> }.into_any()
    } else {
        view! { <Deliveries deliveries /> }.into_any()
    };
    view! {
        <Title text="Event" />
        <div class="page-head">
            <div>
                <h1>{event.kind.clone()}</h1>
                <p class="row mt-1">{environment} <code>{event.id.to_string()}</code></p>
            </div>
        </div>
        <div class="stack">
            <section class="card" aria-labelledby="facts">
                <h2 id="facts" class="mb-3">"Event"</h2>
                <dl class="details">
                    <dt>"Happened"</dt>
                    <dd><Time at=event.created_at long=true /></dd>
                    <dt>"Caused by request"</dt>
                    <dd>{cause}</dd>
                    {key}
                </dl>
            </section>
            <section aria-labelledby="data">
                <h2 id="data" class="mb-3">"Data"</h2>
                <CodeBlock label="JSON" code=data />
            </section>
            <section aria-labelledby="told">
                <h2 id="told" class="mb-3">"Deliveries"</h2>
                {delivery_list}
            </section>
        </div>
    }
}

/// The key that the portal event is about.
fn key_of(data: &RawJson) -> Option<KeyId> {
    let data: serde_json::Value = serde_json::from_str(data.as_str()).ok()?;
    ["id", "key_id"].iter().find_map(|name| data.get(name)?.as_str()?.parse().ok())
}

/// The request that caused an event: a link if it is a call in the log, which dashboard actions are
/// not.
#[component]
pub fn RequestLink(id: String, is_logged: bool, environment: Environment) -> impl IntoView {
    if is_logged {
        let href = env_href(&format!("/dashboard/logs/{id}"), environment);
        return view! { <a class="link" href=href><code>{id}</code></a> }.into_any();
    }
    view! { <code>{id}</code> " " <span class="text-muted">"(not an API call in the log)"</span> }
        .into_any()
}

#[component]
fn Deliveries(deliveries: Vec<Delivery>) -> impl IntoView {
    let item = |delivery: Delivery| {
        let href = env_href(
            &format!("/dashboard/webhooks/deliveries/{}", delivery.id),
            delivery.environment,
        );
        view! {
            <li class="py-1">
                <DeliveryStateBadge state=delivery.state />
                " " <a class="link" href=href>{plural(delivery.attempts.into(), "attempt", "attempts")}</a>
                " to " <a class="link" href=endpoint_href(&delivery.endpoint_id, delivery.environment)><code>{delivery.endpoint_id.to_string()}</code></a>
            </li>
        }
    };
    view! { <ul class="card">{deliveries.into_iter().map(item).collect_view()}</ul> }
}
