//! All SQL of plans and subscriptions.

pub mod subscriptions;

use sqlx::{query, query_as};

pub use subscriptions::note_period;

use super::OrgLimits;
use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::types::id::{OrgId, PlanId};
use crate::types::plan::{Plan, PlanRate};
use crate::types::time::Timestamp;

#[derive(sqlx::FromRow)]
struct PlanRow {
    id: String,
    product: String,
    name: String,
    version: i64,
    is_default: bool,
    is_public: bool,
    offered_to: Option<String>,
    trial_days: i64,
    currency: String,
    monthly_price: i64,
    included_units: i64,
    is_hard: bool,
    prices_json: String,
    #[sqlx(flatten)]
    rates: RatesRow,
    created_at: i64,
    archived_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct RatesRow {
    key_calls: Option<i64>,
    key_seconds: Option<i64>,
    key_burst: Option<i64>,
    org_calls: Option<i64>,
    org_seconds: Option<i64>,
    org_burst: Option<i64>,
}

impl RatesRow {
    fn key(&self) -> Result<Option<PlanRate>> {
        rate(self.key_calls, self.key_seconds, self.key_burst)
    }

    fn org(&self) -> Result<Option<PlanRate>> {
        rate(self.org_calls, self.org_seconds, self.org_burst)
    }
}

fn rate(calls: Option<i64>, seconds: Option<i64>, burst: Option<i64>) -> Result<Option<PlanRate>> {
    let number = |n: i64| u32::try_from(n).map_err(anyhow::Error::from);
    let (Some(calls), Some(seconds)) = (calls, seconds) else { return Ok(None) };
    Ok(Some(PlanRate { calls: number(calls)?, seconds: number(seconds)?, burst: burst.map(number).transpose()? }))
}

impl PlanRow {
    fn read(self) -> Result<Plan> {
        Ok(Plan {
            key_rate: self.rates.key()?,
            org_rate: self.rates.org()?,
            id: self.id.parse().map_err(anyhow::Error::from)?,
            product: self.product,
            name: self.name,
            version: self.version.unsigned_abs(),
            is_default: self.is_default,
            is_public: self.is_public,
            offered_to: self.offered_to.map(|org| org.parse()).transpose().map_err(anyhow::Error::from)?,
            trial_days: u32::try_from(self.trial_days).map_err(anyhow::Error::from)?,
            currency: self.currency.parse().map_err(anyhow::Error::from)?,
            monthly_price: self.monthly_price.unsigned_abs(),
            included_units: self.included_units.unsigned_abs(),
            is_hard: self.is_hard,
            prices: serde_json::from_str(&self.prices_json)?,
            created_at: Timestamp(self.created_at),
            archived_at: self.archived_at.map(Timestamp),
        })
    }
}

const LIST: &str = "
    select * from plans where product = $1
    order by case when archived_at is null then 0 else 1 end, monthly_price, included_units, id limit 1001";

pub async fn list(db: &Db, product: &str) -> Result<Vec<Plan>> {
    let rows: Vec<PlanRow> = on!(db, |c| query_as(LIST).bind(product).fetch_all(c).await)?;
    rows.into_iter().map(PlanRow::read).collect()
}

pub async fn list_in(tx: &mut Tx, product: &str) -> Result<Vec<Plan>> {
    let rows: Vec<PlanRow> = in_tx!(tx, |c| query_as(LIST).bind(product).fetch_all(c).await)?;
    rows.into_iter().map(PlanRow::read).collect()
}

/// Plans of all products, without those that nobody is on and nobody can choose.
pub async fn all(db: &Db) -> Result<Vec<Plan>> {
    let rows: Vec<PlanRow> = on!(db, |c| query_as(
        "select * from plans p where archived_at is null or exists (select 1 from subscriptions s where s.plan_id = p.id)
         order by product, id limit 10001"
    )
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(PlanRow::read).collect()
}

pub async fn find_in(tx: &mut Tx, id: &PlanId) -> Result<Option<Plan>> {
    let row: Option<PlanRow> = in_tx!(tx, |c| query_as("select * from plans where id = $1").bind(id.as_str()).fetch_optional(c).await)?;
    row.map(PlanRow::read).transpose()
}

pub async fn by_id(db: &Db, id: &PlanId) -> Result<Option<Plan>> {
    let row: Option<PlanRow> = on!(db, |c| query_as("select * from plans where id = $1").bind(id.as_str()).fetch_optional(c).await)?;
    row.map(PlanRow::read).transpose()
}

pub async fn insert(tx: &mut Tx, plan: &Plan) -> Result<()> {
    let prices = serde_json::to_string(&plan.prices)?;
    let (key, org) = (plan.key_rate, plan.org_rate);
    in_tx!(tx, |c| query(
        "insert into plans (id, product, name, version, is_default, is_public, currency, monthly_price, included_units, is_hard,
         prices_json, key_calls, key_seconds, key_burst, org_calls, org_seconds, org_burst, created_at, offered_to, trial_days)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
    )
    .bind(plan.id.as_str())
    .bind(&plan.product)
    .bind(&plan.name)
    .bind(plan.version.cast_signed())
    .bind(plan.is_default)
    .bind(plan.is_public)
    .bind(plan.currency.as_str())
    .bind(plan.monthly_price.cast_signed())
    .bind(plan.included_units.cast_signed())
    .bind(plan.is_hard)
    .bind(&prices)
    .bind(key.map(|rate| i64::from(rate.calls)))
    .bind(key.map(|rate| i64::from(rate.seconds)))
    .bind(key.and_then(|rate| rate.burst).map(i64::from))
    .bind(org.map(|rate| i64::from(rate.calls)))
    .bind(org.map(|rate| i64::from(rate.seconds)))
    .bind(org.and_then(|rate| rate.burst).map(i64::from))
    .bind(plan.created_at.0)
    .bind(plan.offered_to.as_ref().map(OrgId::as_str))
    .bind(i64::from(plan.trial_days))
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub async fn clear_default(tx: &mut Tx, product: &str) -> Result<()> {
    in_tx!(tx, |c| query("update plans set is_default = false where product = $1 and is_default")
        .bind(product)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub async fn archive(tx: &mut Tx, id: &PlanId, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query("update plans set archived_at = $2 where id = $1").bind(id.as_str()).bind(now.0).execute(c).await.map(drop))?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct LimitsRow {
    spend_cap: Option<i64>,
    #[sqlx(flatten)]
    rates: RatesRow,
}

impl LimitsRow {
    fn read(self) -> Result<OrgLimits> {
        Ok(OrgLimits { spend_cap: self.spend_cap.map(i64::unsigned_abs), key_rate: self.rates.key()?, org_rate: self.rates.org()? })
    }
}

/// The plan that an organisation is on, by its subscription or by default.
const PLAN_OF_ORG: &str = "
    select p.*, s.blocked_at from orgs o
    left join subscriptions s on s.org_id = o.id and s.product = $2 and s.state in ('trialing', 'active', 'past_due')
    join plans p on p.id = coalesce(s.plan_id, (select max(d.id) from plans d where d.product = $2 and d.is_default))
    where o.id = $1";

const LIMITS_OF_ORG: &str = "
    select spend_cap, key_calls, key_seconds, key_burst, org_calls, org_seconds, org_burst from org_limits where org_id = $1";

/// What holds for an organisation's use of one product.
pub struct InForce {
    pub plan: Plan,
    pub own: OrgLimits,
    /// From then on live calls are refused: a payment is overdue.
    pub blocked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct InForceRow {
    #[sqlx(flatten)]
    plan: PlanRow,
    blocked_at: Option<i64>,
}

impl InForceRow {
    fn read(self, own: OrgLimits) -> Result<InForce> {
        Ok(InForce { plan: self.plan.read()?, own, blocked_at: self.blocked_at.map(Timestamp) })
    }
}

/// The organisation's plan and its own limits.
pub async fn of_org(db: &Db, org: &OrgId, product: &str) -> Result<Option<InForce>> {
    let plan: Option<InForceRow> = on!(db, |c| query_as(PLAN_OF_ORG).bind(org.as_str()).bind(product).fetch_optional(c).await)?;
    let Some(plan) = plan else { return Ok(None) };
    Ok(Some(plan.read(own_limits(db, org).await?)?))
}

/// What was settled for the organisation alone.
pub async fn own_limits(db: &Db, org: &OrgId) -> Result<OrgLimits> {
    let own: Option<LimitsRow> = on!(db, |c| query_as(LIMITS_OF_ORG).bind(org.as_str()).fetch_optional(c).await)?;
    Ok(own.map(LimitsRow::read).transpose()?.unwrap_or_default())
}

pub async fn of_org_in(tx: &mut Tx, org: &OrgId, product: &str) -> Result<Option<InForce>> {
    let plan: Option<InForceRow> = in_tx!(tx, |c| query_as(PLAN_OF_ORG).bind(org.as_str()).bind(product).fetch_optional(c).await)?;
    let Some(plan) = plan else { return Ok(None) };
    let own: Option<LimitsRow> = in_tx!(tx, |c| query_as(LIMITS_OF_ORG).bind(org.as_str()).fetch_optional(c).await)?;
    Ok(Some(plan.read(own.map(LimitsRow::read).transpose()?.unwrap_or_default())?))
}

pub async fn org_exists(tx: &mut Tx, org: &OrgId) -> Result<bool> {
    let row: Option<(i64,)> =
        in_tx!(tx, |c| query_as("select cast(1 as bigint) from orgs where id = $1").bind(org.as_str()).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Puts the organisation on a plan. False if it was on it by a subscription before.
pub async fn subscribe(tx: &mut Tx, org: &OrgId, plan: &Plan, now: Timestamp) -> Result<bool> {
    let changed = in_tx!(tx, |c| query(
        "insert into subscriptions as s (org_id, product, plan_id, state, since) values ($1, $2, $3, 'active', $4)
         on conflict (org_id, product) do update set plan_id = excluded.plan_id, state = excluded.state, since = excluded.since,
         blocked_at = null, ends_at = null, next_plan_id = null, period_start = null, period_end = null, trial_ends_at = null,
         ended_at = case when s.stripe_id is null then null else coalesce(s.ended_at, excluded.since) end
         where s.plan_id <> excluded.plan_id or s.state <> excluded.state"
    )
    .bind(org.as_str())
    .bind(&plan.product)
    .bind(plan.id.as_str())
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(changed > 0)
}

/// The organisation's own limits, to be changed in this transaction; none if there is no such organisation.
pub async fn org_limits(tx: &mut Tx, org: &OrgId, now: Timestamp) -> Result<Option<OrgLimits>> {
    // Made if it is missing, so that there is a row to lock.
    let row: Option<LimitsRow> = in_tx!(tx, |c| query_as(
        "insert into org_limits (org_id, updated_at) select id, cast($2 as bigint) from orgs where id = $1
         on conflict (org_id) do update set updated_at = excluded.updated_at
         returning spend_cap, key_calls, key_seconds, key_burst, org_calls, org_seconds, org_burst"
    )
    .bind(org.as_str())
    .bind(now.0)
    .fetch_optional(c)
    .await)?;
    row.map(LimitsRow::read).transpose()
}

pub async fn set_org_limits(tx: &mut Tx, org: &OrgId, limits: &OrgLimits, now: Timestamp) -> Result<()> {
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
