//! One product: its settings, the documents it has had, who calls it, and how it goes away.

mod documents;
pub mod remove;
pub mod settings;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use self::documents::Documents;
use self::remove::RemoveCard;
use self::settings::SettingsCard;
use super::products::StatusBadge;
use crate::actions::products::{RefetchProduct, RemoveProduct, UpdateProduct, load_admin_product};
use crate::components::empty::Empty;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, succeeded};
use crate::components::loaded::loaded;
use crate::components::status;
use crate::types::code::Code;
use crate::types::product::ProductDetail;

/// What can be done to the product that is shown.
#[derive(Clone, Copy)]
struct Actions {
    update: ServerAction<UpdateProduct>,
    refetch: ServerAction<RefetchProduct>,
    remove: ServerAction<RemoveProduct>,
}

/// The page of a product, by its id.
#[component]
pub fn AdminProductPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let actions = Actions { update: ServerAction::new(), refetch: ServerAction::new(), remove: ServerAction::new() };
    // A form that was refused keeps what was typed: only what changed the product loads it again.
    let updated = Memo::new(move |before: Option<&usize>| match succeeded(actions.update).get() {
        true => actions.update.version().get(),
        false => before.copied().unwrap_or_default(),
    });
    let product = Resource::new(
        move || (id.get(), updated.get(), actions.refetch.version().get()),
        |(id, ..)| async move {
            match load_admin_product(id).await {
                Ok(product) => Ok(Some(product)),
                Err(error) if error.code == Code::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        },
    );
    view! {
        <p class="mb-2"><a class="link" href="/admin/products">"All products"</a></p>
        <FormAlert error=error_of(actions.refetch) />
        {loaded(
            move || async move { product.await },
            move || product.refetch(),
            move |detail| match detail {
                Some(detail) => view! { <Detail detail actions /> }.into_any(),
                None => {
                    status::not_found();
                    view! {
                        <Title text="Product" />
                        <h1>"Product"</h1>
                        <Empty title="There is no such product" text="Check its id: somebody may have removed it." />
                    }
                    .into_any()
                }
            },
        )}
    }
}

#[component]
fn Detail(detail: ProductDetail, actions: Actions) -> impl IntoView {
    let ProductDetail { product, versions, callers } = detail;
    let view = product.view.clone();
    let page = format!("/admin/products/{}", view.id);
    view! {
        <Title text=view.name.clone() />
        <div class="page-head">
            <div>
                <h1 class="min-w-0 break-words">{view.name.clone()}</h1>
                <p class="row mt-1"><StatusBadge status=view.status /> <code>{view.id.clone()}</code> <span>{format!("version {} (revision {})", view.version, view.revision)}</span></p>
            </div>
            <div class="actions">
                <a class="btn" href=format!("{page}/plans")>"Plans"</a>
                <a class="btn" href=format!("/apis/{}", view.id) rel="external">"Its pages"</a>
            </div>
        </div>
        <div class="stack gap-4">
            <Documents product=product.clone() versions refetch=actions.refetch />
            <SettingsCard product=product action=actions.update />
            <RemoveCard id=view.id callers action=actions.remove />
        </div>
    }
}
