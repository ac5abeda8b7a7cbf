//! What holds for an organisation's calls to one product: its plan, and what was settled for it alone.

use super::store::{self, InForce};
use crate::server::config::Rate;
use crate::server::db::{Db, Tx};
use crate::server::{Error, Result};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::OrgId;
use crate::types::money::{Currency, Prices, UnitPrice};
use crate::types::plan::PlanRate;
use crate::types::time::Timestamp;

const UNPRICED: u64 = u64::MAX;

#[derive(Clone, Debug)]
pub struct Terms {
    pub currency: Currency,
    pub included_units: u64,
    pub is_hard: bool,
    pub prices: Prices,
    /// The most that a month's overage may cost over all products, in minor units.
    pub spend_cap: Option<u64>,
    /// The most units that a month may have, by the quota of a plan that stops at it.
    pub quota_bound: Option<u64>,
    /// From then on live calls are refused: a payment is overdue.
    pub blocked_at: Option<Timestamp>,
    pub key_rate: Option<PlanRate>,
    pub org_rate: Option<PlanRate>,
}

impl Terms {
    fn new(found: InForce) -> Self {
        let InForce { plan, own, blocked_at } = found;
        Self {
            quota_bound: plan.is_hard.then_some(plan.included_units),
            blocked_at,
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
            blocked_at: None,
            key_rate: own.key_rate,
            org_rate: own.org_rate,
        }
    }

    /// Units of a month that the plan includes; none where there is no plan.
    pub fn quota(&self) -> Option<u64> {
        Some(self.included_units).filter(|units| *units != UNPRICED)
    }

    /// Whether a payment is so long overdue that live calls are refused.
    pub fn is_blocked(&self, now: Timestamp) -> bool {
        self.blocked_at.is_some_and(|at| at <= now)
    }
}

impl From<PlanRate> for Rate {
    fn from(rate: PlanRate) -> Self {
        Self { calls: rate.calls, seconds: rate.seconds }
    }
}

/// The organisation's terms for a product; none for an organisation that does not exist.
pub async fn terms(db: &Db, org: &OrgId, product: &str) -> Result<Option<Terms>> {
    Ok(store::of_org(db, org, product).await?.map(Terms::new))
}

/// [`terms`], as part of a transaction.
pub async fn terms_in(tx: &mut Tx, org: &OrgId, product: &str) -> Result<Option<Terms>> {
    Ok(store::of_org_in(tx, org, product).await?.map(Terms::new))
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
