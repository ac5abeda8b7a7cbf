//! One event: its data, what caused it, and its deliveries.

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
use crate::pages::dashboard::webhooks::endpoint_href;
use crate::types::code::Code;
use crate::types::delivery::Delivery;
use crate::types::event::EventDetail;

/// The page of an event, by its id.
#[component]
pub fn EventPage() -> impl IntoView {
    let (env, params) = (use_env(), use_params_map());
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    // Not found is an answer here, not an error: it has its own words.
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
        <Empty title="There is no such event" text="Events are kept for 90 days. Check the id, the environment, and the organisation you act for." />
    }
}

#[component]
fn Detail(found: EventDetail) -> impl IntoView {
    let EventDetail { event, deliveries } = found;
    let data = serde_json::to_string_pretty(&event.data).unwrap_or_default();
    let environment = match event.environment {
        Some(environment) => view! { <EnvBadge environment /> }.into_any(),
        None => view! { <span class="badge">"both environments"</span> }.into_any(),
    };
    let cause = match event.request_id.as_str() {
        "" => view! { "none: the portal noticed it by itself" }.into_any(),
        // No link: what people do in the dashboard is no call, and stands in no log.
        id => view! { <code>{id.to_owned()}</code> }.into_any(),
    };
    let told = if deliveries.is_empty() {
        view! { <p class="text-muted">"No endpoint wanted it when it happened. An endpoint can recover what it missed."</p> }.into_any()
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
                </dl>
            </section>
            <section aria-labelledby="data">
                <h2 id="data" class="mb-3">"Data"</h2>
                <CodeBlock label="JSON" code=data />
            </section>
            <section aria-labelledby="told">
                <h2 id="told" class="mb-3">"Deliveries"</h2>
                {told}
            </section>
        </div>
    }
}

#[component]
fn Deliveries(deliveries: Vec<Delivery>) -> impl IntoView {
    let item = |delivery: Delivery| {
        let href = env_href(&format!("/dashboard/webhooks/deliveries/{}", delivery.id), delivery.environment);
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
