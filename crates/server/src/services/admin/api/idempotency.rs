//! A call with an `Idempotency-Key` is carried out once, as under `/v1`. A key stands for one call
//! of one token, whatever its operation is.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tollgate_types::environment::Environment;
use tollgate_types::id::RequestId;

use super::{MAX_BODY, with_body};
use crate::gateway::idempotency::{fingerprint, of_portal, read_body, replay};
use crate::idempotency::{Claimed, IdempotencyKey, Scope, claim};
use crate::{App, Result};

/// What identifies a call.
pub struct Keyed {
    pub key: IdempotencyKey,
    pub token_id: Arc<str>,
    pub request_id: RequestId,
}

/// Carries out the call with `next`, or returns the stored response to an earlier one.
pub async fn once(app: &App, keyed: Keyed, request: Request, next: Next) -> Result<Response> {
    let Keyed { key, token_id, request_id } = keyed;
    let (parts, body) = request.into_parts();
    let body = read_body(body, MAX_BODY).await?;
    let fingerprint = fingerprint(&parts.method, parts.uri.path_and_query(), &parts.headers, &body);
    // Calls of the admin API have no environment: `live` stands for all.
    let (environment, operation) = (Environment::Live, String::new());
    let scope = Scope { owner: token_id, environment, product: "admin".into(), operation, key };
    let claim =
        match claim(&app.gateway_db, scope, fingerprint, &request_id, app.clock.now()).await? {
            Claimed::Mine(claim) => Arc::new(claim),
            Claimed::Stored(stored) => return replay(stored),
        };
    let request = Request::from_parts(parts, Body::from(body));
    let handled = async { Ok(with_body(app, request_id, next.run(request).await)) };
    of_portal(app, &claim, request_id.as_str(), true, handled).await
}
