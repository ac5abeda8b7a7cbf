//! `Tollgate-Dry-Run: true`: the outcome of a call, without making it. Nothing is called, counted,
//! or taken from any limit except the dry runs' own; a call that would be refused gets the same
//! error.

use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::money::{Currency, nano_text};

use super::key::seconds_up;
use super::{Call, idempotency, journal, limit, quota};
use crate::config::Rate;
use crate::shared::{Bucket, COUNTERS};
use crate::{App, Error, Result};

pub const TOLLGATE_DRY_RUN: HeaderName = HeaderName::from_static("tollgate-dry-run");

/// Dry runs per key.
const RATE: Rate = Rate { calls: 10, seconds: 1 };

/// Determines whether the call is a dry run.
///
/// # Errors
/// `invalid_request` if the header is neither `true` nor `false`; then the call is not a dry run.
pub fn read(call: &mut Call) -> Result<()> {
    let mut values =
        call.request.headers().get_all(TOLLGATE_DRY_RUN).iter().map(|value| value.as_bytes());
    match (values.next(), values.next()) {
        (None, _) | (Some(b"false"), None) => Ok(()),
        (Some(b"true"), None) => {
            call.is_dry_run = true;
            Ok(())
        }
        _ => Err(Error::new(Code::InvalidRequest, "`Tollgate-Dry-Run` must be `true` or `false`.")),
    }
}

/// The outcome of a call.
#[derive(Serialize)]
struct Preview<'a> {
    dry_run: bool,
    would_be: &'static str,
    environment: Environment,
    operation: PreviewOperation<'a>,
    key: PreviewKey<'a>,
    limits: Vec<PreviewLimit>,
    /// Null in the sandbox, which is never billed.
    quota: Option<PreviewQuota>,
    price: Option<PreviewPrice>,
}

#[derive(Serialize)]
struct PreviewOperation<'a> {
    id: &'a str,
    scope: &'a str,
    units: u32,
}

#[derive(Serialize)]
struct PreviewKey<'a> {
    id: &'a str,
    prefix: String,
}

/// The month's included units, as they would be after the call.
#[derive(Serialize)]
struct PreviewQuota {
    limit: u64,
    remaining: u64,
}

/// The cost of the call above the included units.
#[derive(Serialize)]
struct PreviewPrice {
    /// A decimal, in the currency's minor unit.
    amount: String,
    currency: Currency,
}

/// As it would be after the call.
#[derive(Serialize)]
struct PreviewLimit {
    policy: &'static str,
    limit: u32,
    window_seconds: u32,
    remaining: u32,
    reset_seconds: u64,
}

/// Responds instead of all steps after `permitted`.
pub async fn answer(app: &App, call: &mut Call, permitted: Result<()>) -> Result<Response> {
    // As for a real call: earlier steps may have had to wait.
    call.now_us = app.clock.now_us();
    if let Some(key) = &call.key {
        let bucket = [Bucket::new("dry_run", key.id.as_str(), RATE)];
        limit::pass(
            &app.shared.take(&key.org, call.now_us, &bucket, &[None; COUNTERS]).await.verdicts,
        )?;
    }
    limit::peek(app, call, permitted.is_ok()).await?;
    permitted?;
    journal::check(app, call)?;
    idempotency::key_of(&call.method, call.operation.as_deref(), call.request.headers())?;
    preview(call).map(|preview| axum::Json(preview).into_response())
}

fn preview(call: &Call) -> Result<Preview<'_>> {
    let (Some(key), Some(operation)) = (&call.key, &call.operation) else {
        return Err(anyhow::anyhow!("a permitted call has neither key nor operation").into());
    };
    let limits = call.limits.iter().flatten().map(|verdict| PreviewLimit {
        policy: verdict.policy,
        limit: verdict.capacity,
        window_seconds: verdict.rate.seconds,
        remaining: verdict.remaining,
        reset_seconds: seconds_up(verdict.reset_us),
    });
    Ok(Preview {
        dry_run: true,
        would_be: "answered",
        environment: key.environment,
        operation: PreviewOperation {
            id: &operation.id,
            scope: &operation.scope,
            units: operation.price.units,
        },
        key: PreviewKey { id: key.id.as_str(), prefix: key.prefix.to_string() },
        limits: limits.collect(),
        quota: quota::left(call).map(|(limit, left)| PreviewQuota {
            limit,
            remaining: left.saturating_sub(operation.most_units().into()),
        }),
        price: quota::expected_price(call).map(|nano| PreviewPrice {
            amount: nano_text(nano),
            currency: call.terms.as_ref().unwrap_or(&key.platform).plan.currency,
        }),
    })
}
