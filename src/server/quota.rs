//! What was used of a month's quota, and what it cost. The journal's applier writes it in the transaction of
//! the usage that it is the sum of, so it is as exact as the journal; counters in memory (or Redis) only
//! know it earlier, and are told of it again and again: by parts, one for each journal, so that nothing counts twice.

mod notices;
mod report;
mod store;

use std::collections::BTreeMap;
use std::ops::Range;

use super::config::Config;
use super::db::{Db, Tx};
use super::journal::{UsageKey, UsageSum};
use super::shared::{Counter, Parts};
use super::{App, Result, keys};
use crate::types::environment::Environment;
use crate::types::id::{JournalId, KeyId, OrgId};
use crate::types::time::Timestamp;

pub use report::{keys_of_month, of_month, plan_usage};
use store::Subject;
pub use store::{org_spend, parts, units};

/// The most that one call is charged, in 10^-9 minor units, and the most that a sum of them comes to: two such
/// sums can be added within a bigint.
pub const MAX_PRICE: u64 = 1 << 60;
pub const MAX_SPENT: i64 = (1 << 62) - 1;

/// The month that a moment lies in, UTC.
pub fn month(now: Timestamp) -> Range<i64> {
    now.month().0..now.next_month().0
}

/// The month that begins at `start`.
fn period(start: i64) -> Range<i64> {
    month(Timestamp(start))
}

/// Units of one organisation and product in `month`.
pub fn quota_counter(org: &OrgId, product: &str, month: Range<i64>, limit: Option<u64>, amount: u64) -> Counter {
    Counter::new("quota", (org, product), month, limit, amount)
}

/// What the calls of one key, and of those that add to its spending, cost in `month`, in 10^-9 minor units.
pub fn key_counter(key: &KeyId, month: Range<i64>, limit: u64, amount: u64) -> Counter {
    Counter::new("key_cap", key, month, Some(limit), amount)
}

/// What an organisation's calls cost in `month` over all products, in 10^-9 minor units.
pub fn org_counter(org: &OrgId, month: Range<i64>, limit: u64, amount: u64) -> Counter {
    Counter::new("org_cap", org, month, Some(limit), amount)
}

/// Whose month's sum it is, as the database names it.
pub fn quota_subject(org: &OrgId, product: &str) -> String {
    format!("quota:{org}:{product}")
}

pub fn key_subject(key: &KeyId) -> String {
    format!("key:{key}")
}

pub fn org_subject(org: &OrgId) -> String {
    format!("org:{org}")
}

/// Sums that the database holds, for the counters to know, by their subject and month.
#[derive(Debug, Default)]
pub struct Totals(BTreeMap<(String, i64), Total>);

#[derive(Debug)]
struct Total {
    org: OrgId,
    counter: Counter,
    sum: u64,
    parts: Parts,
    /// Else only who knows an older sum need be told.
    is_bounded: bool,
}

/// Adds what a batch of the journal was billed, and writes the notices that are due. Part of the applier's
/// transaction; `totals` learns the new sums.
pub async fn count(
    tx: &mut Tx,
    config: &Config,
    journal: &JournalId,
    usage: &BTreeMap<UsageKey, UsageSum>,
    totals: &mut Totals,
    now: Timestamp,
) -> Result<()> {
    // In one order for all instances, so that no two wait for each other's rows.
    let mut orgs: BTreeMap<(&str, &str, i64), i64> = BTreeMap::new();
    let mut calls: BTreeMap<(&str, &str, &str, i64), (i64, i64)> = BTreeMap::new();
    // With one of the products that were called.
    let mut costs: BTreeMap<(&str, i64), (i64, &str)> = BTreeMap::new();
    for (key, sum) in usage {
        if key.environment != Environment::Live || sum.billed_units == 0 {
            continue;
        }
        let month = Timestamp(key.hour).month().0;
        *orgs.entry((&key.org_id, &key.product, month)).or_default() += sum.billed_units;
        let spent = calls.entry((&key.org_id, &key.key_id, &key.product, month)).or_default();
        spent.0 += sum.billed_units;
        spent.1 = spent.1.saturating_add(sum.price_nano).min(MAX_SPENT);
        let cost = costs.entry((&key.org_id, month)).or_insert((0, &key.product));
        cost.0 = cost.0.saturating_add(sum.price_nano).min(MAX_SPENT);
    }
    let mut parts = store::Added::new();
    let mut note = |subject: String, month: i64, added: i64, total: Total| {
        let part = parts.entry((subject.clone(), month)).or_default();
        *part = part.saturating_add(added).min(MAX_SPENT);
        totals.0.insert((subject, month), total);
    };
    for ((org, product, month), added) in orgs {
        let units = store::add_units(tx, org, product, month, added).await?;
        // What no organisation of ours was billed is no one's to be told.
        let Ok(org) = org.parse::<OrgId>() else { continue };
        notices::of_org(tx, config, &org, product, Timestamp(month), units, now).await?;
        let counter = quota_counter(&org, product, period(month), None, 0);
        note(quota_subject(&org, product), month, added, Total { org, counter, sum: units, parts: Parts::default(), is_bounded: true });
    }
    for ((org, month), (added, product)) in costs {
        if added == 0 {
            continue;
        }
        let amount = store::add_org_spend(tx, org, month, added).await?;
        let Ok(org) = org.parse::<OrgId>() else { continue };
        let is_capped = notices::of_spending(tx, config, &org, product, Timestamp(month), amount, now).await?;
        let counter = org_counter(&org, period(month), 0, 0);
        note(org_subject(&org), month, added, Total { org, counter, sum: amount, parts: Parts::default(), is_bounded: is_capped });
    }
    // Sorted again: keys that are far apart may add to the same sum.
    let mut spent: BTreeMap<(String, &str, i64), Spent> = BTreeMap::new();
    for ((org, key, product, month), (units, amount)) in calls {
        let found = keys::spending(tx, org, key).await?;
        let (spend_id, cap) = found.map_or((key.to_owned(), None), |found| (found.spend_id, found.cap));
        let sum = spent.entry((spend_id, product, month)).or_insert(Spent { org, ..Spent::default() });
        sum.units = sum.units.saturating_add(units);
        sum.amount = sum.amount.saturating_add(amount).min(MAX_SPENT);
        sum.capped.extend(cap.map(|cap| (key, cap)));
    }
    for ((spend_id, product, month), added) in spent {
        let amount = store::add_spend(tx, &spend_id, month, added.units, added.amount).await?;
        let (Ok(org), Ok(spend_id)) = (added.org.parse::<OrgId>(), spend_id.parse::<KeyId>()) else { continue };
        for (key, cap) in &added.capped {
            let subject = Subject { org: &org, name: spend_id.as_str(), month: Timestamp(month), bound: cap.cast_signed() };
            notices::of_key(tx, config, subject, key, product, amount, now).await?;
        }
        // A counter of the time when the key had a cap is of use again once it gets another.
        let (counter, is_bounded) = (key_counter(&spend_id, period(month), 0, 0), !added.capped.is_empty());
        note(key_subject(&spend_id), month, added.amount, Total { org, counter, sum: amount, parts: Parts::default(), is_bounded });
    }
    let mut shared = Vec::new();
    for (subject, month, own) in store::add_parts(tx, journal, &parts).await? {
        let whose = (subject, month);
        let Some(total) = totals.0.get_mut(&whose) else { continue };
        total.parts.own = own.unsigned_abs();
        if total.sum > total.parts.own {
            shared.push(whose);
        }
    }
    for (whose, journal, amount) in store::others(tx, journal, &shared).await? {
        if let Some(total) = totals.0.get_mut(&whose) {
            total.parts.others.push((journal, amount.unsigned_abs()));
        }
    }
    Ok(())
}

/// What a batch adds to one key's spending.
#[derive(Default)]
struct Spent<'a> {
    org: &'a str,
    units: i64,
    amount: i64,
    /// Keys that have a cap on it, with the cap.
    capped: Vec<(&'a str, u64)>,
}

/// Tells the counters what the database holds: what other instances counted is in it too. A counter never falls by it.
pub fn tell(app: &App, totals: Totals) {
    let now_us = app.clock.now_us();
    for Total { org, counter, parts, is_bounded, .. } in totals.0.into_values() {
        if is_bounded || app.shared.knows(&counter) {
            app.shared.tell(&org, now_us, &counter, &parts);
        }
    }
}

/// Deletes notices of months that nobody asks about any more, and the parts of sums that no call can add to.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    let before = now.plus(-notices::KEEP);
    let mut tx = db.begin().await?;
    store::delete_notices_before(&mut tx, before).await?;
    store::delete_parts_before(&mut tx, before).await?;
    tx.commit().await
}
