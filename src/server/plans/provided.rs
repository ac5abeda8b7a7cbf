//! Subscriptions as a payment provider tells of them. What it says is written as it is, whatever came before, so that
//! the same word twice, or late, changes nothing.

use serde_json::json;

use super::store;
use crate::server::access::Actor;
use crate::server::db::{Change, Db, Tx};
use crate::server::events::{self, About};
use crate::server::{Result, accounts, audit};
use crate::types::billing::SubscriptionState;
use crate::types::environment::Environment;
use crate::types::event::EventType;
use crate::types::id::{OrgId, PlanId};
use crate::types::plan::Plan;
use crate::types::time::Timestamp;

pub use store::subscriptions::{charged, charged_ids, held, held_there, plan_periods};

/// A subscription at the payment provider, as it is there now.
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
    /// When it ends by itself.
    pub ends_at: Option<Timestamp>,
    pub blocked_at: Option<Timestamp>,
}

/// A subscription as it stands here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub plan_id: PlanId,
    pub state: SubscriptionState,
    /// None where no provider ever had it. One that has ended there stays: for a time nobody else charges for.
    pub provided: Option<Provided>,
    pub next_plan: Option<PlanId>,
}

impl Held {
    /// Whether a provider collects for it now.
    pub fn is_charged(&self) -> bool {
        self.state.is_in_force() && self.provided.as_ref().is_some_and(|provided| provided.ended_at.is_none())
    }

    pub fn stripe_id(&self) -> Option<&str> {
        self.provided.as_ref().map(|provided| provided.stripe_id.as_str())
    }
}

/// What became of a provider's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    Done,
    /// Another subscription holds for the organisation and product: one that is in force before one that is not, else the
    /// newer.
    Other,
    /// Somebody wrote what they were told meanwhile, which may be newer: ask again.
    Stale,
}

/// Writes what the provider says of a subscription to `plan`, who was asked when `seen` stood here. Without a schedule
/// there, no plan waits for the period's end.
pub async fn settle(
    tx: &mut Tx,
    (org, plan): (&OrgId, &Plan),
    seen: Option<&Held>,
    provided: &Provided,
    has_schedule: bool,
    now: Timestamp,
) -> Result<Settled> {
    accounts::hold_org(tx, org).await?;
    let before = store::subscriptions::held_in(tx, org, &plan.product).await?;
    if before.as_ref().filter(|held| held.stripe_id() == Some(&provided.stripe_id)) != seen {
        return Ok(Settled::Stale);
    }
    if let Some(held) = &before
        && let Some(other) = held.provided.as_ref().filter(|other| other.stripe_id != provided.stripe_id)
        && !wins(provided, other)
    {
        return Ok(Settled::Other);
    }
    // A canceled subscription of old never ends a plan that was given since.
    let is_other = |held: &Held| held.provided.is_none() || (held.state.is_in_force() && !held.is_charged());
    if before.as_ref().is_none_or(is_other) && !provided.state.is_in_force() {
        return Ok(Settled::Other);
    }
    let next_plan = before.as_ref().and_then(|held| held.next_plan.clone()).filter(|next| has_schedule && *next != plan.id);
    let after = Held { plan_id: plan.id.clone(), state: provided.state, provided: Some(provided.clone()), next_plan };
    if before.as_ref() == Some(&after) {
        return Ok(Settled::Done);
    }
    store::subscriptions::write(tx, org, &plan.product, &after, now).await?;
    let told = |held: &Held| (held.state.is_in_force().then(|| held.plan_id.clone()), held.state);
    if before.as_ref().map(told) != Some(told(&after)) {
        store::note_period(tx, org, &plan.product, after.state.is_in_force().then_some(&plan.id), now).await?;
        let show = |held: &Held| json!({ "product": plan.product, "plan_id": held.plan_id, "state": held.state });
        let (old, new) = (before.as_ref().map(show), Some(show(&after)));
        audit::record(tx, Some(org), &Actor::portal(), "subscription.changed", org.as_str(), old, new, now).await?;
        let data =
            json!({ "product": plan.product, "plan": plan.name, "plan_id": plan.id, "version": plan.version, "state": provided.state });
        let about = About { org, environment: Some(Environment::Live), request_id: "" };
        events::record(tx, about, EventType::SubscriptionUpdated, &data, now).await?;
    }
    tx.announce(Change::Org(org.as_str().to_owned()));
    Ok(Settled::Done)
}

fn wins(one: &Provided, other: &Provided) -> bool {
    let rank = |held: &Provided| (held.state.is_in_force(), held.created_at, held.stripe_id.clone());
    rank(one) > rank(other)
}

/// Notes which plan takes over at the period's end.
pub async fn set_next_plan(db: &Db, org: &OrgId, product: &str, next: Option<&PlanId>) -> Result<()> {
    let mut tx = db.begin().await?;
    store::subscriptions::set_next_plan(&mut tx, org, product, next).await?;
    tx.commit().await
}
