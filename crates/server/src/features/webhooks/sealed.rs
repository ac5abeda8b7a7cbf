//! Whether the stored secrets can be decrypted: not if instances on one database have different
//! keys.

use super::store::endpoints;
use crate::Result;
use crate::db::Db;
use crate::sealer::Sealer;

/// Numbers of endpoints, by whether this key can decrypt their secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    pub ours: u64,
    /// Those with anything that another key encrypted: this instance delivers nothing to them.
    pub foreign: u64,
}

/// Counts endpoints; without a key, all count as foreign.
pub async fn sealed(db: &Db, sealer: Option<&Sealer>) -> Result<Sealed> {
    let mut counted = Sealed::default();
    for (is_ours, count) in endpoints::count_by_key(db, sealer.map(Sealer::name)).await? {
        let side = if is_ours { &mut counted.ours } else { &mut counted.foreign };
        *side += count.unsigned_abs();
    }
    Ok(counted)
}
