//! The terms of an organisation's calls to one product: its plan, and its own settings.

use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::id::OrgId;
use tollgate_types::money::{Currency, Prices, UnitPrice};
use tollgate_types::plan::{Plan, PlanRate};
use tollgate_types::time::Timestamp;

use super::OrgLimits;
use super::store::{self, InForce};
use crate::config::Rate;
use crate::db::{Db, Tx};
use crate::{Error, Result};

const UNPRICED: u64 = u64::MAX;

#[derive(Clone, Debug)]
pub struct Terms {
    pub currency: Currency,
    pub included_units: u64,
    pub is_hard: bool,
    pub prices: Prices,
    /// The maximum overage per month over all products, in minor units.
    pub spend_cap: Option<u64>,
    /// The maximum units per month, for a plan that stops at its quota.
    pub quota_bound: Option<u64>,
    /// The time from which live calls are refused: a payment is overdue.
    pub blocked_at: Option<Timestamp>,
    pub key_rate: Option<PlanRate>,
    pub org_rate: Option<PlanRate>,
}

impl Terms {
    fn new(found: InForce) -> Self {
        Self::of(&found.plan, &found.own, found.blocked_at)
    }

    /// The combination of a plan and the organisation's own limits.
    pub fn of(plan: &Plan, own: &OrgLimits, blocked_at: Option<Timestamp>) -> Self {
        Self {
            quota_bound: plan.is_hard.then_some(plan.included_units),
            blocked_at,
            spend_cap: own.spend_cap,
            key_rate: own.key_rate.or(plan.key_rate),
            org_rate: own.org_rate.or(plan.org_rate),
            currency: plan.currency,
            included_units: plan.included_units,
            is_hard: plan.is_hard,
            prices: plan.prices.clone(),
        }
    }

    /// Without prices: every call is counted, and none costs anything.
    fn unpriced(own: &OrgLimits) -> Self {
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

    /// Units per month that the plan includes; `None` without a plan.
    pub fn quota(&self) -> Option<u64> {
        Some(self.included_units).filter(|units| *units != UNPRICED)
    }

    /// Whether a payment is overdue for so long that live calls are refused.
    pub fn is_blocked(&self, now: Timestamp) -> bool {
        self.blocked_at.is_some_and(|at| at <= now)
    }
}

impl From<PlanRate> for Rate {
    fn from(rate: PlanRate) -> Self {
        Self { calls: rate.calls, seconds: rate.seconds }
    }
}

/// The organisation's terms for a product; `None` for an organisation that does not exist.
pub async fn terms(db: &Db, org: &OrgId, product: &str) -> Result<Option<Terms>> {
    Ok(store::of_org(db, org, product).await?.map(Terms::new))
}

/// [`terms`], in a transaction.
pub async fn terms_in(tx: &mut Tx, org: &OrgId, product: &str) -> Result<Option<Terms>> {
    Ok(store::of_org_in(tx, org, product).await?.map(Terms::new))
}

/// The organisation's plan of a product, and the resulting terms.
pub async fn in_force(db: &Db, org: &OrgId, product: &str) -> Result<Option<(Plan, Terms)>> {
    Ok(store::of_org(db, org, product).await?.map(with_terms))
}

/// [`in_force`], in a transaction.
pub async fn in_force_in(tx: &mut Tx, org: &OrgId, product: &str) -> Result<Option<(Plan, Terms)>> {
    Ok(store::of_org_in(tx, org, product).await?.map(with_terms))
}

fn with_terms(found: InForce) -> (Plan, Terms) {
    let terms = Terms::of(&found.plan, &found.own, found.blocked_at);
    (found.plan, terms)
}

/// The terms of calls to `product` in `environment`. The sandbox, and a product without plans, are
/// open to everybody.
///
/// # Errors
/// `not_subscribed` for live calls of an organisation that is on none of the product's plans.
pub async fn to_call(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    product: &str,
) -> Result<Terms> {
    if let Some(terms) = terms(db, org, product).await? {
        return Ok(terms);
    }
    let is_open = environment == Environment::Sandbox
        || store::list(db, product).await?.iter().all(|plan| plan.archived_at.is_some());
    if is_open {
        return Ok(Terms::unpriced(&store::own_limits(db, org).await?));
    }
    Err(Error::new(
        Code::NotSubscribed,
        format!("Live calls to {product} need a subscription. Choose a plan in the dashboard."),
    ))
}
