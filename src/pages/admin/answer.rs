//! Pages that answer a form, or refuse a visitor: documents of their own without any script. So a form that carries a
//! file works the same with scripts and without, and keeps what was typed.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::plans::fields::PlanFields;
use super::product::settings::SettingsFields;
use super::products::form::{DocumentFields, Draft, ProductFields};
use crate::actions::products::{CreateProductPlan, UpdateProduct};
use crate::components::fields::FormAlert;
use crate::components::form_state::FormValues;
use crate::components::format::encode;
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

/// The form of a product's settings, or of a new plan, again.
pub fn refused_form(options: LeptosOptions, form: RefusedForm, values: FormValues, error: UiError) -> impl IntoView {
    let back = form.page(&values);
    let error = Signal::stored(Some(error));
    let (title, action, label) = match form {
        RefusedForm::Settings => ("Settings", UpdateProduct::PATH, "Save settings"),
        RefusedForm::Plan => ("New plan", CreateProductPlan::PATH, "Create plan"),
    };
    let fields = match form {
        RefusedForm::Settings => view! { <SettingsFields values error /> }.into_any(),
        RefusedForm::Plan => {
            let product = values.text("product");
            view! { <input type="hidden" name="product" value=product /> <PlanFields values error /> }.into_any()
        }
    };
    let content = view! {
        <FormAlert error />
        <form class="card" method="post" action=action>
            {fields}
            <div class="form-actions">
                <button type="submit" class="btn btn-primary">{label}</button>
                <a class="btn" href=back>"Cancel"</a>
            </div>
        </form>
    };
    document(options, title.into(), content.into_any())
}

/// A server function's form that a browser without scripts can send again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedForm {
    Settings,
    Plan,
}

impl RefusedForm {
    /// The form that is sent to this path.
    pub fn at(path: &str) -> Option<Self> {
        match path {
            UpdateProduct::PATH => Some(Self::Settings),
            CreateProductPlan::PATH => Some(Self::Plan),
            _ => None,
        }
    }

    /// The page that it stands on.
    pub fn page(self, values: &FormValues) -> String {
        match self {
            Self::Settings => format!("/admin/products/{}", encode(&values.text("id"))),
            Self::Plan => format!("/admin/products/{}/plans", encode(&values.text("product"))),
        }
    }
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
