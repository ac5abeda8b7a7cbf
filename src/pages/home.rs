//! The landing page: what Tollgate is, for a developer who is about to call an API behind it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::actions::docs::list_products;
use crate::components::call::Call;
use crate::components::code_block::CodeBlock;
use crate::components::curl::curl;
use crate::components::gate::{GateLink, new_key_href};
use crate::components::loaded::loaded;
use crate::components::origin::use_origin;
use crate::components::site::Site;
use crate::types::docs::{CatalogueView, ProductCard};
use crate::types::product::PLATFORM;

const STEPS: [(&str, &str); 3] = [
    (
        "Create a sandbox key",
        "Sign up and create a key with one click. It is shown once; Tollgate keeps only its hash.",
    ),
    (
        "Send a call",
        "Try any operation in the browser, or paste the curl command. The sandbox is counted, never billed.",
    ),
    (
        "See what happened",
        "The call appears in your logs and on your usage chart immediately. Look it up by its request id.",
    ),
];

const PROMISES: [(&str, &str); 4] = [
    ("Limits you can see", "Every response reports what is left, in RateLimit headers."),
    (
        "Errors that help",
        "Each kind of failure has a stable code, and each code has a page that says what to do.",
    ),
    (
        "Every call on record",
        "Calls are counted before the response is sent, so the usage you see is exact.",
    ),
    ("Keys under control", "Scopes, expiry, and revocation that takes effect within a second."),
];

/// The response to the first call: the API and its headers exist before any data does.
const RESPONSE: &str = "HTTP/1.1 200 OK\nX-Request-Id: req_01h2xcejqtf2nbrexx3vqjhp41\nRateLimit: \"key\";r=19;t=1\n\n{\n  \"data\": [],\n  \"next_cursor\": null\n}";

/// The number of products on the page; the catalogue has all of them.
const SHOWN: usize = 6;

/// The operator's products with their prices; the portal's own API only if there is no other.
#[component]
fn Products(view: CatalogueView) -> impl IntoView {
    let (own, products): (Vec<_>, Vec<_>) =
        view.products.into_iter().partition(|product| product.id == PLATFORM);
    let products = if products.is_empty() { own } else { products };
    if products.is_empty() {
        return ().into_any();
    }
    let card = |product: ProductCard| {
        let docs = format!("/apis/{}", product.id);
        view! {
            <li class="card">
                <h3><a href=docs.clone()>{product.name.clone()}</a></h3>
                <p class="text-muted">{product.excerpt}</p>
                <p class="catalogue-foot"><span class="text-ink">{product.price.unwrap_or_else(|| "No plans yet".to_owned())}</span></p>
                <p class="row mt-2">
                    <GateLink class="btn btn-sm btn-primary" href=new_key_href(&product.id) label="Get a key" />
                    <a class="btn btn-sm" href=format!("{docs}#plans") aria-label=format!("Plans of {}", product.name)>"Plans"</a>
                </p>
            </li>
        }
    };
    view! {
        <section aria-labelledby="products" class="border-t border-line py-10">
            <div class="section-head">
                <h2 id="products" class="text-xl">"APIs and prices"</h2>
                <a class="link" href="/apis">"All APIs"</a>
            </div>
            <ul class="catalogue mt-4">{products.into_iter().take(SHOWN).map(card).collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// Hero, products, three steps, promises.
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
    let products = Resource::new(|| (), |()| list_products(String::new(), String::new()));
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
                    <CodeBlock label="The response" code=RESPONSE.to_owned() />
                </div>
            </section>
            {loaded(move || async move { products.await }, move || products.refetch(), |view: CatalogueView| view! { <Products view /> })}
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
