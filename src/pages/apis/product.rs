//! One product: description, prices and operations.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::actions::docs::get_product;
use crate::components::badge::{Method, ProductBadge};
use crate::components::format::{count, plural};
use crate::components::gate::{GateLink, new_key_href, plan_href};
use crate::components::loaded::loaded;
use crate::components::marked::marked;
use crate::components::plan_terms::{overage, rate};
use crate::components::site::Site;
use crate::components::table::Table;
use crate::pages::apis::facts::{FactList, FactSections};
use crate::pages::not_found::NotFound;
use crate::types::docs::{
    Limits, OperationGroup, OperationLink, ProductPage as View, schema_page, webhook_page,
};
use crate::types::plan::Plan;
use crate::types::product::{ProductStatus, ProductView};

/// Operations that are visible without unfolding; more are folded by tag.
const UNFOLDED: u64 = 60;

#[component]
pub fn ProductPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("product")).unwrap_or_default());
    let product = Resource::new(move || id.get(), get_product);
    view! {
        <Site>
            {loaded(
                move || async move { product.await },
                move || product.refetch(),
                |product: Option<View>| match product {
                    Some(view) => view! { <Product view /> }.into_any(),
                    None => view! { <NotFound /> }.into_any(),
                },
            )}
        </Site>
    }
}

#[component]
fn Product(view: View) -> impl IntoView {
    let View {
        product,
        description_html,
        plans,
        limits,
        groups,
        unlisted,
        facts,
        webhooks,
        schemas,
        unlisted_schemas,
        prefix,
        document,
    } = view;
    let id = product.id.clone();
    let base = format!("/apis/{id}");
    // One group, such as that of operations without tags, is the whole list.
    let is_open = product.operations <= UNFOLDED || groups.len() == 1;
    let groups = groups
        .into_iter()
        .map(|group| view! { <Group base=base.clone() group is_open /> })
        .collect_view();
    view! {
        <Title text=product.name.clone() />
        <nav aria-label="Breadcrumb" class="crumbs"><a href="/apis">"APIs"</a></nav>
        <div class="page-head">
            <div>
                <h1 class="row">{product.name.clone()} <ProductBadge status=product.status /></h1>
                <p class="lead">
                    "Version " {product.version.clone()} " · " {plural(product.operations, "operation", "operations")}
                    {(!prefix.is_empty()).then(|| view! { " · calls start with " <code>{prefix}</code> })}
                </p>
            </div>
            <div class="actions">
                <a class="btn" href="#operations">"Operations"</a>
                {(!plans.is_empty()).then(|| view! { <a class="btn" href="#plans">"Plans and prices"</a> })}
                <GateLink class="btn btn-primary" href=new_key_href(&id) label="Get a key" />
            </div>
        </div>
        {(product.status == ProductStatus::Deprecated).then(|| view! { <p class="alert alert-warn mb-4">{deprecation(&product)}</p> })}
        <div class="with-aside">
            <div class="min-w-0">
                {(!description_html.is_empty()).then(|| view! { <div class="prose" inner_html=description_html></div> })}
                {(!plans.is_empty()).then(|| view! { <Plans plans limits /> })}
                <section aria-labelledby="operations">
                    <div class="section-head"><h2 id="operations" class="scroll-mt-4">"Operations"</h2></div>
                    {groups}
                    {(unlisted > 0)
                        .then(|| view! { <p class="text-muted mt-3">{plural(unlisted, "operation is", "operations are")} " not listed here. " <a class="link" href="/search">"Search"</a> " finds them."</p> })}
                </section>
                {(!webhooks.is_empty()).then(|| view! { <Webhooks base=base.clone() webhooks /> })}
                {(!schemas.is_empty()).then(|| view! { <Schemas base=base.clone() pointers=schemas unlisted=unlisted_schemas /> })}
                {(!facts.is_empty()).then(|| view! {
                    <section aria-labelledby="more">
                        <div class="section-head"><h2 id="more" class="scroll-mt-4">"More about this API"</h2></div>
                        <FactSections sections=facts />
                    </section>
                })}
            </div>
            <aside aria-label="Downloads" class="card">
                <h2>"For your tools"</h2>
                <ul class="link-list">
                    <li><a class="link" href=format!("{base}/{document}") rel="external">"OpenAPI document"</a></li>
                    <li><a class="link" href=format!("{base}/openapi-3.1.json") rel="external">"OpenAPI 3.1 for this gateway"</a></li>
                    <li><a class="link" href=format!("{base}/clients/typescript.tar.gz") rel="external">"TypeScript client"</a></li>
                    <li><a class="link" href=format!("{base}/clients/python.tar.gz") rel="external">"Python client"</a></li>
                    <li><a class="link" href=format!("{base}.md") rel="external">"This page as Markdown"</a></li>
                    <li><a class="link" href=format!("{base}/changelog.xml") rel="external">"Changelog (RSS)"</a></li>
                </ul>
            </aside>
        </div>
    }
}

/// The deprecation notice of a product.
fn deprecation(product: &ProductView) -> String {
    let since =
        product.deprecated_at.map_or_else(String::new, |at| format!(" since {} (UTC)", at.day()));
    match product.retires_at {
        Some(at) => {
            format!(
                "This API is deprecated{since} and is retired on {} (UTC). From then on, calls to it return 404.",
                at.day()
            )
        }
        None => format!(
            "This API is deprecated{since}. Existing integrations keep working; do not build new ones on it."
        ),
    }
}

#[component]
fn Plans(plans: Vec<Plan>, limits: Limits) -> impl IntoView {
    let rows = plans
        .into_iter()
        .map(|plan| {
            view! {
                <tr>
                    <th scope="row">{plan.name.clone()}</th>
                    <td class="num" data-label="Per month">{plan.currency.amount(plan.monthly_price)}</td>
                    <td class="num" data-label="Included units">{count(plan.included_units)}</td>
                    <td class="wrap" data-label="Overage">{overage(&plan)}</td>
                    <td data-label="Rate per key">{rate(plan.key_rate.unwrap_or(limits.key_rate))}</td>
                    <td class="actions"><GateLink class="btn btn-sm" href=plan_href(&plan.product, plan.id.as_str()) label=format!("Choose {}", plan.name) /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="plans">
            <div class="section-head"><h2 id="plans" class="scroll-mt-4">"Plans"</h2></div>
            <Table stacks=true label="Plans" caption="Plans and prices">
                <thead>
                    <tr>
                        <th scope="col">"Plan"</th>
                        <th scope="col" class="num">"Per month"</th>
                        <th scope="col" class="num">"Included units"</th>
                        <th scope="col">"Overage"</th>
                        <th scope="col">"Rate per key"</th>
                        <th scope="col" class="actions"><span class="visually-hidden">"Choose"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <p class="hint mt-2">"Calls with a sandbox key are free. A call counts one unit, unless its operation says otherwise."</p>
        </section>
    }
}

#[component]
fn Webhooks(base: String, webhooks: Vec<(String, String)>) -> impl IntoView {
    let items = webhooks
        .into_iter()
        .map(|(name, summary)| {
            let href = format!("{base}/{}", webhook_page(&name, ""));
            view! { <li><a class="link break-all" href=href>{name}</a> " " <span class="text-muted">{marked(&summary)}</span></li> }
        })
        .collect_view();
    view! {
        <section aria-labelledby="webhooks">
            <div class="section-head"><h2 id="webhooks" class="scroll-mt-4">"Webhooks"</h2></div>
            <p>"Requests that this API sends to you."</p>
            <ul class="mt-2 list-disc pl-5">{items}</ul>
        </section>
    }
}

/// Links to the schemas that have names.
#[component]
fn Schemas(base: String, pointers: Vec<String>, unlisted: u64) -> impl IntoView {
    let number = pointers.len() as u64 + unlisted;
    let items = pointers
        .into_iter()
        .map(|at| {
            let name = at.rsplit('/').next().unwrap_or_default();
            let name = name.replace("~1", "/").replace("~0", "~");
            let href = format!("{base}/{}", schema_page(&at, ""));
            view! { <li><a class="link break-all" href=href>{name}</a></li> }
        })
        .collect_view();
    view! {
        <section aria-labelledby="schemas">
            <div class="section-head"><h2 id="schemas" class="scroll-mt-4">"Schemas"</h2></div>
            <details class="fold">
                <summary><h3>{plural(number, "schema", "schemas")}</h3></summary>
                <ul class="link-list">{items}</ul>
                {(unlisted > 0).then(|| view! { <p class="text-muted mt-3">{plural(unlisted, "schema is", "schemas are")} " only in the OpenAPI document."</p> })}
            </details>
        </section>
    }
}

#[component]
fn Group(base: String, group: OperationGroup, is_open: bool) -> impl IntoView {
    let OperationGroup { anchor, name, group, documentation, about_html, count, operations } =
        group;
    let links = operations
        .into_iter()
        .map(|operation| view! { <Line base=base.clone() operation /> })
        .collect_view();
    view! {
        <details class="fold scroll-mt-4" id=anchor open=is_open>
            <summary>
                <h3>{name}</h3>
                {(count > 0).then(|| view! { " " <span class="text-muted">{count}</span> })}
                {(!group.is_empty()).then(|| view! { " " <span class="badge">{group}</span> })}
            </summary>
            {(!about_html.is_empty()).then(|| view! { <div class="prose mt-1" inner_html=about_html></div> })}
            {documentation.map(|fact| view! { <FactList facts=vec![fact] /> })}
            <ul class="operations">{links}</ul>
        </details>
    }
}

#[component]
fn Line(base: String, operation: OperationLink) -> impl IntoView {
    view! {
        <li>
            <a href=format!("{base}/{}", operation.id)>
                <Method name=operation.method />
                <span class="min-w-0">
                    {operation.title}
                    {operation.is_deprecated.then(|| view! { " " <span class="badge badge-warn">"deprecated"</span> })}
                </span>
                <code>{operation.path}</code>
            </a>
        </li>
    }
}
