//! The forms of the admin pages that a server function cannot take: those that carry a file, and the one whose answer
//! is shown once. They work the same with scripts and without.

use axum::Form;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};

use super::admin_door::page;
use crate::pages::admin::answer;
use crate::pages::admin::products::form::Draft;
use crate::server::products::{self, Published, Registration, form};
use crate::server::spec::MAX_DOCUMENT;
use crate::server::{App, Error, Result, admin, session};
use crate::types::code::Code;

/// A form with a document: with all that is around it.
pub const MAX_FORM: usize = 11 << 20;
/// Any field but the document.
const MAX_FIELD: usize = 32 * 1024;

/// `POST /admin/products/new`.
pub async fn create(State(app): State<App>, request: Request) -> Response {
    let (parts, draft) = match read(&app, request).await {
        Ok(read) => read,
        Err(error) => return refused(&app, error),
    };
    match try_create(&app, &parts, &draft).await {
        Ok(published) => Redirect::to(&format!("/admin/products/{}", published.product.view.id)).into_response(),
        Err(error) => (status(&error), page(|| answer::faulty_product(app.leptos.clone(), draft, error.into()))).into_response(),
    }
}

async fn try_create(app: &App, parts: &Parts, draft: &Draft) -> Result<Published> {
    let operator = session::current_operator(app, parts).await?;
    let id = form::id(&draft.id)?;
    if products::list(&app.db, &operator).await?.iter().any(|product| product.view.id == id.as_str()) {
        return Err(Error::field("id", "taken", format!("There is a product {id} already. Choose another id, or replace its document.")));
    }
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    let wanted = Registration {
        document: Some(document(app, draft).await?),
        name: text(&draft.name),
        category: text(&draft.category),
        tags: Some(form::entries(&draft.tags)),
        status: Some(draft.status),
        base_url: text(&draft.base_url),
        sandbox_url: Some(text(&draft.sandbox_url)),
        source_url: Some(text(&draft.source_url)),
        ..Registration::default()
    };
    products::publish(&app.db, &app.config, &operator, &id, wanted, app.clock.now()).await
}

/// `POST /admin/products/{id}/document`.
pub async fn replace(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, mut draft) = match read(&app, request).await {
        Ok(read) => read,
        Err(error) => return refused(&app, error),
    };
    draft.id = id;
    match try_replace(&app, &parts, &draft).await {
        Ok(Published { product, is_changed: true, .. }) => {
            Redirect::to(&format!("/admin/products/{}/diff", product.view.id)).into_response()
        }
        Ok(Published { product, .. }) => Redirect::to(&format!("/admin/products/{}", product.view.id)).into_response(),
        Err(error) => (status(&error), page(|| answer::faulty_document(app.leptos.clone(), draft, error.into()))).into_response(),
    }
}

async fn try_replace(app: &App, parts: &Parts, draft: &Draft) -> Result<Published> {
    let operator = session::current_operator(app, parts).await?;
    let id = form::id(&draft.id)?;
    products::get(&app.db, &operator, id.as_str()).await?;
    let wanted = Registration {
        document: Some(document(app, draft).await?),
        // What is handed in must not be undone by the next fetch.
        source_url: Some(Some(draft.source_url.clone()).filter(|_| draft.document.is_empty())),
        ..Registration::default()
    };
    products::publish(&app.db, &app.config, &operator, &id, wanted, app.clock.now()).await
}

/// `POST /admin/tokens`.
pub async fn create_token(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = Form::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let Form(form): Form<Vec<(String, String)>> = form.unwrap_or_default();
    let name = form.iter().find(|(name, _)| name == "name").map(|(_, value)| value.as_str()).unwrap_or_default();
    let created = match session::current_operator(&app, &parts).await {
        Ok(operator) => admin::create_token(&app.db, &operator, name, app.clock.now()).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(created) => page(|| answer::shown_token(app.leptos.clone(), created)).into_response(),
        Err(error) => refused(&app, error),
    }
}

/// The document of a form: uploaded or pasted, else fetched.
async fn document(app: &App, draft: &Draft) -> Result<Vec<u8>> {
    match (draft.document.trim().is_empty(), draft.source_url.trim()) {
        (false, _) => Ok(draft.document.clone().into_bytes()),
        (true, "") => Err(Error::field("file", "missing", "Upload a document, paste one, or name the URL where it is.")),
        (true, url) => products::fetch(&app.outbound, url).await,
    }
}

fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn refused(app: &App, error: Error) -> Response {
    (status(&error), page(|| answer::refused(app.leptos.clone(), error.into()))).into_response()
}

/// What was sent, field by field. An uploaded file goes before a pasted text.
async fn read(app: &App, request: Request) -> Result<(Parts, Draft)> {
    let (parts, body) = request.into_parts();
    let unread = |_: MultipartRejection| Error::new(Code::InvalidRequest, "The form could not be read. Go back and send it again.");
    let mut form = Multipart::from_request(Request::from_parts(parts.clone(), body), app).await.map_err(unread)?;
    let cut =
        |_| Error::new(Code::BodyTooLarge, format!("The form may have {MAX_FORM} bytes, and must come whole. Go back and send it again."));
    let (mut draft, mut uploaded) = (Draft::default(), String::new());
    while let Some(field) = form.next_field().await.map_err(cut)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(cut)?;
        let limit = if matches!(name.as_str(), "file" | "document") { MAX_DOCUMENT } else { MAX_FIELD };
        if bytes.len() > limit {
            return Err(Error::body_too_large(limit));
        }
        let Ok(text) = String::from_utf8(bytes.into()) else {
            return Err(Error::field(name, "invalid_format", "The document is no text in UTF-8."));
        };
        match name.as_str() {
            "id" => draft.id = text.trim().to_owned(),
            "name" => draft.name = text,
            "category" => draft.category = text,
            "tags" => draft.tags = text,
            "status" => draft.status = text.parse().unwrap_or_default(),
            "base_url" => draft.base_url = text,
            "sandbox_url" => draft.sandbox_url = text,
            "source_url" => draft.source_url = text,
            "document" => draft.document = text,
            "file" => uploaded = text,
            _ => {}
        }
    }
    if !uploaded.trim().is_empty() {
        draft.document = uploaded;
    }
    Ok((parts, draft))
}
