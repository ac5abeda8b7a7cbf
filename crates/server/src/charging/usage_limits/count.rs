//! Counts the billed units and the cost of calls against quotas and spend caps.

use std::collections::BTreeMap;

use tollgate_types::environment::Environment;
use tollgate_types::id::{JournalId, KeyId, OrgId};
use tollgate_types::time::Timestamp;

use super::notices;
use crate::config::Config;
use crate::db::Tx;
use crate::quota::store::{self, Subject};
use crate::quota::{
    MAX_SPENT, Total, Totals, key_counter, key_subject, org_counter, org_subject, period,
    quota_counter, quota_subject,
};
use crate::shared::Parts;
use crate::usage::{UsageKey, UsageSum};
use crate::{Result, keys};

/// Adds the billed amounts of a journal batch, and writes the notices that are due. Part of the
/// applier's transaction; `totals` gets the new sums.
pub async fn count(
    tx: &mut Tx,
    config: &Config,
    journal: &JournalId,
    usage: &BTreeMap<UsageKey, UsageSum>,
    totals: &mut Totals,
    now: Timestamp,
) -> Result<()> {
    // In the same order on all instances, so that no two wait for each other's rows.
    let mut orgs: BTreeMap<(&str, &str, i64), i64> = BTreeMap::new();
    let mut calls: BTreeMap<(&str, &str, &str, i64), (i64, i64)> = BTreeMap::new();
    // With one of the called products.
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
        // Amounts that no organisation of ours was billed need no notice.
        let Ok(org) = org.parse::<OrgId>() else { continue };
        notices::of_org(tx, config, &org, product, Timestamp(month), units, now).await?;
        let counter = quota_counter(&org, product, period(month), None, 0);
        note(
            quota_subject(&org, product),
            month,
            added,
            Total { org, counter, sum: units, parts: Parts::default(), is_bounded: true },
        );
    }
    for ((org, month), (added, product)) in costs {
        if added == 0 {
            continue;
        }
        let amount = store::add_org_spend(tx, org, month, added).await?;
        let Ok(org) = org.parse::<OrgId>() else { continue };
        let is_capped =
            notices::of_spending(tx, config, &org, product, Timestamp(month), amount, now).await?;
        let counter = org_counter(&org, period(month), 0, 0);
        note(
            org_subject(&org),
            month,
            added,
            Total { org, counter, sum: amount, parts: Parts::default(), is_bounded: is_capped },
        );
    }
    // Sorted again: distant keys may add to the same sum.
    let mut spent: BTreeMap<(String, &str, i64), Spent> = BTreeMap::new();
    for ((org, key, product, month), (units, amount)) in calls {
        let found = keys::spending(tx, org, key).await?;
        let (spend_id, cap) =
            found.map_or((key.to_owned(), None), |found| (found.spend_id, found.cap));
        let sum =
            spent.entry((spend_id, product, month)).or_insert(Spent { org, ..Spent::default() });
        sum.units = sum.units.saturating_add(units);
        sum.amount = sum.amount.saturating_add(amount).min(MAX_SPENT);
        sum.capped.extend(cap.map(|cap| (key, cap)));
    }
    for ((spend_id, product, month), added) in spent {
        let amount = store::add_spend(tx, &spend_id, month, added.units, added.amount).await?;
        let (Ok(org), Ok(spend_id)) = (added.org.parse::<OrgId>(), spend_id.parse::<KeyId>())
        else {
            continue;
        };
        for (key, cap) in &added.capped {
            let subject = Subject {
                org: &org,
                name: spend_id.as_str(),
                month: Timestamp(month),
                bound: cap.cast_signed(),
            };
            notices::of_key(tx, config, subject, key, product, amount, now).await?;
        }
        // The counter of a former cap is used again if the key gets another cap.
        let (counter, is_bounded) =
            (key_counter(&spend_id, period(month), 0, 0), !added.capped.is_empty());
        note(
            key_subject(&spend_id),
            month,
            added.amount,
            Total { org, counter, sum: amount, parts: Parts::default(), is_bounded },
        );
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

/// The amount that a batch adds to one key's spending.
#[derive(Default)]
struct Spent<'a> {
    org: &'a str,
    units: i64,
    amount: i64,
    /// Keys whose spending has a cap, with the cap.
    capped: Vec<(&'a str, u64)>,
}
