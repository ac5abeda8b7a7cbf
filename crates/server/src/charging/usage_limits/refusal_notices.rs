//! Notifies organisations when their live calls start to be refused: an event and a mail, once per
//! cause and period. A change that may cause refusals schedules a check in its own transaction; a
//! job carries out the checks.

use serde_json::json;
use tollgate_types::environment::Environment;
use tollgate_types::event::EventType;
use tollgate_types::id::OrgId;
use tollgate_types::refusal::{Refusal, RefusalCause};
use tollgate_types::time::Timestamp;

use super::refusal::{Sums, refusal};
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::mail::{self, Mail};
use crate::quota::store::{self, Check, Subject};
use crate::webhooks::events::{self, About};
use crate::{Result, accounts, plans};

/// Checks per batch.
const BATCH: i64 = 100;

/// Carries out the checks that are due. Several instances may do this concurrently.
pub async fn notify_refused(db: &Db, config: &Config, now: Timestamp) -> Result<()> {
    loop {
        let due = store::due_checks(db, now, BATCH).await?;
        for check in &due {
            let mut tx = db.begin().await?;
            carry_out(&mut tx, config, check, now).await?;
            tx.commit().await?;
        }
        if (due.len() as i64) < BATCH {
            return Ok(());
        }
    }
}

async fn carry_out(tx: &mut Tx, config: &Config, check: &Check, now: Timestamp) -> Result<()> {
    store::delete_check(tx, check).await?;
    let Ok(org) = check.org_id.parse::<OrgId>() else { return Ok(()) };
    let products = if check.product.is_empty() {
        plans::bounded_in(tx, &org).await?
    } else {
        vec![check.product.clone()]
    };
    for product in products {
        let Some((plan, terms)) = plans::in_force_in(tx, &org, &product).await? else { continue };
        let month = now.month();
        let sums = Sums {
            used: store::units_in(tx, &org, &product, month.0).await?,
            spent: store::org_spend_in(tx, &org, month.0).await?,
        };
        if let Some(refusal) = refusal(&org, &plan, &terms, sums, now) {
            let period = if refusal.cause == RefusalCause::PaymentOverdue {
                terms.blocked_at.unwrap_or(now)
            } else {
                month
            };
            notify(tx, config, &org, &refusal, period, now).await?;
        }
        // A payment that will be overdue later.
        if let Some(at) = terms.blocked_at.filter(|at| *at > now) {
            store::insert_check(tx, &org, &product, at).await?;
        }
    }
    Ok(())
}

async fn notify(
    tx: &mut Tx,
    config: &Config,
    org: &OrgId,
    refusal: &Refusal,
    period: Timestamp,
    now: Timestamp,
) -> Result<()> {
    // Named like in the notices of thresholds.
    let (product, threshold, bound) = match refusal.cause {
        RefusalCause::QuotaUsedUp => (
            refusal.product.as_str(),
            Some(format!("quota:{}", refusal.product)),
            refusal.included_units,
        ),
        RefusalCause::SpendCapReached => {
            ("", Some("spend_cap".to_owned()), refusal.spend_cap.unwrap_or(0))
        }
        RefusalCause::PaymentOverdue => (refusal.product.as_str(), None, 0),
    };
    let bound = bound.cast_signed();
    if !store::note_refusal(tx, org, refusal.cause.as_str(), product, period, bound, now).await? {
        return Ok(());
    }
    let data = json!({
        "product": refusal.product, "cause": refusal.cause, "status": refusal.cause.status(), "plan": refusal.plan,
        "units": refusal.used_units, "included_units": refusal.included_units, "spent": refusal.spent,
        "spend_cap": refusal.spend_cap, "currency": refusal.currency, "until": refusal.until,
    });
    let about = About { org, environment: Some(Environment::Live), request_id: "" };
    events::record(tx, about, EventType::LiveCallsRefused, &data, now).await?;
    // Organisations that reached the bound by calls already get the mail of 100 %.
    if let Some(name) = &threshold
        && store::notified_percents(tx, Subject { org, name, month: period, bound })
            .await?
            .contains(&100)
    {
        return Ok(());
    }
    for person in accounts::billing_contacts(tx, org).await? {
        mail::queue(tx, config, &mail_for(config, refusal, &person), now).await?;
    }
    Ok(())
}

fn mail_for<'a>(config: &Config, refusal: &Refusal, person: &'a accounts::Contact) -> Mail<'a> {
    let (href, what_to_do) = refusal.way_out();
    let body = format!(
        "Hello {},\n\n{}: {}\n\n{}\n\n{what_to_do}: {}{href}\n\nSandbox calls are not affected.\n",
        person.name,
        person.org_name,
        refusal.title(),
        refusal.sentence(),
        config.base_url()
    );
    Mail { to: &person.email, subject: format!("{} ({})", refusal.title(), person.org_name), body }
}
