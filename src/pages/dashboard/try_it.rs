//! The console: choose an operation of any product, send a call from the browser, and see the
//! response.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::actions::docs::{get_operation, get_product, list_products};
use crate::actions::error::UiError;
use crate::components::code_tabs::CodeTabs;
use crate::components::console::{Console, KeyField};
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::format::encode;
use crate::components::loaded::loaded;
use crate::components::no_script::NoScript;
use crate::components::page_head::PageHead;
use crate::types::docs::{OperationLink, OperationPage, ProductCard};
use crate::types::environment::Environment;
use crate::types::product::PLATFORM;

/// The data of the page: all products, the operations of the chosen one, and the chosen operation.
type Choice = (Vec<ProductCard>, Vec<OperationLink>, Option<OperationPage>);

/// `?product=` and `?op=` name the operation, so that it can be linked to.
#[component]
pub fn TryPage() -> impl IntoView {
    let env = use_env();
    let query = use_query_map();
    let chosen = Memo::new(move |_| {
        let product = query
            .with(|query| query.get("product"))
            .filter(|product| !product.is_empty())
            .unwrap_or_else(|| PLATFORM.to_owned());
        (product, query.with(|query| query.get("op")).unwrap_or_default())
    });
    let choice =
        Resource::new(move || chosen.get(), |(product, operation)| choose(product, operation));
    // One per environment. Outside, so that choosing another operation keeps the key.
    let keys = [RwSignal::new(String::new()), RwSignal::new(String::new())];
    view! {
        <PageHead title="Try it" lead="Send a call from this browser, as your program would. It is counted and logged like any other." />
        {move || {
            (env.get() == Environment::Live)
                .then(|| view! { <p class="alert alert-warn mb-4">"This is the live environment: calls with a live key are billed and change live data."</p> })
        }}
        <NoScript html="<p class='alert mb-4'>Sending needs JavaScript. The samples below do the same.</p>" />
        {loaded(
            move || async move { choice.await },
            move || choice.refetch(),
            move |(products, operations, page): Choice| {
                let product = chosen.with_untracked(|(product, _)| product.clone());
                let current = page.as_ref().map(|page| page.id.clone()).unwrap_or_default();
                let page = StoredValue::new(page);
                view! {
                    <Picker products operations product current env />
                    {move || match page.get_value() {
                        Some(page) => {
                            let key = match env.get() {
                                Environment::Sandbox => keys[0],
                                Environment::Live => keys[1],
                            };
                            view! { <Call page env=env.get() key /> }.into_any()
                        }
                        None => view! { <Empty title="No such operation" text="Choose another one above." /> }.into_any(),
                    }}
                }
            },
        )}
    }
}

/// The named operation, or the first read-only one: a good first call.
async fn choose(product: String, operation: String) -> Result<Choice, UiError> {
    let products = list_products(String::new(), String::new()).await?.products;
    let groups = get_product(product.clone()).await?.map(|page| page.groups).unwrap_or_default();
    let operations: Vec<OperationLink> =
        groups.into_iter().flat_map(|group| group.operations).collect();
    let first = || {
        operations
            .iter()
            .find(|link| link.method == "GET" && !link.path.contains('{'))
            .or(operations.first())
            .map(|link| link.id.clone())
    };
    let page = match Some(operation).filter(|id| !id.is_empty()).or_else(first) {
        Some(id) => get_operation(product, id).await?,
        None => None,
    };
    Ok((products, operations, page))
}

#[component]
fn Call(page: OperationPage, env: Environment, key: RwSignal<String>) -> impl IntoView {
    let samples = RwSignal::new(page.samples);
    let shown =
        Signal::derive(move || Some(key.get().trim().to_owned()).filter(|key| !key.is_empty()));
    let scopes = page.scopes.clone();
    let href = format!("/apis/{}/{}", page.product, page.id);
    view! {
        <p class="mb-3 text-muted">"Needs the scope " <code>{page.scopes.first().cloned()}</code> ". " <a class="link" href=href>"Read its page"</a></p>
        <Console draft=page.draft env key samples><KeyField key env scopes /></Console>
        <section class="card mt-4 min-w-0" aria-labelledby="as-code">
            <h2 id="as-code" class="mb-3">"The same as a program"</h2>
            <CodeTabs group="try" samples=samples.into() key=shown env />
            <p class="hint mt-2">"Copying inserts the complete key."</p>
        </section>
    }
}

#[component]
fn Picker(
    products: Vec<ProductCard>,
    operations: Vec<OperationLink>,
    product: String,
    current: String,
    env: Memo<Environment>,
) -> impl IntoView {
    let navigate = use_navigate();
    let go = move |to: String| {
        navigate(
            &env_href(&to, env.get_untracked()),
            NavigateOptions { scroll: false, ..NavigateOptions::default() },
        );
    };
    let pick = {
        let (go, product) = (go.clone(), product.clone());
        move |ev: ev::Event| {
            go(format!("/dashboard/try?product={product}&op={}", encode(&event_target_value(&ev))))
        }
    };
    let pick_product = move |ev: ev::Event| {
        go(format!("/dashboard/try?product={}", encode(&event_target_value(&ev))))
    };
    let products = products
        .into_iter()
        .map(|card| {
            let selected = card.id == product;
            view! { <option value=card.id selected=selected>{card.name}</option> }
        })
        .collect_view();
    let operations = operations
        .into_iter()
        .map(|link| {
            let selected = link.id == current;
            view! { <option value=link.id selected=selected>{format!("{} {} · {}", link.method, link.path, link.title)}</option> }
        })
        .collect_view();
    view! {
        <form class="filters" method="get" action="/dashboard/try">
            <div class="field">
                <label class="label" for="product">"API"</label>
                <select class="select" id="product" name="product" on:change=pick_product>{products}</select>
            </div>
            <div class="field">
                <label class="label" for="op">"Operation"</label>
                <select class="select" id="op" name="op" on:change=pick>{operations}</select>
            </div>
            <input type="hidden" name="env" value=move || env.get().as_str() />
            <NoScript html="<button type='submit' class='btn mt-2'>Choose</button>" />
        </form>
    }
}
