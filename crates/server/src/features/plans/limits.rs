//! Settings of one organisation, whatever its plan: rate limits, set by the operator, and a monthly
//! spend cap, set by its members.

use serde::Serialize;
use serde_json::json;
use tollgate_types::error::FieldError;
use tollgate_types::money::{Currency, MAX_AMOUNT};
use tollgate_types::plan::PlanRate;
use tollgate_types::time::Timestamp;

use super::store;
use crate::access::{ManagePlan, Permit};
use crate::db::{Change, Db};
use crate::{Error, Result, audit, quota};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OrgLimits {
    /// The maximum overage per month over all products, in minor units.
    pub spend_cap: Option<u64>,
    /// Instead of the plan's.
    pub key_rate: Option<PlanRate>,
    pub org_rate: Option<PlanRate>,
}

/// Sets the organisation's own rate limits; `None` for those of its plan.
pub async fn set_org_limits(
    db: &Db,
    permit: &Permit<ManagePlan>,
    key_rate: Option<PlanRate>,
    org_rate: Option<PlanRate>,
    now: Timestamp,
) -> Result<OrgLimits> {
    change(db, permit, "org.limits_set", |limits| OrgLimits { key_rate, org_rate, ..limits }, now)
        .await
}

/// Caps the overage per month, in minor units; `None` for no cap.
///
/// # Errors
/// `validation_failed` for an unrealistically high amount.
pub async fn set_spend_cap(
    db: &Db,
    permit: &Permit<ManagePlan>,
    spend_cap: Option<u64>,
    now: Timestamp,
) -> Result<OrgLimits> {
    if spend_cap.is_some_and(|cap| cap > MAX_AMOUNT) {
        return Err(Error::field(
            "spend_cap",
            "out_of_range",
            format!("A cap may be at most {MAX_AMOUNT} minor units."),
        ));
    }
    change(db, permit, "org.spend_cap_set", |limits| OrgLimits { spend_cap, ..limits }, now).await
}

/// A cap in minor units, from user input: `25` or `12.50`, or empty for no cap.
///
/// # Errors
/// The fault of `field`.
pub fn read_cap(
    field: &'static str,
    text: &str,
    currency: Currency,
) -> Result<Option<u64>, FieldError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let example = currency.amount(1_250);
    let refused = |_| {
        FieldError::new(
            field,
            "invalid_format",
            format!(
                "Enter an amount in {}, such as {example}, or leave it empty for no cap.",
                currency.as_str().to_uppercase()
            ),
        )
    };
    // With the currency, as it is displayed.
    let code = currency.as_str().to_uppercase();
    let amount = text.trim().strip_suffix(code.as_str()).unwrap_or(text).trim();
    currency.read(amount).map(Some).map_err(refused)
}

async fn change(
    db: &Db,
    permit: &Permit<ManagePlan>,
    action: &'static str,
    change: impl FnOnce(OrgLimits) -> OrgLimits,
    now: Timestamp,
) -> Result<OrgLimits> {
    let mut tx = db.begin().await?;
    let before = store::org_limits(&mut tx, &permit.org, now)
        .await?
        .ok_or_else(|| Error::not_found("organisation"))?;
    let after = change(before);
    if after != before {
        store::set_org_limits(&mut tx, &permit.org, &after, now).await?;
        let org = permit.org.as_str();
        audit::record(
            &mut tx,
            Some(&permit.org),
            &permit.actor,
            action,
            org,
            Some(json!(before)),
            Some(json!(after)),
            now,
        )
        .await?;
        quota::check_soon(&mut tx, &permit.org, "", now).await?;
        tx.announce(Change::Org(org.to_owned()));
    }
    tx.commit().await?;
    Ok(after)
}
