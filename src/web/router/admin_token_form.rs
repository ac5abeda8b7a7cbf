//! `POST /admin/tokens`: creates a token of the admin API, and shows it once.

use axum::extract::{Request, State};
use axum::response::Response;

use super::once::{Earlier, Once, once};
use super::secret_forms::{FormPage, SentForm, respond};
use crate::actions::error::UiError;
use crate::pages::admin::tokens::TOKENS;
use crate::server::{Result, admin};
use crate::types::admin::CreatedAdminToken;
use crate::web::{Site, session};

pub async fn create(State(app): State<Site>, request: Request) -> Response {
    let form = SentForm::read(request).await;
    let made = try_create(&app, &form).await;
    let page = FormPage { href: TOKENS, action: TOKENS };
    respond(&app, &form, &page, |_| TOKENS.to_owned(), made.map_err(UiError::from))
}

async fn try_create(app: &Site, form: &SentForm) -> Result<Once<CreatedAdminToken>> {
    let operator = session::current_operator(app, &form.parts).await?;
    let sent = form.sent(&operator.actor.id);
    let (name, server) = (form.get("name").to_owned(), app.app.clone());
    let make =
        async move { admin::create_token(&server.db, &operator, &name, server.clock.now()).await };
    once(app, sent, earlier, make).await
}

fn earlier(created: &CreatedAdminToken) -> Earlier {
    Earlier {
        what: format!("The admin token {} was created.", created.view.name),
        lost: "If you did not store it, revoke the token and create another one.".to_owned(),
        href: TOKENS.to_owned(),
        link: "All admin tokens".to_owned(),
    }
}
