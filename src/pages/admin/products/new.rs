//! A new product. The form is an ordinary one, because it can contain a file: see
//! [`crate::pages::admin::form_pages`].

use leptos::prelude::*;

use super::form::{Draft, ProductFields};
use crate::components::page_head::PageHead;

#[component]
pub fn NewProductPage() -> impl IntoView {
    view! {
        <p class="mb-2"><a class="link" href="/admin/products">"All products"</a></p>
        <PageHead title="New product" lead="The OpenAPI document defines the product's pages, samples, sandbox, scopes and gateway route." />
        <div class="card page-narrow">
            <form method="post" action="/admin/products/new" enctype="multipart/form-data">
                <ProductFields draft=Draft::default() />
                <div class="form-actions">
                    <button type="submit" class="btn btn-primary">"Register product"</button>
                    <a class="btn" href="/admin/products">"Cancel"</a>
                </div>
            </form>
        </div>
    }
}
