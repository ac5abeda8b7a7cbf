//! Deliveries as a table.

use leptos::prelude::*;

use crate::components::badge::{DeliveryStateBadge, StatusBadge};
use crate::components::environment::env_href;
use crate::components::time::Time;
use crate::pages::dashboard::webhooks::delivery::NextAttempt;
use crate::types::delivery::Delivery;
use crate::types::environment::Environment;

/// Each row links to the delivery's own page.
#[component]
pub fn DeliveryTable(deliveries: Vec<Delivery>, env: Environment) -> impl IntoView {
    let row = |delivery: Delivery| {
        let href = env_href(&format!("/dashboard/webhooks/deliveries/{}", delivery.id), env);
        let answer = match delivery.last_status {
            Some(status) => view! { <StatusBadge status /> }.into_any(),
            None => view! { <span class="text-muted">{if delivery.last_error.is_empty() { "–".to_owned() } else { delivery.last_error.clone() }}</span> }.into_any(),
        };
        view! {
            <tr>
                <td><a class="link" href=href><Time at=delivery.created_at seconds=true /></a></td>
                <td><code>{delivery.event_type.clone()}</code></td>
                <td><DeliveryStateBadge state=delivery.state /></td>
                <td>{answer}</td>
                <td class="num">{delivery.attempts}</td>
                <td><NextAttempt delivery=delivery.clone() /></td>
                <td><code class="text-muted">{delivery.event_id.to_string()}</code></td>
            </tr>
        }
    };
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Deliveries">
            <table class="table">
                <caption class="visually-hidden">"Deliveries, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Time (UTC)"</th>
                        <th scope="col">"Event"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Last answer"</th>
                        <th scope="col" class="num">"Attempts"</th>
                        <th scope="col">"Next attempt"</th>
                        <th scope="col">"webhook-id"</th>
                    </tr>
                </thead>
                <tbody>{deliveries.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
