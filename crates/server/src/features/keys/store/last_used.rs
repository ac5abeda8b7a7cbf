//! When and from where keys were last used, as the journal's applier writes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::QueryBuilder;

use crate::Result;
use crate::db::{Tx, TxInner, in_tx};

/// Keys per statement.
const LAST_USED_ROWS: usize = 200;

/// When a key was last used, and from where.
#[derive(Clone, Debug)]
pub struct LastUse {
    pub at: i64,
    pub ip: Arc<str>,
    pub agent: Arc<str>,
}

/// Locks keys ordered by id. An update locks in arbitrary order, so two updates of the same keys
/// could deadlock. The embedded database has one writer.
async fn lock(tx: &mut Tx, ids: impl Iterator<Item = Arc<str>>) -> Result<()> {
    let TxInner::Postgres(_) = &tx.inner else { return Ok(()) };
    let mut select = QueryBuilder::new("select id from keys where id in (");
    let mut list = select.separated(", ");
    ids.for_each(|id| {
        list.push_bind(id);
    });
    select.push(") order by id for no key update");
    tx.lock(select).await
}

/// Stores the last use of keys, by id, if it is newer than the stored one.
pub async fn set_last_used(tx: &mut Tx, uses: &BTreeMap<Arc<str>, LastUse>) -> Result<()> {
    let uses: Vec<_> = uses.iter().collect();
    for uses in uses.chunks(LAST_USED_ROWS) {
        lock(tx, uses.iter().map(|(id, _)| Arc::clone(id))).await?;
        in_tx!(tx, |c| {
            let mut update = QueryBuilder::new("with used (id, at, ip, agent) as (");
            update.push_values(uses, |mut row, (id, last)| {
                row.push_bind(Arc::clone(id))
                    .push_bind(last.at)
                    .push_bind(Arc::clone(&last.ip))
                    .push_bind(Arc::clone(&last.agent));
            });
            update.push(
                ") update keys set last_used_at = used.at, last_used_ip = used.ip, last_used_agent = used.agent
                 from used where keys.id = used.id and (keys.last_used_at is null or keys.last_used_at <= used.at)",
            );
            update.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}
