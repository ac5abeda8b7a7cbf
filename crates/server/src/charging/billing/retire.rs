//! Ends subscriptions to retired products: at Stripe with an end date, set as soon as it is known,
//! and here when the date is reached. A job does this, so that the command line needs no connection
//! to Stripe, and a crash loses nothing.

use stripe_billing::subscription::{UpdateSubscription, UpdateSubscriptionCancelAt};
use tollgate_types::time::{SECOND, Timestamp};

use super::Billing;
use super::client::Stripe;
use super::stripe_objects::Subscription;
use super::{change, inbox, objects};
use crate::plans::{self, Subscriber};
use crate::{Result, products};

/// Updates subscriptions to the dates of their products. Idempotent.
pub async fn end_retired(billing: &Billing<'_>, now: Timestamp) -> Result<()> {
    for (product, retires_at) in products::retiring(&billing.db).await? {
        for subscriber in plans::subscribers(&billing.db, &product).await? {
            let ended = match (&subscriber.stripe_id, billing.biller.stripe()) {
                (Some(id), Some(stripe)) => {
                    end_there(billing, stripe, &subscriber, id, retires_at, now).await
                }
                (None, _) if retires_at <= now => {
                    plans::end_subscription(&billing.db, &subscriber.org, &product, now).await
                }
                _ => Ok(()),
            };
            // If Stripe rejects one, the others still end.
            if let Err(cause) = ended {
                tracing::warn!(org = %subscriber.org, product, %cause, "cannot end a subscription to a retired product; trying again");
            }
        }
    }
    Ok(())
}

async fn end_there(
    billing: &Billing<'_>,
    stripe: &Stripe,
    subscriber: &Subscriber,
    id: &str,
    retires_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    // Stripe uses seconds; a subscription that ends earlier is not changed.
    let at = retires_at.0 / SECOND;
    if subscriber.ends_at.is_some_and(|ends| ends.0 / SECOND <= at) || at * SECOND <= now.0 {
        return Ok(());
    }
    let there = change::released(stripe, id, now).await?;
    if there.cancel_at.is_none_or(|ends| ends.0 > at) {
        let request =
            UpdateSubscription::new(id).cancel_at(UpdateSubscriptionCancelAt::Timestamp(at));
        let key = objects::fingerprint(&["retire", id, &at.to_string(), &now.to_string()]);
        stripe.post::<Subscription>(&request, &key).await?;
    }
    inbox::refresh(billing, stripe, id, now).await
}
