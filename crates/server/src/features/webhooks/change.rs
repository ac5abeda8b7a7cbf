//! Creating, changing, enabling and disabling endpoints.

use std::collections::BTreeMap;

use serde_json::json;
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::id::EndpointId;
use tollgate_types::time::{DAY, SECOND, Timestamp};
use tollgate_types::webhook::{CreatedEndpoint, DisabledReason, Endpoint};
use url::Url;

use super::destination;
use super::endpoints::{MAX_ENDPOINTS, not_found};
use super::fields::{self, Checked, EndpointUpdate, NewEndpoint};
use super::secret::WebhookSecret;
use super::store::deliveries;
use super::store::endpoints::{self, EndpointRow};
use super::sweep;
use crate::access::{ManageWebhooks, Permit};
use crate::db::{CHUNK, Change, Tx};
use crate::{Base, Error, Result, audit, random};

/// The maximum overlap of a rotation.
const MAX_OVERLAP: i64 = 7 * DAY;

/// Creates an endpoint. The response contains its secret, which is never returned again.
///
/// # Errors
/// `validation_failed` for invalid fields; `conflict` if there are too many endpoints.
pub async fn create(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    new: NewEndpoint,
    now: Timestamp,
) -> Result<CreatedEndpoint> {
    destination::check_sender(base, permit).await?;
    let checked = fields::check(new.into(), base.outbound.reach())?;
    let id: EndpointId = random::id();
    let secret = WebhookSecret::generate();
    let mut row = EndpointRow {
        id: id.to_string(),
        org_id: permit.org.to_string(),
        environment: environment.as_str().into(),
        url: String::new(),
        description: String::new(),
        event_types_json: "[]".into(),
        header_names_json: "[]".into(),
        headers_sealed: None,
        rate: None,
        next_slot_us: 0,
        state: "active".into(),
        disabled_reason: String::new(),
        secret_sealed: base.sealer.seal(id.as_str(), secret.as_bytes())?,
        old_secret_sealed: None,
        old_secret_until: None,
        failing_since: None,
        last_success_at: None,
        last_failure_at: None,
        created_at: now.0,
        updated_at: now.0,
    };
    apply(base, &mut row, checked)?;
    let mut tx = base.db.begin().await?;
    if endpoints::count(&mut tx, &permit.org).await? >= MAX_ENDPOINTS {
        let message = format!(
            "An organisation may have at most {MAX_ENDPOINTS} webhook endpoints. Delete one that is not used."
        );
        return Err(Error::new(Code::Conflict, message));
    }
    endpoints::insert(&mut tx, &row).await?;
    note(&mut tx, permit, "webhook_endpoint.created", None, Some(&row), now).await?;
    tx.commit().await?;
    Ok(CreatedEndpoint { endpoint: row.view(now)?, secret: secret.expose() })
}

/// Applies `update`.
///
/// # Errors
/// `validation_failed` for invalid fields, and for a URL with another origin if headers would be
/// sent there.
pub async fn update(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    update: EndpointUpdate,
    now: Timestamp,
) -> Result<Endpoint> {
    destination::check_sender(base, permit).await?;
    let checked = fields::check(update, base.outbound.reach())?;
    change(base, permit, environment, id, "webhook_endpoint.updated", now, async |_, row| {
        apply(base, row, checked)
    })
    .await
}

/// Deletes an endpoint with its deliveries: many deliveries are hidden immediately and deleted in
/// the background.
pub async fn delete(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = base.db.begin().await?;
    let row =
        endpoints::lock(&mut tx, &permit.org, environment, id).await?.ok_or_else(not_found)?;
    endpoints::mark_deleted(&mut tx, &row.id).await?;
    note(&mut tx, permit, "webhook_endpoint.deleted", Some(&row), None, now).await?;
    tx.commit().await?;
    sweep::sweep(&base.db, sweep::AT_ONCE, now).await.map(drop)
}

/// Creates a new secret, which is in the response. The previous one signs as well for
/// `overlap_seconds`.
///
/// # Errors
/// `validation_failed` for an overlap of more than seven days.
pub async fn rotate_secret(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    overlap_seconds: u32,
    now: Timestamp,
) -> Result<CreatedEndpoint> {
    let overlap = i64::from(overlap_seconds) * SECOND;
    if overlap > MAX_OVERLAP {
        let message =
            format!("The overlap may be at most {} seconds (7 days).", MAX_OVERLAP / SECOND);
        return Err(Error::field("overlap_seconds", "out_of_range", message));
    }
    let secret = WebhookSecret::generate();
    let rotate = async |_: &mut Tx, row: &mut EndpointRow| {
        let sealed = base.sealer.seal(&row.id, secret.as_bytes())?;
        let old = std::mem::replace(&mut row.secret_sealed, sealed);
        row.old_secret_sealed = (overlap > 0).then_some(old);
        row.old_secret_until = (overlap > 0).then_some(now.plus(overlap).0);
        Ok(())
    };
    let endpoint =
        change(base, permit, environment, id, "webhook_endpoint.secret_rotated", now, rotate)
            .await?;
    Ok(CreatedEndpoint { endpoint, secret: secret.expose() })
}

/// Resumes deliveries, including those that were held.
pub async fn enable(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<Endpoint> {
    destination::check_sender(base, permit).await?;
    change(base, permit, environment, id, "webhook_endpoint.enabled", now, async |tx, row| {
        if row.is_active() {
            return Ok(());
        }
        (row.state, row.disabled_reason, row.failing_since) =
            ("active".into(), String::new(), None);
        tx.announce(Change::Deliveries);
        deliveries::resume(tx, &row.id, now, CHUNK).await.map(drop)
    })
    .await
}

/// Stops deliveries until the endpoint is enabled: pending ones are held, and events of that time
/// are delivered only when they are recovered.
pub async fn disable(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<Endpoint> {
    change(base, permit, environment, id, "webhook_endpoint.disabled", now, async |tx, row| {
        if row.is_active() { switch_off(tx, row, DisabledReason::ByHand).await } else { Ok(()) }
    })
    .await
}

/// For an active, locked row, which the caller writes.
pub(super) async fn switch_off(
    tx: &mut Tx,
    row: &mut EndpointRow,
    reason: DisabledReason,
) -> Result<()> {
    row.state = "disabled".into();
    row.disabled_reason = reason.as_str().into();
    // If there are more, the next sweep continues.
    deliveries::hold(tx, &row.id, CHUNK).await.map(drop)
}

/// Locks an endpoint, changes it, and writes an audit entry.
async fn change(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    action: &'static str,
    now: Timestamp,
    act: impl AsyncFnOnce(&mut Tx, &mut EndpointRow) -> Result<()>,
) -> Result<Endpoint> {
    let mut tx = base.db.begin().await?;
    let before =
        endpoints::lock(&mut tx, &permit.org, environment, id).await?.ok_or_else(not_found)?;
    let mut row = before.clone();
    act(&mut tx, &mut row).await?;
    row.updated_at = now.0;
    endpoints::update(&mut tx, &row).await?;
    note(&mut tx, permit, action, Some(&before), Some(&row), now).await?;
    tx.commit().await?;
    row.view(now)
}

fn apply(base: &Base, row: &mut EndpointRow, checked: Checked) -> Result<()> {
    if let Some(url) = checked.url {
        // Headers contain credentials for their receiver. Nobody can read them here, so nobody may
        // send them to their own server either.
        if row.headers_sealed.is_some()
            && checked.headers.is_none()
            && !is_same_origin(&row.url, &url)
        {
            let message = "The new URL has another origin, and headers are sent only to the server that they were set for. Send \
                `headers` again, or an empty object to remove them.";
            return Err(Error::field("headers", "required_again", message));
        }
        row.url = url;
    }
    if let Some(description) = checked.description {
        row.description = description;
    }
    if let Some(types) = checked.event_types {
        row.event_types_json = serde_json::to_string(&types)?;
    }
    if let Some(rate) = checked.rate {
        row.rate = rate.map(i64::from);
        row.next_slot_us = 0;
    }
    if let Some(headers) = checked.headers {
        set_headers(base, row, &headers)?;
    }
    Ok(())
}

/// Whether two URLs have the same origin: scheme, host and port.
fn is_same_origin(one: &str, other: &str) -> bool {
    let origin = |text: &str| text.parse::<Url>().ok().map(|url| url.origin());
    origin(one).is_some_and(|one| one.is_tuple() && Some(one) == origin(other))
}

fn set_headers(
    base: &Base,
    row: &mut EndpointRow,
    headers: &BTreeMap<String, String>,
) -> Result<()> {
    row.header_names_json = serde_json::to_string(&headers.keys().collect::<Vec<_>>())?;
    let sealed =
        (!headers.is_empty()).then(|| base.sealer.seal(&row.id, &serde_json::to_vec(headers)?));
    row.headers_sealed = sealed.transpose()?;
    Ok(())
}

/// The audit entry of a change.
async fn note(
    tx: &mut Tx,
    permit: &Permit<ManageWebhooks>,
    action: &'static str,
    before: Option<&EndpointRow>,
    after: Option<&EndpointRow>,
    now: Timestamp,
) -> Result<()> {
    let id = before.or(after).map_or("", |row| &row.id);
    let audited = |row: &EndpointRow| {
        let (types, headers) = (row.event_types().unwrap_or_default(), &row.header_names_json);
        json!({ "url": row.url, "event_types": types, "header_names": headers, "rate": row.rate, "state": row.state })
    };
    audit::record(
        tx,
        Some(&permit.org),
        &permit.actor,
        action,
        id,
        before.map(audited),
        after.map(audited),
        now,
    )
    .await
}
