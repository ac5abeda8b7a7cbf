//! Retiring a product on a date: its users are notified, new subscriptions are refused, responses
//! have the date, and from then on calls are refused and subscriptions end.

use std::collections::BTreeMap;

use serde_json::json;
use tollgate_types::code::Code;
use tollgate_types::id::OrgId;
use tollgate_types::number::plural;
use tollgate_types::product::{AdminProduct, ProductId, ProductStatus};
use tollgate_types::time::Timestamp;

use super::{changes, store};
use crate::access::Operator;
use crate::config::Config;
use crate::db::{Change, Db, Tx};
use crate::mail::{self, Mail};
use crate::notices::{self, Notice};
use crate::{Error, Result, accounts, audit, plans};

pub use store::retiring;

/// Organisations per transaction of notices.
const TOGETHER: usize = 50;

/// Retires a product on a date, or cancels that with `None`. It is deprecated from now on, also
/// after a cancellation.
///
/// # Errors
/// `not_found`; `validation_failed` for a date in the past.
pub async fn retire(
    db: &Db,
    config: &Config,
    operator: &Operator,
    id: &ProductId,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<AdminProduct> {
    if at.is_some_and(|at| at <= now) {
        return Err(Error::field(
            "on",
            "out_of_range",
            "Choose a day in the future, such as 2027-01-31.",
        ));
    }
    let callers = changes::calling_orgs(db, operator, id.as_str(), now).await?;
    let subscribers = plans::subscribers(db, id.as_str()).await?;
    let mut tx = db.begin().await?;
    let mut row =
        store::find_in(&mut tx, id.as_str()).await?.ok_or_else(|| Error::not_found("product"))?;
    let announced = row.retires_at.map(Timestamp);
    let before = json!({ "status": row.status, "retires_at": announced });
    row.retires_at = at.map(|at| at.0);
    if at.is_some() {
        ProductStatus::Deprecated.as_str().clone_into(&mut row.status);
        row.deprecated_at = row.deprecated_at.or(Some(now.0));
    }
    row.updated_at = now.0.max(row.updated_at + 1);
    store::put(&mut tx, &row).await?;
    let after = json!({ "status": row.status, "retires_at": at });
    audit::record(
        &mut tx,
        None,
        &operator.actor,
        if at.is_some() { "product.retired" } else { "product.retirement_cancelled" },
        id.as_str(),
        Some(before),
        Some(after),
        now,
    )
    .await?;
    // By organisation, each once.
    let mut orgs: BTreeMap<OrgId, bool> = callers.into_iter().map(|org| (org, false)).collect();
    orgs.extend(subscribers.into_iter().map(|subscriber| (subscriber.org, true)));
    let product = row.own_view()?;
    let plan = Planned { product: &product, announced, at };
    let mut orgs = orgs.into_iter();
    for (org, is_subscribed) in orgs.by_ref().take(TOGETHER) {
        notify(&mut tx, config, &org, plan, is_subscribed, now).await?;
    }
    tx.announce(Change::Product(id.to_string()));
    tx.commit().await?;
    // Retiring it again on the same date notifies those who were missed by an interrupted run, and
    // nobody twice.
    let orgs: Vec<(OrgId, bool)> = orgs.collect();
    for orgs in orgs.chunks(TOGETHER) {
        let mut tx = db.begin().await?;
        for (org, is_subscribed) in orgs {
            notify(&mut tx, config, org, plan, *is_subscribed, now).await?;
        }
        tx.commit().await?;
    }
    Ok(product)
}

const KIND: &str = "product_retired";

/// The date of a retirement before and after a change.
#[derive(Clone, Copy)]
struct Planned<'a> {
    product: &'a AdminProduct,
    announced: Option<Timestamp>,
    at: Option<Timestamp>,
}

impl Planned<'_> {
    fn subject(&self, at: Timestamp) -> String {
        format!("{}@{}", self.product.view.id, at.0)
    }

    /// The notice for an organisation. `None` if nothing changes for it.
    fn title_and_text(&self, is_subscribed: bool) -> Option<(String, String)> {
        let name = &self.product.view.name;
        let ends = |text| if is_subscribed { text } else { "" };
        match (self.announced, self.at) {
            (_, Some(at)) => {
                let day = at.day();
                let ends = ends(
                    " Your subscription ends then, and nothing is charged for the time after.",
                );
                let text = format!(
                    "The API {name} will be retired on {day} (UTC). From then on, calls to it return 404.{ends}"
                );
                Some((format!("{name} will be retired on {day}"), text))
            }
            (Some(announced), None) => {
                let day = announced.day();
                let ends = ends(" Your subscription continues.");
                let text = format!(
                    "The API {name} will not be retired on {day} (UTC), as was announced. Calls to it continue to work, but it is still deprecated.{ends}"
                );
                Some((format!("The retirement of {name} was cancelled"), text))
            }
            (None, None) => None,
        }
    }
}

/// Notifies an organisation, once of each date. A cancellation only concerns those who know of the
/// date.
async fn notify(
    tx: &mut Tx,
    config: &Config,
    org: &OrgId,
    planned: Planned<'_>,
    is_subscribed: bool,
    now: Timestamp,
) -> Result<()> {
    let Some((title, text)) = planned.title_and_text(is_subscribed) else { return Ok(()) };
    let link = format!("/apis/{}", planned.product.view.id);
    let mut knows = false;
    if let Some(announced) = planned.announced.filter(|_| planned.announced != planned.at) {
        // The date does not apply any more, and may be announced again.
        knows = notices::withdraw(tx, org, KIND, &planned.subject(announced)).await?;
    }
    let (kind, subject) = match planned.at {
        Some(at) => (KIND, planned.subject(at)),
        None if knows => ("product_retirement_cancelled", planned.subject(now)),
        None => return Ok(()),
    };
    let notice = Notice {
        kind,
        subject: &subject,
        title: title.clone(),
        body: text.clone(),
        link: link.clone(),
    };
    if !notices::write(tx, org, &notice, now).await? {
        return Ok(());
    }
    let mut people = accounts::technical_contacts(tx, org).await?;
    for person in accounts::billing_contacts(tx, org).await? {
        if people.iter().all(|known| known.email != person.email) {
            people.push(person);
        }
    }
    for person in people {
        let body = format!(
            "Hello {},\n\n{text}\n\nIts documentation: {}{link}\n",
            person.name,
            config.base_url()
        );
        mail::queue(tx, config, &Mail { to: &person.email, subject: title.clone(), body }, now)
            .await?;
    }
    Ok(())
}

/// Ends all subscriptions to a product immediately, if the payment provider bills none of them: for
/// trial products.
///
/// # Errors
/// `conflict` if a payment provider bills one of them.
pub async fn end_subscriptions(
    db: &Db,
    _: &Operator,
    id: &ProductId,
    now: Timestamp,
) -> Result<()> {
    let subscribers = plans::subscribers(db, id.as_str()).await?;
    if subscribers.iter().any(|subscriber| subscriber.stripe_id.is_some()) {
        return Err(Error::new(
            Code::Conflict,
            "Stripe bills subscriptions to this product. Retire the product at a date instead.",
        ));
    }
    for subscriber in subscribers {
        plans::end_subscription(db, &subscriber.org, id.as_str(), now).await?;
    }
    Ok(())
}

/// # Errors
/// `conflict` for a product with paying subscribers.
pub(super) async fn check_removable(db: &Db, id: &str) -> Result<()> {
    let paying = plans::subscribers(db, id)
        .await?
        .into_iter()
        .filter(|subscriber| subscriber.is_paying)
        .count();
    if paying == 0 {
        return Ok(());
    }
    let orgs = plural(paying as u64, "organisation pays", "organisations pay");
    let detail = format!(
        "{orgs} for this product. Retire it at a date first, on its page or with `tollgate product retire {id} --on 2027-01-31`: \
         subscribers are notified, and their subscriptions end then. After that, the product can be removed. To remove a trial product, use \
         `tollgate product remove {id} --end-subscriptions`; this works if Stripe bills none of its subscriptions."
    );
    Err(Error::new(Code::Conflict, detail))
}
