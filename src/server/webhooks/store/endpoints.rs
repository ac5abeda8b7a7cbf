//! Endpoints.

use sqlx::{query, query_as, query_scalar};

use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::server::sealer::NAME;
use crate::types::environment::Environment;
use crate::types::id::{EndpointId, OrgId};
use crate::types::time::Timestamp;
use crate::types::webhook::{DisabledReason, Endpoint, EndpointState};

#[derive(Clone, sqlx::FromRow)]
pub struct EndpointRow {
    pub id: String,
    pub org_id: String,
    pub environment: String,
    pub url: String,
    pub description: String,
    pub event_types_json: String,
    pub header_names_json: String,
    pub headers_sealed: Option<Vec<u8>>,
    pub rate: Option<i64>,
    pub next_slot_us: i64,
    pub state: String,
    pub disabled_reason: String,
    pub secret_sealed: Vec<u8>,
    pub old_secret_sealed: Option<Vec<u8>>,
    pub old_secret_until: Option<i64>,
    pub failing_since: Option<i64>,
    pub last_success_at: Option<i64>,
    pub last_failure_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
}

impl EndpointRow {
    pub fn is_active(&self) -> bool {
        self.state == "active"
    }

    pub fn environment(&self) -> Result<Environment> {
        Ok(self.environment.parse().map_err(anyhow::Error::from)?)
    }

    pub fn event_types(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_str(&self.event_types_json)?)
    }

    /// As it is shown at `now`, without its secrets.
    pub fn view(&self, now: Timestamp) -> Result<Endpoint> {
        let disabled_reason = match self.disabled_reason.as_str() {
            "gone" => DisabledReason::Gone,
            "failing" => DisabledReason::Failing,
            _ => DisabledReason::ByHand,
        };
        Ok(Endpoint {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            environment: self.environment()?,
            url: self.url.clone(),
            description: self.description.clone(),
            event_types: self.event_types()?,
            header_names: serde_json::from_str(&self.header_names_json)?,
            rate: self.rate.map(u32::try_from).transpose().map_err(anyhow::Error::from)?,
            state: if self.is_active() { EndpointState::Active } else { EndpointState::Disabled },
            disabled_reason: (!self.is_active()).then_some(disabled_reason),
            previous_secret_until: self.old_secret_until.filter(|until| *until > now.0).map(Timestamp),
            failing_since: self.failing_since.map(Timestamp),
            last_success_at: self.last_success_at.map(Timestamp),
            last_failure_at: self.last_failure_at.map(Timestamp),
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        })
    }
}

const INSERT: &str = "
    insert into webhook_endpoints
    (id, org_id, environment, url, description, event_types_json, header_names_json, headers_sealed, rate, next_slot_us, state,
     disabled_reason, secret_sealed, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 'active', '', $10, $11, $11)";

pub async fn insert(tx: &mut Tx, row: &EndpointRow) -> Result<()> {
    in_tx!(tx, |c| query(INSERT)
        .bind(&row.id)
        .bind(&row.org_id)
        .bind(&row.environment)
        .bind(&row.url)
        .bind(&row.description)
        .bind(&row.event_types_json)
        .bind(&row.header_names_json)
        .bind(&row.headers_sealed)
        .bind(row.rate)
        .bind(&row.secret_sealed)
        .bind(row.created_at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub async fn count(tx: &mut Tx, org: &OrgId) -> Result<i64> {
    Ok(in_tx!(tx, |c| query_scalar("select count(*) from webhook_endpoints where org_id = $1").bind(org.as_str()).fetch_one(c).await)?)
}

// What is sealed begins with its key's name.
const COUNT_BY_KEY: &str = "
    select substr(secret_sealed, 1, 4) = $1 and (headers_sealed is null or substr(headers_sealed, 1, 4) = $1)
    and (old_secret_sealed is null or substr(old_secret_sealed, 1, 4) = $1) as is_ours, count(*)
    from webhook_endpoints group by 1";

/// How many endpoints of all organisations have secrets of the key with this name alone, and how many have not.
pub async fn count_by_key(db: &Db, name: Option<[u8; NAME]>) -> Result<Vec<(bool, i64)>> {
    // No key is named by nothing.
    let name = name.map(Vec::from).unwrap_or_default();
    Ok(on!(db, |c| query_as(COUNT_BY_KEY).bind(&name).fetch_all(c).await)?)
}

const LIST: &str = "
    select * from webhook_endpoints where org_id = $1 and environment = $2 and (cast($3 as text) is null or id < $3)
    order by id desc limit $4";

pub async fn list(db: &Db, org: &OrgId, environment: Environment, before: Option<&EndpointId>, limit: i64) -> Result<Vec<EndpointRow>> {
    Ok(on!(db, |c| query_as(LIST)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(before.map(EndpointId::as_str))
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

pub async fn find(db: &Db, org: &OrgId, environment: Environment, id: &EndpointId) -> Result<Option<EndpointRow>> {
    Ok(on!(db, |c| query_as("select * from webhook_endpoints where org_id = $1 and environment = $2 and id = $3")
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(id.as_str())
        .fetch_optional(c)
        .await)?)
}

/// Like [`find`], inside a transaction that will change the row: touching it locks it.
pub async fn lock(tx: &mut Tx, org: &OrgId, environment: Environment, id: &EndpointId) -> Result<Option<EndpointRow>> {
    Ok(in_tx!(tx, |c| query_as(
        "update webhook_endpoints set updated_at = updated_at where org_id = $1 and environment = $2 and id = $3 returning *"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(id.as_str())
    .fetch_optional(c)
    .await)?)
}

const UPDATE: &str = "
    update webhook_endpoints set url = $2, description = $3, event_types_json = $4, header_names_json = $5, headers_sealed = $6, rate = $7,
    secret_sealed = $8, old_secret_sealed = $9, old_secret_until = $10, state = $11, disabled_reason = $12, failing_since = $13,
    updated_at = $14 where id = $1";

/// Writes what people can change of a row that is locked.
pub async fn update(tx: &mut Tx, row: &EndpointRow) -> Result<()> {
    in_tx!(tx, |c| query(UPDATE)
        .bind(&row.id)
        .bind(&row.url)
        .bind(&row.description)
        .bind(&row.event_types_json)
        .bind(&row.header_names_json)
        .bind(&row.headers_sealed)
        .bind(row.rate)
        .bind(&row.secret_sealed)
        .bind(&row.old_secret_sealed)
        .bind(row.old_secret_until)
        .bind(&row.state)
        .bind(&row.disabled_reason)
        .bind(row.failing_since)
        .bind(row.updated_at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    in_tx!(tx, |c| query("delete from webhook_endpoints where id = $1").bind(id).execute(c).await.map(drop))?;
    Ok(())
}

/// Ids and event types of the active endpoints that an environment's events can go to; of all, if none is named.
pub async fn listening(tx: &mut Tx, org: &OrgId, environment: &str) -> Result<Vec<(String, String, String)>> {
    Ok(in_tx!(tx, |c| query_as(
        "select id, environment, event_types_json from webhook_endpoints
         where org_id = $1 and state = 'active' and ($2 = '' or environment = $2)"
    )
    .bind(org.as_str())
    .bind(environment)
    .fetch_all(c)
    .await)?)
}

const NOTE_ATTEMPTS: &str = "
    update webhook_endpoints set
    last_success_at = coalesce($2, last_success_at), last_failure_at = coalesce($3, last_failure_at),
    failing_since = case when cast($2 as bigint) is not null then null
        when failing_since is null or last_failure_at < $4 then $3 else failing_since end
    where id = $1 returning *";

/// Notes when attempts of an endpoint last succeeded and failed, and locks its row. Where nothing was attempted since
/// `known_since`, nobody knows how the endpoint fared meanwhile, and it counts as failing from now. None if it is gone.
pub async fn note_attempts(
    tx: &mut Tx,
    id: &str,
    success: Option<Timestamp>,
    failure: Option<Timestamp>,
    known_since: Timestamp,
) -> Result<Option<EndpointRow>> {
    Ok(in_tx!(tx, |c| query_as(NOTE_ATTEMPTS)
        .bind(id)
        .bind(success.map(|at| at.0))
        .bind(failure.map(|at| at.0))
        .bind(known_since.0)
        .fetch_optional(c)
        .await)?)
}
