//! Passes the call to its handler, with the caller's permit.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;
use std::task::Poll;

use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, FromRef, FromRequestParts, Request};
use axum::handler::Handler;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use futures::future::BoxFuture;
use tokio::time::timeout_at;
use tollgate_openapi::spec::{decode, segments};
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::id::RequestId;
use tollgate_types::log::AnsweredBy;
use tollgate_types::time::Timestamp;

use super::{Call, Gateway, deadline, product};
use crate::access::{Actor, ActorKind, Permission, Permit};
use crate::keys::KeyEntry;
use crate::problem::ApiError;
use crate::products::Operation;
use crate::{App, Error, Result};

/// The handlers of the platform's own API. Not a [`Router`](axum::Router), which would look up the
/// operation again and store it in each request: that costs as much as all limits of a call.
pub type Api = Arc<dyn Fn(Request, Called) -> BoxFuture<'static, Response> + Send + Sync>;

/// Wraps an axum handler.
pub fn endpoint<T>(handler: impl Handler<T, Called, Future = BoxFuture<'static, Response>>) -> Api {
    Arc::new(move |request, called| handler.clone().call(request, called))
}

/// Results of earlier steps, from which handlers take their arguments.
pub struct Called {
    pub app: App,
    pub operation: Arc<Operation>,
    key: Arc<KeyEntry>,
    request_id: RequestId,
    source_ip: std::net::IpAddr,
    now: Timestamp,
}

impl FromRef<Called> for App {
    fn from_ref(called: &Called) -> Self {
        called.app.clone()
    }
}

impl Called {
    /// A path parameter, by its name in the operation's path.
    pub fn path_parameter<'a>(&self, path: &'a str, name: &str) -> Option<Cow<'a, str>> {
        let (_, place) = self.operation.parameters.iter().find(|(known, _)| known == name)?;
        decode(segments(path).nth(*place)?)
    }
}

pub async fn handle(gateway: &Gateway, call: &mut Call) -> Result<Response> {
    if let Some(product) = call.product.clone() {
        // Boxed; otherwise the platform's own calls would reserve space for it, too.
        return Box::pin(product::handle(&gateway.app, call, &product)).await;
    }
    call.answered_by = AnsweredBy::OwnApi;
    let (Some(key), Some(operation)) = (&call.key, &call.operation) else {
        return Err(anyhow::anyhow!("a permitted call has no key or operation").into());
    };
    let called = Called {
        app: gateway.app.clone(),
        operation: Arc::clone(operation),
        key: Arc::clone(key),
        request_id: call.request_id,
        source_ip: call.source_ip,
        now: call.now,
    };
    let mut request = std::mem::take(&mut call.request);
    if !matches!(call.method, Method::GET | Method::HEAD) {
        DefaultBodyLimit::max(gateway.app.config.limits.max_body_bytes).apply(&mut request);
    }
    let mut handling = (gateway.api)(request, called);
    let mut answer = match futures::poll!(&mut handling) {
        Poll::Ready(answer) => answer,
        // A waker, and space for it, is only needed if there is something to wait for.
        Poll::Pending => {
            let deadline = deadline::of_response(&gateway.app.config.limits, call);
            Box::pin(timeout_at(deadline, handling)).await.map_err(|_| deadline::overdue())?
        }
    };
    // A handler's error travels as an extension, because only here the request id is known.
    if let Some(error) = answer.extensions_mut().remove::<ApiError>() {
        return Err(error.into_error());
    }
    Ok(if call.method == Method::HEAD { without_body(answer) } else { answer })
}

/// The response to `HEAD` if `GET` would get `answer` (RFC 9110, 9.3.2).
fn without_body(mut answer: Response) -> Response {
    if let Some(length) = answer.body().size_hint().exact() {
        answer.headers_mut().entry(CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(length));
    }
    answer.map(|_| Body::empty())
}

/// A handler's proof that the calling key has the scope of `P`.
pub struct ApiKey<P> {
    pub permit: Permit<P>,
    pub environment: Environment,
    pub now: Timestamp,
}

impl<P> Deref for ApiKey<P> {
    type Target = Permit<P>;

    fn deref(&self) -> &Permit<P> {
        &self.permit
    }
}

impl<P: Permission> FromRequestParts<Called> for ApiKey<P> {
    type Rejection = ApiError;

    async fn from_request_parts(_: &mut Parts, called: &Called) -> Result<Self, ApiError> {
        let key = &called.key;
        let actor = Actor {
            kind: ActorKind::Key,
            id: key.id.clone().into(),
            source_ip: Some(called.source_ip),
            request_id: Some(called.request_id),
        };
        let permit =
            Permit::for_key(key.org.clone(), key.environment, &key.scopes, key.ends_at(), actor)
                .ok_or_else(|| {
                    Error::new(
                        Code::InsufficientScope,
                        format!(
                            "The key {} lacks the scope `{}`.",
                            key.prefix,
                            P::SCOPE.unwrap_or_default()
                        ),
                    )
                })?;
        Ok(Self { permit, environment: key.environment, now: called.now })
    }
}
