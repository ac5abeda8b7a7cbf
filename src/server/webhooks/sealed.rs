//! Whether the secrets that are stored can be opened: not where instances on one database have different keys.

use super::store::endpoints;
use crate::server::Result;
use crate::server::db::Db;
use crate::server::sealer::Sealer;

/// Endpoints by who can open their secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    pub ours: u64,
    /// Those with anything that another key sealed: this instance delivers nothing to them.
    pub foreign: u64,
}

/// Counts endpoints; without a key, all are foreign.
pub async fn sealed(db: &Db, sealer: Option<&Sealer>) -> Result<Sealed> {
    let mut counted = Sealed::default();
    for (is_ours, count) in endpoints::count_by_key(db, sealer.map(Sealer::name)).await? {
        let side = if is_ours { &mut counted.ours } else { &mut counted.foreign };
        *side += count.unsigned_abs();
    }
    Ok(counted)
}
