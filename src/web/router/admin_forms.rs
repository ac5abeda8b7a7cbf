//! Forms of the admin pages with a file, which server functions do not support. They work the same
//! with and without scripts.

use axum::extract::multipart::MultipartRejection;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use tollgate_openapi::spec::MAX_DOCUMENT;

use super::admin_door::{page, status};
use crate::components::format::encode;
use crate::pages::admin::form_pages;
use crate::pages::admin::products::form::Draft;
use crate::server::products::{self, Published, Registration, form};
use crate::server::{Error, Result};
use crate::types::code::Code;
use crate::web::{Site, session};

/// The maximum size of a form with a document.
pub const MAX_FORM: usize = 33 << 20;
/// The maximum size of any other field.
const MAX_FIELD: usize = 32 * 1024;

/// `POST /admin/products/new`.
pub async fn create(State(app): State<Site>, request: Request) -> Response {
    let (parts, draft) = match read(&app, request).await {
        Ok(read) => read,
        Err(error) => return unread(&app, "/admin/products/new".to_owned(), error),
    };
    match try_create(&app, &parts, &draft).await {
        Ok(published) => {
            Redirect::to(&format!("/admin/products/{}", published.product.view.id)).into_response()
        }
        Err(error) => (
            status(error.code()),
            page(|| form_pages::faulty_product(app.leptos.clone(), draft, error.into())),
        )
            .into_response(),
    }
}

async fn try_create(app: &Site, parts: &Parts, draft: &Draft) -> Result<Published> {
    let operator = session::current_operator(app, parts).await?;
    let id = form::id(&draft.id)?;
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    let wanted = Registration {
        must_be_new: true,
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
pub async fn replace(
    State(app): State<Site>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (parts, mut draft) = match read(&app, request).await {
        Ok(read) => read,
        Err(error) => return unread(&app, format!("/admin/products/{}", encode(&id)), error),
    };
    draft.id = id;
    match try_replace(&app, &parts, &draft).await {
        Ok(Published { product, is_changed: true, .. }) => {
            Redirect::to(&format!("/admin/products/{}/diff", product.view.id)).into_response()
        }
        Ok(Published { product, .. }) => {
            Redirect::to(&format!("/admin/products/{}", product.view.id)).into_response()
        }
        Err(error) => (
            status(error.code()),
            page(|| form_pages::faulty_document(app.leptos.clone(), draft, error.into())),
        )
            .into_response(),
    }
}

async fn try_replace(app: &Site, parts: &Parts, draft: &Draft) -> Result<Published> {
    let operator = session::current_operator(app, parts).await?;
    let id = form::id(&draft.id)?;
    products::get(&app.db, &operator, id.as_str()).await?;
    let wanted = Registration {
        document: Some(document(app, draft).await?),
        // The next fetch must not replace the uploaded document.
        source_url: Some(Some(draft.source_url.clone()).filter(|_| draft.document.is_empty())),
        ..Registration::default()
    };
    products::publish(&app.db, &app.config, &operator, &id, wanted, app.clock.now()).await
}

/// The document of a form: uploaded, pasted or fetched.
async fn document(app: &Site, draft: &Draft) -> Result<Vec<u8>> {
    match (draft.document.trim().is_empty(), draft.source_url.trim()) {
        (false, _) => Ok(draft.document.clone().into_bytes()),
        (true, "") => {
            Err(Error::field("file", "missing", "Upload a document, paste one, or enter its URL."))
        }
        (true, url) => products::fetch(&app.outbound, url).await,
    }
}

fn unread(app: &Site, back: String, error: Error) -> Response {
    (status(error.code()), page(|| form_pages::unread_form(app.leptos.clone(), back, error.into())))
        .into_response()
}

/// What was sent, field by field. An uploaded file goes before a pasted text.
async fn read(app: &Site, request: Request) -> Result<(Parts, Draft)> {
    let (parts, body) = request.into_parts();
    let unread = |_: MultipartRejection| {
        Error::new(Code::InvalidRequest, "The form could not be read. Go back and send it again.")
    };
    let mut form = Multipart::from_request(Request::from_parts(parts.clone(), body), app)
        .await
        .map_err(unread)?;
    let cut = |_| {
        Error::new(
            Code::BodyTooLarge,
            format!(
                "The form may have at most {MAX_FORM} bytes and must arrive completely. Go back and send it again."
            ),
        )
    };
    let (mut draft, mut uploaded) = (Draft::default(), String::new());
    while let Some(field) = form.next_field().await.map_err(cut)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(cut)?;
        let limit =
            if matches!(name.as_str(), "file" | "document") { MAX_DOCUMENT } else { MAX_FIELD };
        if bytes.len() > limit {
            return Err(Error::body_too_large(limit));
        }
        let bytes = match name.as_str() {
            "file" => products::unpacked_document(bytes.into()).await?,
            _ => bytes.into(),
        };
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(Error::field(name, "invalid_format", "The document is not UTF-8 text."));
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
