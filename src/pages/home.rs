//! The landing page: what Tollgate is, for somebody about to call an API behind it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::call::Call;
use crate::components::code_block::CodeBlock;
use crate::components::curl::curl;
use crate::components::origin::use_origin;
use crate::components::site::Site;

const STEPS: [(&str, &str); 3] = [
    ("Create a sandbox key", "Sign up and make a key with one click. It is shown once; Tollgate keeps only its hash."),
    ("Send a call", "Try any operation in the browser, or paste the curl command. The sandbox is counted, never billed."),
    ("See what happened", "The call stands in your logs and on your usage chart at once. Its request id answers every question."),
];

const PROMISES: [(&str, &str); 4] = [
    ("Limits you can see", "Every answer says how much is left, in RateLimit headers."),
    ("Errors that help", "One stable code for each kind of failure, each with a page that says what to do."),
    ("Every call on record", "Counted before it is answered, so that what you see is what you used."),
    ("Keys under control", "Scopes, expiry, and a revoke that holds within a second."),
];

/// What the first call is answered with: the API and its headers are there before any data is.
const ANSWER: &str = "HTTP/1.1 200 OK\nX-Request-Id: req_01h2xcejqtf2nbrexx3vqjhp41\nRateLimit: \"key\";r=19;t=1\n\n{\n  \"data\": [],\n  \"next_cursor\": null\n}";

/// Hero, three steps, promises.
#[component]
pub fn HomePage() -> impl IntoView {
    let sample = curl(
        &use_origin(),
        &Call {
            method: "GET".into(),
            url: "/v1/customers".into(),
            headers: vec![("Authorization".into(), "Bearer tg_sandbox_…".into())],
            body: None,
        },
    );
    view! {
        <Title text="The API portal" />
        <Site>
            <section class="grid items-center gap-8 py-8 lg:grid-cols-2 lg:gap-12 lg:py-16">
                <div>
                    <h1 class="text-4xl/tight font-bold tracking-tight sm:text-5xl/tight">"From sign-up to your first API call in a minute"</h1>
                    <p class="mt-4 max-w-prose text-lg/7 text-muted">
                        "Tollgate is the portal to this company's APIs. Get a key, read the docs, try it in the browser, and see every call you make."
                    </p>
                    <p class="mt-6 row">
                        <a class="btn btn-primary px-5 py-2.5 text-base" href="/signup">"Get started"</a>
                        <a class="btn px-5 py-2.5 text-base" href="/docs">"Read the docs"</a>
                    </p>
                    <p class="mt-4 text-muted">"The sandbox is free. No card needed."</p>
                </div>
                <div class="stack min-w-0">
                    <CodeBlock label="Your first call" code=sample />
                    <CodeBlock label="Its answer" code=ANSWER.to_owned() />
                </div>
            </section>
            <section aria-labelledby="steps" class="border-t border-line py-10">
                <h2 id="steps" class="text-xl">"Three steps"</h2>
                <ol class="mt-4 grid gap-4 md:grid-cols-3">
                    {STEPS
                        .into_iter()
                        .enumerate()
                        .map(|(i, (title, text))| {
                            view! {
                                <li class="card">
                                    <span class="badge badge-accent" aria-hidden="true">{i + 1}</span>
                                    <h3 class="mt-2">{title}</h3>
                                    <p class="mt-1 text-muted">{text}</p>
                                </li>
                            }
                        })
                        .collect_view()}
                </ol>
            </section>
            <section aria-labelledby="promises" class="border-t border-line py-10">
                <h2 id="promises" class="text-xl">"What you can rely on"</h2>
                <dl class="mt-4 grid gap-x-8 gap-y-5 sm:grid-cols-2 lg:grid-cols-4">
                    {PROMISES
                        .into_iter()
                        .map(|(title, text)| {
                            view! {
                                <div>
                                    <dt class="font-semibold">{title}</dt>
                                    <dd class="mt-1 text-muted">{text}</dd>
                                </div>
                            }
                        })
                        .collect_view()}
                </dl>
            </section>
        </Site>
    }
}
