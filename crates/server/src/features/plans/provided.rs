//! Subscriptions as reported by a payment provider. The current state is written whatever came
//! before, so repeated or late reports change nothing.

use serde_json::json;
use tollgate_types::billing::SubscriptionState;
use tollgate_types::environment::Environment;
use tollgate_types::event::EventType;
use tollgate_types::id::{OrgId, PlanId};
use tollgate_types::plan::Plan;
use tollgate_types::time::Timestamp;

use super::store;
use crate::access::Actor;
use crate::db::{Change, Db, Tx};
use crate::webhooks::events::{self, About};
use crate::{Result, accounts, audit, quota};

pub use store::subscriptions::{
    charged, charged_ids, held, held_there, plan_periods, plan_periods_of,
};

/// The current state of a subscription at the payment provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provided {
    pub stripe_id: String,
    pub state: SubscriptionState,
    pub created_at: Timestamp,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub period_start: Option<Timestamp>,
    pub period_end: Option<Timestamp>,
    pub trial_ends_at: Option<Timestamp>,
    /// When it ends automatically.
    pub ends_at: Option<Timestamp>,
    pub blocked_at: Option<Timestamp>,
}

/// The stored state of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub plan_id: PlanId,
    pub state: SubscriptionState,
    /// `None` if no provider ever had it. After it ended there, the value stays: nobody else
    /// charges for that time.
    pub provided: Option<Provided>,
    pub next_plan: Option<PlanId>,
}

impl Held {
    /// Whether a provider bills it now.
    pub fn is_charged(&self) -> bool {
        self.state.is_in_force()
            && self.provided.as_ref().is_some_and(|provided| provided.ended_at.is_none())
    }

    pub fn stripe_id(&self) -> Option<&str> {
        self.provided.as_ref().map(|provided| provided.stripe_id.as_str())
    }
}

/// The outcome of a provider's report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconciled {
    Done,
    /// Another subscription has priority for the organisation and product: an active one over an
    /// inactive one, otherwise the newer.
    Other,
    /// Another task wrote meanwhile, possibly something newer: fetch again.
    Stale,
}

/// Writes the provider's state of a subscription to `plan`, fetched when `seen` was stored here.
/// Without a schedule there, no plan waits for the end of the period.
pub async fn reconcile(
    tx: &mut Tx,
    (org, plan): (&OrgId, &Plan),
    seen: Option<&Held>,
    provided: &Provided,
    has_schedule: bool,
    now: Timestamp,
) -> Result<Reconciled> {
    accounts::hold_org(tx, org).await?;
    let before = store::subscriptions::held_in(tx, org, &plan.product).await?;
    if before.as_ref().filter(|held| held.stripe_id() == Some(&provided.stripe_id)) != seen {
        return Ok(Reconciled::Stale);
    }
    if let Some(held) = &before
        && let Some(other) =
            held.provided.as_ref().filter(|other| other.stripe_id != provided.stripe_id)
        && !wins(provided, other)
    {
        return Ok(Reconciled::Other);
    }
    // An old canceled subscription never ends a plan that was assigned since.
    let is_other =
        |held: &Held| held.provided.is_none() || (held.state.is_in_force() && !held.is_charged());
    if before.as_ref().is_none_or(is_other) && !provided.state.is_in_force() {
        return Ok(Reconciled::Other);
    }
    let next_plan = before
        .as_ref()
        .and_then(|held| held.next_plan.clone())
        .filter(|next| has_schedule && *next != plan.id);
    let after = Held {
        plan_id: plan.id.clone(),
        state: provided.state,
        provided: Some(provided.clone()),
        next_plan,
    };
    if before.as_ref() == Some(&after) {
        return Ok(Reconciled::Done);
    }
    store::subscriptions::write(tx, org, &plan.product, &after, now).await?;
    let summary =
        |held: &Held| (held.state.is_in_force().then(|| held.plan_id.clone()), held.state);
    if before.as_ref().map(summary) != Some(summary(&after)) {
        store::note_period(
            tx,
            org,
            &plan.product,
            after.state.is_in_force().then_some(&plan.id),
            now,
        )
        .await?;
        let show = |held: &Held| json!({ "product": plan.product, "plan_id": held.plan_id, "state": held.state });
        let (old, new) = (before.as_ref().map(show), Some(show(&after)));
        audit::record(
            tx,
            Some(org),
            &Actor::portal(),
            "subscription.changed",
            org.as_str(),
            old,
            new,
            now,
        )
        .await?;
        let data = json!({ "product": plan.product, "plan": plan.name, "plan_id": plan.id, "version": plan.version, "state": provided.state });
        let about = About { org, environment: Some(Environment::Live), request_id: "" };
        events::record(tx, about, EventType::SubscriptionUpdated, &data, now).await?;
    }
    quota::check_soon(tx, org, &plan.product, now).await?;
    tx.announce(Change::Org(org.as_str().to_owned()));
    Ok(Reconciled::Done)
}

fn wins(one: &Provided, other: &Provided) -> bool {
    let rank =
        |held: &Provided| (held.state.is_in_force(), held.created_at, held.stripe_id.clone());
    rank(one) > rank(other)
}

/// Stores which plan follows at the end of the period.
pub async fn set_next_plan(
    db: &Db,
    org: &OrgId,
    product: &str,
    next: Option<&PlanId>,
) -> Result<()> {
    let mut tx = db.begin().await?;
    store::subscriptions::set_next_plan(&mut tx, org, product, next).await?;
    tx.commit().await
}
