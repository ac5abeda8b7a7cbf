//! `Tollgate-Dry-Run: true`: the outcome of a call, without making it. Nothing is called, counted,
//! or taken from any limit except the dry runs' own; a call that would be refused gets the same
//! error.

use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::money::{Currency, nano_text};
use utoipa::ToSchema;

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

/// The outcome of a call, without making it.
#[derive(Serialize, ToSchema)]
pub struct DryRun {
    /// Always `true`.
    dry_run: bool,
    /// What would happen to the call. Always `answered`: a call that would be refused gets the same
    /// error as without `Tollgate-Dry-Run`.
    would_be: &'static str,
    /// Environment of the key.
    environment: Environment,
    operation: DryRunOperation,
    key: DryRunKey,
    /// The rate limits as they would be after the call.
    limits: Vec<DryRunLimit>,
    /// The units of the month that the plan includes, as they would be after the call. Null in the
    /// sandbox, which is never billed.
    quota: Option<DryRunQuota>,
    /// The most that the call would cost above the included units. Null in the sandbox, which is
    /// never billed.
    price: Option<DryRunPrice>,
}

/// The operation that would be called.
#[derive(Serialize, ToSchema)]
struct DryRunOperation {
    /// Id of the operation, such as `createCustomer`.
    id: String,
    /// Scope that the key needs.
    scope: String,
    /// Units that the call would cost.
    units: u32,
}

/// The key that would make the call.
#[derive(Serialize, ToSchema)]
struct DryRunKey {
    /// Id of the key (`key_…`).
    id: String,
    /// The visible start of the key, such as `tg_live_4fQ9aZ0b1Xcd`.
    prefix: String,
}

/// The units of the calendar month (UTC) that the plan includes.
#[derive(Serialize, ToSchema)]
struct DryRunQuota {
    /// Units that the plan includes.
    limit: u64,
    /// Units that would remain after the call.
    remaining: u64,
}

/// The cost of the call above the included units.
#[derive(Serialize, ToSchema)]
struct DryRunPrice {
    /// A decimal, in the currency's minor unit.
    amount: String,
    /// ISO 4217 code of the currency, in lower case, such as `usd`.
    #[schema(value_type = String, example = "usd")]
    currency: Currency,
}

/// A rate limit, as it would be after the call.
#[derive(Serialize, ToSchema)]
struct DryRunLimit {
    /// Name of the limit: `key`, `org`, `ip` or `operation`.
    policy: &'static str,
    /// Number of calls that the limit allows.
    limit: u32,
    /// Length of the window, in seconds.
    window_seconds: u32,
    /// Calls that would remain.
    remaining: u32,
    /// Seconds until all calls would be available again.
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

fn preview(call: &Call) -> Result<DryRun> {
    let (Some(key), Some(operation)) = (&call.key, &call.operation) else {
        return Err(anyhow::anyhow!("a permitted call has neither key nor operation").into());
    };
    let limits = call.limits.iter().flatten().map(|verdict| DryRunLimit {
        policy: verdict.policy,
        limit: verdict.capacity,
        window_seconds: verdict.rate.seconds,
        remaining: verdict.remaining,
        reset_seconds: seconds_up(verdict.reset_us),
    });
    Ok(DryRun {
        dry_run: true,
        would_be: "answered",
        environment: key.environment,
        operation: DryRunOperation {
            id: operation.id.clone(),
            scope: operation.scope.to_string(),
            units: operation.price.units,
        },
        key: DryRunKey { id: key.id.to_string(), prefix: key.prefix.to_string() },
        limits: limits.collect(),
        quota: quota::left(call).map(|(limit, left)| DryRunQuota {
            limit,
            remaining: left.saturating_sub(operation.most_units().into()),
        }),
        price: quota::expected_price(call).map(|nano| DryRunPrice {
            amount: nano_text(nano),
            currency: call.terms.as_ref().unwrap_or(&key.platform).plan.currency,
        }),
    })
}
