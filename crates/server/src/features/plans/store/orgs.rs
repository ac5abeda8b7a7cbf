//! SQL of an organisation's plans, and of its own limits.

use sqlx::{query, query_as};
use tollgate_types::id::OrgId;
use tollgate_types::plan::Plan;
use tollgate_types::time::Timestamp;

use super::{PlanRow, RatesRow, plan};
use crate::Result;
use crate::db::{Db, Tx, in_tx, on};
use crate::plans::OrgLimits;

#[derive(sqlx::FromRow)]
struct LimitsRow {
    spend_cap: Option<i64>,
    #[sqlx(flatten)]
    rates: RatesRow,
}

impl LimitsRow {
    fn read(self) -> Result<OrgLimits> {
        Ok(OrgLimits {
            spend_cap: self.spend_cap.map(i64::unsigned_abs),
            key_rate: self.rates.key()?,
            org_rate: self.rates.org()?,
        })
    }
}

/// The plan that an organisation is on, by its subscription or by default.
const PLAN_OF_ORG: &str = concat!(
    "select ",
    plan!("p"),
    ", s.blocked_at, o.free_with from orgs o
    left join subscriptions s on s.org_id = o.id and s.product = $2
    and s.state in ('trialing', 'active', 'past_due')
    join plans p on p.id = coalesce(s.plan_id,
    (select max(d.id) from plans d where d.product = $2 and d.is_default))
    where o.id = $1"
);

const LIMITS_OF_ORG: &str = "
    select spend_cap, key_calls, key_seconds, key_burst, org_calls, org_seconds, org_burst
    from org_limits where org_id = $1";

/// The terms of an organisation's use of one product.
pub struct InForce {
    pub plan: Plan,
    pub own: OrgLimits,
    /// The time from which live calls are refused: a payment is overdue.
    pub blocked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct InForceRow {
    #[sqlx(flatten)]
    plan: PlanRow,
    blocked_at: Option<i64>,
    free_with: Option<String>,
}

impl InForceRow {
    fn read(self, own: OrgLimits) -> Result<InForce> {
        let mut plan = self.plan.read()?;
        if self.free_with.is_some() && plan.is_free_allowance() {
            plan.included_units = 0;
        }
        Ok(InForce { plan, own, blocked_at: self.blocked_at.map(Timestamp) })
    }
}

/// The organisation's plan and its own limits.
pub async fn of_org(db: &Db, org: &OrgId, product: &str) -> Result<Option<InForce>> {
    let plan: Option<InForceRow> = on!(db, |c| query_as(PLAN_OF_ORG)
        .bind(org.as_str())
        .bind(product)
        .fetch_optional(c)
        .await)?;
    let Some(plan) = plan else { return Ok(None) };
    Ok(Some(plan.read(own_limits(db, org).await?)?))
}

/// The organisation's own settings.
pub async fn own_limits(db: &Db, org: &OrgId) -> Result<OrgLimits> {
    let own: Option<LimitsRow> =
        on!(db, |c| query_as(LIMITS_OF_ORG).bind(org.as_str()).fetch_optional(c).await)?;
    Ok(own.map(LimitsRow::read).transpose()?.unwrap_or_default())
}

pub async fn of_org_in(tx: &mut Tx, org: &OrgId, product: &str) -> Result<Option<InForce>> {
    let plan: Option<InForceRow> = in_tx!(tx, |c| query_as(PLAN_OF_ORG)
        .bind(org.as_str())
        .bind(product)
        .fetch_optional(c)
        .await)?;
    let Some(plan) = plan else { return Ok(None) };
    let own: Option<LimitsRow> =
        in_tx!(tx, |c| query_as(LIMITS_OF_ORG).bind(org.as_str()).fetch_optional(c).await)?;
    Ok(Some(plan.read(own.map(LimitsRow::read).transpose()?.unwrap_or_default())?))
}

/// The plans of the organisation's active or pending subscriptions.
pub async fn subscribed(db: &Db, org: &OrgId) -> Result<Vec<Plan>> {
    let rows: Vec<PlanRow> = on!(db, |c| {
        query_as(concat!(
            "select ",
            plan!("p"),
            " from subscriptions s join plans p on p.id = s.plan_id
             where s.org_id = $1 and s.state in ('trialing', 'active', 'past_due')
             order by s.product limit 1000"
        ))
        .bind(org.as_str())
        .fetch_all(c)
        .await
    })?;
    rows.into_iter().map(PlanRow::read).collect()
}

/// A product whose live calls can be refused because of the organisation's plan or cap.
#[derive(sqlx::FromRow)]
pub struct Bounded {
    pub product: String,
    /// Otherwise the organisation is on the product's default plan.
    pub is_subscribed: bool,
}

/// A plan that stops at its quota, an overdue payment, or a spend cap, which $2 assumes.
const BOUNDED: &str = "
    select p.product, s.plan_id is not null as is_subscribed from plans p
    left join subscriptions s on s.org_id = $1 and s.product = p.product
    and s.state in ('trialing', 'active', 'past_due')
    where (s.plan_id = p.id or (s.plan_id is null and p.is_default))
    and (p.is_hard or s.blocked_at is not null or $2 or exists
        (select 1 from org_limits l where l.org_id = $1 and l.spend_cap is not null))
    order by p.product limit 1000";

/// Products whose live calls can be refused; all with an active plan if the organisation `has_cap`.
pub async fn bounded(db: &Db, org: &OrgId, has_cap: bool) -> Result<Vec<Bounded>> {
    Ok(on!(db, |c| query_as(BOUNDED).bind(org.as_str()).bind(has_cap).fetch_all(c).await)?)
}

/// The products' ids, in a transaction.
pub async fn bounded_in(tx: &mut Tx, org: &OrgId) -> Result<Vec<String>> {
    let found: Vec<Bounded> =
        in_tx!(tx, |c| query_as(BOUNDED).bind(org.as_str()).bind(false).fetch_all(c).await)?;
    Ok(found.into_iter().map(|bounded| bounded.product).collect())
}

pub async fn org_exists(tx: &mut Tx, org: &OrgId) -> Result<bool> {
    let row: Option<(i64,)> =
        in_tx!(tx, |c| query_as("select cast(1 as bigint) from orgs where id = $1")
            .bind(org.as_str())
            .fetch_optional(c)
            .await)?;
    Ok(row.is_some())
}

/// Subscribes the organisation to a plan. False if it already was.
pub async fn subscribe(tx: &mut Tx, org: &OrgId, plan: &Plan, now: Timestamp) -> Result<bool> {
    let changed = in_tx!(tx, |c| {
        query(
            "insert into subscriptions as s (org_id, product, plan_id, state, since)
             values ($1, $2, $3, 'active', $4)
             on conflict (org_id, product) do update set plan_id = excluded.plan_id,
             state = excluded.state, since = excluded.since,
             blocked_at = null, ends_at = null, next_plan_id = null, period_start = null,
             period_end = null, trial_ends_at = null,
             ended_at = case when s.stripe_id is null then null
             else coalesce(s.ended_at, excluded.since) end
             where s.plan_id <> excluded.plan_id or s.state <> excluded.state",
        )
        .bind(org.as_str())
        .bind(&plan.product)
        .bind(plan.id.as_str())
        .bind(now.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed > 0)
}

/// The organisation's own limits, locked for a change; `None` if there is no such organisation.
pub async fn org_limits(tx: &mut Tx, org: &OrgId, now: Timestamp) -> Result<Option<OrgLimits>> {
    // Created if it is missing, so that there is a row to lock.
    let row: Option<LimitsRow> = in_tx!(tx, |c| {
        query_as(
            "insert into org_limits (org_id, updated_at)
             select id, cast($2 as bigint) from orgs where id = $1
             on conflict (org_id) do update set updated_at = excluded.updated_at
             returning spend_cap, key_calls, key_seconds, key_burst,
             org_calls, org_seconds, org_burst",
        )
        .bind(org.as_str())
        .bind(now.0)
        .fetch_optional(c)
        .await
    })?;
    row.map(LimitsRow::read).transpose()
}

pub async fn set_org_limits(
    tx: &mut Tx,
    org: &OrgId,
    limits: &OrgLimits,
    now: Timestamp,
) -> Result<()> {
    let (key, all) = (limits.key_rate, limits.org_rate);
    in_tx!(tx, |c| query(
        "update org_limits set spend_cap = $2, key_calls = $3, key_seconds = $4, key_burst = $5,
         org_calls = $6, org_seconds = $7, org_burst = $8, updated_at = $9 where org_id = $1"
    )
    .bind(org.as_str())
    .bind(limits.spend_cap.map(u64::cast_signed))
    .bind(key.map(|rate| i64::from(rate.calls)))
    .bind(key.map(|rate| i64::from(rate.seconds)))
    .bind(key.and_then(|rate| rate.burst).map(i64::from))
    .bind(all.map(|rate| i64::from(rate.calls)))
    .bind(all.map(|rate| i64::from(rate.seconds)))
    .bind(all.and_then(|rate| rate.burst).map(i64::from))
    .bind(now.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
