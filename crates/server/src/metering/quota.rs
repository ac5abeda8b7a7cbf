//! The used part of a month's quota, and its cost. The journal's applier writes it in the
//! transaction of the usage that it sums up, so it is as exact as the journal. Counters in memory
//! (or Redis) only know it earlier. They are grow-only counters with one component per journal,
//! updated repeatedly, so that nothing counts twice.

pub mod store;

use std::collections::BTreeMap;
use std::ops::Range;

use tollgate_types::id::{KeyId, OrgId};
use tollgate_types::time::{DAY, Timestamp};

use crate::Result;
use crate::db::{Db, Tx};
use crate::shared::{Counter, Parts, Shared};

pub use store::{org_spend, parts, units};

/// How long notices and refusals are recorded: well past their month.
const KEEP: i64 = 100 * DAY;

/// The maximum charge of one call, in 10^-9 minor units, and the maximum of a sum of charges: two
/// such sums can be added within a bigint.
pub const MAX_PRICE: u64 = 1 << 60;
pub const MAX_SPENT: i64 = (1 << 62) - 1;

/// The month of a time, UTC.
pub fn month(now: Timestamp) -> Range<i64> {
    now.month().0..now.next_month().0
}

/// The month that starts at `start`.
pub fn period(start: i64) -> Range<i64> {
    month(Timestamp(start))
}

/// Units of one organisation and product in `month`.
pub fn quota_counter(
    org: &OrgId,
    product: &str,
    month: Range<i64>,
    limit: Option<u64>,
    amount: u64,
) -> Counter {
    Counter::new("quota", (org, product), month, limit, amount)
}

/// Cost of the calls of one key, and of those that share its spending, in `month`, in 10^-9 minor
/// units.
pub fn key_counter(key: &KeyId, month: Range<i64>, limit: u64, amount: u64) -> Counter {
    Counter::new("key_cap", key, month, Some(limit), amount)
}

/// Cost of an organisation's calls in `month` over all products, in 10^-9 minor units.
pub fn org_counter(org: &OrgId, month: Range<i64>, limit: u64, amount: u64) -> Counter {
    Counter::new("org_cap", org, month, Some(limit), amount)
}

/// The subject of a month's sum, as the database names it.
pub fn quota_subject(org: &OrgId, product: &str) -> String {
    format!("quota:{org}:{product}")
}

pub fn key_subject(key: &KeyId) -> String {
    format!("key:{key}")
}

pub fn org_subject(org: &OrgId) -> String {
    format!("org:{org}")
}

/// Sums in the database, for the counters, by subject and month.
#[derive(Debug, Default)]
pub struct Totals(pub BTreeMap<(String, i64), Total>);

impl Totals {
    /// Adds the sums of a later transaction.
    pub fn merge(&mut self, later: Self) {
        self.0.extend(later.0);
    }
}

#[derive(Debug)]
pub struct Total {
    pub org: OrgId,
    pub counter: Counter,
    pub sum: u64,
    pub parts: Parts,
    /// Otherwise only counters that know an older sum need the update.
    pub is_bounded: bool,
}

/// Schedules a check, soon or at `due`, whether live calls of the product are refused; of all
/// products if it is empty.
pub async fn check_soon(tx: &mut Tx, org: &OrgId, product: &str, due: Timestamp) -> Result<()> {
    store::insert_check(tx, org, product, due).await
}

/// The same for every organisation on a new default plan with this many units, if it uses the
/// default plan.
pub async fn check_users_of(tx: &mut Tx, product: &str, units: u64, now: Timestamp) -> Result<()> {
    store::insert_checks_above(tx, product, now.month(), units, now).await
}

/// Updates the counters from the database, which includes what other instances counted. A counter
/// never decreases.
pub fn report(shared: &Shared, now_us: i64, totals: Totals) {
    for Total { org, counter, parts, is_bounded, .. } in totals.0.into_values() {
        if is_bounded || shared.knows(&counter) {
            shared.report(&org, now_us, &counter, &parts);
        }
    }
}

/// Deletes notices of past months, and the parts of sums that no call can add to any more.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    let before = now.plus(-KEEP).0;
    store::OLD_NOTICES.delete(db, before).await?;
    store::OLD_PARTS.delete(db, before).await?;
    store::OLD_REFUSALS.delete(db, before).await?;
    Ok(())
}
