//! Billed units and their cost, by organisation, product and hour. Written in the transaction in
//! which the applier moves its cursor, so each record of the journal is counted exactly once, even
//! after a crash.

use std::collections::BTreeMap;
use std::sync::Arc;

use tollgate_types::environment::Environment;

use super::store;
use crate::Result;
use crate::db::Tx;
use crate::usage::{UsageKey, UsageSum};

/// Adds the billed amounts of a journal batch. Part of the applier's transaction.
pub async fn record(tx: &mut Tx, usage: &BTreeMap<UsageKey, UsageSum>) -> Result<()> {
    let mut added = store::ledger::Added::new();
    for (key, sum) in usage
        .iter()
        .filter(|(key, sum)| key.environment == Environment::Live && sum.billed_units > 0)
    {
        let entry =
            added.entry((Arc::clone(&key.org_id), Arc::clone(&key.product), key.hour)).or_default();
        entry.0 = entry.0.saturating_add(sum.billed_units);
        entry.1 = entry.1.saturating_add(sum.price_nano);
    }
    store::ledger::add(tx, &added).await
}
