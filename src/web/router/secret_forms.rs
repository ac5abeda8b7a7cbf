//! Forms whose result is a secret: a new key, a signing secret or an admin token. A redirect cannot
//! carry it, so the response is the page that shows it once. A refused form returns to its page
//! with its error and its values, as other forms do (`flash`).

use axum::Form;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use leptos::prelude::{Owner, RenderHtml};
use leptos::server_fn::error::ServerFnUrlError;

use super::once::{Once, Sent, repeated};
use crate::actions::error::UiError;
use crate::components::format::encode;
use crate::components::secret_dialog::NewSecret;
use crate::pages::secret::secret_page;
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::web::Site;

/// The page of a secret has no scripts at all.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A form as a browser sent it, without scripts.
pub struct SentForm {
    pub parts: Parts,
    pub fields: Vec<(String, String)>,
}

impl SentForm {
    /// A form that cannot be read has no fields, so that its errors say what is missing.
    pub async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let form = Form::from_request(Request::from_parts(parts.clone(), body), &()).await;
        let Form(fields) = form.unwrap_or_default();
        Self { parts, fields }
    }

    /// The first value of a field; empty if there is none.
    pub fn get(&self, name: &str) -> &str {
        field(&self.fields, name)
    }

    /// The environment of the page that sent the form.
    pub fn environment(&self) -> Environment {
        self.get("environment").parse().unwrap_or_default()
    }

    /// What identifies the form when it is sent again. `owner` is the id of the organisation or of
    /// the operator.
    pub fn sent(&self, owner: impl ToString) -> Sent<'_> {
        Sent { owner: owner.to_string(), path: self.parts.uri.path(), fields: &self.fields }
    }
}

/// The first value of a field; empty if there is none.
pub fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// Where a refused form is shown again.
pub struct FormPage<'a> {
    pub href: &'a str,
    /// The path by which the form on the page finds its error: that of its server function, or of
    /// the form itself.
    pub action: &'static str,
}

/// The response to `form`: the secret with a link to `next`, what an earlier submission did, the
/// log-in page, or the form's page again.
pub fn respond<T: Into<NewSecret>>(
    app: &Site,
    form: &SentForm,
    page: &FormPage,
    next: fn(&T) -> String,
    made: Result<Once<T>, UiError>,
) -> Response {
    match made {
        Ok(Once::Made(made)) => {
            let next = next(&made);
            let (options, secret) = (app.leptos.clone(), made.into());
            let html = Owner::new().with(|| secret_page(options, secret, next).to_html());
            ([(CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response()
        }
        Ok(Once::Repeated(earlier)) => repeated(app, earlier),
        Err(error) if error.code == Code::NotSignedIn => to_login(page.href),
        Err(error) => Redirect::to(&refused(app, form, page, error)).into_response(),
    }
}

/// The log-in page, which leads to `page` afterwards.
pub fn to_login(page: &str) -> Response {
    Redirect::to(&format!("/login?next={}", encode(page))).into_response()
}

/// The URL of the form's page with the error and the form's environment. `flash` adds the values.
fn refused(app: &Site, form: &SentForm, page: &FormPage, error: UiError) -> String {
    let href = page.href;
    let url = ServerFnUrlError::new(page.action, error)
        .to_url(&format!("{}{href}", app.config.base_url()));
    let Ok(mut url) = url else { return href.to_owned() };
    let environment = form.get("environment");
    if !environment.is_empty() {
        url.query_pairs_mut().append_pair("env", environment);
    }
    // Only path and query: behind a proxy, the host may differ from the visitor's.
    format!("{href}?{}", url.query().unwrap_or_default())
}
