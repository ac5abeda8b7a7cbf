//! SQL of subscriptions from a payment provider.

use sqlx::{QueryBuilder, query, query_as, query_scalar};
use tollgate_types::billing::SubscriptionState;
use tollgate_types::id::{OrgId, PlanId};
use tollgate_types::money::Prices;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};
use crate::plans::provided::{Held, Provided};

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
        let state = SubscriptionState::parse(&self.state)
            .ok_or_else(|| anyhow::anyhow!("a subscription has an unknown state"))?;
        let next_plan: Option<PlanId> =
            self.next_plan_id.map(|id| id.parse()).transpose().map_err(anyhow::Error::from)?;
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
        Ok(Held {
            plan_id: self.plan_id.parse().map_err(anyhow::Error::from)?,
            state,
            provided,
            next_plan,
        })
    }
}

/// The columns that are read.
macro_rules! held {
    ($of:literal) => {
        $crate::db::columns!($of: plan_id, state, stripe_id, stripe_created_at, started_at, ended_at,
            period_start, period_end, trial_ends_at, ends_at, blocked_at, next_plan_id)
    };
}

const HELD: &str = concat!(
    "select ",
    held!("subscriptions"),
    " from subscriptions where org_id = $1 and product = $2"
);

/// The organisation's subscription to a product, active or not.
pub async fn held(db: &Db, org: &OrgId, product: &str) -> Result<Option<Held>> {
    let row: Option<HeldRow> =
        on!(db, |c| query_as(HELD).bind(org.as_str()).bind(product).fetch_optional(c).await)?;
    row.map(HeldRow::read).transpose()
}

/// The stored state of a provider's subscription.
pub async fn held_there(db: &Db, stripe_id: &str) -> Result<Option<Held>> {
    let row: Option<HeldRow> = on!(db, |c| query_as(concat!(
        "select ",
        held!("subscriptions"),
        " from subscriptions where stripe_id = $1"
    ))
    .bind(stripe_id)
    .fetch_optional(c)
    .await)?;
    row.map(HeldRow::read).transpose()
}

pub async fn held_in(tx: &mut Tx, org: &OrgId, product: &str) -> Result<Option<Held>> {
    let row: Option<HeldRow> =
        in_tx!(tx, |c| query_as(HELD).bind(org.as_str()).bind(product).fetch_optional(c).await)?;
    row.map(HeldRow::read).transpose()
}

pub async fn write(
    tx: &mut Tx,
    org: &OrgId,
    product: &str,
    held: &Held,
    now: Timestamp,
) -> Result<()> {
    let provided = held.provided.as_ref();
    let ms = |at: Option<Timestamp>| at.map(|at| at.0);
    in_tx!(tx, |c| {
        query(
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
    .map(drop)
    })?;
    Ok(())
}

pub async fn set_next_plan(
    tx: &mut Tx,
    org: &OrgId,
    product: &str,
    next: Option<&PlanId>,
) -> Result<()> {
    in_tx!(tx, |c| query(
        "update subscriptions set next_plan_id = $3 where org_id = $1 and product = $2"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(next.map(PlanId::as_str))
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Stores which plan is active from now on; `None` for the default plan.
pub async fn note_period(
    tx: &mut Tx,
    org: &OrgId,
    product: &str,
    plan: Option<&PlanId>,
    now: Timestamp,
) -> Result<()> {
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

/// The plans that were active before `to`, oldest first, with their start; `None` for the default
/// plan.
pub async fn plan_periods(
    db: &Db,
    org: &OrgId,
    product: &str,
    to: Timestamp,
) -> Result<Vec<(i64, Option<String>)>> {
    Ok(on!(db, |c| {
        query_as(
        "select from_at, plan_id from plan_periods where org_id = $1 and product = $2 and from_at < $3 order by from_at"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(to.0)
    .fetch_all(c)
    .await
    })?)
}

/// Organisation, product, from when, and which plan; none for the default one.
pub type PeriodRow = (String, String, i64, Option<String>);

/// Pairs per statement.
const PAIRS: usize = 100;

/// [`plan_periods`] of some organisations and products, each ordered by time.
pub async fn plan_periods_of(
    db: &Db,
    of: &[(&str, &str)],
    to: Timestamp,
) -> Result<Vec<PeriodRow>> {
    let mut all = Vec::new();
    for of in of.chunks(PAIRS) {
        let rows: Vec<PeriodRow> = on!(db, |c| {
            let mut select = QueryBuilder::new("with pairs (org_id, product) as (");
            select.push_values(of, |mut row, (org, product)| {
                row.push_bind((*org).to_owned()).push_bind((*product).to_owned());
            });
            select.push(
                ") select p.org_id, p.product, p.from_at, p.plan_id from pairs
                   join plan_periods p on p.org_id = pairs.org_id and p.product = pairs.product and p.from_at < ",
            );
            select.push_bind(to.0).build_query_as().persistent(false).fetch_all(c).await
        })?;
        all.extend(rows);
    }
    // Sorted here: with an `order by`, SQLite would scan the index from its start instead of
    // looking up each pair.
    all.sort_unstable();
    Ok(all)
}

/// A subscription at a provider, active or ended.
#[derive(sqlx::FromRow)]
pub struct Charged {
    pub org_id: String,
    pub product: String,
    pub started_at: i64,
    pub ended_at: Option<i64>,
}

/// Subscriptions at a provider, some of them after `after`.
pub async fn charged(db: &Db, after: (&str, &str), limit: i64) -> Result<Vec<Charged>> {
    Ok(on!(db, |c| {
        query_as(
        "select org_id, product, coalesce(started_at, 0) as started_at, ended_at from subscriptions
         where stripe_id is not null and (org_id > $1 or (org_id = $1 and product > $2)) order by org_id, product limit $3"
    )
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// Who is subscribed to a product.
pub struct Subscriber {
    pub org: OrgId,
    /// Whether the plan costs anything.
    pub is_paying: bool,
    /// The payment provider bills it until it ends there.
    pub stripe_id: Option<String>,
    pub ends_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct SubscriberRow {
    org_id: String,
    monthly_price: i64,
    prices_json: String,
    stripe_id: Option<String>,
    ends_at: Option<i64>,
    ended_at: Option<i64>,
}

/// Organisations whose subscription to a product is active.
pub async fn subscribers(db: &Db, product: &str) -> Result<Vec<Subscriber>> {
    let rows: Vec<SubscriberRow> = on!(db, |c| {
        query_as(
        "select s.org_id, p.monthly_price, p.prices_json, s.stripe_id, s.ends_at, s.ended_at from subscriptions s
         join plans p on p.id = s.plan_id
         where s.product = $1 and s.state in ('trialing', 'active', 'past_due') order by s.org_id"
    )
    .bind(product)
    .fetch_all(c)
    .await
    })?;
    let read = |row: SubscriberRow| {
        let prices: Prices = serde_json::from_str(&row.prices_json)?;
        Ok(Subscriber {
            org: row.org_id.parse().map_err(anyhow::Error::from)?,
            is_paying: row.monthly_price > 0 || prices.are_paid(),
            stripe_id: row.stripe_id.filter(|_| row.ended_at.is_none()),
            ends_at: row.ends_at.map(Timestamp),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Ends a subscription without a payment provider. False if none is active.
pub async fn end(tx: &mut Tx, org: &OrgId, product: &str, now: Timestamp) -> Result<bool> {
    let ended = in_tx!(tx, |c| {
        query(
        "update subscriptions set state = 'canceled', ended_at = case when stripe_id is null then null else coalesce(ended_at, $3) end
         where org_id = $1 and product = $2 and state in ('trialing', 'active', 'past_due') and (stripe_id is null or ended_at is not null)"
    )
    .bind(org.as_str())
    .bind(product)
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(ended > 0)
}

/// Provider ids after `after` of subscriptions that have not ended.
pub async fn charged_ids(db: &Db, after: &str, limit: i64) -> Result<Vec<String>> {
    Ok(on!(db, |c| {
        query_scalar(
        "select stripe_id from subscriptions where stripe_id > $1 and state <> 'canceled' order by stripe_id limit $2"
    )
    .bind(after)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}
