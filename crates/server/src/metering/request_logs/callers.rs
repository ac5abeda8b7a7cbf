//! The callers of a key.

use std::collections::HashMap;

use tollgate_types::environment::Environment;
use tollgate_types::id::{KeyId, RequestId};
use tollgate_types::key_use::{Caller, Callers};
use tollgate_types::log::LogFilter;
use tollgate_types::time::Timestamp;

use super::list;
use crate::Result;
use crate::access::{Permit, ReadLogs};
use crate::db::Db;

/// Calls that are searched, latest first.
const MAX_CALLS: usize = 2_000;
const PAGE: i64 = 1_000;
/// Pages per search: each reads a bounded number of calls, found or not.
const MAX_PAGES: usize = 5;

/// The callers of a key since `since`, latest first.
pub async fn callers(
    db: &Db,
    permit: &Permit<ReadLogs>,
    environment: Environment,
    key: &KeyId,
    since: Timestamp,
) -> Result<Callers> {
    let filter = LogFilter { key_id: key.to_string(), ..LogFilter::default() };
    let mut found: HashMap<(String, String), Caller> = HashMap::new();
    let (mut seen, mut pages, mut cursor) = (0, 0, None::<RequestId>);
    let is_complete = loop {
        let page = list(db, permit, environment, &filter, cursor.as_ref(), PAGE).await?;
        seen += page.data.len();
        pages += 1;
        let next: Option<RequestId> =
            page.next_cursor.map(|next| next.parse()).transpose().map_err(anyhow::Error::from)?;
        let before = page.data.last().is_some_and(|log| log.created_at < since)
            || next.is_some_and(|next| next.time() < since);
        for log in page.data.into_iter().filter(|log| log.created_at >= since) {
            let caller = found.entry((log.source_ip, log.user_agent)).or_insert_with_key(
                |(source_ip, user_agent)| Caller {
                    source_ip: source_ip.clone(),
                    user_agent: user_agent.clone(),
                    last_call: log.created_at,
                    calls: 0,
                },
            );
            caller.last_call = caller.last_call.max(log.created_at);
            caller.calls += 1;
        }
        match next {
            Some(_) if !before && seen < MAX_CALLS && pages < MAX_PAGES => cursor = next,
            more => break before || more.is_none(),
        }
    };
    let mut data: Vec<Caller> = found.into_values().collect();
    data.sort_by(|a, b| b.last_call.cmp(&a.last_call).then_with(|| a.source_ip.cmp(&b.source_ip)));
    Ok(Callers { data, is_complete })
}
