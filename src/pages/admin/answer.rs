//! Pages that answer a form, or refuse a visitor: documents of their own without any script. So a form that carries a
//! file works the same with scripts and without, and keeps what was typed.

use leptos::prelude::*;

use super::products::form::{DocumentFields, Draft, ProductFields};
use crate::components::fields::FormAlert;
use crate::pages::plain;
use crate::types::admin::CreatedAdminToken;
use crate::types::error::UiError;

fn document(options: LeptosOptions, title: String, content: AnyView) -> impl IntoView {
    plain::document(options, "/admin", title, content)
}

/// The form of a new product again, with what is wrong and all that was typed. What was uploaded stands in the text.
pub fn faulty_product(options: LeptosOptions, draft: Draft, error: UiError) -> impl IntoView {
    let content = view! {
        <Faults error=error.clone() />
        <form class="card" method="post" action="/admin/products/new" enctype="multipart/form-data">
            <ProductFields draft error=Signal::stored(Some(error)) />
            <div class="form-actions">
                <button type="submit" class="btn btn-primary">"Register product"</button>
                <a class="btn" href="/admin/products">"Cancel"</a>
            </div>
        </form>
    };
    document(options, "New product".into(), content.into_any())
}

/// The form of a new document again.
pub fn faulty_document(options: LeptosOptions, draft: Draft, error: UiError) -> impl IntoView {
    let page = format!("/admin/products/{}", draft.id);
    let action = format!("{page}/document");
    let content = view! {
        <Faults error=error.clone() />
        <form class="card" method="post" action=action enctype="multipart/form-data">
            <DocumentFields draft error=Signal::stored(Some(error)) />
            <div class="form-actions">
                <button type="submit" class="btn btn-primary">"Replace document"</button>
                <a class="btn" href=page>"Cancel"</a>
            </div>
        </form>
    };
    document(options, "Replace the document".into(), content.into_any())
}

/// A new token, once.
pub fn shown_token(options: LeptosOptions, created: CreatedAdminToken) -> impl IntoView {
    let content = view! {
        <div class="card stack">
            <p>"This is the only time the token is shown. It cannot be shown again: Tollgate keeps only its hash."</p>
            <p><strong>{created.view.name}</strong></p>
            <output class="secret" aria-label="Admin token">{created.token}</output>
            <p class="form-actions"><a class="btn btn-primary" href="/admin/tokens">"I have stored it"</a></p>
        </div>
    };
    document(options, "Store your token now".into(), content.into_any())
}

/// Why the door stays closed, and what to do.
pub fn refused(options: LeptosOptions, error: UiError) -> impl IntoView {
    let content = view! {
        <FormAlert error=Signal::stored(Some(error)) />
        <p><a class="link" href="/dashboard">"To the dashboard"</a></p>
    };
    document(options, "This is not open to you".into(), content.into_any())
}

/// Every fault, with its place.
#[component]
fn Faults(error: UiError) -> impl IntoView {
    let faults = error
        .fields
        .iter()
        .map(|fault| {
            let place = fault.location.strip_prefix("document").unwrap_or(&fault.location).to_owned();
            view! { <li><code class="break-all">{place}</code> " " {fault.message.clone()}</li> }
        })
        .collect_view();
    view! {
        <div class="alert alert-danger mb-4" role="alert">
            <p>{error.message.clone()}</p>
            <ul class="mt-2 list-disc pl-5">{faults}</ul>
        </div>
    }
}
