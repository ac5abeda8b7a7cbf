//! One product: its settings, documents, callers, and how to retire or remove it.

mod checks;
mod documents;
pub mod remove;
pub mod retire;
mod settings;
pub mod signing;
mod warnings;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::checks::ChecksCard;
use self::documents::Documents;
use self::remove::RemoveCard;
use self::retire::RetireCard;
use self::settings::SettingsCard;
use self::signing::SigningCard;
use self::warnings::WarningsCard;
use super::products::StatusBadge;
use crate::actions::error::UiError;
use crate::actions::products::{
    RefetchProduct, RemoveProduct, RetireProduct, RotateSigningSecret, UpdateProduct,
    load_admin_product, reveal_signing_secrets,
};
use crate::components::empty::Empty;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, successes};
use crate::components::loaded::loaded;
use crate::components::status;
use crate::types::code::Code;
use crate::types::product::{ProductDetail, SigningSecret};

/// The actions on the displayed product.
#[derive(Clone, Copy)]
struct Actions {
    update: ServerAction<UpdateProduct>,
    refetch: ServerAction<RefetchProduct>,
    remove: ServerAction<RemoveProduct>,
    rotate: ServerAction<RotateSigningSecret>,
    retire: ServerAction<RetireProduct>,
}

/// The secrets that sign calls to the product's server, after an operator has requested them.
type Secrets = Resource<Result<Option<Vec<SigningSecret>>, UiError>>;

/// The page of a product, by its id.
#[component]
pub fn AdminProductPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let actions = Actions {
        update: ServerAction::new(),
        refetch: ServerAction::new(),
        remove: ServerAction::new(),
        rotate: ServerAction::new(),
        retire: ServerAction::new(),
    };
    // A refused form keeps the entered values: only actions that changed the product reload it.
    let (updated, retired, rotated) =
        (successes(actions.update), successes(actions.retire), successes(actions.rotate));
    let product = Resource::new(
        move || (id.get(), updated.get(), actions.refetch.version().get(), retired.get()),
        |(id, ..)| async move {
            match load_admin_product(id).await {
                Ok(product) => Ok(Some(product)),
                Err(error) if error.code == Code::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        },
    );
    // Loaded here, which the server runs once per page: inside of a loaded part it may render
    // twice, and each access to a secret is recorded.
    let query = use_query_map();
    let is_shown =
        Memo::new(move |_| query.with(|query| query.get("signing").as_deref() == Some("show")));
    let secrets: Secrets = Resource::new(
        move || (id.get(), is_shown.get(), if is_shown.get() { rotated.get() } else { 0 }),
        |(id, is_shown, _)| async move {
            if is_shown { reveal_signing_secrets(id).await.map(Some) } else { Ok(None) }
        },
    );
    view! {
        <p class="mb-2"><a class="link" href="/admin/products">"All products"</a></p>
        <FormAlert error=error_of(actions.refetch) />
        {loaded(
            move || async move { product.await },
            move || product.refetch(),
            move |detail| match detail {
                Some(detail) => view! { <Detail detail actions secrets /> }.into_any(),
                None => {
                    status::not_found();
                    view! {
                        <Title text="Product" />
                        <h1>"Product"</h1>
                        <Empty title="There is no such product" text="Check the id. The product may have been removed." />
                    }
                    .into_any()
                }
            },
        )}
    }
}

#[component]
fn Detail(detail: ProductDetail, actions: Actions, secrets: Secrets) -> impl IntoView {
    let ProductDetail {
        product,
        versions,
        callers,
        has_more_callers,
        problems,
        warnings,
        unchecked,
    } = detail;
    let validation = product.settings.validation;
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
            <WarningsCard warnings />
            <ChecksCard validation problems unchecked />
            <SettingsCard product=product action=actions.update />
            <SigningCard id=view.id.clone() secrets rotate=actions.rotate />
            <RetireCard id=view.id.clone() retires_at=view.retires_at callers=callers.clone() has_more=has_more_callers action=actions.retire />
            <RemoveCard id=view.id callers has_more=has_more_callers action=actions.remove />
        </div>
    }
}
