//! All SQL of plans and subscriptions.

mod orgs;
pub mod subscriptions;

use sqlx::{query, query_as};
use tollgate_types::id::{OrgId, PlanId};
use tollgate_types::money::Currency;
use tollgate_types::plan::{Plan, PlanRate};
use tollgate_types::time::Timestamp;

pub use orgs::{
    Bounded, InForce, bounded, bounded_in, of_org, of_org_in, org_exists, org_limits, own_limits,
    set_org_limits, subscribe, subscribed,
};
pub use subscriptions::note_period;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

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
    Ok(Some(PlanRate {
        calls: number(calls)?,
        seconds: number(seconds)?,
        burst: burst.map(number).transpose()?,
    }))
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
            offered_to: self
                .offered_to
                .map(|org| org.parse())
                .transpose()
                .map_err(anyhow::Error::from)?,
            trial_days: u32::try_from(self.trial_days).map_err(anyhow::Error::from)?,
            currency: Currency::stored(&self.currency).map_err(anyhow::Error::from)?,
            monthly_price: self.monthly_price.unsigned_abs(),
            included_units: self.included_units.unsigned_abs(),
            is_hard: self.is_hard,
            prices: serde_json::from_str(&self.prices_json)?,
            created_at: Timestamp(self.created_at),
            archived_at: self.archived_at.map(Timestamp),
        })
    }
}

/// The columns that are read.
macro_rules! plan {
    ($of:literal) => {
        $crate::db::columns!($of: id, product, name, version, is_default, is_public, offered_to,
            trial_days, currency, monthly_price, included_units, is_hard, prices_json, key_calls,
            key_seconds, key_burst, org_calls, org_seconds, org_burst, created_at, archived_at)
    };
}

use plan;

const LIST: &str = concat!(
    "select ",
    plan!("plans"),
    " from plans where product = $1
     order by case when archived_at is null then 0 else 1 end, monthly_price, included_units,
     id limit 1001"
);

pub async fn list(db: &Db, product: &str) -> Result<Vec<Plan>> {
    let rows: Vec<PlanRow> = on!(db, |c| query_as(LIST).bind(product).fetch_all(c).await)?;
    rows.into_iter().map(PlanRow::read).collect()
}

pub async fn list_in(tx: &mut Tx, product: &str) -> Result<Vec<Plan>> {
    let rows: Vec<PlanRow> = in_tx!(tx, |c| query_as(LIST).bind(product).fetch_all(c).await)?;
    rows.into_iter().map(PlanRow::read).collect()
}

/// Plans of all products, without those that nobody has and nobody can choose.
pub async fn all(db: &Db) -> Result<Vec<Plan>> {
    let rows: Vec<PlanRow> = on!(db, |c| {
        query_as(concat!(
            "select ",
            plan!("plans"),
            " from plans where archived_at is null or
             (select s.plan_id from subscriptions s where s.plan_id = plans.id limit 1) is not null
             order by product, id limit 10001"
        ))
        .fetch_all(c)
        .await
    })?;
    rows.into_iter().map(PlanRow::read).collect()
}

pub async fn find_in(tx: &mut Tx, id: &PlanId) -> Result<Option<Plan>> {
    let row: Option<PlanRow> =
        in_tx!(tx, |c| query_as(concat!("select ", plan!("plans"), " from plans where id = $1"))
            .bind(id.as_str())
            .fetch_optional(c)
            .await)?;
    row.map(PlanRow::read).transpose()
}

pub async fn by_id(db: &Db, id: &PlanId) -> Result<Option<Plan>> {
    let row: Option<PlanRow> =
        on!(db, |c| query_as(concat!("select ", plan!("plans"), " from plans where id = $1"))
            .bind(id.as_str())
            .fetch_optional(c)
            .await)?;
    row.map(PlanRow::read).transpose()
}

pub async fn insert(tx: &mut Tx, plan: &Plan) -> Result<()> {
    let prices = serde_json::to_string(&plan.prices)?;
    let (key, org) = (plan.key_rate, plan.org_rate);
    in_tx!(tx, |c| {
        query(
            "insert into plans (id, product, name, version, is_default, is_public, currency,
             monthly_price, included_units, is_hard, prices_json, key_calls, key_seconds, key_burst,
             org_calls, org_seconds, org_burst, created_at, offered_to, trial_days)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
             $18, $19, $20)",
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
        .map(drop)
    })?;
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
    in_tx!(tx, |c| query("update plans set archived_at = $2 where id = $1")
        .bind(id.as_str())
        .bind(now.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Organisations without a subscription that have this many billed units of a product in a month.
pub async fn count_default_users(
    db: &Db,
    product: &str,
    month: Timestamp,
    units: u64,
) -> Result<u64> {
    let (count,): (i64,) = on!(db, |c| {
        query_as(
            "select count(*) from quota_counters q where q.product = $1 and q.month = $2
             and q.units >= $3 and not exists
             (select 1 from subscriptions s where s.org_id = q.org_id and s.product = q.product
             and s.state in ('trialing', 'active', 'past_due'))",
        )
        .bind(product)
        .bind(month.0)
        .bind(units.cast_signed())
        .fetch_one(c)
        .await
    })?;
    Ok(count.unsigned_abs())
}

/// When a product is retired; `None` if that is not planned.
pub async fn retires_at(db: &Db, id: &str) -> Result<Option<Timestamp>> {
    let row: Option<(Option<i64>,)> =
        on!(db, |c| query_as("select retires_at from products where id = $1")
            .bind(id)
            .fetch_optional(c)
            .await)?;
    Ok(row.and_then(|(at,)| at).map(Timestamp))
}
