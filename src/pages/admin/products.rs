//! All products.

pub mod form;
pub mod new;

use leptos::prelude::*;

use crate::actions::products::list_admin_products;
use crate::components::empty::Empty;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::time::Time;
use crate::types::product::{AdminProduct, ProductStatus};

#[component]
pub fn ProductsPage() -> impl IntoView {
    let products = Resource::new(|| (), |()| list_admin_products());
    view! {
        <PageHead title="Products" lead="APIs that are sold here, each registered from an OpenAPI document.">
            <a class="btn" href="/admin/products/platform/plans">"Platform plans"</a>
            <a class="btn btn-primary" href="/admin/products/new">"New product"</a>
        </PageHead>
        {loaded(
            move || async move { products.await },
            move || products.refetch(),
            |products| {
                if products.is_empty() {
                    view! {
                        <Empty title="No products yet" text="Hand in an OpenAPI document: its pages, samples, sandbox and gateway exist at once.">
                            <a class="btn btn-primary" href="/admin/products/new">"New product"</a>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! { <Table products /> }.into_any()
                }
            },
        )}
    }
}

#[component]
fn Table(products: Vec<AdminProduct>) -> impl IntoView {
    let rows = products.into_iter().map(|product| view! { <Row product /> }).collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Products">
            <table class="table">
                <caption class="visually-hidden">"Products by id"</caption>
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
            </table>
        </div>
    }
}

#[component]
fn Row(product: AdminProduct) -> impl IntoView {
    let failed = (!product.fetch_error.is_empty()).then(|| view! { <span class="badge badge-danger ml-2">"fetch failed"</span> });
    let view = product.view;
    view! {
        <tr>
            <th scope="row">
                <a class="link block max-w-64 truncate" href=format!("/admin/products/{}", view.id)>{view.name}</a>
                <code class="font-normal text-muted">{view.id}</code>
            </th>
            <td><StatusBadge status=view.status /></td>
            <td>{view.version} <span class="text-muted">{format!(" (revision {})", view.revision)}</span> {failed}</td>
            <td class="num">{view.operations}</td>
            <td>{if product.sandbox_url.is_some() { "URL" } else { "mock" }}</td>
            <td><Time at=view.updated_at /></td>
        </tr>
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
