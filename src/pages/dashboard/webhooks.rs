//! Webhook endpoints, with their state.

pub mod debug;
pub mod delivery;
pub mod endpoint;
mod fields;
pub mod new;
pub mod results;
pub mod rotate;

use leptos::prelude::*;

use crate::actions::webhooks::list_endpoints;
use crate::components::badge::EndpointStateBadge;
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::format::{percent, plural};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::session::{ForRole, use_session};
use crate::components::table::{LinkedRow, RowLink, Table};
use crate::components::time::MaybeTime;
use crate::types::environment::Environment;
use crate::types::id::EndpointId;
use crate::types::role::Role;
use crate::types::webhook::{EndpointHealth, Health};

/// The page of an endpoint.
pub fn endpoint_href(id: &EndpointId, environment: Environment) -> String {
    env_href(&format!("/dashboard/webhooks/{id}"), environment)
}

/// The endpoints of one environment, newest first.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let endpoints = Resource::new(move || env.get(), list_endpoints);
    let new_href = move || env_href("/dashboard/webhooks/new", env.get());
    view! {
        <PageHead title="Webhooks" lead="Events of your organisation, delivered to your servers and signed.">
            <a class="btn" href=move || env_href("/dashboard/webhooks/debug", env.get())>"Signature debugger"</a>
            <ForRole can=Role::can_manage_keys>
                <a class="btn btn-primary" href=new_href>"Add endpoint"</a>
            </ForRole>
        </PageHead>
        {loaded(
            move || async move { Ok((session.me().await?, endpoints.await?)) },
            move || endpoints.refetch(),
            move |(me, endpoints)| {
                let may_manage = me.org.is_some_and(|org| org.role.can_manage_keys());
                if endpoints.is_empty() {
                    view! {
                        <Empty title="No endpoints yet" text="Add the URL of your server to receive events about customers, keys and quotas, and your own events, as they happen.">
                            {may_manage.then(|| view! { <a class="btn btn-primary" href=new_href>"Add endpoint"</a> })}
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! { <EndpointTable endpoints /> }.into_any()
                }
            },
        )}
        <p class="mt-4"><a class="link" href="/docs/webhooks">"How to receive webhooks"</a></p>
    }
}

/// `98 % of 120 attempts`.
pub fn success_text(health: Health) -> String {
    if health.attempts == 0 {
        return "no attempts".to_owned();
    }
    format!(
        "{} of {}",
        percent(health.successes, health.attempts),
        plural(health.attempts, "attempt", "attempts")
    )
}

#[component]
fn EndpointTable(endpoints: Vec<EndpointHealth>) -> impl IntoView {
    let row = |EndpointHealth { endpoint, health }| {
        let href = endpoint_href(&endpoint.id, endpoint.environment);
        view! {
            <LinkedRow href=href.clone()>
                <th scope="row">
                    <RowLink class="block max-w-44 sm:max-w-80 truncate" href title=endpoint.url.clone()>{endpoint.url.clone()}</RowLink>
                    <span class="font-normal text-muted block max-w-44 sm:max-w-80 truncate">{endpoint.description}</span>
                </th>
                <td><EndpointStateBadge state=endpoint.state is_failing=endpoint.failing_since.is_some() /></td>
                <td><code class="cut max-w-56">{endpoint.event_types.join(", ")}</code></td>
                <td class="num" data-label="Success, 24 h">{success_text(health)}</td>
                <td data-label="Last failure"><MaybeTime at=endpoint.last_failure_at or="never" /></td>
            </LinkedRow>
        }
    };
    view! {
        <Table stacks=true label="Endpoints" caption="Webhook endpoints, newest first">
            <thead>
                <tr>
                    <th scope="col">"Endpoint"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Events"</th>
                    <th scope="col" class="num">"Success, 24 h"</th>
                    <th scope="col">"Last failure"</th>
                </tr>
            </thead>
            <tbody>{endpoints.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
}
