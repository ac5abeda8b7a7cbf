//! The audit trail: who did what, when, from where, with the values before and after. Entries are
//! written in the transaction of the action, so neither exists without the other.

mod amounts;
mod store;

use serde_json::Value;
use tollgate_types::account::AuditView;
use tollgate_types::code::Code;
use tollgate_types::id::{AuditId, OrgId};
use tollgate_types::money::Currency;
use tollgate_types::page::Page;
use tollgate_types::time::Timestamp;

use crate::access::{Actor, Operator, Permit, ReadAudit};
use crate::db::{Db, Tx};
use crate::{Error, Result, random};

/// Entries per page.
const PAGE: i64 = 50;

/// Records an action. `action` has the form `object.past_participle`; `org` is `None` for changes
/// to a person's own account. `before` and `after` must not contain secrets, passwords or mail
/// addresses.
#[allow(
    clippy::too_many_arguments,
    reason = "an entry has that many parts, and none can be left out"
)]
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

/// The organisation's entries, newest first, after `cursor`, with amounts in its `currency`.
pub async fn list(
    db: &Db,
    permit: &Permit<ReadAudit>,
    currency: Currency,
    cursor: Option<&str>,
) -> Result<Page<AuditView>> {
    check_cursor(cursor)?;
    Ok(page(store::of_org(db, &permit.org, cursor, PAGE + 1).await?, currency))
}

/// What operators did to the portal itself: its products, plans and admin tokens. Newest first,
/// after `cursor`.
pub async fn list_of_operators(
    db: &Db,
    _: &Operator,
    cursor: Option<&str>,
) -> Result<Page<AuditView>> {
    check_cursor(cursor)?;
    Ok(page(store::of_operators(db, cursor, PAGE + 1).await?, Currency::default()))
}

fn check_cursor(cursor: Option<&str>) -> Result<()> {
    match cursor {
        Some(cursor) if cursor.parse::<AuditId>().is_err() => Err(Error::new(
            Code::InvalidRequest,
            "The cursor is not valid. Use the `next_cursor` of the previous page.",
        )),
        _ => Ok(()),
    }
}

fn page(rows: Vec<store::EntryRow>, currency: Currency) -> Page<AuditView> {
    Page::from_rows(rows, PAGE, |row| row.id.clone()).map(|row| {
        let mut entry = AuditView::from(row);
        entry.before = entry.before.map(|values| amounts::readable(values, currency));
        entry.after = entry.after.map(|values| amounts::readable(values, currency));
        entry
    })
}

impl From<store::EntryRow> for AuditView {
    fn from(row: store::EntryRow) -> Self {
        let actor = match row.actor_kind.as_str() {
            "user" => row.user_name.unwrap_or_else(|| "a former member".into()),
            "key" => row.key_prefix.unwrap_or(row.actor_id),
            "admin_token" => "an operator's program".into(),
            "portal" => "the portal".into(),
            "anonymous" => "a person without an account".into(),
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
