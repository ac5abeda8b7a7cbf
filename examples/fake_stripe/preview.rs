//! The next invoice: the change is applied to a copy of the whole state, which is then discarded.

use super::billing::period;
use super::changes;
use super::error::{ApiResult, Failure};
use super::http::Call;
use super::params::{ID, Kind, Param, may};
use super::state::{State, text};
use super::subscriptions::{CHANGED_ITEM, PRORATION};
use serde_json::{Map, Value, json};

const DETAILS: Kind = Kind::Object(&[
    may("billing_cycle_anchor", Kind::Enum(&["now", "unchanged"])),
    may("cancel_at_period_end", Kind::Bool),
    may("cancel_now", Kind::Bool),
    may("items", Kind::List(&CHANGED_ITEM)),
    may("proration_behavior", PRORATION),
    may("proration_date", Kind::Time),
    may("trial_end", Kind::TimeOr(&["now"])),
]);
pub const PARAMS: &[Param] = &[
    may("currency", Kind::Text(3)),
    may("customer", ID),
    may("preview_mode", Kind::Enum(&["next", "recurring"])),
    may("schedule", ID),
    may("subscription", ID),
    may("subscription_details", DETAILS),
];

pub fn create(state: &mut State, call: &Call) -> ApiResult {
    let params = &call.params;
    let details = params.get("subscription_details").cloned().unwrap_or_else(|| json!({}));
    let mut copy = state.copy();
    let id = match (params["subscription"].as_str(), params["schedule"].as_str()) {
        (Some(id), _) => text(&copy.get("subscription", id, "subscription")?, "id"),
        (None, Some(schedule)) => {
            text(&copy.get("subscription_schedule", schedule, "schedule")?, "subscription")
        }
        (None, None) => new_subscription(&mut copy, params, &details)?,
    };
    let sub = copy.get("subscription", &id, "subscription")?;
    if params["customer"].as_str().is_some_and(|customer| sub["customer"] != customer) {
        return Err(
            Failure::invalid("The subscription does not belong to the customer.").param("customer")
        );
    }
    if params["preview_mode"] == "recurring" {
        return Err(
            Failure::invalid("The fake previews the next invoice only.").param("preview_mode")
        );
    }
    if params["subscription"].is_null() && params["schedule"].is_null() {
        return shown(&copy, &text(&sub, "latest_invoice"));
    }
    let mut change = details.as_object().cloned().unwrap_or_default();
    let cancel_now = change.shift_remove("cancel_now") == Some(json!(true));
    let latest = text(&sub, "latest_invoice");
    if !change.is_empty() {
        changes::update(
            &mut copy,
            &Call { id: id.clone(), path: String::new(), params: Value::Object(change) },
        )?;
    }
    if cancel_now {
        copy.bill_rest_now(&id)?;
    }
    let now_latest = text(&copy.get("subscription", &id, "subscription")?, "latest_invoice");
    if now_latest != latest {
        return shown(&copy, &now_latest);
    }
    let sub = copy.get("subscription", &id, "subscription")?;
    let (_, end) = period(&sub);
    if sub["cancel_at"].as_i64().is_some_and(|at| at <= end) || !sub["ended_at"].is_null() {
        return Err(
            Failure::invalid("No upcoming invoices for customer").code("invoice_upcoming_none")
        );
    }
    let invoice = copy.renew(&id, end, None)?;
    shown(&copy, &text(&invoice, "id"))
}

/// A customer's first invoice for items without a subscription, as if it was paid with a valid
/// card.
fn new_subscription(copy: &mut State, params: &Value, details: &Value) -> Result<String, Failure> {
    let customer =
        params["customer"].as_str().ok_or_else(|| Failure::missing_parameter("customer"))?;
    let mut asked = Map::new();
    asked.insert("customer".into(), json!(customer));
    asked.insert(
        "items".into(),
        details
            .get("items")
            .cloned()
            .ok_or_else(|| Failure::missing_parameter("subscription_details[items]"))?,
    );
    asked.insert("payment_behavior".into(), json!("default_incomplete"));
    if let Some(trial) = details.get("trial_end") {
        asked.insert("trial_end".into(), trial.clone());
    }
    Ok(text(&copy.subscribe(&Value::Object(asked), true, "subscription_details[items]")?, "id"))
}

fn shown(copy: &State, id: &str) -> ApiResult {
    let mut invoice = copy.get("invoice", id, "invoice")?;
    let preview = format!("upcoming_{id}");
    for line in invoice["lines"]["data"].as_array_mut().into_iter().flatten() {
        line["id"] = json!(text(line, "id").replacen("il_", "il_tmp_", 1));
        line["invoice"] = json!(preview);
    }
    let due = invoice["amount_due"].clone();
    for (field, value) in [
        ("id", json!(preview)),
        ("status", json!("draft")),
        ("number", Value::Null),
        ("amount_paid", json!(0)),
        ("amount_remaining", due),
        ("attempted", json!(false)),
        ("attempt_count", json!(0)),
        ("hosted_invoice_url", Value::Null),
        ("invoice_pdf", Value::Null),
        ("effective_at", Value::Null),
        (
            "status_transitions",
            json!({ "finalized_at": null, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null }),
        ),
    ] {
        invoice[field] = value;
    }
    Ok(invoice)
}
