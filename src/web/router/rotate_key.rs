//! `POST /dashboard/keys/{id}/rotate`: the form that rotates a key, from a browser without scripts.
//! As for a new key, the response shows the new key once.

use axum::Form;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::server_fn::ServerFn;

use super::new_key::{back, earlier, field, show};
use super::once::{Once, Sent, once, repeated};
use crate::actions::keys::Rotate;
use crate::components::format::encode;
use crate::pages::dashboard::keys::key_href;
use crate::server::access::ManageKeys;
use crate::server::{Error, Result, keys};
use crate::types::code::Code;
use crate::types::id::KeyId;
use crate::types::rotation::{Overlap, RotatedKey};
use crate::web::{Site, session};

/// The form is on the key's page.
fn page_of(id: &str) -> String {
    format!("/dashboard/keys/{}", encode(id))
}

/// The address of the form, opened as a page.
pub async fn page(Path(id): Path<String>) -> Redirect {
    Redirect::to(&page_of(&id))
}

pub async fn rotate(State(app): State<Site>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = Form::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let Form(form): Form<Vec<(String, String)>> = form.unwrap_or_default();
    match try_rotate(&app, &parts, &id, &form).await {
        Ok(Once::Made(rotated)) => {
            let old = &rotated.replaces;
            let next = key_href(&old.id, old.environment);
            show(&app, rotated.created.into(), next)
        }
        Ok(Once::Repeated(earlier)) => repeated(&app, earlier),
        Err(error) if error.code() == Code::NotSignedIn => {
            Redirect::to(&format!("/login?next={}", encode(&page_of(&id)))).into_response()
        }
        Err(error) => Redirect::to(&back(&app, &page_of(&id), Rotate::PATH, &form, error.into()))
            .into_response(),
    }
}

async fn try_rotate(
    app: &Site,
    parts: &Parts,
    id: &str,
    form: &[(String, String)],
) -> Result<Once<RotatedKey>> {
    let permit = session::org_permit::<ManageKeys>(app, parts).await?;
    let id: KeyId = id.parse().map_err(|_| Error::not_found("key"))?;
    let overlap: Overlap = field(form, "overlap")
        .parse()
        .map_err(|_| Error::field("overlap", "invalid_format", "Choose when the old key ends."))?;
    let sent = Sent { owner: permit.org.to_string(), path: parts.uri.path(), fields: form };
    let server = app.app.clone();
    let make = async move {
        keys::rotate_key(&server.db, &permit, &id, overlap, server.clock.now()).await
    };
    once(app, sent, |rotated| earlier(&rotated.created.view, "created by the rotation"), make).await
}
