//! SQL of subscriptions that a payment provider tells of.

use sqlx::{query, query_as, query_scalar};

use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::server::plans::provided::{Held, Provided};
use crate::types::billing::SubscriptionState;
use crate::types::id::{OrgId, PlanId};
use crate::types::time::Timestamp;

#[derive(sqlx::FromRow)]
struct HeldRow {
    plan_id: String,
    state: String,
    stripe_id: Option<String>,
    stripe_created_at: Option<i64>,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    period_start: Option<i64>,
    period_end: Option<i64>,
    trial_ends_at: Option<i64>,
    ends_at: Option<i64>,
    blocked_at: Option<i64>,
    next_plan_id: Option<String>,
}

impl HeldRow {
    fn read(self) -> Result<Held> {
        let state = SubscriptionState::parse(&self.state).ok_or_else(|| anyhow::anyhow!("a subscription has an unknown state"))?;
        let next_plan: Option<PlanId> = self.next_plan_id.map(|id| id.parse()).transpose().map_err(anyhow::Error::from)?;
        let provided = self.stripe_id.map(|stripe_id| Provided {
            stripe_id,
            state,
            created_at: Timestamp(self.stripe_created_at.unwrap_or(0)),
            started_at: Timestamp(self.started_at.unwrap_or(0)),
            ended_at: self.ended_at.map(Timestamp),
            period_start: self.period_start.map(Timestamp),
            period_end: self.period_end.map(Timestamp),
            trial_ends_at: self.trial_ends_at.map(Timestamp),
            ends_at: self.ends_at.map(Timestamp),
            blocked_at: self.blocked_at.map(Timestamp),
        });
        Ok(Held { plan_id: self.plan_id.parse().map_err(anyhow::Error::from)?, state, provided, next_plan })
    }
}

const HELD: &str = "select * from subscriptions where org_id = $1 and product = $2";

/// The organisation's subscription to a product, in force or not.
pub async fn held(db: &Db, org: &OrgId, product: &str) -> Result<Option<Held>> {
    let row: Option<HeldRow> = on!(db, |c| query_as(HELD).bind(org.as_str()).bind(product).fetch_optional(c).await)?;
    row.map(HeldRow::read).transpose()
}

/// What stands here of a provider's subscription.
pub async fn held_there(db: &Db, stripe_id: &str) -> Result<Option<Held>> {
    let row: Option<HeldRow> =
        on!(db, |c| query_as("select * from subscriptions where stripe_id = $1").bind(stripe_id).fetch_optional(c).await)?;
    row.map(HeldRow::read).transpose()
}

pub async fn held_in(tx: &mut Tx, org: &OrgId, product: &str) -> Result<Option<Held>> {
    let row: Option<HeldRow> = in_tx!(tx, |c| query_as(HELD).bind(org.as_str()).bind(product).fetch_optional(c).await)?;
    row.map(HeldRow::read).transpose()
}

pub async fn write(tx: &mut Tx, org: &OrgId, product: &str, held: &Held, now: Timestamp) -> Result<()> {
    let provided = held.provided.as_ref();
    let ms = |at: Option<Timestamp>| at.map(|at| at.0);
    in_tx!(tx, |c| query(
        "insert into subscriptions (org_id, product, plan_id, state, since, stripe_id, stripe_created_at, started_at, ended_at,
         period_start, period_end, trial_ends_at, ends_at, blocked_at, next_plan_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (org_id, product) do update set plan_id = excluded.plan_id, state = excluded.state, since = excluded.since,
         stripe_id = excluded.stripe_id, stripe_created_at = excluded.stripe_created_at, started_at = excluded.started_at,
         ended_at = excluded.ended_at, period_start = excluded.period_start, period_end = excluded.period_end,
         trial_ends_at = excluded.trial_ends_at, ends_at = excluded.ends_at, blocked_at = excluded.blocked_at,
         next_plan_id = excluded.next_plan_id"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(held.plan_id.as_str())
    .bind(held.state.as_str())
    .bind(now.0)
    .bind(provided.map(|provided| provided.stripe_id.as_str()))
    .bind(provided.map(|provided| provided.created_at.0))
    .bind(provided.map(|provided| provided.started_at.0))
    .bind(ms(provided.and_then(|provided| provided.ended_at)))
    .bind(ms(provided.and_then(|provided| provided.period_start)))
    .bind(ms(provided.and_then(|provided| provided.period_end)))
    .bind(ms(provided.and_then(|provided| provided.trial_ends_at)))
    .bind(ms(provided.and_then(|provided| provided.ends_at)))
    .bind(ms(provided.and_then(|provided| provided.blocked_at)))
    .bind(held.next_plan.as_ref().map(PlanId::as_str))
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub async fn set_next_plan(tx: &mut Tx, org: &OrgId, product: &str, next: Option<&PlanId>) -> Result<()> {
    in_tx!(tx, |c| query("update subscriptions set next_plan_id = $3 where org_id = $1 and product = $2")
        .bind(org.as_str())
        .bind(product)
        .bind(next.map(PlanId::as_str))
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Notes which plan is in force from now on; none for the default one.
pub async fn note_period(tx: &mut Tx, org: &OrgId, product: &str, plan: Option<&PlanId>, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query(
        "insert into plan_periods (org_id, product, from_at, plan_id) values ($1, $2, $3, $4)
         on conflict (org_id, product, from_at) do update set plan_id = excluded.plan_id"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(now.0)
    .bind(plan.map(PlanId::as_str))
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Which plans were in force before `to`, the first one first: from when, and which; none for the default one.
pub async fn plan_periods(db: &Db, org: &OrgId, product: &str, to: Timestamp) -> Result<Vec<(i64, Option<String>)>> {
    Ok(on!(db, |c| query_as(
        "select from_at, plan_id from plan_periods where org_id = $1 and product = $2 and from_at < $3 order by from_at"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(to.0)
    .fetch_all(c)
    .await)?)
}

/// A subscription that a provider has, in force or ended.
#[derive(sqlx::FromRow)]
pub struct Charged {
    pub org_id: String,
    pub product: String,
    pub started_at: i64,
    pub ended_at: Option<i64>,
}

/// Subscriptions that a provider has, some of them after `after`.
pub async fn charged(db: &Db, after: (&str, &str), limit: i64) -> Result<Vec<Charged>> {
    Ok(on!(db, |c| query_as(
        "select org_id, product, coalesce(started_at, 0) as started_at, ended_at from subscriptions
         where stripe_id is not null and (org_id > $1 or (org_id = $1 and product > $2)) order by org_id, product limit $3"
    )
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// Ids that a provider has given to subscriptions that are not over.
pub async fn charged_ids(db: &Db, limit: i64) -> Result<Vec<String>> {
    Ok(on!(db, |c| query_scalar(
        "select stripe_id from subscriptions where stripe_id is not null and state <> 'canceled' order by org_id limit $1"
    )
    .bind(limit)
    .fetch_all(c)
    .await)?)
}
