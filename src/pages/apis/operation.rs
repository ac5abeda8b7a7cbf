//! One operation: its parameters, responses, cost, and how to call it.

pub mod parts;
mod samples;
pub mod schema;
mod side;
mod try_it;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use self::parts::{Body, Callbacks, Errors, Parameters, ResponseDocs};
use self::samples::{DocumentSamples, Samples};
use self::schema::ProductBase;
use self::side::Side;
use self::try_it::TryIt;
use crate::actions::docs::get_operation;
use crate::components::badge::{Method, ProductBadge};
use crate::components::copy_button::CopyButton;
use crate::components::format::plural;
use crate::components::loaded::loaded;
use crate::components::plan_terms::rate;
use crate::components::session::ForRole;
use crate::components::site::Site;
use crate::pages::apis::facts::FactSections;
use crate::pages::dashboard::logs::filter_href;
use crate::pages::not_found::NotFound;
use crate::types::docs::{Billed, Limits, OperationPage as View, PriceView};
use crate::types::environment::Environment;
use crate::types::log::LogFilter;
use crate::types::plan::Plan;
use crate::types::role::Role;

#[component]
pub fn OperationPage() -> impl IntoView {
    let params = use_params_map();
    let wanted = Memo::new(move |_| {
        params.with(|params| {
            (params.get("product").unwrap_or_default(), params.get("operation").unwrap_or_default())
        })
    });
    let page = Resource::new(
        move || wanted.get(),
        |(product, operation)| get_operation(product, operation),
    );
    view! {
        <Site>
            {loaded(
                move || async move { page.await },
                move || page.refetch(),
                |page: Option<View>| match page {
                    Some(page) => view! { <Operation page /> }.into_any(),
                    None => view! { <NotFound /> }.into_any(),
                },
            )}
        </Site>
    }
}

#[component]
fn Operation(page: View) -> impl IntoView {
    let base = format!("/apis/{}", page.product);
    provide_context(ProductBase(base.clone()));
    let twin = format!("{base}/{}.md", page.id);
    let path = page.path.clone();
    let key = RwSignal::new(String::new());
    let samples = RwSignal::new(page.samples);
    let scopes = page.scopes.clone();
    view! {
        <Title text=format!("{} · {}", page.title, page.product_name) />
        <div class="with-toc">
            <Side base=base.clone() name=page.product_name.clone() groups=page.groups current=page.id.clone() />
            <article class="min-w-0" aria-labelledby="title">
                <nav aria-label="Breadcrumb" class="crumbs">
                    <a href="/apis">"APIs"</a>
                    <a href=base>{page.product_name.clone()}</a>
                    <ProductBadge status=page.status />
                </nav>
                <div class="page-head">
                    <div class="min-w-0">
                        <h1 id="title" class="break-words">{page.title.clone()}</h1>
                        <p class="row mt-1">
                            <Method name=page.method.clone() />
                            <code class="break-all">{page.path.clone()}</code>
                            <CopyButton text=Signal::stored(path) label="Copy path" class="btn btn-ghost btn-sm" />
                        </p>
                    </div>
                    <div class="actions">
                        <CallsLink product=page.product.clone() operation=page.id.clone() />
                        <a class="btn" href=twin rel="external">"Markdown"</a>
                        <a class="btn btn-primary" href="#try">"Try it"</a>
                    </div>
                </div>
                <Ending is_deprecated=page.is_deprecated sunset=page.sunset />
                <Incomplete unresolved=page.unresolved />
                <div class="operation">
                    <div class="min-w-0">
                        {(!page.description_html.is_empty()).then(|| view! { <div class="prose" inner_html=page.description_html></div> })}
                        <Terms scopes=page.scopes price=page.price requires_idempotency_key=page.requires_idempotency_key plans=page.plans limits=page.limits />
                        <FactSections sections=page.facts />
                        <Parameters parameters=page.parameters />
                        {page.body.map(|body| view! { <Body body /> })}
                        <ResponseDocs responses=page.responses />
                        {(!page.omitted.is_empty()).then(|| view! {
                            <p class="text-muted">{format!("Not shown here: {}. The OpenAPI document contains all of them.", page.omitted.join(", "))}</p>
                        })}
                        {(!page.callbacks.is_empty()).then(|| view! { <Callbacks requests=page.callbacks /> })}
                        <Errors codes=page.errors />
                    </div>
                    <div class="operation-aside">
                        <Samples samples key />
                        <DocumentSamples samples=page.document_samples />
                    </div>
                </div>
                <TryIt draft=page.draft scopes key samples />
            </article>
        </div>
    }
}

/// For members who may read logs: the calls of this operation.
#[component]
fn CallsLink(product: String, operation: String) -> impl IntoView {
    let href = filter_href(
        &LogFilter { product, operation, ..LogFilter::default() },
        Environment::default(),
    );
    view! { <ForRole can=Role::can_read_logs><a class="btn" href=href.clone()>"Your calls"</a></ForRole> }
}

/// Announces the end of the operation.
#[component]
fn Ending(is_deprecated: bool, sunset: Option<String>) -> impl IntoView {
    let text = match (is_deprecated, sunset) {
        (_, Some(day)) => format!("This operation will be removed on {day}. Move to another one before then."),
        (true, None) => "This operation is deprecated. Existing integrations keep working; do not build new ones on it.".to_owned(),
        (false, None) => return ().into_any(),
    };
    view! { <p class="alert alert-warn mb-4">{text}</p> }.into_any()
}

/// Names the parts that the document refers to but does not contain.
#[component]
fn Incomplete(unresolved: Vec<String>) -> impl IntoView {
    (!unresolved.is_empty()).then(|| {
        let names = unresolved
            .into_iter()
            .enumerate()
            .map(|(i, name)| view! { {(i > 0).then_some(", ")} <code class="break-all">{name}</code> })
            .collect_view();
        view! {
            <p class="alert alert-warn mb-4">
                "The OpenAPI document does not contain some parts that this operation refers to, so they are not described and not validated: "
                {names} "."
            </p>
        }
    })
}

/// Required scopes, the cost of a call, and rate limits.
#[component]
fn Terms(
    scopes: Vec<String>,
    price: PriceView,
    requires_idempotency_key: bool,
    plans: Vec<Plan>,
    limits: Limits,
) -> impl IntoView {
    let scopes = scopes
        .into_iter()
        .enumerate()
        .map(|(i, scope)| view! { {(i > 0).then_some(" or ")} <code>{scope}</code> })
        .collect_view();
    let line = move |name: String, plan: Option<&Plan>| {
        let key = rate(plan.and_then(|plan| plan.key_rate).unwrap_or(limits.key_rate));
        let org = rate(plan.and_then(|plan| plan.org_rate).unwrap_or(limits.org_rate));
        view! { <li><span class="font-medium">{name}</span> ": " {key} " for a key, " {org} " for an organisation"</li> }
    };
    let mut rates: Vec<_> = plans.iter().map(|plan| line(plan.name.clone(), Some(plan))).collect();
    if rates.is_empty() {
        rates.push(line("Without a plan".to_owned(), None));
    }
    view! {
        <dl class="details my-4">
            <dt>"Scope"</dt>
            <dd>{scopes}</dd>
            <dt>"Cost"</dt>
            <dd>{cost(price)}</dd>
            <dt>"Limits"</dt>
            <dd><ul>{rates}</ul></dd>
            {requires_idempotency_key
                .then(|| view! { <dt>"Idempotency"</dt> <dd>"Needs an " <a class="link" href="/docs#idempotency"><code>"Idempotency-Key"</code></a></dd> })}
        </dl>
    }
}

fn cost(price: PriceView) -> String {
    let units = |units: u32| plural(units.into(), "unit", "units");
    let amount = match price.max_units {
        Some(most) => format!("As reported in the response, up to {}", units(most)),
        None => units(price.units),
    };
    match price.billed {
        Billed::OnSuccess => format!("{amount}, if the call succeeds"),
        Billed::Always => format!("{amount}, whether or not the call succeeds"),
        Billed::Never => "Nothing".to_owned(),
    }
}
