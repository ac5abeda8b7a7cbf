//! How to receive webhooks: signing, retries, and every event there is.

use leptos::prelude::*;

use crate::actions::docs::webhook_docs;
use crate::components::code_block::CodeBlock;
use crate::components::code_tabs::CodeTabs;
use crate::components::loaded::loaded;
use crate::components::marked::marked;
use crate::components::page_head::PageHead;
use crate::components::site::Site;
use crate::types::docs::SampleView;
use crate::types::event::EventTypeView;

const DELIVERY: &str = "POST /webhooks HTTP/1.1\ncontent-type: application/json\nwebhook-id: evt_01h2xcejqtf2nbrexx3vqjhp41\nwebhook-timestamp: 1795298400\nwebhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=\n\n{\"id\":\"evt_01h2xcejqtf2nbrexx3vqjhp41\",\"type\":\"customer.created\",\"timestamp\":\"2026-11-22T06:00:00.000Z\",\"environment\":\"live\",\"data\":{…}}";

/// Prose, receivers in eight languages, and the catalogue.
#[component]
pub fn WebhooksGuidePage() -> impl IntoView {
    let docs = Resource::new(|| (), |()| webhook_docs());
    view! {
        <Site>
            <PageHead title="Webhooks" lead="Events of your organisation, delivered to your servers: signed, retried, and never lost." />
            <div class="prose min-w-0">
                <Receiving />
                {loaded(
                    move || async move { docs.await },
                    move || docs.refetch(),
                    |(types, samples)| view! { <Samples samples /> <Catalogue types /> },
                )}
            </div>
        </Site>
    }
}

#[component]
fn Receiving() -> impl IntoView {
    view! {
        <h2 id="endpoints">"Endpoints"</h2>
        <p>
            "Add an endpoint under " <a href="/dashboard/webhooks">"Webhooks"</a> " or by " <code>"POST /v1/webhook-endpoints"</code>
            ". It belongs to one environment, and names the events it wants: " <code>"customer.created"</code> ", all that begin alike as "
            <code>"customer.*"</code> ", or " <code>"*"</code>
            ". Its URL begins with https:// and leads to a public address. Your own events, posted to " <code>"/v1/events"</code>
            ", are delivered like ours."
        </p>
        <CodeBlock label="A delivery" code=DELIVERY.to_owned() />
        <h2 id="signing">"Signatures"</h2>
        <p>
            "Deliveries are signed by " <a href="https://www.standardwebhooks.com" rel="external">"Standard Webhooks"</a>
            ": an HMAC-SHA256, in base64, of " <code>"webhook-id"</code> ", a dot, " <code>"webhook-timestamp"</code>
            ", a dot, and the raw body. The key is what the base64 behind " <code>"whsec_"</code>
            " stands for. Verify before you parse, over the bytes as they came, and refuse a timestamp that is more than 5 minutes off."
        </p>
        <p>
            "When you rotate the secret, each delivery carries two signatures, parted by a space, until the old secret ends: after 24 hours, or what you choose up to 7 days. "
            "If a signature does not fit, the " <a href="/dashboard/webhooks/debug">"debugger"</a>
            " says why; the check on an endpoint’s page says what your receiver does with good and bad deliveries."
        </p>
        <h2 id="retries">"Attempts"</h2>
        <p>
            "Answer 2xx within 15 seconds. All else is a failure, a redirect too. There are 8 attempts: at once, then after 5 seconds, 5 minutes, 30 minutes, 2, 5, 10 and 10 hours, each pause up to 20 % shorter or longer. "
            <code>"Retry-After"</code> " is honoured up to twice the pause. " <code>"410 Gone"</code>
            " disables the endpoint at once; so do five days in which every attempt failed. Then its owners, admins and developers get a mail, and the event "
            <code>"endpoint.disabled"</code> " is written."
        </p>
        <p>
            "An event may come more than once, always with the same " <code>"webhook-id"</code>
            ": do nothing with one that you know. Events may come in any order. Each delivery can be made again by hand, all that was missed since a time recovered, and a time replayed."
        </p>
        <h2 id="limits">"Limits"</h2>
        <p>
            "An organisation has up to 50 endpoints. Up to 4 deliveries to an endpoint are under way at once, one before the first success and while it fails, and no more a second than its rate. Events and their deliveries are kept for 90 days, of each answer the first 4 KiB."
        </p>
    }
}

#[component]
fn Samples(samples: Vec<SampleView>) -> impl IntoView {
    view! {
        <h2 id="receivers">"Receivers"</h2>
        <p>"Each verifies by the official library, notes the event, and answers; the work comes afterwards."</p>
        <CodeTabs group="receiver" samples=Signal::stored(samples) key=Signal::stored(None) />
    }
}

#[component]
fn Catalogue(types: Vec<EventTypeView>) -> impl IntoView {
    let pretty = |json: &serde_json::Value| serde_json::to_string_pretty(json).unwrap_or_default();
    let entry = |event: EventTypeView| {
        view! {
            <section id=event.kind.clone() class="mb-4">
                <h3><code>{event.kind.clone()}</code></h3>
                <p>{marked(&event.meaning)}</p>
                <details><summary>"Example and schema"</summary>
                    <div class="mt-2 stack">
                        <CodeBlock label="Example" code=pretty(&event.example) />
                        <CodeBlock label="JSON Schema of data" code=pretty(&event.schema) />
                    </div>
                </details>
            </section>
        }
    };
    view! {
        <h2 id="events">"Events"</h2>
        <p>"Every delivery’s body has " <code>"id"</code> ", " <code>"type"</code> ", " <code>"timestamp"</code> ", " <code>"environment"</code> " and " <code>"data"</code> ". Types are never renamed; fields may be added to data."</p>
        {types.into_iter().map(entry).collect_view()}
    }
}
