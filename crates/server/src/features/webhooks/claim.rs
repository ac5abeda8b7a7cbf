//! Claiming due deliveries. A claim moves a delivery's next attempt into the future, so no other
//! instance takes it, and the claim expires if this process dies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use tollgate_types::time::{MINUTE, SECOND, Timestamp};

use super::destination::Gate;
use super::events;
use super::secret::WebhookSecret;
use super::store::claims::{self, ClaimedRow};
use super::store::endpoints::EndpointRow;
use crate::db::Tx;
use crate::{Base, Error, Result};

/// Endpoints per round; the next round continues after them.
const ENDPOINTS: i64 = 200;
/// For this time no other instance takes a claimed delivery: longer than waiting for a slot and a
/// response can take.
pub const LEASE: i64 = MINUTE;
/// How far ahead the slots of an endpoint with a rate are assigned.
const AHEAD_US: i64 = 1_000_000;

/// The target of deliveries, ready to be used. Without `Debug`: it has secrets.
pub struct Target {
    pub id: String,
    pub url: String,
    pub headers: HeaderMap,
    pub secrets: Vec<WebhookSecret>,
    pub reliability: Reliability,
}

/// The history of an endpoint, which determines how many deliveries it gets at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliability {
    /// Its last attempt succeeded.
    Proven,
    /// It has never responded yet.
    New,
    Failing,
}

/// A delivery that this instance must send.
pub struct Claimed {
    pub id: String,
    pub target: Arc<Target>,
    pub event_id: String,
    pub body: Bytes,
    pub claims: i64,
    pub step: i64,
    /// Until the endpoint's rate allows it.
    pub wait: Duration,
    pub leased_until: Timestamp,
}

/// The claimed deliveries.
#[derive(Default)]
pub struct Claims {
    pub claimed: Vec<Claimed>,
    /// Endpoints that cannot get deliveries because their secrets cannot be decrypted, and why.
    pub unreadable: Vec<(String, Error)>,
}

/// Claims due deliveries of the endpoints after `after`, which is then set to the last one, or is
/// empty if no more follow. `room` returns the limit of an endpoint, and `total` the total limit: a
/// number per kind of endpoint, so that none takes the place of another.
pub async fn claim_due(
    base: &Base,
    after: &mut String,
    mut room: impl FnMut(&str, Reliability) -> usize,
    mut total: usize,
) -> Result<Claims> {
    let (now, now_us) = (base.clock.now(), base.clock.now_us());
    let rows = claims::due(&base.db, now, after, ENDPOINTS, now_us + AHEAD_US).await?;
    let is_more = i64::try_from(rows.len()).is_ok_and(|found| found == ENDPOINTS);
    *after = rows.last().filter(|_| is_more).map(|row| row.id.clone()).unwrap_or_default();
    // Checking first spares the embedded database a write lock in each round.
    let gate = |row: &EndpointRow| {
        Gate::new(base, &row.org_id, &row.url, reliability(row) == Reliability::Proven, now_us)
    };
    let with_room = |row: EndpointRow| {
        Some((room(&row.id, reliability(&row)).min(gate(&row).room()), row))
            .filter(|(room, _)| *room > 0)
    };
    let rows: Vec<(usize, EndpointRow)> = rows.into_iter().filter_map(with_room).collect();
    let mut claims = Claims::default();
    if rows.is_empty() {
        return Ok(claims);
    }
    let mut tx = base.db.begin().await?;
    for (room, row) in rows {
        let target = match target(base, &row, now) {
            Ok(target) => Arc::new(target),
            Err(cause) => {
                claims.unreadable.push((row.id, cause));
                continue;
            }
        };
        let gate = gate(&row);
        // Checked again: earlier rows may have the same host.
        let room = room.min(total).min(gate.room());
        if room == 0 {
            continue;
        }
        let taken = claim_from(&mut tx, &row, room, now, now_us).await?;
        gate.take(taken.len());
        total -= taken.len();
        claims.claimed.extend(taken.into_iter().map(|(row, wait)| ready(row, wait, &target, now)));
    }
    tx.commit().await?;
    Ok(claims)
}

fn reliability(row: &EndpointRow) -> Reliability {
    match (row.failing_since, row.last_success_at) {
        (Some(_), _) => Reliability::Failing,
        (None, None) => Reliability::New,
        (None, Some(_)) => Reliability::Proven,
    }
}

/// Up to `room` deliveries, each with its earliest time.
async fn claim_from(
    tx: &mut Tx,
    row: &EndpointRow,
    room: usize,
    now: Timestamp,
    now_us: i64,
) -> Result<Vec<(ClaimedRow, Duration)>> {
    let room = i64::try_from(room).unwrap_or(0);
    if row.rate.is_none() {
        let rows = claims::claim(tx, &row.id, now, now.plus(LEASE), room).await?;
        return Ok(rows.into_iter().map(|row| (row, Duration::ZERO)).collect());
    }
    // Slots are assigned under the endpoint's lock, so that all instances together keep its rate.
    let Some((Some(rate), next)) = claims::lock_slots(tx, &row.id).await? else {
        return Ok(Vec::new());
    };
    let interval = 1_000_000 / rate.max(1);
    // A clock that was set back must not delay an endpoint for that long.
    let first = if next > now_us + 2 * AHEAD_US { now_us } else { next.max(now_us) };
    let free = (now_us + AHEAD_US - first).div_euclid(interval) + 1;
    let rows = claims::claim(tx, &row.id, now, now.plus(LEASE), room.min(free.max(0))).await?;
    let slot = |i: usize| first + interval * i64::try_from(i).unwrap_or(0);
    claims::set_next_slot(tx, &row.id, slot(rows.len())).await?;
    let wait = |i: usize| Duration::from_micros((slot(i) - now_us).max(0).unsigned_abs());
    Ok(rows.into_iter().enumerate().map(|(i, row)| (row, wait(i))).collect())
}

fn ready(row: ClaimedRow, wait: Duration, target: &Arc<Target>, now: Timestamp) -> Claimed {
    let created_at = Timestamp(row.event_created_at);
    let body = events::body(
        &row.event_id,
        &row.event_type,
        &row.event_environment,
        &row.data_json,
        created_at,
    );
    Claimed {
        id: row.id,
        target: Arc::clone(target),
        event_id: row.event_id,
        body: body.into(),
        claims: row.claims,
        step: row.step,
        wait,
        leased_until: now.plus(LEASE),
    }
}

/// Decrypts the secrets.
pub(super) fn target(base: &Base, row: &EndpointRow, now: Timestamp) -> Result<Target> {
    let secret = |sealed: &[u8]| base.sealer.open(&row.id, sealed).map(WebhookSecret::from_bytes);
    let mut secrets = vec![secret(&row.secret_sealed)?];
    if let Some(old) = &row.old_secret_sealed
        && row.old_secret_until.is_some_and(|until| until > now.0)
    {
        secrets.push(secret(old)?);
    }
    let mut headers = HeaderMap::new();
    if let Some(sealed) = &row.headers_sealed {
        let own: BTreeMap<String, String> =
            serde_json::from_slice(&base.sealer.open(&row.id, sealed)?)?;
        for (name, value) in own {
            let name: HeaderName = name.parse().map_err(anyhow::Error::from)?;
            let mut value = HeaderValue::try_from(value).map_err(anyhow::Error::from)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    Ok(Target {
        id: row.id.clone(),
        url: row.url.clone(),
        headers,
        secrets,
        reliability: reliability(row),
    })
}

const _: () = assert!(LEASE > AHEAD_US / 1_000 + 20 * SECOND);
