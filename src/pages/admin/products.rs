//! All products.

pub mod form;
pub mod new;

use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;

use crate::actions::products::list_admin_products;
use crate::components::empty::Empty;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::table::{LinkedRow, RowLink, Table};
use crate::components::time::Time;
use crate::types::product::{AdminProduct, ProductStatus};

const PATH: &str = "/admin/products";

#[component]
pub fn ProductsPage() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| query.get("q")).unwrap_or_default().trim().to_owned()
    });
    let products = Resource::new(move || wanted.get(), list_admin_products);
    view! {
        <PageHead title="Products" lead="The APIs of this portal, each registered from an OpenAPI document.">
            <a class="btn" href="/admin/products/platform/plans">"Platform plans"</a>
            <a class="btn btn-primary" href="/admin/products/new">"New product"</a>
        </PageHead>
        <Search wanted />
        {loaded(
            move || async move { products.await },
            move || products.refetch(),
            move |products| {
                if products.is_empty() && wanted.with_untracked(|wanted| !wanted.is_empty()) {
                    view! {
                        <Empty title="No products match this filter" text="Search for a part of the name or id.">
                            <a class="btn" href=PATH>"Clear the filter"</a>
                        </Empty>
                    }
                    .into_any()
                } else if products.is_empty() {
                    view! {
                        <Empty title="No products yet" text="Upload an OpenAPI document to publish its pages, samples, sandbox and gateway.">
                            <a class="btn btn-primary" href="/admin/products/new">"New product"</a>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! { <ProductTable products /> }.into_any()
                }
            },
        )}
    }
}

/// A GET form, so that its state is the URL.
#[component]
fn Search(wanted: Memo<String>) -> impl IntoView {
    view! {
        <Form method="GET" action=PATH attr:class="filters" attr:role="search" attr:aria-label="Filter the products">
            <div class="field">
                <label class="label" for="f-q">"Name or id"</label>
                <input
                    class="input sm:w-72"
                    id="f-q"
                    name="q"
                    type="search"
                    maxlength="200"
                    value=wanted.get_untracked()
                    prop:value=move || wanted.get()
                    autocomplete="off"
                    spellcheck="false"
                />
            </div>
            <div class="flex gap-2">
                <button type="submit" class="btn">"Filter"</button>
                <a class="btn btn-ghost" href=PATH>"Clear"</a>
            </div>
        </Form>
    }
}

#[component]
fn ProductTable(products: Vec<AdminProduct>) -> impl IntoView {
    let rows = products.into_iter().map(|product| view! { <Row product /> }).collect_view();
    view! {
        <Table stacks=true label="Products" caption="Products by id">
            <thead>
                <tr>
                    <th scope="col">"Product"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Version"</th>
                    <th scope="col" class="num">"Operations"</th>
                    <th scope="col">"Sandbox"</th>
                    <th scope="col">"Changed"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

#[component]
fn Row(product: AdminProduct) -> impl IntoView {
    let failed = (!product.fetch_error.is_empty())
        .then(|| view! { <span class="badge badge-danger ml-2">"fetch failed"</span> });
    let view = product.view;
    let href = format!("/admin/products/{}", view.id);
    view! {
        <LinkedRow href=href.clone()>
            <th scope="row">
                <RowLink class="block max-w-64 truncate" href>{view.name}</RowLink>
                <code class="font-normal text-muted">{view.id}</code>
            </th>
            <td><StatusBadge status=view.status /></td>
            <td>{view.version} <span class="text-muted">{format!(" (revision {})", view.revision)}</span> {failed}</td>
            <td class="num" data-label="Operations">{view.operations}</td>
            <td data-label="Sandbox">{if product.sandbox_url.is_some() { "URL" } else { "mock" }}</td>
            <td data-label="Changed"><Time at=view.updated_at /></td>
        </LinkedRow>
    }
}

#[component]
pub fn StatusBadge(status: ProductStatus) -> impl IntoView {
    let class = match status {
        ProductStatus::Active => "badge badge-ok",
        ProductStatus::Beta => "badge badge-accent",
        ProductStatus::Deprecated => "badge badge-warn",
    };
    view! { <span class=class>{status.as_str()}</span> }
}
