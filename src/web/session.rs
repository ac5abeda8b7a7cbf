//! The session of a request: who is signed in, as server functions and routes need it, and the
//! cookies of browsers. The sessions themselves are rows, see [`accounts::sessions`].

mod context;
mod cookie;
mod ui_error;
mod visitor;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::OnceCell;

use crate::server::access::{Operator, Permission, Permit};
use crate::server::accounts::sessions::find;
use crate::server::{App, Result, accounts};
use crate::types::id::{OrgId, UserId};

pub use crate::server::accounts::sessions::{
    Session, Visitor, end, list, revoke, revoke_others, start,
};
use context::set_cookie;
pub use context::{
    DASHBOARD, answer_with, app, clear_cookie, go_to, is_local, is_own_path, operator, optional,
    permit, request_id, send_to, session, visitor,
};
pub use visitor::of as visitor_of;

/// The session of one request, kept so that it is looked up once per page.
#[derive(Clone, Default)]
struct Slot(Arc<OnceCell<Option<Session>>>);

/// Middleware for all routes that people use: provides the session slot of this request.
pub async fn remember(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Slot::default());
    next.run(request).await
}

/// The session of a request, if it has one.
pub async fn current(app: &App, parts: &Parts) -> Result<Option<Session>> {
    let visitor = visitor::of(parts);
    let look_up = || find(&app.db, &visitor, app.clock.now());
    match parts.extensions.get::<Slot>() {
        Some(slot) => slot.0.get_or_try_init(look_up).await.cloned(),
        None => look_up().await,
    }
}

/// For axum routes: the session.
///
/// # Errors
/// `not_signed_in`, as for the two functions below.
pub async fn current_session(app: &App, parts: &Parts) -> Result<Session> {
    current(app, parts).await?.ok_or_else(context::not_signed_in)
}

/// For axum routes: the permit for `P` in the session's organisation.
pub async fn org_permit<P: Permission>(app: &App, parts: &Parts) -> Result<Permit<P>> {
    current_session(app, parts).await?.permit()
}

/// For axum routes: the operator, see [`operator`].
pub async fn current_operator(app: &App, parts: &Parts) -> Result<Operator> {
    current_session(app, parts).await?.operator(&app.config)
}

/// [`start`]s a session and sets its cookie in the browser of the current server function, which
/// then counts as known for the account.
pub async fn begin(app: &App, visitor: &Visitor, user: &UserId, org: Option<&OrgId>) -> Result<()> {
    let token = start(&app.db, visitor, user, org, app.clock.now()).await?;
    set_cookie(&token);
    if let Some(known) = accounts::remember_browser(app, visitor, user).await? {
        context::set_known_cookie(&known);
    }
    Ok(())
}
