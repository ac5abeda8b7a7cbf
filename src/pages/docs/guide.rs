//! What holds for every operation.

use leptos::prelude::*;

use crate::components::call::Call;
use crate::components::code_block::CodeBlock;
use crate::components::curl::curl;
use crate::components::origin::use_origin;

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
    ("RateLimit-Policy", "Each limit with its quota and window: \"key\";q=20;w=1 is 20 calls in 1 second for the key."),
    ("RateLimit", "What is left of each, and the seconds until it is whole again: \"key\";r=19;t=1."),
    ("X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset", "The tightest limit in the older form; the reset is in unix seconds."),
    ("Retry-After", "On 429 and 503: the seconds to wait."),
    ("Tollgate-Environment, Tollgate-Units", "Where the call was counted, and its billed units."),
    ("Idempotent-Replayed", "true on the answer of an earlier call with the same Idempotency-Key."),
    ("Tollgate-Dry-Run", "true on the answer to a dry run."),
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
fn Section(index: usize, #[prop(optional)] example: Option<AnyView>, children: Children) -> impl IntoView {
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
    let authentication = view! { <CodeBlock label="Authentication with curl" code=sample /> }.into_any();
    let list = view! { <CodeBlock label="A page of a list" code=LIST.to_owned() /> }.into_any();
    let again = view! { <CodeBlock label="A call that can be sent again" code=again /> }.into_any();
    let dry_run = view! { <CodeBlock label="The answer to a dry run" code=DRY_RUN.to_owned() /> }.into_any();
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
                ", and sees only what lives there. Sandbox calls are counted, never billed. Its scopes say what it may do."
            </p>
        </Section>
        <Section index=1 example=list>
            <p>
                "Lists come newest first, in pages of " <code>"limit"</code> " (1 to 100). While more follow, "
                <code>"next_cursor"</code> " is set: send it as " <code>"cursor"</code> " for the next page. Entries that arrive meanwhile move nothing."
            </p>
        </Section>
        <Section index=2 example=problem>
            <p>
                "Errors are problem details (RFC 9457) as " <code>"application/problem+json"</code> ". "
                <code>"code"</code> " is stable; " <a href="/docs/errors">"every code has its page"</a>
                ". Validation failures list each field under " <code>"errors"</code> "."
            </p>
        </Section>
        <Section index=3 example=again>
            <p>
                "When no answer came, you cannot know whether a call was carried out. Give every POST, PUT, PATCH and DELETE an "
                <code>"Idempotency-Key"</code> ", a text of your own of up to 255 visible characters, such as a UUID: then send it again with the same key "
                "until an answer comes. It is carried out once, and for 24 hours you get the first answer, with "
                <code>"Idempotent-Replayed: true"</code> ", not billed again."
            </p>
            <p>
                "A call that is still running is answered 409 " <a href="/docs/errors/idempotency_in_flight"><code>"idempotency_in_flight"</code></a>
                ", the same key with another request 422 " <a href="/docs/errors/idempotency_mismatch"><code>"idempotency_mismatch"</code></a>
                ". A call that was refused as invalid, or failed with 5xx, is free to be sent again, mended or as it was. Answers over 1 MiB, and those that "
                "hold a new key, are not kept: their repetition is answered 409 " <code>"conflict"</code> " and not carried out."
            </p>
        </Section>
        <Section index=4 example=dry_run>
            <p>
                "With " <code>"Tollgate-Dry-Run: true"</code> " a call goes through every check and is then not made. The answer says what it would come to: "
                "its units, and what it would leave of your limits. What would be refused is refused in the same words."
            </p>
            <p>"A dry run is not logged, counted or billed, and takes from no limit but its own: 10 a second for each key."</p>
        </Section>
        <Section index=5>
            <p>"Every answer says what is left. After a 429, wait for the seconds in " <code>"Retry-After"</code> " and go on more slowly."</p>
        </Section>
        <div class="table-wrap -mt-4" tabindex="0" role="group" aria-label="Headers of every answer">
            <table class="table">
                <caption class="visually-hidden">"Headers of every answer"</caption>
                <thead><tr><th scope="col">"Header"</th><th scope="col">"Meaning"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
