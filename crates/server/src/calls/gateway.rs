//! The steps of a metered call. Each step is a file; [`steps`] lists them in order. The journal
//! comes last and records every response, including those of steps that refused the call.

mod call;
mod cors;
mod deadline;
pub mod dry_run;
mod ending;
mod handler;
mod headers;
pub mod idempotency;
mod journal;
mod key;
mod limit;
mod operation;
mod product;
mod quota;
mod request_id;
mod scope;
mod source_ip;
mod upstream_error;

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::response::Response;
use futures::FutureExt;
use futures::future::BoxFuture;

pub use call::Call;
pub use handler::{Api, ApiKey, Called, endpoint};
pub use key::{failures, may_look_up, turn_away};
pub use request_id::{X_REQUEST_ID, identify};
pub use source_ip::{Peer, SourceIp, is_trusted, layer as source_ip_layer, of as source_ip};

use crate::{App, Result, problem};

pub struct Gateway {
    pub app: App,
    /// The platform's own API, behind the gateway.
    pub api: Api,
}

impl Gateway {
    /// Handles one call under `/v1` or `/api` on a connection from `peer`. Boxed here, at the start
    /// of the call: every function that passed the future on would copy it.
    pub fn serve(self: &Arc<Self>, request: Request, peer: IpAddr) -> BoxFuture<'static, Response> {
        let gateway = Arc::clone(self);
        if cors::is_preflight(&request) {
            let request = request.map(drop);
            return Box::pin(async move {
                let answer = cors::preflight(&gateway.app, request.uri(), request.headers()).await;
                gateway.over_https(answer)
            });
        }
        let changes = changes_something(request.method());
        let mut call = Call::begin(&self.app, request, peer);
        if !changes {
            return Box::pin(async move {
                let answer = gateway.answer(&mut call).await;
                gateway.over_https(answer)
            });
        }
        Box::pin(async move {
            let (app, request_id, answering) =
                (gateway.app.clone(), call.request_id, Arc::clone(&gateway));
            // Continues to the end even if the client disconnects; otherwise the call would take
            // effect without being counted.
            let answered = app.calls.spawn(async move { answering.answer(&mut call).await }).await;
            gateway.over_https(answered.unwrap_or_else(|cause| {
                problem::respond(
                    anyhow::Error::from(cause).into(),
                    request_id.as_str(),
                    &app.config.base_url(),
                )
            }))
        })
    }

    /// Tells browsers to use https only, if the portal is reached that way. An upstream's own
    /// header is about another host.
    fn over_https(&self, mut answer: Response) -> Response {
        if let Some(transport) = self.app.config.strict_transport() {
            answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, transport);
        }
        answer
    }

    async fn answer(&self, call: &mut Call) -> Response {
        let stepped = AssertUnwindSafe(steps(self, call)).catch_unwind().await;
        let answer = match stepped
            .unwrap_or_else(|_| Err(anyhow::anyhow!("a step of the gateway panicked").into()))
        {
            Ok(answer) => {
                quota::charge(call, &answer);
                answer
            }
            Err(error) => {
                problem::respond(error, call.request_id.as_str(), &self.app.config.base_url())
            }
        };
        let answer = headers::add(call, answer);
        if call.is_dry_run {
            return answer;
        }
        journal::record(&self.app, call, answer).await
    }
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

async fn steps(gateway: &Gateway, call: &mut Call) -> Result<Response> {
    let app = &gateway.app;
    let read = dry_run::read(call);
    key::authenticate(app, call).await?;
    let permitted = match read {
        Ok(()) => operation::find(app, call).await.and_then(|()| scope::check(call)),
        refused => refused,
    };
    if call.is_dry_run {
        return Box::pin(dry_run::answer(app, call, permitted)).await;
    }
    limit::take(app, call, permitted.is_ok()).await?;
    permitted?;
    journal::check(app, call)?;
    deadline::bound_body(app, call);
    call.checks_us = call.elapsed_us();
    let answered = idempotency::handle(gateway, call).await;
    let latency_us = call.elapsed_us();
    call.handler_us = latency_us.saturating_sub(call.checks_us);
    call.latency_us = Some(latency_us);
    answered
}
