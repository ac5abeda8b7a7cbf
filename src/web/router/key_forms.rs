//! Forms that create or rotate a key, from a browser without scripts.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{Redirect, Response};
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{FromReq, PostUrl};
use url::form_urlencoded::Serializer;

use super::once::{Earlier, Once, once};
use super::secret_forms::{FormPage, SentForm, respond};
use crate::actions::error::UiError;
use crate::actions::keys::{CreateKey, Rotate};
use crate::components::format::encode;
use crate::pages::dashboard::keys::key_href;
use crate::server::access::ManageKeys;
use crate::server::keys::form::create_from;
use crate::server::{Error, Result, keys};
use crate::types::id::KeyId;
use crate::types::key::{CreatedKey, KeyView};
use crate::types::link::env_href;
use crate::types::rotation::{Overlap, RotatedKey};
use crate::web::{Site, session};

/// `POST /dashboard/keys/new`.
pub async fn create(State(app): State<Site>, request: Request) -> Response {
    let form = SentForm::read(request).await;
    let page = FormPage { href: "/dashboard/keys/new", action: CreateKey::PATH };
    let made = try_create(&app, &form).await;
    let next = |made: &CreatedKey| env_href("/dashboard/keys", made.view.environment);
    respond(&app, &form, &page, next, made)
}

async fn try_create(app: &Site, form: &SentForm) -> Result<Once<CreatedKey>, UiError> {
    let permit = session::org_permit::<ManageKeys>(app, &form.parts).await?;
    // Read in the same way as with scripts.
    let body = Body::from(Serializer::new(String::new()).extend_pairs(&form.fields).finish());
    let CreateKey { environment, scopes, expires_in_days, input } =
        <CreateKey as FromReq<PostUrl, Request, UiError>>::from_req(Request::new(body)).await?;
    let sent = form.sent(&permit.org);
    let server = app.app.clone();
    let make = async move {
        let (db, now) = (&server.db, server.clock.now());
        create_from(db, &permit, environment, scopes, expires_in_days, input, now).await
    };
    Ok(once(app, sent, |made| earlier(&made.view, "created"), make).await?)
}

/// The form that rotates a key is on the key's page.
fn page_of(id: &str) -> String {
    format!("/dashboard/keys/{}", encode(id))
}

/// The address of the form that rotates a key, opened as a page.
pub async fn rotation_page(Path(id): Path<String>) -> Redirect {
    Redirect::to(&page_of(&id))
}

/// `POST /dashboard/keys/{id}/rotate`.
pub async fn rotate(State(app): State<Site>, Path(id): Path<String>, request: Request) -> Response {
    let form = SentForm::read(request).await;
    let page = FormPage { href: &page_of(&id), action: Rotate::PATH };
    let made = try_rotate(&app, &form, &id).await;
    let next = |made: &RotatedKey| key_href(&made.replaces.id, made.replaces.environment);
    respond(&app, &form, &page, next, made.map_err(UiError::from))
}

async fn try_rotate(app: &Site, form: &SentForm, id: &str) -> Result<Once<RotatedKey>> {
    let permit = session::org_permit::<ManageKeys>(app, &form.parts).await?;
    let id: KeyId = id.parse().map_err(|_| Error::not_found("key"))?;
    let overlap: Overlap = form
        .get("overlap")
        .parse()
        .map_err(|_| Error::field("overlap", "invalid_format", "Choose when the old key ends."))?;
    let sent = form.sent(&permit.org);
    let server = app.app.clone();
    let make = async move {
        keys::rotate_key(&server.db, &permit, &id, overlap, server.clock.now()).await
    };
    once(app, sent, |made| earlier(&made.created.view, "created by the rotation"), make).await
}

/// For a repetition of a form that created a key; `verb` says how.
fn earlier(key: &KeyView, verb: &str) -> Earlier {
    Earlier {
        what: format!("The key {} was {verb}.", key.name),
        lost: "If you did not store it, revoke the key and create another one.".to_owned(),
        href: key_href(&key.id, key.environment),
        link: "Open the key".to_owned(),
    }
}
