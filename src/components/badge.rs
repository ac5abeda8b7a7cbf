//! Small marks of state. Colour is never the only information: there always is a word.

use leptos::prelude::*;

use crate::types::delivery::DeliveryState;
use crate::types::environment::Environment;
use crate::types::key::KeyState;
use crate::types::product::ProductStatus;
use crate::types::webhook::EndpointState;

/// An HTTP status.
#[component]
pub fn StatusBadge(status: u16) -> impl IntoView {
    let class = match status {
        200..300 => "badge badge-ok",
        400..500 => "badge badge-warn",
        500.. => "badge badge-danger",
        _ => "badge",
    };
    view! { <span class=class>{status}</span> }
}

/// The state of a key.
#[component]
pub fn KeyStateBadge(state: KeyState) -> impl IntoView {
    let class = match state {
        KeyState::Active => "badge badge-ok",
        KeyState::Disabled => "badge badge-warn",
        KeyState::Rotating => "badge badge-accent",
        KeyState::Expired => "badge",
        KeyState::Revoked => "badge badge-danger",
    };
    view! { <span class=class>{state.as_str()}</span> }
}

/// The state of a webhook endpoint, and whether its last attempt failed.
#[component]
pub fn EndpointStateBadge(state: EndpointState, is_failing: bool) -> impl IntoView {
    let (class, word) = match (state, is_failing) {
        (EndpointState::Active, false) => ("badge badge-ok", "active"),
        (EndpointState::Active, true) => ("badge badge-danger", "failing"),
        (EndpointState::Disabled, _) => ("badge badge-warn", "disabled"),
    };
    view! { <span class=class>{word}</span> }
}

/// The state of a delivery.
#[component]
pub fn DeliveryStateBadge(state: DeliveryState) -> impl IntoView {
    let class = match state {
        DeliveryState::Pending => "badge badge-accent",
        DeliveryState::Delivered => "badge badge-ok",
        DeliveryState::Failed => "badge badge-danger",
    };
    view! { <span class=class>{state.as_str()}</span> }
}

/// An environment: the sandbox is amber and unmistakable.
#[component]
pub fn EnvBadge(environment: Environment) -> impl IntoView {
    let class = match environment {
        Environment::Sandbox => "badge badge-sandbox",
        Environment::Live => "badge badge-live",
    };
    view! { <span class=class>{environment.as_str()}</span> }
}

/// An HTTP method, coloured by its effect.
#[component]
pub fn Method(#[prop(into)] name: String) -> impl IntoView {
    view! { <span class="method" data-method=name.clone()>{name.clone()}</span> }
}

/// The life-cycle status of a product; the usual one has no badge.
#[component]
pub fn ProductBadge(status: ProductStatus) -> impl IntoView {
    let class = match status {
        ProductStatus::Active => return ().into_any(),
        ProductStatus::Beta => "badge badge-accent",
        ProductStatus::Deprecated => "badge badge-warn",
    };
    view! { <span class=class>{status.as_str()}</span> }.into_any()
}
