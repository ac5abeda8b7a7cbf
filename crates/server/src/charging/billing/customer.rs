//! An organisation's customer at Stripe.

use std::collections::HashMap;

use stripe_core::customer::CreateCustomer;
use tollgate_types::id::OrgId;
use tollgate_types::time::Timestamp;

use super::client::Stripe;
use super::stripe_objects::Made;
use super::{objects, store};
use crate::db::Db;
use crate::{Error, Result, accounts};

/// The customer, created if it is missing. Concurrent calls get the same one, through its
/// idempotency key.
pub async fn provide(db: &Db, stripe: &Stripe, org: &OrgId, now: Timestamp) -> Result<String> {
    if let Some(known) = store::objects::customer(db, org).await? {
        return Ok(known);
    }
    let found =
        accounts::find_org(db, org).await?.ok_or_else(|| Error::not_found("organisation"))?;
    let metadata = HashMap::from([(objects::ORG.to_owned(), org.to_string())]);
    let key = format!("{org}.customer.{}", objects::fingerprint(&[&found.name]));
    let request = CreateCustomer::new().name(found.name).metadata(metadata);
    let made: Made = stripe.post(&request, &key).await?;
    store::objects::save_customer(db, org, &made.id, now).await
}
