//! The way of a metered call. Each step is a file; [`steps`] lists them in the order they are taken.
//! The journal comes last and sees every answer, also that of a step that refused the call.

mod call;
mod cors;
mod deadline;
mod dry_run;
mod ending;
mod handler;
mod headers;
mod idempotency;
mod journal;
mod key;
mod limit;
mod operation;
mod product;
mod quota;
mod request_id;
mod scope;
mod source_ip;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use futures::FutureExt;
use futures::future::BoxFuture;

pub use call::Call;
pub use handler::{ApiKey, Caller};
pub use key::{failures, turn_away};
pub use request_id::identify;
pub use source_ip::{SourceIp, layer as source_ip_layer, network};

use super::{App, Result, problem};

#[derive(Clone)]
pub struct Gateway {
    pub app: App,
    /// The platform's own API, behind the gateway.
    pub api: Router,
}

impl Gateway {
    /// Answers one call under `/v1` or `/api`.
    pub fn serve(&self, request: Request) -> BoxFuture<'static, Result<Response, Infallible>> {
        let gateway = self.clone();
        if cors::is_preflight(&request) {
            let request = request.map(drop);
            return Box::pin(async move { Ok(cors::preflight(&gateway.app, request.uri(), request.headers()).await) });
        }
        let changes = changes_something(request.method());
        // In a place of its own, because what a future holds is copied with it.
        let call = Box::new(Call::begin(&self.app, request));
        if !changes {
            return Box::pin(async move { Ok(gateway.answer(call).await) });
        }
        // Goes on to its end though the client hangs up, or what it did would be done and not counted.
        let (base_url, request_id) = (self.app.config.base_url(), call.request_id);
        let calls = self.app.calls.clone();
        Box::pin(async move {
            let answered = calls.spawn(async move { gateway.answer(call).await }).await;
            Ok(answered.unwrap_or_else(|cause| problem::respond(anyhow::Error::from(cause).into(), request_id.as_str(), &base_url)))
        })
    }

    async fn answer(&self, mut call: Box<Call>) -> Response {
        let stepped = AssertUnwindSafe(steps(self, &mut call)).catch_unwind().await;
        let answer = match stepped.unwrap_or_else(|_| Err(anyhow::anyhow!("a step of the gateway panicked").into())) {
            Ok(answer) => {
                quota::charge(&mut call, &answer);
                answer
            }
            Err(error) => problem::respond(error, call.request_id.as_str(), &self.app.config.base_url()),
        };
        let answer = headers::add(&call, answer);
        if call.is_dry_run {
            return answer;
        }
        journal::record(&self.app, &mut call, answer).await
    }
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

async fn steps(gateway: &Gateway, call: &mut Call) -> Result<Response> {
    let app = &gateway.app;
    source_ip::resolve(app, call);
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
    call.handler_us = call.elapsed_us().saturating_sub(call.checks_us);
    answered
}
