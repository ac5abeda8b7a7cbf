//! Which records of a stretch are already in the database. If a journal lost its id, or a database
//! was restored, the applier reads records again: each is looked up by its request id, so that none
//! is counted twice.

use std::collections::BTreeMap;
use std::path::Path;

use rustc_hash::FxHashSet;
use tollgate_types::environment::Environment;

use crate::db::Tx;
use crate::journal::{Position, Record, stretch};
use crate::{Result, request_logs};

/// Request ids of calls, and of ends of streamed responses, that must not be applied again.
#[derive(Debug, Default)]
pub struct Known {
    pub calls: FxHashSet<u128>,
    pub ends: FxHashSet<u128>,
    /// The number of skipped records.
    pub skipped: i64,
}

/// Ids by their organisation and environment.
pub type Ids = BTreeMap<(String, Environment), Vec<u128>>;

impl Known {
    /// Whether a record is new; afterwards it is known. Calls without a key have no rows to compare
    /// with: they are never billed, and count as known.
    pub fn is_new(&mut self, record: &Record<'_>) -> bool {
        let ids = if record.is_end { &mut self.ends } else { &mut self.calls };
        let is_new = !record.texts.org_id.is_empty() && ids.insert(record.request_id);
        self.skipped += i64::from(!is_new);
        is_new
    }

    /// Looks up what is known of `ids`.
    pub async fn find(tx: &mut Tx, ids: Ids) -> Result<Self> {
        let mut known = Self::default();
        for ((org, environment), ids) in ids {
            // Without a valid organisation there are no rows.
            if let Ok(org) = org.parse() {
                request_logs::known(tx, &org, environment, &ids, &mut known.calls, &mut known.ends)
                    .await?;
            }
        }
        Ok(known)
    }
}

/// The ids of the records that [`stretch::read`] gives.
pub fn ids(folder: &Path, from: Position, end: Position, limit: i64) -> Result<Ids> {
    let mut ids = Ids::new();
    stretch::read(folder, from, end, limit, |record| {
        if !record.texts.org_id.is_empty() {
            ids.entry((record.texts.org_id.to_owned(), record.environment))
                .or_default()
                .push(record.request_id);
        }
    })?;
    Ok(ids)
}
