//! Deliveries as a table.

use leptos::prelude::*;

use crate::components::badge::{DeliveryStateBadge, StatusBadge};
use crate::components::environment::env_href;
use crate::components::table::{LinkedRow, RowLink, Table};
use crate::components::time::Time;
use crate::pages::dashboard::webhooks::delivery::NextAttempt;
use crate::types::delivery::Delivery;
use crate::types::environment::Environment;

/// Each row links to the delivery's own page.
#[component]
pub fn DeliveryTable(deliveries: Vec<Delivery>, env: Environment) -> impl IntoView {
    let row = move |delivery: Delivery| {
        let href = env_href(&format!("/dashboard/webhooks/deliveries/{}", delivery.id), env);
        let response = match delivery.last_status {
            Some(status) => view! { <StatusBadge status /> }.into_any(),
            None => view! { <span class="text-muted">{if delivery.last_error.is_empty() { "–".to_owned() } else { delivery.last_error.clone() }}</span> }.into_any(),
        };
        view! {
            <LinkedRow href=href.clone()>
                <td><RowLink href><Time at=delivery.created_at /></RowLink></td>
                <td><code>{delivery.event_type.clone()}</code> <code class="block text-muted">{delivery.event_id.to_string()}</code></td>
                <td><DeliveryStateBadge state=delivery.state /></td>
                <td>{response}</td>
                <td class="num" data-label="Attempts">{delivery.attempts}</td>
                <td data-label="Next attempt"><NextAttempt delivery=delivery.clone() /></td>
            </LinkedRow>
        }
    };
    view! {
        <Table stacks=true label="Deliveries" caption="Deliveries, newest first">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Event"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Last response"</th>
                    <th scope="col" class="num">"Attempts"</th>
                    <th scope="col">"Next attempt"</th>
                </tr>
            </thead>
            <tbody>{deliveries.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
}
