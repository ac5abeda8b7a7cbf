//! Request logs.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::environment::Environment;
use crate::types::log::{Explained, LogFilter, RequestLog};
use crate::types::page::Page;

/// Calls, newest first.
#[server(name = ListLogs, endpoint = "list_logs")]
pub async fn list_logs(
    environment: Environment,
    #[server(default)] filter: LogFilter,
    cursor: Option<String>,
) -> Result<Page<RequestLog>, UiError> {
    use crate::server::access::ReadLogs;
    use crate::server::request_logs;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadLogs>().await?;
    let cursor = cursor.and_then(|text| text.parse().ok());
    Ok(request_logs::list(&app.db, &permit, environment, &filter, cursor.as_ref(), 50).await?)
}

/// One call by its request id, explained.
#[server(name = GetLog, endpoint = "get_log")]
pub async fn get_log(id: String) -> Result<Explained, UiError> {
    use crate::server::access::ReadLogs;
    use crate::server::{Error, explain};
    use crate::types::code::Code;
    use crate::web::session;

    const MALFORMED: &str = "This is not a request id. A request id is `req_` followed by 26 characters; each response has it in its `X-Request-Id` header.";

    let (app, permit) = session::permit::<ReadLogs>().await?;
    let id = id.parse().map_err(|_| Error::new(Code::NotFound, MALFORMED))?;
    Ok(explain::explain(&app, &permit, &id).await?)
}

/// The last calls of a key, newest first.
#[server(name = LoadLastCalls, endpoint = "last_calls")]
pub async fn load_last_calls(key: String) -> Result<Vec<RequestLog>, UiError> {
    use crate::server::access::{ReadKeys, ReadLogs};
    use crate::server::{Error, keys, request_logs};
    use crate::web::session;

    let (app, may_read_keys) = session::permit::<ReadKeys>().await?;
    let (_, permit) = session::permit::<ReadLogs>().await?;
    let id = key.parse().map_err(|_| Error::not_found("key"))?;
    let key = keys::get_key(&app.db, &may_read_keys, &id, app.clock.now()).await?;
    Ok(request_logs::recent_of_key(&app.db, &permit, &key).await?)
}
