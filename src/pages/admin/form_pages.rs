//! Pages that answer a form, or refuse a visitor: independent documents without scripts. So a form
//! with a file works the same with and without scripts, and keeps the entered values.

use leptos::prelude::*;

use super::products::form::{DocumentFields, Draft, ProductFields};
use crate::actions::error::UiError;
use crate::components::admin_frame::PlainAdminFrame;
use crate::components::fields::FormAlert;
use crate::components::marked::marked;
use crate::pages::plain;

fn document(options: LeptosOptions, title: String, content: AnyView) -> impl IntoView {
    let heading = title.clone();
    let body = view! {
        <PlainAdminFrame place="/admin/products">
            <div class="page-head"><h1>{heading}</h1></div>
            {content}
        </PlainAdminFrame>
    };
    plain::framed(options, title, body.into_any())
}

/// The form of a new product again, with its errors and all entered values. An uploaded document is
/// in the text field.
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

/// A form that could not be read, so that its values cannot be shown again. `back` is its page.
pub fn unread_form(options: LeptosOptions, back: String, error: UiError) -> impl IntoView {
    let content = view! {
        <FormAlert error=Signal::stored(Some(error)) />
        <p><a class="link" href=back>"Back to the form"</a></p>
    };
    document(options, "The form was not accepted".into(), content.into_any())
}

/// Why access was refused, and what to do.
pub fn refused(options: LeptosOptions, error: UiError) -> impl IntoView {
    let content = view! {
        <FormAlert error=Signal::stored(Some(error)) />
        <p><a class="link" href="/dashboard">"To the dashboard"</a></p>
    };
    plain::document(
        options,
        "/admin",
        "You do not have access to this page".into(),
        content.into_any(),
    )
}

/// Every fault, with its location.
#[component]
fn Faults(error: UiError) -> impl IntoView {
    let faults = error
        .fields
        .iter()
        .map(|fault| {
            let place =
                fault.location.strip_prefix("document").unwrap_or(&fault.location).to_owned();
            view! { <li><code class="break-all">{place}</code> " " {marked(&fault.message)}</li> }
        })
        .collect_view();
    view! {
        <div class="alert alert-danger mb-4" role="alert" tabindex="-1" autofocus>
            <p>{marked(&error.message)}</p>
            <ul class="mt-2 list-disc pl-5">{faults}</ul>
        </div>
    }
}
