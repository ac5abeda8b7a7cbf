//! Whether live calls are refused now, and why. The gateway decides each call with [`first`]; pages
//! and notices use the same function with the same bounds, so that they cannot differ.

use std::time::Duration;

use tollgate_types::id::OrgId;
use tollgate_types::money::Exact;
use tollgate_types::plan::Plan;
use tollgate_types::refusal::{Consequence, Refusal, RefusalCause};
use tollgate_types::time::Timestamp;

use crate::access::{ManagePlan, Permit, ReadOrg};
use crate::db::Db;
use crate::plans::{self, Terms};
use crate::quota::{
    MAX_PRICE, MAX_SPENT, month, org_counter, org_subject, parts, quota_counter, quota_subject,
    store,
};
use crate::shared::{COUNTERS, Counter, Outcome, Reading};
use crate::{Base, Error, Result};

/// How long a page waits until this instance's counts reach the database.
const CATCH_UP: Duration = Duration::from_secs(2);

/// The bounds without room for a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reached {
    pub quota: bool,
    pub key_cap: bool,
    pub org_cap: bool,
}

/// Why a live call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refuses {
    Payment,
    Quota,
    KeyCap,
    OrgCap,
}

impl Refuses {
    /// `None` for a bound of one key.
    const fn cause(self) -> Option<RefusalCause> {
        match self {
            Self::Payment => Some(RefusalCause::PaymentOverdue),
            Self::Quota => Some(RefusalCause::QuotaUsedUp),
            Self::OrgCap => Some(RefusalCause::SpendCapReached),
            Self::KeyCap => None,
        }
    }
}

/// The first reason to refuse a live call, in the order of money.
pub fn first(terms: &Terms, reached: Reached, now: Timestamp) -> Option<Refuses> {
    [
        (terms.is_blocked(now), Refuses::Payment),
        (reached.quota, Refuses::Quota),
        (reached.key_cap, Refuses::KeyCap),
        (reached.org_cap, Refuses::OrgCap),
    ]
    .into_iter()
    .find_map(|(is, refuses)| is.then_some(refuses))
}

/// The bound of the month's units for a call of `units`. A free call is allowed, even if more was
/// used than a new plan includes.
pub fn unit_limit(terms: &Terms, units: u64) -> Option<u64> {
    terms.quota_bound.filter(|_| units > 0)
}

/// The bound of a cap, in 10^-9 minor units, for a call of this price. A free call is allowed, even
/// if more was spent than a new cap.
pub fn cap_limit(cap: u64, price: Exact) -> u64 {
    if price == Exact::default() {
        i64::MAX.unsigned_abs()
    } else {
        Exact::minor(cap).nano_up().min(MAX_SPENT.unsigned_abs())
    }
}

/// A price as it is reserved, recorded and charged: in 10^-9 minor units.
pub fn price_nano(price: Exact) -> u64 {
    price.nano_up().min(MAX_PRICE)
}

/// The totals of a month: billed units of a product, and the cost of all products, in 10^-9 minor
/// units.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    pub used: u64,
    pub spent: u64,
}

/// Why a live call of one unit is refused, with these totals.
fn decide(
    org: &OrgId,
    product: &str,
    terms: &Terms,
    sums: Sums,
    now: Timestamp,
) -> Option<RefusalCause> {
    let price = terms.prices.cost_after(sums.used, 1);
    let quota = quota_counter(org, product, month(now), unit_limit(terms, 1), 1);
    let cap = terms
        .spend_cap
        .map(|cap| org_counter(org, month(now), cap_limit(cap, price), price_nano(price)));
    let reached = Reached {
        quota: quota.outcome(sums.used) == Outcome::Reached,
        key_cap: false,
        org_cap: cap.is_some_and(|cap| cap.outcome(sums.spent) == Outcome::Reached),
    };
    first(terms, reached, now)?.cause()
}

pub(super) fn refusal(
    org: &OrgId,
    plan: &Plan,
    terms: &Terms,
    sums: Sums,
    now: Timestamp,
) -> Option<Refusal> {
    let cause = decide(org, &plan.product, terms, sums, now)?;
    Some(Refusal {
        cause,
        product: plan.product.clone(),
        plan: plan.name.clone(),
        used_units: sums.used,
        included_units: plan.included_units,
        spent: Exact::nano(sums.spent).rounded(),
        spend_cap: terms.spend_cap,
        currency: plan.currency,
        until: (cause != RefusalCause::PaymentOverdue).then(|| now.next_month()),
    })
}

/// Products whose live calls are refused now. The organisation's spend cap covers all products, and
/// is listed once.
pub async fn refusals(base: &Base, permit: &Permit<ReadOrg>, now_us: i64) -> Result<Vec<Refusal>> {
    let mut refusals: Vec<Refusal> = Vec::new();
    for bounded in plans::bounded(&base.db, &permit.org, false).await? {
        let found = of_product(base, &permit.org, &bounded.product, now_us).await?;
        // A product without a subscription and without calls needs no notice.
        let is_used = |refusal: &Refusal| bounded.is_subscribed || refusal.used_units > 0;
        let is_new = |refusal: &Refusal| {
            refusal.cause != RefusalCause::SpendCapReached
                || refusals
                    .iter()
                    .all(|refusal_noted| refusal_noted.cause != RefusalCause::SpendCapReached)
        };
        refusals.extend(found.filter(|refusal| is_used(refusal) && is_new(refusal)));
    }
    Ok(refusals)
}

/// Whether live calls of a product are refused now, by the gateway's counters.
pub async fn of_product(
    base: &Base,
    org: &OrgId,
    product: &str,
    now_us: i64,
) -> Result<Option<Refusal>> {
    let Some((plan, terms)) = plans::in_force(&base.db, org, product).await? else {
        return Ok(None);
    };
    let now = Timestamp(now_us / 1_000);
    let mut look = [None; COUNTERS];
    look[0] = Some(quota_counter(org, product, month(now), None, 0));
    look[1] = terms.spend_cap.map(|_| org_counter(org, month(now), 0, 0).to_look());
    let readings = base.shared.take(org, now_us, &[], &look).await.counters;
    let subjects = [quota_subject(org, product), org_subject(org)];
    let mut sums = [0; 2];
    for (place, sum) in sums.iter_mut().enumerate() {
        if let Some(counter) = &look[place] {
            *sum = used(base, org, counter, readings[place], &subjects[place], now_us).await?;
        }
    }
    let sums = Sums { used: sums[0], spent: sums[1] };
    Ok(refusal(org, &plan, &terms, sums, now))
}

/// The value of a counter. If it is unknown since the start, the value from the database, after
/// this instance's journal was applied; then the counter is seeded with it, so that the next page
/// is faster.
async fn used(
    base: &Base,
    org: &OrgId,
    counter: &Counter,
    reading: Option<Reading>,
    subject: &str,
    now_us: i64,
) -> Result<u64> {
    if let Some(reading) = reading.filter(|reading| reading.outcome != Outcome::Unknown) {
        return Ok(reading.used);
    }
    let is_certain = tokio::time::timeout(CATCH_UP, base.journal.caught_up()).await.is_ok();
    let parts =
        parts(&base.db, &base.journal.id, subject, Timestamp(now_us / 1_000).month().0).await?;
    if is_certain {
        base.shared.seed(org, now_us, counter, &parts);
    }
    Ok(parts.own.saturating_add(parts.of_others()))
}

/// The effect of a change to `plan` on live calls: from `from` on, or immediately.
pub async fn of_change(
    db: &Db,
    org: &OrgId,
    plan: &Plan,
    from: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Consequence>> {
    let (own, sums) = (plans::own_limits(db, org).await?, sums(db, org, &plan.product, now).await?);
    Ok(refusal(org, plan, &Terms::of(plan, &own, None), sums, now)
        .map(|refusal| Consequence { refusal, from }))
}

/// The effect of another spend cap on live calls.
pub async fn of_cap(
    db: &Db,
    org: &OrgId,
    spend_cap: u64,
    now: Timestamp,
) -> Result<Option<Consequence>> {
    for bounded in plans::bounded(db, org, true).await? {
        let Some((plan, terms)) = plans::in_force(db, org, &bounded.product).await? else {
            continue;
        };
        let capped = Terms { spend_cap: Some(spend_cap), ..terms };
        let found = refusal(org, &plan, &capped, sums(db, org, &plan.product, now).await?, now);
        // A cap of zero allows exactly the included units, so its effect is expected.
        if let Some(refusal) = found
            .filter(|refusal| refusal.cause == RefusalCause::SpendCapReached && refusal.spent > 0)
        {
            return Ok(Some(Consequence { refusal, from: None }));
        }
    }
    Ok(None)
}

/// Sets the organisation's spend cap in minor units; `None` for no cap. A cap that makes live calls
/// fail immediately must be confirmed.
///
/// # Errors
/// `validation_failed` on `confirm` if it is not.
pub async fn set_spend_cap_knowingly(
    db: &Db,
    permit: &Permit<ManagePlan>,
    cap: Option<u64>,
    is_confirmed: bool,
    now: Timestamp,
) -> Result<()> {
    if let Some(cap) = cap.filter(|_| !is_confirmed)
        && let Some(consequence) = of_cap(db, &permit.org, cap, now).await?
    {
        return Err(Error::unconfirmed(consequence.sentence()));
    }
    plans::set_spend_cap(db, permit, cap, now).await.map(drop)
}

async fn sums(db: &Db, org: &OrgId, product: &str, now: Timestamp) -> Result<Sums> {
    let month = now.month().0;
    Ok(Sums {
        used: store::units(db, org, product, month).await?,
        spent: store::org_spend(db, org, month).await?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::OrgLimits;
    use tollgate_types::plan::NewPlan;

    fn terms(is_hard: bool, spend_cap: Option<u64>, blocked_at: Option<i64>) -> (Plan, Terms) {
        let new = NewPlan {
            included_units: 500,
            overage: (!is_hard).then(|| "1".parse().unwrap()),
            ..NewPlan::public("pets", "Test")
        };
        let id = "plan_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap();
        let plan = new.version(id, 1, Timestamp(0));
        let own = OrgLimits { spend_cap, ..OrgLimits::default() };
        let terms = Terms::of(&plan, &own, blocked_at.map(Timestamp));
        (plan, terms)
    }

    #[test]
    fn the_first_cause_in_the_order_of_money_is_named_at_its_very_bound() {
        let org: OrgId = "org_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap();
        let cause = |(plan, terms): (Plan, Terms), used, cents: u64| {
            let sums = Sums { used, spent: cents * 1_000_000_000 };
            refusal(&org, &plan, &terms, sums, Timestamp(1_000)).map(|refusal| refusal.cause)
        };
        for (wanted, (hard, cap, blocked), used, spent) in [
            (None, (true, None, None), 499, 0),
            (Some(RefusalCause::QuotaUsedUp), (true, None, None), 500, 0),
            (Some(RefusalCause::QuotaUsedUp), (true, Some(0), None), 4_817, 0),
            (None, (false, None, None), 4_817, 4_317),
            (None, (false, Some(10), None), 509, 9),
            (Some(RefusalCause::SpendCapReached), (false, Some(10), None), 510, 10),
            // Included units are free, whatever other products cost.
            (None, (false, Some(10), None), 499, 10),
            (None, (true, None, Some(1_001)), 0, 0),
            (Some(RefusalCause::PaymentOverdue), (true, None, Some(1_000)), 0, 0),
            (Some(RefusalCause::PaymentOverdue), (true, Some(1), Some(1_000)), 500, 1),
        ] {
            assert_eq!(
                cause(terms(hard, cap, blocked), used, spent),
                wanted,
                "{hard} {cap:?} {blocked:?} {used} {spent}"
            );
        }
    }
}
