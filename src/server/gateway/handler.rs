//! Hands the call on to what answers it, and gives that the caller's permit.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use tokio::time::timeout_at;
use tower::Service;

use super::{Call, Gateway, deadline, product};
use crate::server::access::{Actor, ActorKind, Permission, Permit};
use crate::server::api::ApiError;
use crate::server::keys::KeyEntry;
use crate::server::{Error, Result};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::RequestId;
use crate::types::log::AnsweredBy;
use crate::types::time::Timestamp;

/// Who calls, as the steps before found out.
#[derive(Clone)]
pub struct Caller {
    pub key: Arc<KeyEntry>,
    pub request_id: RequestId,
    pub source_ip: std::net::IpAddr,
    pub now: Timestamp,
}

pub async fn handle(gateway: &Gateway, call: &mut Call) -> Result<Response> {
    if let Some(product) = call.product.clone() {
        // Boxed, or the platform's own calls would have room for it, too.
        return Box::pin(product::handle(&gateway.app, call, &product)).await;
    }
    call.answered_by = AnsweredBy::OwnApi;
    let mut request = std::mem::take(&mut call.request);
    // Not as a layer, which would wrap every route in another box.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        DefaultBodyLimit::max(gateway.app.config.limits.max_body_bytes).apply(&mut request);
    }
    if let Some(key) = &call.key {
        request.extensions_mut().insert(Caller {
            key: Arc::clone(key),
            request_id: call.request_id,
            source_ip: call.source_ip,
            now: call.now,
        });
    }
    let until = deadline::of_answer(&gateway.app.config.limits, call);
    let Ok(answered) = timeout_at(until, gateway.api.clone().call(request)).await else { return Err(deadline::overdue()) };
    let mut answer = answered.unwrap_or_else(|never: Infallible| match never {});
    // A handler's error travels as an extension, because only here its request id is known.
    match answer.extensions_mut().remove::<ApiError>() {
        Some(error) => Err(error.into_error()),
        None => Ok(answer),
    }
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

impl<P: Permission, S: Sync> FromRequestParts<S> for ApiKey<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let caller = parts
            .extensions
            .get::<Caller>()
            .ok_or_else(|| Error::new(Code::MissingKey, "Send an API key as `Authorization: Bearer tg_…`."))?;
        let key = &caller.key;
        let actor = Actor {
            kind: ActorKind::Key,
            id: key.id.clone().into(),
            source_ip: Some(caller.source_ip),
            request_id: Some(caller.request_id),
        };
        let permit = Permit::for_key(key.org.clone(), key.environment, &key.scopes, key.ends_at(), actor).ok_or_else(|| {
            Error::new(Code::InsufficientScope, format!("The key {} lacks the scope `{}`.", key.prefix, P::SCOPE.unwrap_or_default()))
        })?;
        Ok(Self { permit, environment: key.environment, now: caller.now })
    }
}
