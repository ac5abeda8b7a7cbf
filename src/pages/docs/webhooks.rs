//! How to receive webhooks: signatures, retries, and all event types.

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

/// Text, receivers in eight languages, and the catalogue.
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
            ". It belongs to one environment and lists the event types that it receives: " <code>"customer.created"</code> ", all types with the same prefix, such as "
            <code>"customer.*"</code> ", or " <code>"*"</code>
            ". Its URL must start with https:// and point to a public address. Your own events, posted to " <code>"/v1/events"</code>
            ", are delivered in the same way."
        </p>
        <CodeBlock label="A delivery" code=DELIVERY.to_owned() />
        <h2 id="signing">"Signatures"</h2>
        <p>
            "Deliveries are signed by " <a href="https://www.standardwebhooks.com" rel="external">"Standard Webhooks"</a>
            ": an HMAC-SHA256, in base64, of " <code>"webhook-id"</code> ", a dot, " <code>"webhook-timestamp"</code>
            ", a dot, and the raw body. The key is the base64 text after " <code>"whsec_"</code>
            ", decoded. Verify the raw bytes before you parse them, and reject a timestamp that is more than 5 minutes off."
        </p>
        <p>
            "When you rotate the secret, each delivery carries two signatures, separated by a space, until the old secret expires: after 24 hours by default, or after up to 7 days. "
            "If a signature does not match, the " <a href="/dashboard/webhooks/debug">"debugger"</a>
            " shows why. The check on an endpoint’s page shows how your receiver handles good and bad deliveries."
        </p>
        <h2 id="retries">"Attempts"</h2>
        <p>
            "Respond with 2xx within 15 seconds. Everything else counts as a failure, including a redirect. There are 8 attempts: the first immediately, the others after 5 seconds, 5 minutes, 30 minutes, 2, 5, 10 and 10 hours, each pause up to 20 % shorter or longer. "
            <code>"Retry-After"</code> " is honoured up to twice the pause. " <code>"410 Gone"</code>
            " disables the endpoint immediately, and so do five days in which every attempt failed. Owners, admins and developers then get a mail, and the event "
            <code>"endpoint.disabled"</code> " is recorded."
        </p>
        <p>
            "An event may arrive more than once, always with the same " <code>"webhook-id"</code>
            ": ignore an id that you have already processed. Events can arrive in any order. You can retry a single delivery, recover all missed events since a time, and replay a period."
        </p>
        <h2 id="limits">"Limits"</h2>
        <p>
            "An organisation has up to 50 endpoints. Up to 4 deliveries to an endpoint run in parallel, or one until its first success and while it fails, and never more per second than its rate. Events and deliveries are kept for 90 days, with the first 4 KiB of each response."
        </p>
    }
}

#[component]
fn Samples(samples: Vec<SampleView>) -> impl IntoView {
    view! {
        <h2 id="receivers">"Receivers"</h2>
        <p>"Each example verifies the signature with the official library, stores the event and responds. Process the event afterwards."</p>
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
