//! What is settled for one organisation, whatever its plan: rate limits, by the operator, and a monthly
//! spend cap, by its own people.

use serde::Serialize;
use serde_json::json;

use super::store;
use crate::server::access::{ManagePlan, Permit};
use crate::server::db::{Change, Db};
use crate::server::{Error, Result, audit, session};
use crate::types::money::MAX_AMOUNT;
use crate::types::plan::PlanRate;
use crate::types::product::PLATFORM;
use crate::types::time::Timestamp;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OrgLimits {
    /// The most that a month's overage may cost over all products, in minor units.
    pub spend_cap: Option<u64>,
    /// Instead of the plan's.
    pub key_rate: Option<PlanRate>,
    pub org_rate: Option<PlanRate>,
}

/// Sets the organisation's own rate limits; none for those of its plan.
pub async fn set_org_limits(
    db: &Db,
    permit: &Permit<ManagePlan>,
    key_rate: Option<PlanRate>,
    org_rate: Option<PlanRate>,
    now: Timestamp,
) -> Result<OrgLimits> {
    change(db, permit, "org.limits_set", |limits| OrgLimits { key_rate, org_rate, ..limits }, now).await
}

/// Caps what a month's overage may cost, in minor units; none for no cap.
///
/// # Errors
/// `validation_failed` for more than anybody spends.
pub async fn set_spend_cap(db: &Db, permit: &Permit<ManagePlan>, spend_cap: Option<u64>, now: Timestamp) -> Result<OrgLimits> {
    if spend_cap.is_some_and(|cap| cap > MAX_AMOUNT) {
        return Err(Error::field("spend_cap", "out_of_range", format!("A cap may be {MAX_AMOUNT} minor units at most.")));
    }
    change(db, permit, "org.spend_cap_set", |limits| OrgLimits { spend_cap, ..limits }, now).await
}

/// [`set_spend_cap`] by whoever is signed in, as written in a form: `25` or `12.50`, or nothing for no cap.
pub async fn set_spend_cap_as_member(text: &str) -> Result<()> {
    let (app, permit) = session::permit::<ManagePlan>().await?;
    let (plan, _) = super::current(&app.db, &permit.org, PLATFORM).await?;
    let cap = if text.trim().is_empty() {
        None
    } else {
        let amount = plan.currency.read(text);
        Some(amount.map_err(|_| Error::field("cap", "invalid_format", "Write an amount such as 25 or 12.50, or nothing for no cap."))?)
    };
    set_spend_cap(&app.db, &permit, cap, app.clock.now()).await.map(drop)
}

async fn change(
    db: &Db,
    permit: &Permit<ManagePlan>,
    action: &'static str,
    change: impl FnOnce(OrgLimits) -> OrgLimits,
    now: Timestamp,
) -> Result<OrgLimits> {
    let mut tx = db.begin().await?;
    let before = store::org_limits(&mut tx, &permit.org, now).await?.ok_or_else(|| Error::not_found("organisation"))?;
    let after = change(before);
    if after != before {
        store::set_org_limits(&mut tx, &permit.org, &after, now).await?;
        let org = permit.org.as_str();
        audit::record(&mut tx, Some(&permit.org), &permit.actor, action, org, Some(json!(before)), Some(json!(after)), now).await?;
        tx.announce(Change::Org(org.to_owned()));
    }
    tx.commit().await?;
    Ok(after)
}
