//! Making endpoints, changing them, switching them off and on.

use std::collections::BTreeMap;

use serde_json::json;

use super::fields::{self, Checked, EndpointUpdate, NewEndpoint};
use super::secret::WebhookSecret;
use super::store::deliveries;
use super::store::endpoints::{self, EndpointRow};
use super::{MAX_ENDPOINTS, not_found};
use crate::server::access::{ManageWebhooks, Permit};
use crate::server::db::{Change, Tx};
use crate::server::{App, Error, Result, audit, random};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::EndpointId;
use crate::types::time::{DAY, SECOND, Timestamp};
use crate::types::webhook::{CreatedEndpoint, DisabledReason, Endpoint};

/// For how long the secret before can still sign.
const MAX_OVERLAP: i64 = 7 * DAY;

/// Creates an endpoint. Its secret is in the answer, and nowhere else again.
///
/// # Errors
/// `validation_failed` for fields that are wrong; `conflict` where there is no room.
pub async fn create(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    new: NewEndpoint,
    now: Timestamp,
) -> Result<CreatedEndpoint> {
    let checked = fields::check(new.into(), app.outbound.reach())?;
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
        secret_sealed: app.sealer.seal(id.as_str(), secret.as_bytes())?,
        old_secret_sealed: None,
        old_secret_until: None,
        failing_since: None,
        last_success_at: None,
        last_failure_at: None,
        created_at: now.0,
        updated_at: now.0,
    };
    apply(app, &mut row, checked)?;
    let mut tx = app.db.begin().await?;
    if endpoints::count(&mut tx, &permit.org).await? >= MAX_ENDPOINTS {
        let message = format!("An organisation has at most {MAX_ENDPOINTS} webhook endpoints. Delete one that is not used.");
        return Err(Error::new(Code::Conflict, message));
    }
    endpoints::insert(&mut tx, &row).await?;
    note(&mut tx, permit, "webhook_endpoint.created", None, Some(&row), now).await?;
    tx.commit().await?;
    Ok(CreatedEndpoint { endpoint: row.view(now)?, secret: secret.expose() })
}

/// Changes what `update` names.
pub async fn update(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    update: EndpointUpdate,
    now: Timestamp,
) -> Result<Endpoint> {
    let checked = fields::check(update, app.outbound.reach())?;
    change(app, permit, environment, id, "webhook_endpoint.updated", now, async |_, row| apply(app, row, checked)).await
}

/// Deletes an endpoint with its deliveries.
pub async fn delete(app: &App, permit: &Permit<ManageWebhooks>, environment: Environment, id: &EndpointId, now: Timestamp) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let row = endpoints::lock(&mut tx, &permit.org, environment, id).await?.ok_or_else(not_found)?;
    endpoints::delete(&mut tx, &row.id).await?;
    note(&mut tx, permit, "webhook_endpoint.deleted", Some(&row), None, now).await?;
    tx.commit().await
}

/// Makes a new secret, which the answer holds. The one before signs as well for `overlap_seconds`.
///
/// # Errors
/// `validation_failed` for an overlap of more than seven days.
pub async fn rotate_secret(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    overlap_seconds: u32,
    now: Timestamp,
) -> Result<CreatedEndpoint> {
    let overlap = i64::from(overlap_seconds) * SECOND;
    if overlap > MAX_OVERLAP {
        let message = format!("The overlap is at most {} seconds: 7 days.", MAX_OVERLAP / SECOND);
        return Err(Error::field("overlap_seconds", "out_of_range", message));
    }
    let secret = WebhookSecret::generate();
    let rotate = async |_: &mut Tx, row: &mut EndpointRow| {
        let sealed = app.sealer.seal(&row.id, secret.as_bytes())?;
        let old = std::mem::replace(&mut row.secret_sealed, sealed);
        row.old_secret_sealed = (overlap > 0).then_some(old);
        row.old_secret_until = (overlap > 0).then_some(now.plus(overlap).0);
        Ok(())
    };
    let endpoint = change(app, permit, environment, id, "webhook_endpoint.secret_rotated", now, rotate).await?;
    Ok(CreatedEndpoint { endpoint, secret: secret.expose() })
}

/// Delivers again, and what was held back meanwhile.
pub async fn enable(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<Endpoint> {
    change(app, permit, environment, id, "webhook_endpoint.enabled", now, async |tx, row| {
        if row.is_active() {
            return Ok(());
        }
        (row.state, row.disabled_reason, row.failing_since) = ("active".into(), String::new(), None);
        tx.announce(Change::Deliveries);
        deliveries::resume(tx, &row.id, now).await
    })
    .await
}

/// Delivers nothing until the endpoint is enabled: what is pending is held back, and events of that time are told only
/// when they are recovered.
pub async fn disable(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<Endpoint> {
    change(app, permit, environment, id, "webhook_endpoint.disabled", now, async |tx, row| {
        if row.is_active() { switch_off(tx, row, DisabledReason::ByHand).await } else { Ok(()) }
    })
    .await
}

/// For an active row that is locked, and is written by whoever calls.
pub(super) async fn switch_off(tx: &mut Tx, row: &mut EndpointRow, reason: DisabledReason) -> Result<()> {
    row.state = "disabled".into();
    row.disabled_reason = reason.as_str().into();
    deliveries::hold(tx, &row.id).await
}

/// Locks an endpoint, changes it, and leaves an audit entry.
async fn change(
    app: &App,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    action: &'static str,
    now: Timestamp,
    act: impl AsyncFnOnce(&mut Tx, &mut EndpointRow) -> Result<()>,
) -> Result<Endpoint> {
    let mut tx = app.db.begin().await?;
    let before = endpoints::lock(&mut tx, &permit.org, environment, id).await?.ok_or_else(not_found)?;
    let mut row = before.clone();
    act(&mut tx, &mut row).await?;
    row.updated_at = now.0;
    endpoints::update(&mut tx, &row).await?;
    note(&mut tx, permit, action, Some(&before), Some(&row), now).await?;
    tx.commit().await?;
    row.view(now)
}

fn apply(app: &App, row: &mut EndpointRow, checked: Checked) -> Result<()> {
    if let Some(url) = checked.url {
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
        set_headers(app, row, &headers)?;
    }
    Ok(())
}

fn set_headers(app: &App, row: &mut EndpointRow, headers: &BTreeMap<String, String>) -> Result<()> {
    row.header_names_json = serde_json::to_string(&headers.keys().collect::<Vec<_>>())?;
    let sealed = (!headers.is_empty()).then(|| app.sealer.seal(&row.id, &serde_json::to_vec(headers)?));
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
    let told = |row: &EndpointRow| {
        let (types, headers) = (row.event_types().unwrap_or_default(), &row.header_names_json);
        json!({ "url": row.url, "event_types": types, "header_names": headers, "rate": row.rate, "state": row.state })
    };
    audit::record(tx, Some(&permit.org), &permit.actor, action, id, before.map(told), after.map(told), now).await
}
