//! Request logs.

use leptos::prelude::*;

use crate::types::environment::Environment;
use crate::types::error::UiError;
use crate::types::log::LogFilter;
use crate::types::log::RequestLog;
use crate::types::page::Page;

/// Answered calls, newest first.
#[server(name = ListLogs, endpoint = "list_logs")]
pub async fn list_logs(environment: Environment, filter: LogFilter, cursor: Option<String>) -> Result<Page<RequestLog>, UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// One call by its request id.
#[server(name = GetLog, endpoint = "get_log")]
pub async fn get_log(id: String) -> Result<RequestLog, UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}
