//! What holds for an organisation's calls to one product: its plan, and what was settled for it alone.

use super::store;
use crate::server::config::Rate;
use crate::server::db::{Db, Tx};
use crate::server::{Error, Result};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::OrgId;
use crate::types::money::{Currency, Prices, UnitPrice};
use crate::types::plan::{Plan, PlanRate};

const UNPRICED: u64 = u64::MAX;

#[derive(Clone, Debug)]
pub struct Terms {
    pub currency: Currency,
    pub included_units: u64,
    pub is_hard: bool,
    pub prices: Prices,
    /// The most that a month's overage may cost, in minor units.
    pub spend_cap: Option<u64>,
    /// The most units that a month may have, by the quota of a plan that stops at it.
    pub quota_bound: Option<u64>,
    /// And by what the spend cap buys.
    pub cap_bound: Option<u64>,
    pub key_rate: Option<PlanRate>,
    pub org_rate: Option<PlanRate>,
}

impl Terms {
    pub fn new(plan: Plan, own: &super::OrgLimits) -> Self {
        Self {
            quota_bound: plan.is_hard.then_some(plan.included_units),
            cap_bound: own.spend_cap.map(|cap| plan.prices.affordable(cap)).filter(|units| *units < u64::MAX),
            spend_cap: own.spend_cap,
            key_rate: own.key_rate.or(plan.key_rate),
            org_rate: own.org_rate.or(plan.org_rate),
            currency: plan.currency,
            included_units: plan.included_units,
            is_hard: plan.is_hard,
            prices: plan.prices,
        }
    }

    /// Where nobody has set a price yet: every call is counted, and none costs anything.
    fn unpriced(own: &super::OrgLimits) -> Self {
        Self {
            currency: Currency::default(),
            included_units: UNPRICED,
            is_hard: false,
            prices: Prices::after(0, UnitPrice::default()),
            spend_cap: own.spend_cap,
            quota_bound: None,
            cap_bound: None,
            key_rate: own.key_rate,
            org_rate: own.org_rate,
        }
    }

    /// Units of a month that the plan includes; none where there is no plan.
    pub fn quota(&self) -> Option<u64> {
        Some(self.included_units).filter(|units| *units != UNPRICED)
    }

    /// The most units that a month may have; none for no end.
    pub fn bound(&self) -> Option<u64> {
        self.quota_bound.into_iter().chain(self.cap_bound).min()
    }

    /// True if what ends the month's calls at `bound` is the cap and not the quota.
    pub fn ends_by_cap(&self) -> bool {
        self.cap_bound.is_some_and(|cap| self.quota_bound.is_none_or(|quota| cap < quota))
    }
}

impl From<PlanRate> for Rate {
    fn from(rate: PlanRate) -> Self {
        Self { calls: rate.calls, seconds: rate.seconds }
    }
}

/// The organisation's terms for a product; none for an organisation that does not exist.
pub async fn terms(db: &Db, org: &OrgId, product: &str) -> Result<Option<Terms>> {
    Ok(store::of_org(db, org, product).await?.map(|(plan, own)| Terms::new(plan, &own)))
}

/// [`terms`], as part of a transaction.
pub async fn terms_in(tx: &mut Tx, org: &OrgId, product: &str) -> Result<Option<Terms>> {
    Ok(store::of_org_in(tx, org, product).await?.map(|(plan, own)| Terms::new(plan, &own)))
}

/// What holds for calls to `product` in `environment`. The sandbox is open to everybody, and so is a product that has no
/// plans.
///
/// # Errors
/// `not_subscribed` for live calls of an organisation that is on none of the product's plans.
pub async fn to_call(db: &Db, org: &OrgId, environment: Environment, product: &str) -> Result<Terms> {
    if let Some(terms) = terms(db, org, product).await? {
        return Ok(terms);
    }
    let is_open = environment == Environment::Sandbox || store::list(db, product).await?.iter().all(|plan| plan.archived_at.is_some());
    if is_open {
        return Ok(Terms::unpriced(&store::own_limits(db, org).await?));
    }
    Err(Error::new(Code::NotSubscribed, format!("Live calls to {product} need a subscription. Choose a plan in the dashboard.")))
}
