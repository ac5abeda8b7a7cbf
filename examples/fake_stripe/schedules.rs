//! Subscription schedules, as far as needed for a change at the end of a period.

use super::billing::{items, period};
use super::clock::step;
use super::error::{ApiResult, Failure};
use super::http::Call;
use super::params::{AFTER, BEFORE, ID, Kind, LIMIT, METADATA, Param, QUANTITY, may, must};
use super::state::{State, merge_metadata, number, overlay, text};
use super::subscriptions::{PRORATION, check_items};
use serde_json::{Value, json};

const PHASE_ITEM: Kind = Kind::Object(&[must("price", ID), may("quantity", QUANTITY), METADATA]);
const DURATION: Kind = Kind::Object(&[
    must("interval", Kind::Enum(&["day", "week", "month", "year"])),
    may("interval_count", Kind::Int(1, 156)),
]);
const PHASE: Kind = Kind::Object(&[
    must("items", Kind::List(&PHASE_ITEM)),
    may("start_date", Kind::TimeOr(&["now"])),
    may("end_date", Kind::TimeOr(&["now"])),
    may("duration", DURATION),
    may("iterations", Kind::Int(1, 1000)),
    may("proration_behavior", PRORATION),
    METADATA,
]);
/// Stripe can also cancel after the last phase, which is not needed here.
const END: Kind = Kind::Enum(&["release"]);
pub const CREATE: &[Param] = &[must("from_subscription", ID), METADATA];
pub const UPDATE: &[Param] = &[
    may("end_behavior", END),
    METADATA,
    may("phases", Kind::List(&PHASE)),
    may("proration_behavior", PRORATION),
];
pub const RELEASE: &[Param] = &[may("preserve_cancel_date", Kind::Bool)];
pub const LIST: &[Param] =
    &[LIMIT, AFTER, BEFORE, may("customer", ID), may("created", Kind::Range)];
/// Stripe allows at most ten phases.
const MAX_PHASES: usize = 10;

pub fn create(state: &mut State, call: &Call) -> ApiResult {
    let sub =
        state.get("subscription", &text(&call.params, "from_subscription"), "from_subscription")?;
    let schedule = from_subscription(state, sub, &call.params)?;
    state.emit("subscription_schedule.created", &schedule, None);
    Ok(schedule)
}

/// A schedule whose only phase is the current state of the subscription.
pub fn from_subscription(state: &mut State, mut sub: Value, params: &Value) -> ApiResult {
    if !sub["schedule"].is_null() {
        return Err(Failure::invalid(
            "You cannot migrate a subscription that is already attached to a schedule.",
        )
        .param("from_subscription"));
    }
    if !sub["ended_at"].is_null() {
        return Err(Failure::invalid("You cannot migrate a subscription that has ended.")
            .param("from_subscription"));
    }
    let id = state.id("sub_sched");
    let (start, end) = period(&sub);
    let items: Vec<Value> = items(&sub)
        .iter()
        .map(|item| json!({ "price": item["price"]["id"], "quantity": item["quantity"], "metadata": item["metadata"] }))
        .collect();
    let phase = phase(&sub, &json!({ "items": items }), start, end);
    let mut schedule = json!({
        "id": id, "object": "subscription_schedule", "application": null, "billing_mode": sub["billing_mode"], "canceled_at": null,
        "completed_at": null, "created": state.now, "current_phase": { "end_date": end, "start_date": start }, "customer": sub["customer"],
        "customer_account": null,
        "default_settings": {
            "application_fee_percent": null, "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
            "billing_cycle_anchor": "automatic", "billing_thresholds": null, "collection_method": "charge_automatically",
            "default_payment_method": null, "description": null,
            "invoice_settings": { "account_tax_ids": null, "custom_fields": null, "days_until_due": null, "description": null, "footer": null, "issuer": { "type": "self" } },
            "on_behalf_of": null, "transfer_data": null,
        },
        "end_behavior": "release", "livemode": false, "metadata": {}, "phases": [phase], "released_at": null, "released_subscription": null,
        "status": "active", "subscription": sub["id"], "test_clock": null,
    });
    merge_metadata(&mut schedule, params);
    let schedule = state.put("subscription_schedule", schedule)?;
    sub["schedule"] = schedule["id"].clone();
    state.change("subscription", "customer.subscription.updated", sub)?;
    Ok(schedule)
}

fn phase(sub: &Value, given: &Value, start: i64, end: i64) -> Value {
    let items: Vec<Value> = given["items"].as_array().into_iter().flatten().map(|item| {
        let metadata = item.get("metadata").filter(|metadata| metadata.is_object()).cloned().unwrap_or_else(|| json!({}));
        let mut out = json!({ "billing_thresholds": null, "discounts": [], "metadata": metadata, "plan": item["price"], "price": item["price"], "tax_rates": [] });
        if !item["quantity"].is_null() {
            out["quantity"] = item["quantity"].clone();
        }
        out
    }).collect();
    json!({
        "add_invoice_items": [], "application_fee_percent": null, "billing_cycle_anchor": null, "billing_thresholds": null,
        "collection_method": null, "currency": sub["currency"], "default_payment_method": null, "default_tax_rates": [], "description": null,
        "discounts": [], "end_date": end, "invoice_settings": null, "items": items, "metadata": {}, "on_behalf_of": null,
        "proration_behavior": given["proration_behavior"].as_str().unwrap_or("create_prorations"), "start_date": start,
        "transfer_data": null, "trial_end": null,
    })
}

pub fn update(state: &mut State, call: &Call) -> ApiResult {
    let mut schedule = state.get("subscription_schedule", &call.id, "id")?;
    if schedule["status"] != "active" {
        return Err(Failure::invalid(format!(
            "You cannot update a schedule that is {}.",
            text(&schedule, "status")
        )));
    }
    overlay(&mut schedule, &call.params, &["end_behavior"]);
    merge_metadata(&mut schedule, &call.params);
    if let Some(given) = call.params["phases"].as_array() {
        schedule["phases"] = phases(state, &schedule, given)?;
        let first = &schedule["phases"][0];
        schedule["current_phase"] =
            json!({ "end_date": first["end_date"], "start_date": first["start_date"] });
    }
    state.change("subscription_schedule", "subscription_schedule.updated", schedule)
}

/// Phases are adjacent, the first one is the current one, and changes happen at the ends of
/// periods.
fn phases(state: &mut State, schedule: &Value, given: &[Value]) -> ApiResult {
    let sub = state.get("subscription", &text(schedule, "subscription"), "subscription")?;
    let (period_start, period_end) = period(&sub);
    let recurring = items(&sub)[0]["price"]["recurring"].clone();
    if given.is_empty() || given.len() > MAX_PHASES {
        return Err(Failure::invalid(format!("A schedule has from 1 to {MAX_PHASES} phases."))
            .param("phases"));
    }
    let mut out = Vec::new();
    let mut start = number(&schedule["phases"][0], "start_date");
    for (index, wanted) in given.iter().enumerate() {
        let at = format!("phases[{index}]");
        if index == 0 && wanted["start_date"].as_i64() != Some(start) {
            let message = "The first phase must keep the `start_date` of the current phase.";
            return Err(Failure::invalid(message).param(format!("{at}[start_date]")));
        }
        if wanted["start_date"].as_i64().is_some_and(|asked| asked != start) {
            return Err(Failure::invalid("Each phase must start where the previous one ends.")
                .param(format!("{at}[start_date]")));
        }
        let mut checked = Vec::new();
        for (nth, item) in wanted["items"].as_array().into_iter().flatten().enumerate() {
            checked.push(state.item(&text(&sub, "id"), item, &format!("{at}[items][{nth}]"))?);
        }
        check_items(&checked, &format!("{at}[items]"))?;
        let (interval, count) = match wanted.get("duration") {
            Some(duration) => {
                (text(duration, "interval"), duration["interval_count"].as_i64().unwrap_or(1))
            }
            None => (
                text(&recurring, "interval"),
                wanted["iterations"].as_i64().unwrap_or(1) * number(&recurring, "interval_count"),
            ),
        };
        let end = wanted["end_date"].as_i64().unwrap_or_else(|| step(start, count, &interval));
        if end <= start || (index == 0 && end < state.now) {
            return Err(Failure::invalid(
                "`end_date` must be after `start_date` and not in the past.",
            )
            .param(format!("{at}[end_date]")));
        }
        let on_boundary = end >= period_end
            && super::clock::period_end(
                number(&sub, "billing_cycle_anchor"),
                end - 1,
                &text(&recurring, "interval"),
                number(&recurring, "interval_count"),
            ) == end;
        if index + 1 < given.len() && !on_boundary {
            let message = format!(
                "The fake changes phases at the ends of billing periods only, such as {period_end} (the current one began at {period_start})."
            );
            return Err(Failure::invalid(message).param(format!("{at}[end_date]")));
        }
        out.push(phase(&sub, wanted, start, end));
        start = end;
    }
    Ok(Value::Array(out))
}

pub fn release(state: &mut State, call: &Call) -> ApiResult {
    let schedule = state.get("subscription_schedule", &call.id, "id")?;
    if schedule["status"] != "active" {
        return Err(Failure::invalid(format!(
            "You cannot release a schedule that is {}.",
            text(&schedule, "status")
        )));
    }
    finish(state, schedule)
}

fn finish(state: &mut State, mut schedule: Value) -> ApiResult {
    let sub = text(&schedule, "subscription");
    schedule["status"] = json!("released");
    schedule["current_phase"] = Value::Null;
    schedule["released_at"] = json!(state.now);
    schedule["released_subscription"] = json!(sub);
    schedule["subscription"] = Value::Null;
    let schedule = state.put("subscription_schedule", schedule)?;
    state.emit("subscription_schedule.released", &schedule, None);
    if let Some(mut sub) =
        state.find("subscription", &sub).cloned().filter(|sub| sub["ended_at"].is_null())
    {
        sub["schedule"] = Value::Null;
        state.put("subscription", sub)?;
    }
    Ok(schedule)
}

pub fn list(state: &mut State, call: &Call) -> ApiResult {
    let customer = super::state::or_null(&call.params, "customer");
    state.list("subscription_schedule", call, move |schedule| {
        customer.is_null() || schedule["customer"] == customer
    })
}

impl State {
    /// The subscription with the items of the phase that starts at `at`. After the last phase, it
    /// is released.
    pub fn apply_phase(&mut self, mut sub: Value, at: i64) -> ApiResult {
        let Some(mut schedule) =
            self.find("subscription_schedule", &text(&sub, "schedule")).cloned()
        else {
            return Ok(sub);
        };
        let phases = schedule["phases"].as_array().cloned().unwrap_or_default();
        if let Some(phase) = phases
            .iter()
            .find(|phase| (number(phase, "start_date")..number(phase, "end_date")).contains(&at))
        {
            let mut after = Vec::new();
            for (index, given) in phase["items"].as_array().into_iter().flatten().enumerate() {
                let kept =
                    items(&sub).into_iter().find(|item| item["price"]["id"] == given["price"]);
                after.push(match kept {
                    Some(mut item) => {
                        overlay(&mut item, given, &["quantity"]);
                        item
                    }
                    None => self.item(&text(&sub, "id"), given, &format!("items[{index}]"))?,
                });
            }
            sub["items"]["total_count"] = json!(after.len());
            sub["items"]["data"] = Value::Array(after);
            schedule["current_phase"] =
                json!({ "end_date": phase["end_date"], "start_date": phase["start_date"] });
            self.change("subscription_schedule", "subscription_schedule.updated", schedule)?;
        } else if phases.last().is_some_and(|last| number(last, "end_date") <= at) {
            finish(self, schedule)?;
            sub["schedule"] = Value::Null;
        }
        Ok(sub)
    }
}
