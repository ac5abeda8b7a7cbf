//! One schema of a product: all of its parts.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::actions::docs::get_product_schema;
use crate::components::badge::ProductBadge;
use crate::components::loaded::loaded;
use crate::components::site::Site;
use crate::pages::apis::operation::parts::example_block;
use crate::pages::apis::operation::schema::{ProductBase, SchemaView};
use crate::pages::not_found::NotFound;
use crate::types::docs::{SchemaPage as View, schema_page};

/// `?at=` is the location of a schema without a name.
#[component]
pub fn SchemaPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = Memo::new(move |_| {
        let (product, name) = params.with(|params| {
            (params.get("product").unwrap_or_default(), params.get("schema").unwrap_or_default())
        });
        (product, name, query.with(|query| query.get("at")).unwrap_or_default())
    });
    let page = Resource::new(
        move || wanted.get(),
        |(product, name, at)| get_product_schema(product, name, at),
    );
    view! {
        <Site>
            {loaded(
                move || async move { page.await },
                move || page.refetch(),
                |page: Option<View>| match page {
                    Some(page) => view! { <Schema page /> }.into_any(),
                    None => view! { <NotFound /> }.into_any(),
                },
            )}
        </Site>
    }
}

#[component]
fn Schema(page: View) -> impl IntoView {
    let base = format!("/apis/{}", page.product);
    let twin = format!("{base}/{}", schema_page(&page.at, ".md"));
    provide_context(ProductBase(base.clone()));
    view! {
        <Title text=format!("{} · {}", page.name, page.product_name) />
        <nav aria-label="Breadcrumb" class="crumbs">
            <a href="/apis">"APIs"</a>
            <a href=base>{page.product_name}</a>
            <ProductBadge status=page.status />
        </nav>
        <div class="page-head">
            <h1 class="break-words">{page.name}</h1>
            <div class="actions"><a class="btn" href=twin rel="external">"Markdown"</a></div>
        </div>
        <SchemaView node=page.schema is_open=true />
        {page.examples.into_iter().map(example_block).collect_view()}
    }
}
