//! The doctor's checks of the payment provider: whether the key works, its events arrive, and usage
//! is counted.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stripe_billing::billing_meter::RetrieveBillingMeter;
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};
use tollgate_types::number::plural;

use super::Biller;
use super::client::{Fault, Stripe};
use super::objects::METER;
use super::store::objects::{self as known, ObjectRow};
use super::stripe_objects::{Found, Meter};
use crate::Result;
use crate::config::BillingConfig;
use crate::db::Db;

/// The maximum wait.
const PATIENCE: Duration = Duration::from_secs(15);
/// Meters that are checked: as many as fit within [`PATIENCE`].
const METERS: i64 = 100;
/// The events that the portal needs.
const EVENTS: [&str; 8] = [
    "checkout.session.completed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.finalization_failed",
];

#[derive(Debug, PartialEq, Eq)]
pub enum Checked {
    /// There is no payment provider.
    Off,
    Right(String),
    Doubtful(String),
    Wrong(String),
}

/// The library's type has more required fields than are needed here.
struct ListWebhookEndpoints;

#[derive(Serialize)]
struct Page {
    limit: u32,
}

impl StripeRequest for ListWebhookEndpoints {
    type Output = ();

    fn build(&self) -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Get, "/webhook_endpoints").query(&Page { limit: 100 })
    }
}

#[derive(Deserialize)]
struct Endpoint {
    url: String,
    status: String,
    enabled_events: Vec<String>,
}

impl Endpoint {
    fn lacks(&self) -> Vec<&'static str> {
        let has = |event: &str| {
            self.enabled_events.iter().any(|enabled| enabled == "*" || enabled == event)
        };
        EVENTS.into_iter().filter(|event| !has(event)).collect()
    }
}

/// Checks key, webhook endpoint and, if the database is available, the meters.
pub async fn check(config: &BillingConfig, base_url: &str, db: Option<&Db>) -> Result<Checked> {
    let Biller::Stripe(stripe) = Biller::open(config)? else { return Ok(Checked::Off) };
    if config.stripe_webhook_secret.is_none() {
        return Ok(Checked::Wrong(
            "STRIPE_WEBHOOK_SECRET is not set: the portal cannot learn of payments. Set it to the secret of the webhook endpoint".into(),
        ));
    }
    // Missing tables are reported by the database check.
    let objects = match db {
        Some(db) => known::list(db, (METER, ""), METERS + 1).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let unanswered = || {
        Ok(Checked::Wrong(
            "Stripe did not respond in time: check STRIPE_API_BASE and the network".into(),
        ))
    };
    tokio::time::timeout(
        PATIENCE,
        query_stripe(&stripe, &format!("{base_url}/webhooks/stripe"), objects),
    )
    .await
    .unwrap_or_else(|_| unanswered())
}

async fn query_stripe(stripe: &Stripe, wanted: &str, objects: Vec<ObjectRow>) -> Result<Checked> {
    let found: Found<Endpoint> = match stripe.get(&ListWebhookEndpoints).await {
        Ok(found) => found,
        Err(fault) => return Ok(refused(&fault)),
    };
    let Some(endpoint) = found.data.iter().find(|endpoint| endpoint.url == wanted) else {
        return Ok(Checked::Doubtful(format!(
            "the key works, but Stripe sends no events to {wanted}: add that endpoint in its dashboard"
        )));
    };
    if endpoint.status != "enabled" {
        return Ok(Checked::Wrong(format!(
            "the webhook endpoint {wanted} is disabled: enable it in Stripe's dashboard"
        )));
    }
    let lacks = endpoint.lacks();
    if !lacks.is_empty() {
        return Ok(Checked::Wrong(format!(
            "the webhook endpoint {wanted} does not receive {}: add these events to it",
            lacks.join(", ")
        )));
    }
    let meters: Vec<ObjectRow> = objects.into_iter().filter(|row| row.kind == METER).collect();
    let most = METERS as usize;
    let has_more = meters.len() > most;
    let mut count = 0_u64;
    for row in meters.into_iter().take(most) {
        let fault =
            match stripe.get::<Meter>(&RetrieveBillingMeter::new(row.stripe_id.as_str())).await {
                Ok(meter) if meter.status == "active" => {
                    count += 1;
                    continue;
                }
                Ok(_) => "is not active".to_owned(),
                Err(fault) if fault.is_not_found() => "does not exist".to_owned(),
                Err(fault) => return Ok(refused(&fault)),
            };
        let detail = format!(
            "the meter {} of the product {} {fault}: its usage is not charged; see Admin, Revenue",
            row.stripe_id, row.subject
        );
        return Ok(Checked::Wrong(detail));
    }
    if has_more {
        return Ok(Checked::Right(format!(
            "the key works, {wanted} receives events, and the first {count} meters work; the others were not checked"
        )));
    }
    let meters = plural(count, "meter works", "meters work");
    Ok(Checked::Right(format!("the key works, {wanted} receives events, {meters}")))
}

fn refused(fault: &Fault) -> Checked {
    match fault {
        Fault::Refused { status: 401, .. } => {
            Checked::Wrong("Stripe rejected the key: check STRIPE_SECRET_KEY".into())
        }
        Fault::Refused { message, .. } => Checked::Doubtful(format!(
            "the key may not read webhook endpoints or meters ({message}): check them yourself"
        )),
        fault => Checked::Wrong(format!("{fault}: check STRIPE_API_BASE and the network")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_must_subscribe_to_all_events_about_plans_and_payments() {
        let endpoint = |events: &[&str]| Endpoint {
            url: String::new(),
            status: String::new(),
            enabled_events: events.iter().map(|event| (*event).to_owned()).collect(),
        };
        assert!(endpoint(&["*"]).lacks().is_empty());
        assert!(endpoint(&EVENTS).lacks().is_empty());
        assert_eq!(endpoint(&EVENTS[1..]).lacks(), ["checkout.session.completed"]);
    }
}
