//! Endpoints.

use sqlx::{query, query_as, query_scalar};
use tollgate_types::environment::Environment;
use tollgate_types::id::{EndpointId, OrgId};
use tollgate_types::time::Timestamp;
use tollgate_types::webhook::{DisabledReason, Endpoint, EndpointState};

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};
use crate::sealer::NAME;

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

/// The columns that are read.
macro_rules! endpoint {
    ($of:literal) => {
        $crate::db::columns!($of: id, org_id, environment, url, description, event_types_json,
            header_names_json, headers_sealed, rate, next_slot_us, state, disabled_reason, secret_sealed,
            old_secret_sealed, old_secret_until, failing_since, last_success_at, last_failure_at, created_at,
            updated_at)
    };
}

pub(in crate::features::webhooks) use endpoint;

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

    /// The endpoint as shown at `now`, without its secrets.
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
            previous_secret_until: self
                .old_secret_until
                .filter(|until| *until > now.0)
                .map(Timestamp),
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
    Ok(in_tx!(tx, |c| query_scalar(
        "select count(*) from webhook_endpoints where org_id = $1 and state <> 'deleted'"
    )
    .bind(org.as_str())
    .fetch_one(c)
    .await)?)
}

// Encrypted values start with the name of their key.
const COUNT_BY_KEY: &str = "
    select substr(secret_sealed, 1, 4) = $1 and (headers_sealed is null or substr(headers_sealed, 1, 4) = $1)
    and (old_secret_sealed is null or substr(old_secret_sealed, 1, 4) = $1) as is_ours, count(*)
    from webhook_endpoints where state <> 'deleted' group by 1";

/// How many endpoints of all organisations have only secrets of the key with this name, and how
/// many have others.
pub async fn count_by_key(db: &Db, name: Option<[u8; NAME]>) -> Result<Vec<(bool, i64)>> {
    // No key has an empty name.
    let name = name.map(Vec::from).unwrap_or_default();
    Ok(on!(db, |c| query_as(COUNT_BY_KEY).bind(&name).fetch_all(c).await)?)
}

const LIST: &str = concat!(
    "select ",
    endpoint!("webhook_endpoints"),
    " from webhook_endpoints where org_id = $1 and environment = $2 and state <> 'deleted' and (cast($3 as text) is null or id < $3)
    order by id desc limit $4"
);

pub async fn list(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    before: Option<&EndpointId>,
    limit: i64,
) -> Result<Vec<EndpointRow>> {
    Ok(on!(db, |c| query_as(LIST)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(before.map(EndpointId::as_str))
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

const FIND: &str = concat!(
    "select ",
    endpoint!("webhook_endpoints"),
    " from webhook_endpoints where org_id = $1 and environment = $2 and id = $3 and state <> 'deleted'"
);

pub async fn find(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    id: &EndpointId,
) -> Result<Option<EndpointRow>> {
    Ok(on!(db, |c| query_as(FIND)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(id.as_str())
        .fetch_optional(c)
        .await)?)
}

/// Whether the organisation has this endpoint.
pub async fn exists(db: &Db, org: &OrgId, environment: Environment, id: &str) -> Result<bool> {
    let found: Option<String> = on!(db, |c| {
        query_scalar(
        "select id from webhook_endpoints where org_id = $1 and environment = $2 and id = $3 and state <> 'deleted'"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    Ok(found.is_some())
}

/// Like [`find`], inside a transaction that will change the row: touching it locks it.
pub async fn lock(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    id: &EndpointId,
) -> Result<Option<EndpointRow>> {
    Ok(in_tx!(tx, |c| {
        query_as(concat!(
        "update webhook_endpoints set updated_at = updated_at where org_id = $1 and environment = $2 and id = $3
         and state <> 'deleted' returning ",
        endpoint!("webhook_endpoints")
    ))
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(id.as_str())
    .fetch_optional(c)
    .await
    })?)
}

const UPDATE: &str = "
    update webhook_endpoints set url = $2, description = $3, event_types_json = $4, header_names_json = $5, headers_sealed = $6, rate = $7,
    secret_sealed = $8, old_secret_sealed = $9, old_secret_until = $10, state = $11, disabled_reason = $12, failing_since = $13,
    updated_at = $14 where id = $1";

/// Writes the changeable fields of a locked row.
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

/// Hides the endpoint. Its row is deleted after its deliveries.
pub async fn mark_deleted(tx: &mut Tx, id: &str) -> Result<()> {
    execute_on(tx, "update webhook_endpoints set state = 'deleted' where id = $1", id).await
}

pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    execute_on(tx, "delete from webhook_endpoints where id = $1", id).await
}

async fn execute_on(tx: &mut Tx, statement: &'static str, id: &str) -> Result<()> {
    in_tx!(tx, |c| query(statement).bind(id).execute(c).await.map(drop))?;
    Ok(())
}

/// The first endpoint that is deleted and still has a row.
pub async fn first_deleted(db: &Db) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar(
        "select id from webhook_endpoints where state = 'deleted' order by id limit 1"
    )
    .fetch_optional(c)
    .await)?)
}

/// Endpoints of an organisation that are deleted and still have a row.
pub async fn deleted_of(db: &Db, org: &OrgId) -> Result<Vec<String>> {
    Ok(on!(db, |c| query_scalar(
        "select id from webhook_endpoints where org_id = $1 and state = 'deleted'"
    )
    .bind(org.as_str())
    .fetch_all(c)
    .await)?)
}

// Both skip from one endpoint with such deliveries to the next.
const TO_RESUME: &str = "
    with recursive held (id) as (
        select min(endpoint_id) from webhook_deliveries where state = 'pending' and next_attempt_at is null and endpoint_id > ''
        union all
        select (select min(d.endpoint_id) from webhook_deliveries d
            where d.state = 'pending' and d.next_attempt_at is null and d.endpoint_id > held.id)
        from held where held.id is not null
    )
    select held.id from held where held.id is not null and
        (select e.state from webhook_endpoints e where e.id = held.id) = 'active' limit 1";

const TO_HOLD: &str = "
    with recursive busy (id) as (
        select min(endpoint_id) from webhook_deliveries where next_attempt_at is not null and endpoint_id > ''
        union all
        select (select min(d.endpoint_id) from webhook_deliveries d where d.next_attempt_at is not null and d.endpoint_id > busy.id)
        from busy where busy.id is not null
    )
    select busy.id from busy where busy.id is not null and
        (select e.state from webhook_endpoints e where e.id = busy.id) = 'disabled' limit 1";

/// An active endpoint that still has held deliveries.
pub async fn first_to_resume(db: &Db) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar(TO_RESUME).fetch_optional(c).await)?)
}

/// A disabled endpoint that still has deliveries that are not held.
pub async fn first_to_hold(db: &Db) -> Result<Option<String>> {
    Ok(on!(db, |c| query_scalar(TO_HOLD).fetch_optional(c).await)?)
}

/// Locks an endpoint, and returns its state; `None` if its row is gone.
pub async fn lock_state(tx: &mut Tx, id: &str) -> Result<Option<String>> {
    Ok(in_tx!(tx, |c| query_scalar(
        "update webhook_endpoints set updated_at = updated_at where id = $1 returning state"
    )
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// Ids and event types of the active endpoints that can get events of an environment; of all,
/// without one.
pub async fn listening(
    tx: &mut Tx,
    org: &OrgId,
    environment: &str,
) -> Result<Vec<(String, String, String)>> {
    Ok(in_tx!(tx, |c| query_as(
        "select id, environment, event_types_json from webhook_endpoints
         where org_id = $1 and state = 'active' and ($2 = '' or environment = $2)"
    )
    .bind(org.as_str())
    .bind(environment)
    .fetch_all(c)
    .await)?)
}

const NOTE_ATTEMPTS: &str = concat!(
    "
    update webhook_endpoints set
    last_success_at = coalesce($2, last_success_at), last_failure_at = coalesce($3, last_failure_at),
    failing_since = case when cast($2 as bigint) is not null then null
        when failing_since is null or last_failure_at < $4 then $3 else failing_since end
    where id = $1 and state <> 'deleted' returning ",
    endpoint!("webhook_endpoints")
);

/// Stores when attempts of an endpoint last succeeded and failed, and locks its row. Without
/// attempts since `known_since`, the state meanwhile is unknown, and it counts as failing from now
/// on. `None` if the row is gone.
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
