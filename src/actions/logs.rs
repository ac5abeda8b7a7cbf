//! Request logs.

use leptos::prelude::*;

use crate::types::environment::Environment;
use crate::types::error::UiError;
use crate::types::log::{Explained, LogFilter, RequestLog};
use crate::types::page::Page;

/// Answered calls, newest first.
#[server(name = ListLogs, endpoint = "list_logs")]
pub async fn list_logs(
    environment: Environment,
    #[server(default)] filter: LogFilter,
    cursor: Option<String>,
) -> Result<Page<RequestLog>, UiError> {
    use crate::server::access::ReadLogs;
    use crate::server::{request_logs, session};

    let (app, permit) = session::permit::<ReadLogs>().await?;
    let cursor = cursor.and_then(|text| text.parse().ok());
    Ok(request_logs::list(&app.db, &permit, environment, &filter, cursor.as_ref(), 50).await?)
}

/// One call by its request id, explained.
#[server(name = GetLog, endpoint = "get_log")]
pub async fn get_log(id: String) -> Result<Explained, UiError> {
    use crate::server::access::ReadLogs;
    use crate::server::{Error, request_logs, session};

    let (app, permit) = session::permit::<ReadLogs>().await?;
    let id = id.parse().map_err(|_| Error::not_found("request"))?;
    Ok(request_logs::explain(&app, &permit, &id).await?)
}
