//! The catalogue: all products, searchable by name and purpose.

mod facts;
pub mod operation;
pub mod product;
pub mod schema;
pub mod webhook;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::docs::list_products;
use crate::components::badge::ProductBadge;
use crate::components::empty::Empty;
use crate::components::format::plural;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::site::Site;
use crate::types::docs::{CatalogueView, ProductCard};

/// `?q=` and `?category=` filter it.
#[component]
pub fn CataloguePage() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| {
            (query.get("q").unwrap_or_default(), query.get("category").unwrap_or_default())
        })
    });
    let catalogue =
        Resource::new(move || wanted.get(), |(query, category)| list_products(query, category));
    view! {
        <Site>
            <PageHead title="APIs" lead="All APIs of this portal. You can try every operation in the sandbox for free." />
            {loaded(
                move || async move { catalogue.await },
                move || catalogue.refetch(),
                move |view: CatalogueView| {
                    let (query, category) = wanted.get_untracked();
                    view! { <Filters query=query.clone() category=category.clone() categories=view.categories.clone() /> <Products view is_narrowed=!query.is_empty() || !category.is_empty() /> }
                },
            )}
        </Site>
    }
}

#[component]
fn Filters(query: String, category: String, categories: Vec<String>) -> impl IntoView {
    let options = categories
        .into_iter()
        .map(|name| {
            let selected = name == category;
            view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
        })
        .collect_view();
    view! {
        <form class="filters" method="get" action="/apis" role="search" aria-label="APIs">
            <div class="field">
                <label class="label" for="catalogue-q">"Name or purpose"</label>
                <input class="input" id="catalogue-q" type="search" name="q" maxlength="200" value=query />
            </div>
            <div class="field">
                <label class="label" for="catalogue-category">"Category"</label>
                <select class="select" id="catalogue-category" name="category">
                    <option value="">"All"</option>
                    {options}
                </select>
            </div>
            <button type="submit" class="btn">"Show"</button>
        </form>
    }
}

#[component]
fn Products(view: CatalogueView, is_narrowed: bool) -> impl IntoView {
    if view.products.is_empty() {
        return if is_narrowed {
            view! { <Empty title="No matching APIs" text="No API in this category contains these words."><a class="btn" href="/apis">"Show all"</a></Empty> }.into_any()
        } else {
            view! { <Empty title="No APIs yet" text="APIs appear here with their docs and sandbox once an operator registers them." /> }
                .into_any()
        };
    }
    let shown = view.products.len() as u64;
    let cards = view.products.into_iter().map(|product| view! { <Card product /> }).collect_view();
    view! {
        {is_narrowed.then(|| view! { <p class="mb-3 text-muted" role="status">{plural(shown, "API", "APIs")} " of " {view.total} " · " <a class="link" href="/apis">"Show all"</a></p> })}
        <ul class="catalogue">{cards}</ul>
    }
    .into_any()
}

#[component]
fn Card(product: ProductCard) -> impl IntoView {
    let tags =
        product.tags.into_iter().map(|tag| view! { <li class="badge">{tag}</li> }).collect_view();
    view! {
        <li class="card">
            <h2 class="row"><a href=format!("/apis/{}", product.id)>{product.name}</a> <ProductBadge status=product.status /></h2>
            <p class="text-muted">{product.excerpt}</p>
            <ul class="row" aria-label="Tags">{tags}</ul>
            <p class="catalogue-foot">
                <span>{product.category}</span>
                <span>{plural(product.operations, "operation", "operations")}</span>
                <span>"v" {product.version}</span>
                {product.price.map(|price| view! { <span class="text-ink">{price}</span> })}
            </p>
        </li>
    }
}
