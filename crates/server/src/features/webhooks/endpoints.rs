//! Endpoints, as their organisation sees them.

use tollgate_types::environment::Environment;
use tollgate_types::id::EndpointId;
use tollgate_types::page::Page;
use tollgate_types::time::{DAY, Timestamp};
use tollgate_types::webhook::{Endpoint, EndpointHealth, Health};

use super::store::deliveries;
use super::store::endpoints::{self, EndpointRow};
use crate::access::{Permit, ReadWebhooks};
use crate::db::Db;
use crate::{Error, Result};

/// The maximum number of endpoints of an organisation, in both environments.
pub const MAX_ENDPOINTS: i64 = 50;

/// The endpoints of one environment, newest first.
pub async fn list(
    db: &Db,
    permit: &Permit<ReadWebhooks>,
    environment: Environment,
    cursor: Option<&EndpointId>,
    limit: i64,
    now: Timestamp,
) -> Result<Page<Endpoint>> {
    let rows = endpoints::list(db, &permit.org, environment, cursor, limit + 1).await?;
    let views = rows.iter().map(|row| row.view(now)).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(views, limit, |endpoint| endpoint.id.to_string()))
}

pub async fn get(
    db: &Db,
    permit: &Permit<ReadWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<Endpoint> {
    find(db, permit, environment, id).await?.view(now)
}

pub async fn find<P>(
    db: &Db,
    permit: &Permit<P>,
    environment: Environment,
    id: &EndpointId,
) -> Result<EndpointRow> {
    endpoints::find(db, &permit.org, environment, id).await?.ok_or_else(not_found)
}

pub fn not_found() -> Error {
    Error::not_found("webhook endpoint")
}

/// All endpoints of one environment, newest first, with their success in the last 24 hours.
pub async fn list_with_health(
    db: &Db,
    permit: &Permit<ReadWebhooks>,
    environment: Environment,
    now: Timestamp,
) -> Result<Vec<EndpointHealth>> {
    let mut all = Vec::new();
    for row in endpoints::list(db, &permit.org, environment, None, MAX_ENDPOINTS).await? {
        all.push(with_health(db, &row, now).await?);
    }
    Ok(all)
}

pub async fn get_with_health(
    db: &Db,
    permit: &Permit<ReadWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<EndpointHealth> {
    with_health(db, &find(db, permit, environment, id).await?, now).await
}

async fn with_health(db: &Db, row: &EndpointRow, now: Timestamp) -> Result<EndpointHealth> {
    let (attempts, successes) = deliveries::health(db, &row.id, now.plus(-DAY)).await?;
    let health = Health { attempts: attempts.unsigned_abs(), successes: successes.unsigned_abs() };
    Ok(EndpointHealth { endpoint: row.view(now)?, health })
}
