//! The rules for every operation.

use leptos::prelude::*;

use crate::components::call::Call;
use crate::components::code_block::CodeBlock;
use crate::components::curl::curl;
use crate::components::origin::use_origin;
use crate::components::table::Table;

const PROBLEM: &str = r#"{
  "type": "https://…/docs/errors/rate_limited",
  "title": "Too many requests",
  "status": 429,
  "code": "rate_limited",
  "detail": "…what happened and what to do…",
  "request_id": "req_01h2xcejqtf2nbrexx3vqjhp41"
}"#;

const LIST: &str = r#"{
  "data": [ … ],
  "next_cursor": "cus_01h2xcejqtf2nbrexx3vqjhp41"
}"#;

const DRY_RUN: &str = r#"{
  "dry_run": true,
  "would_be": "answered",
  "environment": "sandbox",
  "operation": { "id": "createCustomer", "scope": "customers:write", "units": 1 },
  "key": { "id": "key_01h2xcejqtf2nbrexx3vqjhp41", "prefix": "tg_sandbox_…" },
  "limits": [
    { "policy": "key", "limit": 20, "window_seconds": 1, "remaining": 19, "reset_seconds": 1 },
    …
  ]
}"#;

const HEADERS: [(&str, &str); 8] = [
    ("X-Request-Id", "The id of this call, in your logs under the same name."),
    (
        "RateLimit-Policy",
        "Each limit with its quota and window: \"key\";q=20;w=1 is 20 calls in 1 second for the key.",
    ),
    (
        "RateLimit",
        "Remaining calls per limit, and the seconds until the limit is fully restored: \"key\";r=19;t=1.",
    ),
    (
        "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset",
        "The tightest limit in the older format; the reset is in Unix seconds.",
    ),
    ("Retry-After", "On 429 and 503: the seconds to wait."),
    ("Tollgate-Environment, Tollgate-Units", "Environment of the call, and its billed units."),
    (
        "Idempotent-Replayed",
        "true if this is the response to an earlier call with the same Idempotency-Key.",
    ),
    ("Tollgate-Dry-Run", "true on the response to a dry run."),
];

/// Anchor and name of each section.
pub const SECTIONS: [(&str, &str); 6] = [
    ("authentication", "Authentication"),
    ("lists", "Pages of a list"),
    ("errors", "Errors"),
    ("idempotency", "Sending again safely"),
    ("dry-runs", "Dry runs"),
    ("rate-limits", "Rate limits"),
];

/// Text beside its example.
#[component]
fn Section(
    index: usize,
    #[prop(optional)] example: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let (id, title) = SECTIONS[index];
    view! {
        <section class="grid scroll-mt-4 items-start gap-x-6 gap-y-4 pb-8 xl:grid-cols-2" id=id aria-labelledby=format!("{id}-title")>
            <div class="prose min-w-0">
                <h2 class="mt-0" id=format!("{id}-title")>{title}</h2>
                {children()}
            </div>
            {example.map(|example| view! { <div class="min-w-0">{example}</div> })}
        </section>
    }
}

/// Authentication, lists, errors and limits.
#[component]
pub fn Guide() -> impl IntoView {
    let sample = curl(
        &use_origin(),
        &Call {
            method: "GET".into(),
            url: "/v1/customers?limit=10".into(),
            headers: vec![("Authorization".into(), "Bearer tg_sandbox_…".into())],
            body: None,
        },
    );
    let again = curl(
        &use_origin(),
        &Call {
            method: "POST".into(),
            url: "/v1/customers".into(),
            headers: vec![
                ("Authorization".into(), "Bearer tg_sandbox_…".into()),
                ("Idempotency-Key".into(), "8e03978e-40d5-43dd-bc93-6894a57f9324".into()),
                ("Content-Type".into(), "application/json".into()),
            ],
            body: Some(r#"{"name": "Ada Lovelace"}"#.into()),
        },
    );
    let rows = HEADERS
        .into_iter()
        .map(|(name, about)| view! { <tr><th scope="row" class="wrap"><code class="font-medium leading-5">{name}</code></th><td class="wrap">{about}</td></tr> })
        .collect_view();
    let authentication =
        view! { <CodeBlock label="Authentication with curl" code=sample /> }.into_any();
    let list = view! { <CodeBlock label="A page of a list" code=LIST.to_owned() /> }.into_any();
    let again = view! { <CodeBlock label="A call that can be sent again" code=again /> }.into_any();
    let dry_run = view! { <CodeBlock label="The response to a dry run" code=DRY_RUN.to_owned() /> }
        .into_any();
    let problem = view! { <CodeBlock label="An error" code=PROBLEM.to_owned() /> }.into_any();
    view! {
        <Section index=0 example=authentication>
            <p>
                "Send a key with every call, as " <code>"Authorization: Bearer"</code> " or as " <code>"X-API-Key"</code>
                ". Create one under " <a href="/dashboard/keys">"Keys"</a> "; " <a href="/docs/keys">"how to rotate and bound it"</a>
                ". A key in the query string is never read."
            </p>
            <p>
                "A key belongs to one environment, " <strong>"sandbox"</strong> " or " <strong>"live"</strong>
                ", and sees only the data of that environment. Sandbox calls are counted but never billed. The scopes of a key decide what it may do."
            </p>
        </Section>
        <Section index=1 example=list>
            <p>
                "Lists come newest first, in pages of " <code>"limit"</code> " (1 to 100). While more follow, "
                <code>"next_cursor"</code> " is set: send it as " <code>"cursor"</code> " for the next page. New entries do not shift the pages."
            </p>
        </Section>
        <Section index=2 example=problem>
            <p>
                "Errors are problem details (RFC 9457) as " <code>"application/problem+json"</code> ". "
                <code>"code"</code> " is stable; " <a href="/docs/errors">"each code has its own page"</a>
                ". Validation failures list each field under " <code>"errors"</code> "."
            </p>
        </Section>
        <Section index=3 example=again>
            <p>
                "If you get no response, you cannot know whether the call was carried out. Give every POST, PUT, PATCH and DELETE an "
                <code>"Idempotency-Key"</code> ", a unique text of up to 255 visible characters, such as a UUID. Then send the call again with the same key "
                "until you get a response. The call is carried out once, and for 24 hours repetitions return the first response, with "
                <code>"Idempotent-Replayed: true"</code> ", not billed again."
            </p>
            <p>
                "A call that is still running returns 409 " <a href="/docs/errors/idempotency_in_flight"><code>"idempotency_in_flight"</code></a>
                ", the same key with another request 422 " <a href="/docs/errors/idempotency_mismatch"><code>"idempotency_mismatch"</code></a>
                ". A call that was refused as invalid can be corrected and sent again with the same key. Of an API with a server of its own, "
                "any response is kept, also a failure; if the server did not respond, repetitions return 409 "
                <a href="/docs/errors/idempotency_unknown"><code>"idempotency_unknown"</code></a> ", because only that server knows what it did. "
                "Responses over 1 MiB and responses that contain a new key are not kept: repetitions return 409 " <code>"conflict"</code>
                " and are not carried out."
            </p>
        </Section>
        <Section index=4 example=dry_run>
            <p>
                "With " <code>"Tollgate-Dry-Run: true"</code> " a call goes through every check but is not carried out. The response reports the outcome: "
                "the units it would cost and what it would leave of your limits. A call that would be refused is refused with the same error."
            </p>
            <p>"A dry run is not logged, counted or billed. Its only rate limit is 10 per second and key."</p>
        </Section>
        <Section index=5>
            <p>"Every response reports what is left. After a 429, wait for the seconds in " <code>"Retry-After"</code> " and continue more slowly."</p>
        </Section>
        <Table label="Headers of every response" class="-mt-4">
            <thead><tr><th scope="col">"Header"</th><th scope="col">"Meaning"</th></tr></thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}
