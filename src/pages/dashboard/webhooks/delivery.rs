//! One delivery: what was sent, and every attempt.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::endpoint_href;
use crate::actions::deliveries::{RetryDelivery, get_delivery};
use crate::components::badge::{DeliveryStateBadge, StatusBadge};
use crate::components::code_block::CodeBlock;
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, succeeded};
use crate::components::loaded::loaded;
use crate::components::session::use_session;
use crate::components::status;
use crate::components::submit::{Done, Submit};
use crate::components::time::{MaybeTime, Time};
use crate::pages::dashboard::events::detail::RequestLink;
use crate::types::code::Code;
use crate::types::delivery::{Attempt, Delivery, DeliveryDetail, DeliveryFound};
use crate::types::raw_json::RawJson;

/// The page of a delivery, by its id.
#[component]
pub fn DeliveryPage() -> impl IntoView {
    let (env, session, params) = (use_env(), use_session(), use_params_map());
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let retry = ServerAction::<RetryDelivery>::new();
    // Not found is a result with its own text, not an error.
    let delivery = Resource::new(
        move || (env.get(), id.get(), retry.version().get()),
        |(env, id, _)| async move {
            match get_delivery(env, id).await {
                Ok(found) => Ok(Some(found)),
                Err(error) if error.code == Code::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        },
    );
    view! {
        <p class="mb-2"><a class="link" href=move || env_href("/dashboard/webhooks", env.get())>"All endpoints"</a></p>
        <FormAlert error=error_of(retry) />
        {loaded(
            move || async move { Ok((session.me().await?, delivery.await?)) },
            move || delivery.refetch(),
            move |(me, found)| match found {
                Some(found) => {
                    let may_manage = me.org.is_some_and(|org| org.role.can_manage_keys());
                    view! { <Detail found may_manage retry /> <button type="button" class="btn mt-4" on:click=move |_| delivery.refetch()>"Refresh"</button> }.into_any()
                }
                None => view! { <NotFound /> }.into_any(),
            },
        )}
    }
}

#[component]
fn NotFound() -> impl IntoView {
    status::not_found();
    view! {
        <Title text="Delivery" />
        <h1 class="mb-3">"Delivery"</h1>
        <Empty title="There is no such delivery" text="Deliveries are kept for 90 days. Check the id, the environment, and the selected organisation." />
    }
}

#[component]
fn Detail(
    found: DeliveryFound,
    may_manage: bool,
    retry: ServerAction<RetryDelivery>,
) -> impl IntoView {
    let DeliveryFound {
        detail: DeliveryDetail { delivery, body, tried, request_id },
        is_request_logged,
    } = found;
    let event_href =
        env_href(&format!("/dashboard/events/{}", delivery.event_id), delivery.environment);
    let cause = match request_id.as_str() {
        "" => "None: the portal recorded the event".into_any(),
        _ => view! { <RequestLink id=request_id is_logged=is_request_logged environment=delivery.environment /> }.into_any(),
    };
    // Formatted, but with the exact digits that were sent.
    let pretty = RawJson::new(body.clone()).map_or_else(|_| body.clone(), |json| json.pretty());
    let (id, environment) = (delivery.id.to_string(), delivery.environment);
    let shown_id = id.clone();
    let again = may_manage.then(|| {
        view! {
            <ActionForm action=retry>
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="environment" value=environment.as_str() />
                <Submit label="Retry now" pending=retry.pending() />
                <Done when=succeeded(retry) text="The delivery has started." />
            </ActionForm>
        }
    });
    let attempts = if tried.is_empty() {
        view! { <p class="text-muted">"None yet."</p> }.into_any()
    } else {
        let total = tried.len();
        let items = tried
            .into_iter()
            .enumerate()
            .map(|(i, attempt)| view! { <AttemptItem number=i + 1 attempt open=i + 1 == total /> });
        view! { <ol class="stack">{items.collect_view()}</ol> }.into_any()
    };
    view! {
        <Title text="Delivery" />
        <div class="page-head">
            <div>
                <h1>{delivery.event_type.clone()}</h1>
                <p class="row mt-1"><DeliveryStateBadge state=delivery.state /> <code>{shown_id}</code></p>
            </div>
            <div class="actions">{again}</div>
        </div>
        <div class="stack">
            <section class="card" aria-labelledby="facts">
                <h2 id="facts" class="mb-3">"Delivery"</h2>
                <dl class="details">
                    <dt>"Endpoint"</dt>
                    <dd><a class="link" href=endpoint_href(&delivery.endpoint_id, delivery.environment)><code>{delivery.endpoint_id.to_string()}</code></a></dd>
                    <dt>"Event (webhook-id)"</dt>
                    <dd><a class="link" href=event_href><code>{delivery.event_id.to_string()}</code></a></dd>
                    <dt>"Caused by request"</dt>
                    <dd>{cause}</dd>
                    <dt>"Created"</dt>
                    <dd><Time at=delivery.created_at long=true /></dd>
                    <dt>"Next attempt"</dt>
                    <dd><NextAttempt delivery=delivery.clone() /></dd>
                </dl>
            </section>
            <section aria-labelledby="body">
                <h2 id="body" class="mb-3">"Body"</h2>
                <p class="hint mb-2">"Shown with line breaks; copied exactly as it was sent."</p>
                <CodeBlock label="JSON" code=pretty copies=Signal::stored(body) />
            </section>
            <section aria-labelledby="attempts">
                <h2 id="attempts" class="mb-3">"Attempts"</h2>
                {attempts}
            </section>
        </div>
    }
}

/// When the next attempt is due, or why there is none.
#[component]
pub fn NextAttempt(delivery: Delivery) -> impl IntoView {
    if delivery.is_under_way() {
        return view! { <span class="text-muted">"in progress"</span> }.into_any();
    }
    view! { <MaybeTime at=delivery.next_attempt_at or=delivery.why_none() /> }.into_any()
}

#[component]
fn AttemptItem(number: usize, attempt: Attempt, open: bool) -> impl IntoView {
    let outcome = match attempt.status {
        Some(status) => view! { <StatusBadge status /> }.into_any(),
        None => view! { <span class="badge badge-danger">"no response"</span> }.into_any(),
    };
    let answer = if attempt.answer.is_empty() {
        let text = if attempt.error.is_empty() {
            "The response has no body.".to_owned()
        } else {
            attempt.error
        };
        view! { <p class="text-muted mt-2">{text}</p> }.into_any()
    } else {
        view! { <pre class="code mt-2" tabindex="0" role="group" aria-label=format!("Response to attempt {number}")><code>{attempt.answer}</code></pre> }.into_any()
    };
    view! {
        <li class="card">
            <details open=open>
                <summary>{format!("Attempt {number} ")} {outcome} " " <Time at=attempt.started_at long=true /> {format!(" · {} ms", attempt.latency_ms)}</summary>
                {answer}
            </details>
        </li>
    }
}
