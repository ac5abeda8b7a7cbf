//! Notices at 50, 80 and 100 % of a quota or spend cap: an event for each threshold, and one mail for the
//! highest of those that were passed together. Each once in a month, whoever counts: the row that says so is
//! in the transaction of the event and the mail. Another size of the quota or cap is another one to tell of.

use serde_json::{Value, json};

use super::store::{self, Subject};
use crate::server::config::Config;
use crate::server::db::Tx;
use crate::server::events::{self, About};
use crate::server::mail::{self, Letter};
use crate::server::plans::{self, Terms};
use crate::server::{Result, accounts};
use crate::types::environment::Environment;
use crate::types::event::EventType;
use crate::types::id::OrgId;
use crate::types::money::Exact;
use crate::types::time::{DAY, Timestamp};

const THRESHOLDS: [u64; 3] = [50, 80, 100];
/// Notices are remembered so long: well past their month.
pub const KEEP: i64 = 100 * DAY;

/// What is told of: which threshold of what was passed.
struct Notice<'a> {
    subject: Subject<'a>,
    event: EventType,
    /// Members of the event's data beside `percent` and `month`.
    data: Value,
    /// `monthly quota`, for the mail.
    what: &'a str,
    /// `10,000 of 10,000 units`.
    used: String,
    /// What happens at 100 %.
    consequence: &'static str,
}

/// Tells of the thresholds that `units` of a month pass.
pub async fn of_org(tx: &mut Tx, config: &Config, org: &OrgId, product: &str, month: Timestamp, units: u64, now: Timestamp) -> Result<()> {
    let Some(terms) = plans::terms_in(tx, org, product).await? else { return Ok(()) };
    let included = terms.included_units;
    let reached = passed(|percent| included > 0 && u128::from(units) * 100 >= u128::from(included) * u128::from(percent));
    if !reached.is_empty() {
        let notice = Notice {
            subject: Subject { org, name: &format!("quota:{product}"), month, bound: included.cast_signed() },
            event: EventType::QuotaThresholdReached,
            data: json!({ "product": product, "units": units, "included_units": included, "is_hard": terms.is_hard }),
            what: "monthly quota",
            used: format!("{units} of {included} units"),
            consequence: if terms.is_hard {
                "At 100 % live calls are refused until the next month begins, or you choose a larger plan."
            } else {
                "Calls beyond it go on and are charged as overage."
            },
        };
        tell(tx, config, &notice, &reached, now).await?;
    }
    Ok(())
}

/// Tells of the thresholds of the organisation's cap that `spent`, in 10^-9 minor units over all products, passes;
/// `product` is one that was called. True if there is a cap.
pub async fn of_spending(
    tx: &mut Tx,
    config: &Config,
    org: &OrgId,
    product: &str,
    month: Timestamp,
    spent: u64,
    now: Timestamp,
) -> Result<bool> {
    let Some(terms) = plans::terms_in(tx, org, product).await? else { return Ok(false) };
    let Some(cap) = terms.spend_cap else { return Ok(false) };
    if cap > 0 {
        let subject = Subject { org, name: "spend_cap", month, bound: cap.cast_signed() };
        of_cap(tx, config, subject, &terms, with_next(&terms, spent), json!({ "scope": "organisation" }), now).await?;
    }
    Ok(true)
}

/// What was spent, and what the dearest unit more would make of it.
fn with_next(terms: &Terms, spent: u64) -> (Exact, Exact) {
    let dearest = terms.prices.tiers().last().map_or(Exact::default(), |tier| tier.unit_price.exact());
    (Exact::nano(spent), Exact::nano(spent) + dearest)
}

/// Tells of the thresholds of a key's own cap, the subject's bound, that `spent`, in 10^-9 minor units, passes. The
/// subject is the key whose spending it is, so that a rotated key tells nothing again.
pub async fn of_key(
    tx: &mut Tx,
    config: &Config,
    subject: Subject<'_>,
    key: &str,
    product: &str,
    spent: u64,
    now: Timestamp,
) -> Result<()> {
    if subject.bound == 0 || spent == 0 {
        return Ok(());
    }
    let Some(terms) = plans::terms_in(tx, subject.org, product).await? else { return Ok(()) };
    of_cap(tx, config, subject, &terms, with_next(&terms, spent), json!({ "scope": "key", "key_id": key }), now).await
}

/// `sums`: what was spent, and what one unit more would make of it. A cap that buys no more is reached.
async fn of_cap(
    tx: &mut Tx,
    config: &Config,
    subject: Subject<'_>,
    terms: &Terms,
    (spent, next): (Exact, Exact),
    mut data: Value,
    now: Timestamp,
) -> Result<()> {
    let cap = subject.bound.unsigned_abs();
    let whole = Exact::minor(cap);
    let reached = passed(|percent| spent.is_at_least(percent, whole) || (percent == 100 && next > whole && spent > Exact::default()));
    if reached.is_empty() {
        return Ok(());
    }
    let amount = |minor| terms.currency.amount(minor);
    data["spent"] = json!(spent.rounded());
    data["spend_cap"] = json!(cap);
    data["currency"] = json!(terms.currency);
    let notice = Notice {
        subject,
        event: EventType::SpendCapReached,
        data,
        what: if subject.name.starts_with("key_") { "spend cap of a key" } else { "monthly spend cap" },
        used: format!("{} of {}", amount(spent.rounded()), amount(cap)),
        consequence: "At 100 % live calls that would cost more are refused until the next month begins, or the cap is raised.",
    };
    tell(tx, config, &notice, &reached, now).await
}

fn passed(is_reached: impl Fn(u64) -> bool) -> Vec<u64> {
    THRESHOLDS.into_iter().filter(|percent| is_reached(*percent)).collect()
}

async fn tell(tx: &mut Tx, config: &Config, notice: &Notice<'_>, reached: &[u64], now: Timestamp) -> Result<()> {
    let subject = notice.subject;
    let told = store::told(tx, subject).await?;
    let mut highest = None;
    for percent in reached {
        if told.contains(&percent.cast_signed()) || !store::note(tx, subject, percent.cast_signed(), now).await? {
            continue;
        }
        let mut data = notice.data.clone();
        data["percent"] = json!(percent);
        data["month"] = json!(subject.month);
        let about = About { org: subject.org, environment: Some(Environment::Live), request_id: "" };
        events::record(tx, about, notice.event, &data, now).await?;
        highest = Some(percent);
    }
    let Some(percent) = highest else { return Ok(()) };
    for person in accounts::billing_contacts(tx, subject.org).await? {
        mail::queue(tx, config, &letter(config, notice, *percent, &person), now).await?;
    }
    Ok(())
}

fn letter<'a>(config: &Config, notice: &Notice<'_>, percent: u64, person: &'a accounts::Contact) -> Letter<'a> {
    let (what, org) = (notice.what, &person.org_name);
    let body = format!(
        "Hello {},\n\n\
         {org} has used {percent} % of its {what} for {}: {}.\n\n\
         {}\n\n\
         Plan and usage: {}/dashboard/plan\n",
        person.name,
        notice.subject.month.month_name(),
        notice.used,
        notice.consequence,
        config.base_url()
    );
    Letter { to: &person.email, subject: format!("{percent} % of the {what} of {org} is used"), body }
}
