//! One webhook of a product: the request that its API sends.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::actions::docs::get_product_webhook;
use crate::components::badge::{Method, ProductBadge};
use crate::components::loaded::loaded;
use crate::components::site::Site;
use crate::pages::apis::operation::parts::SentRequest;
use crate::pages::apis::operation::schema::ProductBase;
use crate::pages::not_found::NotFound;
use crate::types::docs::{WebhookPage as View, webhook_page};

#[component]
pub fn WebhookPage() -> impl IntoView {
    let params = use_params_map();
    let wanted = Memo::new(move |_| {
        params.with(|params| {
            (params.get("product").unwrap_or_default(), params.get("webhook").unwrap_or_default())
        })
    });
    let page =
        Resource::new(move || wanted.get(), |(product, name)| get_product_webhook(product, name));
    view! {
        <Site>
            {loaded(
                move || async move { page.await },
                move || page.refetch(),
                |page: Option<View>| match page {
                    Some(page) => view! { <Webhook page /> }.into_any(),
                    None => view! { <NotFound /> }.into_any(),
                },
            )}
        </Site>
    }
}

#[component]
fn Webhook(page: View) -> impl IntoView {
    let base = format!("/apis/{}", page.product);
    let twin = format!("{base}/{}", webhook_page(&page.name, ".md"));
    provide_context(ProductBase(base.clone()));
    let requests = page
        .requests
        .into_iter()
        .map(|request| {
            let method = request.method.clone();
            view! {
                <section class="mt-4">
                    <h2 class="row"><Method name=method /> "Request to your server"</h2>
                    <SentRequest request />
                </section>
            }
        })
        .collect_view();
    view! {
        <Title text=format!("{} · {}", page.name, page.product_name) />
        <nav aria-label="Breadcrumb" class="crumbs">
            <a href="/apis">"APIs"</a>
            <a href=base>{page.product_name}</a>
            <ProductBadge status=page.status />
        </nav>
        <div class="page-head">
            <div class="min-w-0">
                <h1 class="break-words">{page.name}</h1>
                <p class="lead">"A webhook: a request that this API sends to you."</p>
            </div>
            <div class="actions"><a class="btn" href=twin rel="external">"Markdown"</a></div>
        </div>
        {requests}
    }
}
