//! Notices at 50, 80 and 100 % of a quota or spend cap: an event per threshold, and one mail for
//! the highest of those that were passed together. Each once per month, whichever instance counts:
//! the row that records it is in the transaction of the event and the mail. A changed quota or cap
//! has its own notices.

use serde_json::{Value, json};
use tollgate_types::environment::Environment;
use tollgate_types::event::EventType;
use tollgate_types::id::OrgId;
use tollgate_types::money::Exact;
use tollgate_types::number::{count, plural};
use tollgate_types::refusal::RefusalCause;
use tollgate_types::time::Timestamp;

use crate::config::Config;
use crate::db::Tx;
use crate::mail::{self, Mail};
use crate::plans::{self, Terms};
use crate::quota::store::{self, Subject};
use crate::webhooks::events::{self, About};
use crate::{Result, accounts};

const THRESHOLDS: [u64; 3] = [50, 80, 100];

/// The subject of a notice: a threshold of a quota or cap.
struct Notice<'a> {
    subject: Subject<'a>,
    event: EventType,
    /// Fields of the event's data besides `percent` and `month`.
    data: Value,
    /// `monthly quota of orders`, for the mail.
    what: String,
    /// The product of the linked page; `None` for all products.
    product: Option<&'a str>,
    /// `10,000 of 10,000 units`.
    used: String,
    /// The consequence at 100 %.
    consequence: &'static str,
    /// Why live calls are refused at 100 %, if they are, and the product whose calls; empty for all
    /// products.
    refusal: Option<(RefusalCause, &'a str)>,
}

/// Writes notices for the thresholds that `units` of a month pass.
pub async fn of_org(
    tx: &mut Tx,
    config: &Config,
    org: &OrgId,
    product: &str,
    month: Timestamp,
    units: u64,
    now: Timestamp,
) -> Result<()> {
    let Some(terms) = plans::terms_in(tx, org, product).await? else { return Ok(()) };
    let included = terms.included_units;
    let reached = passed(|percent| {
        included > 0 && u128::from(units) * 100 >= u128::from(included) * u128::from(percent)
    });
    if terms.is_hard && units >= included {
        store::insert_check(tx, org, product, now).await?;
    }
    if !reached.is_empty() {
        let notice = Notice {
            subject: Subject {
                org,
                name: &format!("quota:{product}"),
                month,
                bound: included.cast_signed(),
            },
            event: EventType::QuotaThresholdReached,
            data: json!({ "product": product, "units": units, "included_units": included, "is_hard": terms.is_hard }),
            what: format!("monthly quota of {product}"),
            product: Some(product),
            used: format!("{} of {}", count(units), plural(included, "unit", "units")),
            consequence: if terms.is_hard {
                "At 100 %, live calls are refused with 429 until the next month starts or you choose a larger plan."
            } else {
                "Further calls continue and are charged as overage."
            },
            refusal: terms.is_hard.then_some((RefusalCause::QuotaUsedUp, product)),
        };
        notify(tx, config, &notice, &reached, now).await?;
    }
    Ok(())
}

/// Writes notices for the thresholds of the organisation's cap that `spent`, in 10^-9 minor units
/// over all products, passes; `product` is one of the called ones. True if there is a cap.
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
        if with_next(&terms, spent).1 > Exact::minor(cap) {
            store::insert_check(tx, org, product, now).await?;
        }
        of_cap(
            tx,
            config,
            subject,
            &terms,
            with_next(&terms, spent),
            json!({ "scope": "organisation" }),
            now,
        )
        .await?;
    }
    Ok(true)
}

/// The spending, and the spending after one more unit at the highest price.
fn with_next(terms: &Terms, spent: u64) -> (Exact, Exact) {
    let most_expensive =
        terms.prices.tiers().last().map_or(Exact::default(), |tier| tier.unit_price.exact());
    (Exact::nano(spent), Exact::nano(spent) + most_expensive)
}

/// Writes notices for the thresholds of a key's own cap, the subject's bound, that `spent`, in
/// 10^-9 minor units, passes. The subject is the key whose spending counts, so that a rotated key
/// does not repeat notices.
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
    of_cap(
        tx,
        config,
        subject,
        &terms,
        with_next(&terms, spent),
        json!({ "scope": "key", "key_id": key }),
        now,
    )
    .await
}

/// `sums`: the spending, and the spending after one more unit. A cap that allows no further unit is
/// reached.
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
    let reached = passed(|percent| {
        spent.is_at_least(percent, whole)
            || (percent == 100 && next > whole && spent > Exact::default())
    });
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
        what: if subject.name.starts_with("key_") {
            "spend cap of a key"
        } else {
            "monthly spend cap over all products"
        }
        .to_owned(),
        product: None,
        used: format!("{} of {}", amount(spent.rounded()), amount(cap)),
        consequence: "At 100 %, live calls that would cost more are refused until the next month starts or the cap is raised.",
        refusal: (subject.name == "spend_cap").then_some((RefusalCause::SpendCapReached, "")),
    };
    notify(tx, config, &notice, &reached, now).await
}

fn passed(is_reached: impl Fn(u64) -> bool) -> Vec<u64> {
    THRESHOLDS.into_iter().filter(|percent| is_reached(*percent)).collect()
}

async fn notify(
    tx: &mut Tx,
    config: &Config,
    notice: &Notice<'_>,
    reached: &[u64],
    now: Timestamp,
) -> Result<()> {
    let subject = notice.subject;
    let notified = store::notified_percents(tx, subject).await?;
    let mut highest = None;
    for percent in reached {
        if notified.contains(&percent.cast_signed())
            || !store::note(tx, subject, percent.cast_signed(), now).await?
        {
            continue;
        }
        let mut data = notice.data.clone();
        data["percent"] = json!(percent);
        data["month"] = json!(subject.month);
        let about =
            About { org: subject.org, environment: Some(Environment::Live), request_id: "" };
        events::record(tx, about, notice.event, &data, now).await?;
        highest = Some(percent);
    }
    let Some(percent) = highest else { return Ok(()) };
    // If a changed plan or cap has refused live calls before, the mail about that says the same.
    if *percent == 100
        && let Some((cause, product)) = notice.refusal
        && store::is_refusal_noted(
            tx,
            subject.org,
            cause.as_str(),
            product,
            subject.month,
            subject.bound,
        )
        .await?
    {
        return Ok(());
    }
    for person in accounts::billing_contacts(tx, subject.org).await? {
        mail::queue(tx, config, &mail_for(config, notice, *percent, &person), now).await?;
    }
    Ok(())
}

fn mail_for<'a>(
    config: &Config,
    notice: &Notice<'_>,
    percent: u64,
    person: &'a accounts::Contact,
) -> Mail<'a> {
    let (what, org) = (&notice.what, &person.org_name);
    let query = notice.product.map(|product| format!("?product={product}")).unwrap_or_default();
    let body = format!(
        "Hello {},\n\n\
         {org} has used {percent} % of its {what} for {}: {}.\n\n\
         {}\n\n\
         Plan and usage: {}/dashboard/plan{query}\n",
        person.name,
        notice.subject.month.month_name(),
        notice.used,
        notice.consequence,
        config.base_url()
    );
    Mail { to: &person.email, subject: format!("{percent} % of the {what} of {org} is used"), body }
}
