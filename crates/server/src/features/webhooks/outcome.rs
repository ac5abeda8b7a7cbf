//! The outcome of attempts, recorded in batches per transaction.

use std::collections::BTreeMap;

use serde_json::json;
use tollgate_types::delivery::DeliveryState;
use tollgate_types::event::EventType;
use tollgate_types::id::OrgId;
use tollgate_types::time::{DAY, Timestamp};
use tollgate_types::webhook::DisabledReason;

use super::change::switch_off;
use super::claim::Claimed;
use super::mails;
use super::schedule::next_attempt;
use super::store::claims::{self, Outcome};
use super::store::endpoints::{self, EndpointRow};
use crate::access::{Actor, ActorKind};
use crate::db::Tx;
use crate::webhooks::events::{self, About};
use crate::{Base, Result, accounts, audit, mail, random};

/// An endpoint is disabled if all its attempts fail for this long.
const FAILING_FOR: i64 = 5 * DAY;
/// How long an endpoint's state counts after an attempt: longer than the longest pause between two
/// attempts, including jitter and what a receiver can ask for.
const KNOWN_FOR: i64 = 2 * DAY;

/// An attempt that was sent, or was not.
pub struct Attempted {
    pub claimed: Claimed,
    /// `None` if nothing was sent, because the server is about to stop or the lease about to
    /// expire.
    pub tried: Option<Tried>,
}

pub struct Tried {
    pub started_at: Timestamp,
    pub latency_ms: i64,
    pub status: Option<u16>,
    /// Why there was no response.
    pub error: String,
    pub answer: String,
    /// Milliseconds that the receiver asks to wait.
    pub retry_after: Option<i64>,
}

impl Tried {
    /// Without a response, for this reason.
    pub fn failed(error: &str) -> Self {
        Self {
            started_at: Timestamp(0),
            latency_ms: 0,
            status: None,
            error: error.into(),
            answer: String::new(),
            retry_after: None,
        }
    }

    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Records the outcome of `done`.
pub async fn record(base: &Base, done: &[Attempted], now: Timestamp) -> Result<()> {
    let mut of_endpoints: BTreeMap<&str, Vec<&Attempted>> = BTreeMap::new();
    for attempted in done {
        of_endpoints.entry(&attempted.claimed.target.id).or_default().push(attempted);
    }
    let mut tx = base.db.begin().await?;
    // Ordered by id on all instances, so that no two wait for each other's rows.
    for (endpoint, done) in of_endpoints {
        record_at(base, &mut tx, endpoint, &done, now).await?;
    }
    tx.commit().await
}

async fn record_at(
    base: &Base,
    tx: &mut Tx,
    endpoint: &str,
    done: &[&Attempted],
    now: Timestamp,
) -> Result<()> {
    let tried = || {
        done.iter().filter_map(|attempted| Some((&attempted.claimed, attempted.tried.as_ref()?)))
    };
    let last = |success: bool| {
        tried()
            .filter(|(_, tried)| tried.is_success() == success)
            .map(|(_, tried)| tried.started_at)
            .max()
    };
    let noted =
        endpoints::note_attempts(tx, endpoint, last(true), last(false), now.plus(-KNOWN_FOR))
            .await?;
    let Some(mut row) = noted else { return Ok(()) };
    for attempted in done.iter().filter(|attempted| attempted.tried.is_none()) {
        claims::release(tx, &attempted.claimed.id, attempted.claimed.claims, now).await?;
    }
    for (claimed, tried) in tried() {
        let step = claimed.step + 1;
        let next = if tried.is_success() || tried.status == Some(410) {
            None
        } else {
            next_attempt(step, tried.retry_after, now)
        };
        let state = match next {
            Some(_) => DeliveryState::Pending,
            None if tried.is_success() => DeliveryState::Delivered,
            None => DeliveryState::Failed,
        };
        let outcome = Outcome {
            delivery: &claimed.id,
            endpoint,
            claims: claimed.claims,
            state,
            step,
            // While the endpoint is disabled, the next attempt is held.
            next_attempt_at: next.filter(|_| row.is_active()),
            attempt: &random::id(),
            started_at: tried.started_at,
            latency_ms: tried.latency_ms,
            status: tried.status,
            error: &tried.error,
            answer: &tried.answer,
        };
        claims::finish(tx, &outcome).await?;
    }
    let is_gone = tried().any(|(_, tried)| tried.status == Some(410));
    let is_failing = row.failing_since.is_some_and(|since| since <= now.plus(-FAILING_FOR).0);
    if row.is_active() && (is_gone || is_failing) {
        let reason = if is_gone { DisabledReason::Gone } else { DisabledReason::Failing };
        give_up(base, tx, &mut row, reason, now).await?;
    }
    Ok(())
}

/// Disables an endpoint, and notifies its owners.
async fn give_up(
    base: &Base,
    tx: &mut Tx,
    row: &mut EndpointRow,
    reason: DisabledReason,
    now: Timestamp,
) -> Result<()> {
    switch_off(tx, row, reason).await?;
    row.updated_at = now.0;
    endpoints::update(tx, row).await?;
    let org: OrgId = row.org_id.parse().map_err(anyhow::Error::from)?;
    let environment = row.environment()?;
    let portal =
        Actor { kind: ActorKind::Portal, id: "".into(), source_ip: None, request_id: None };
    let after = json!({ "url": row.url, "reason": reason });
    audit::record(
        tx,
        Some(&org),
        &portal,
        "webhook_endpoint.disabled",
        &row.id,
        None,
        Some(after),
        now,
    )
    .await?;
    let about = About { org: &org, environment: Some(environment), request_id: "" };
    let data = json!({
        "endpoint_id": row.id, "url": row.url, "reason": reason, "failing_since": row.failing_since.map(Timestamp), "disabled_at": now,
    });
    events::record(tx, about, EventType::EndpointDisabled, &data, now).await?;
    for to in accounts::technical_contacts(tx, &org).await? {
        mail::queue(tx, &base.config, &mails::disabled(&base.config, &to.email, row, reason)?, now)
            .await?;
    }
    Ok(())
}
