//! The audit trail: who did what, when, from where, and what it was before and after. Entries are
//! written in the transaction of the act, so there is neither an act without an entry nor the reverse.

mod store;

use serde_json::Value;

use super::access::{Actor, Permit, ReadAudit};
use super::db::{Db, Tx};
use super::{Error, Result, random};
use crate::types::account::AuditView;
use crate::types::code::Code;
use crate::types::id::{AuditId, OrgId};
use crate::types::page::Page;
use crate::types::time::Timestamp;

/// Entries on one page.
const PAGE: i64 = 50;

/// Records an act. `action` reads `object.past_participle`; `org` is none for what a person does to
/// their own account. Secrets, passwords and mail addresses stay out of `before` and `after`.
#[allow(clippy::too_many_arguments, reason = "an entry has that many parts, and none can be left out")]
pub async fn record(
    tx: &mut Tx,
    org: Option<&OrgId>,
    actor: &Actor,
    action: &'static str,
    target_id: &str,
    before: Option<Value>,
    after: Option<Value>,
    now: Timestamp,
) -> Result<()> {
    let id: AuditId = random::id();
    let entry = store::Entry {
        id: id.as_str(),
        org_id: org.map(OrgId::as_str),
        actor,
        action,
        target_id,
        before_json: before.map(|json| json.to_string()),
        after_json: after.map(|json| json.to_string()),
        created_at: now,
    };
    store::insert(tx, &entry).await
}

/// The organisation's entries, newest first, after `cursor`.
pub async fn list(db: &Db, permit: &Permit<ReadAudit>, cursor: Option<&str>) -> Result<Page<AuditView>> {
    if cursor.is_some_and(|cursor| cursor.parse::<AuditId>().is_err()) {
        return Err(Error::new(Code::InvalidRequest, "The cursor is not one that a page of this list gave."));
    }
    let rows = store::list(db, &permit.org, cursor, PAGE + 1).await?;
    Ok(Page::from_rows(rows, PAGE, |row| row.id.clone()).map(AuditView::from))
}

impl From<store::EntryRow> for AuditView {
    fn from(row: store::EntryRow) -> Self {
        let actor = match row.actor_kind.as_str() {
            "user" => row.user_name.unwrap_or_else(|| "somebody who has left".into()),
            "key" => row.key_prefix.unwrap_or(row.actor_id),
            "admin_token" => "an operator's program".into(),
            "portal" => "the portal itself".into(),
            "anonymous" => "somebody without an account".into(),
            _ => "command line".into(),
        };
        Self {
            id: row.id,
            actor,
            action: row.action,
            target_id: row.target_id,
            before: row.before_json,
            after: row.after_json,
            source_ip: row.source_ip,
            request_id: row.request_id,
            created_at: Timestamp(row.created_at),
        }
    }
}
