//! Webhooks: an organisation's endpoints, and deliveries to them (Standard Webhooks).
//!
//! A delivery, one event to one endpoint, is written in the transaction of the event (transactional
//! outbox). So there is no event list to poll, in which late commits would be missed, and no time
//! at which an event exists without its deliveries. A worker on each instance claims due deliveries
//! ([`claim`]), sends them, and records the outcome ([`outcome`]). After a crash in between, they
//! are delivered again with the same `webhook-id`.

mod change;
mod claim;
mod debug;
mod deliveries;
mod destination;
mod event_types;
pub mod events;
mod fan_out;
mod fields;
pub mod form;
mod letters;
mod outcome;
mod receiver_check;
mod recover;
mod samples;
mod schedule;
mod sealed;
mod secret;
mod send;
mod store;
mod sweep;
mod wake;

pub use change::{create, delete, disable, enable, rotate_secret, update};
pub use claim::{Claimed, Claims, Standing, claim_due};
pub use debug::{Pasted, diagnose};
pub use deliveries::{find_delivery, get_delivery, list_deliveries, of_event, retry, send_test};
pub use event_types::is_pattern;
pub use fan_out::fan_out;
pub use fields::{EndpointUpdate, NewEndpoint};
pub use outcome::{Attempted, Tried, record};
pub use receiver_check::check_receiver;
pub use recover::{recover, replay};
pub use samples::samples;
pub use sealed::{Sealed, sealed};
pub use send::{TIMEOUT, attempt};
pub use sweep::sweep;
pub use wake::Wake;

use tollgate_types::environment::Environment;
use tollgate_types::id::EndpointId;
use tollgate_types::page::Page;
use tollgate_types::time::{DAY, Timestamp};
use tollgate_types::webhook::{Endpoint, EndpointHealth, Health};

use crate::access::{Permit, ReadWebhooks};
use crate::db::Db;
use crate::{Error, Result};
use store::endpoints::{self, EndpointRow};

/// The maximum number of endpoints of an organisation, in both environments.
const MAX_ENDPOINTS: i64 = 50;
/// The number of attempts after which a delivery is not restarted by retry, replay or recovery.
const MAX_ATTEMPTS: u32 = 200;

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

async fn find<P>(
    db: &Db,
    permit: &Permit<P>,
    environment: Environment,
    id: &EndpointId,
) -> Result<EndpointRow> {
    endpoints::find(db, &permit.org, environment, id).await?.ok_or_else(not_found)
}

fn not_found() -> Error {
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
    let (attempts, successes) = store::deliveries::health(db, &row.id, now.plus(-DAY)).await?;
    let health = Health { attempts: attempts.unsigned_abs(), successes: successes.unsigned_abs() };
    Ok(EndpointHealth { endpoint: row.view(now)?, health })
}
