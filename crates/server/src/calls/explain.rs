//! A logged call with everything that explains it: the state of its key, its operation, why it was
//! refused, and its events.

mod reason;

use tollgate_types::code::Code;
use tollgate_types::id::RequestId;
use tollgate_types::log::Explained;
use tollgate_types::number::plural;
use tollgate_types::time::{DAY, HOUR, Timestamp};

use crate::access::{Permit, ReadLogs};
use crate::webhooks::events;
use crate::{App, Error, Result, keys, request_logs};

/// The call with this id, with its explanation.
pub async fn explain(app: &App, permit: &Permit<ReadLogs>, id: &RequestId) -> Result<Explained> {
    let now = app.clock.now();
    let log = request_logs::find(&app.db, &permit.org, permit.environment, id.value()).await?;
    let log = log.ok_or_else(|| not_logged(id, app.config.log_retention_days, now))?;
    let key = keys::status(&app.db, &permit.org, &log.key_id, now).await?;
    let catalogue = app.products.catalogue(&app.db).await;
    let operation =
        catalogue.get(&log.product).and_then(|product| product.operation(&log.operation));
    let scope = operation.map(|operation| operation.scope.clone()).unwrap_or_default();
    let docs = operation.map(|operation| format!("/apis/{}/{}", log.product, operation.id));
    let events = events::caused_by(&app.db, &permit.org, id).await?;
    let error = reason::explain_error(&log, &scope, key.as_ref());
    let (key_prefix, key_name) =
        key.map(|found| (found.key.prefix, found.key.name)).unwrap_or_default();
    Ok(Explained { log, key_prefix, key_name, scope, error, docs, events })
}

/// Why a request has no log, as far as its id reveals. The same for an unknown id and for one of
/// another organisation: the time is read from the id, so nothing is looked up.
fn not_logged(id: &RequestId, retention_days: u32, now: Timestamp) -> Error {
    let at = id.time();
    let age = format!("This id was issued on {}.", at.long());
    let detail = if at > now.plus(HOUR) {
        "No request has this id: its time is in the future. Copy the id again from the `X-Request-Id` header of the response.".to_owned()
    } else if at < now.plus(-i64::from(retention_days) * DAY) {
        format!(
            "Request logs are kept for {}. {age} If it was a call, its log has been deleted.",
            plural(retention_days.into(), "day", "days")
        )
    } else {
        format!(
            "Your organisation has no call with this id. {age} A call is listed about a second after its response. \
             Check the id, the selected organisation, and that the call was sent with a valid key. Requests of the dashboard are not listed."
        )
    };
    Error::new(Code::NotFound, detail)
}
