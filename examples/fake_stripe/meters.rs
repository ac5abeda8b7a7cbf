//! Billing meters: events, cancellations and summaries.

use super::error::{ApiResult, Failure};
use super::http::Call;
use super::params::{AFTER, BEFORE, ID, Kind, LIMIT, Param, may, must};
use super::state::{State, Usage, or_null, text};
use serde_json::{Value, json};

const DAY: i64 = 86_400;
const OLDEST: i64 = 35 * DAY;
const NEWEST: i64 = 5 * 60;
/// Stripe keeps an identifier for "at least 24 hours".
const IDENTIFIER_KEPT: i64 = DAY;
/// A test that needs more contains an endless loop. The number of identifiers has the same limit.
const MAX_EVENTS: usize = 1_000_000;
/// Hours of more than a year.
const MAX_WINDOWS: i64 = 10_000;

const MAPPING: Kind = Kind::Object(&[
    must("event_payload_key", Kind::Text(100)),
    must("type", Kind::Enum(&["by_id"])),
]);
pub const CREATE: &[Param] = &[
    must("display_name", Kind::Text(250)),
    must("event_name", Kind::Text(100)),
    must(
        "default_aggregation",
        Kind::Object(&[must("formula", Kind::Enum(&["count", "last", "sum"]))]),
    ),
    may("customer_mapping", MAPPING),
    may("event_time_window", Kind::Enum(&["day", "hour"])),
    may("value_settings", Kind::Object(&[must("event_payload_key", Kind::Text(100))])),
];
pub const UPDATE: &[Param] = &[may("display_name", Kind::Text(250))];
pub const LIST: &[Param] =
    &[LIMIT, AFTER, BEFORE, may("status", Kind::Enum(&["active", "inactive"]))];
pub const EVENT: &[Param] = &[
    must("event_name", Kind::Text(100)),
    must("payload", Kind::Map),
    may("identifier", Kind::Text(100)),
    may("timestamp", Kind::Time),
];
pub const ADJUST: &[Param] = &[
    must("event_name", Kind::Text(100)),
    must("type", Kind::Enum(&["cancel"])),
    may("cancel", Kind::Object(&[may("identifier", Kind::Text(100))])),
];
pub const SUMMARIES: &[Param] = &[
    LIMIT,
    AFTER,
    BEFORE,
    must("customer", ID),
    must("start_time", Kind::Time),
    must("end_time", Kind::Time),
    may("value_grouping_window", Kind::Enum(&["day", "hour"])),
];

pub fn create(state: &mut State, call: &Call) -> ApiResult {
    let name = text(&call.params, "event_name");
    if state
        .table("billing.meter")
        .any(|meter| meter["event_name"] == *name && meter["status"] == "active")
    {
        let message = format!("An active meter with event_name '{name}' already exists.");
        return Err(Failure::invalid(message).code("resource_already_exists").param("event_name"));
    }
    let id = state.id("mtr_test");
    let params = &call.params;
    let mapping = params.get("customer_mapping").cloned();
    let value = params.get("value_settings").cloned();
    let meter = json!({
        "id": id, "object": "billing.meter", "created": state.now,
        "customer_mapping": mapping.unwrap_or_else(|| json!({ "event_payload_key": "stripe_customer_id", "type": "by_id" })),
        "default_aggregation": params["default_aggregation"], "display_name": params["display_name"], "event_name": name,
        "event_time_window": or_null(params, "event_time_window"), "livemode": false, "status": "active",
        "status_transitions": { "deactivated_at": null }, "updated": state.now,
        "value_settings": value.unwrap_or_else(|| json!({ "event_payload_key": "value" })),
    });
    let meter = state.put("billing.meter", meter)?;
    state.emit("billing.meter.created", &meter, None);
    Ok(meter)
}

pub fn update(state: &mut State, call: &Call) -> ApiResult {
    let mut meter = state.get("billing.meter", &call.id, "id")?;
    super::state::overlay(&mut meter, &call.params, &["display_name"]);
    meter["updated"] = json!(state.now);
    state.change("billing.meter", "billing.meter.updated", meter)
}

pub fn list(state: &mut State, call: &Call) -> ApiResult {
    let status = or_null(&call.params, "status");
    state.list("billing.meter", call, move |meter| status.is_null() || meter["status"] == status)
}

pub fn deactivate(state: &mut State, call: &Call) -> ApiResult {
    set_status(state, call, "inactive", "billing.meter.deactivated")
}

pub fn reactivate(state: &mut State, call: &Call) -> ApiResult {
    set_status(state, call, "active", "billing.meter.reactivated")
}

fn set_status(state: &mut State, call: &Call, status: &str, event: &str) -> ApiResult {
    let mut meter = state.get("billing.meter", &call.id, "id")?;
    if meter["status"] == status {
        return Err(Failure::invalid(format!("The meter is already {status}.")).param("id"));
    }
    meter["status"] = json!(status);
    meter["updated"] = json!(state.now);
    meter["status_transitions"]["deactivated_at"] =
        if status == "active" { Value::Null } else { json!(state.now) };
    state.change("billing.meter", event, meter)
}

/// Accepts one event. Errors that Stripe detects later (no such meter, no such customer) are also
/// accepted here, are not counted, and are reported in an event.
pub fn event(state: &mut State, call: &Call) -> ApiResult {
    let params = &call.params;
    let name = text(params, "event_name");
    let timestamp = params["timestamp"].as_i64().unwrap_or(state.now);
    if timestamp < state.now - OLDEST {
        return Err(Failure::invalid("The timestamp must be within the past 35 calendar days.")
            .code("timestamp_too_far_in_past")
            .param("timestamp"));
    }
    if timestamp > state.now + NEWEST {
        return Err(Failure::invalid("The timestamp must be at most 5 minutes in the future.")
            .code("timestamp_in_future")
            .param("timestamp"));
    }
    let identifier = params["identifier"].as_str().map_or_else(|| state.id("mev"), str::to_owned);
    let oldest = state.now - IDENTIFIER_KEPT;
    if state.usage.len() >= MAX_EVENTS {
        return Err(Failure::invalid(format!("The fake holds at most {MAX_EVENTS} meter events.")));
    }
    if state.identifiers.get(&identifier).is_some_and(|at| *at > oldest) {
        return Err(Failure::invalid(format!(
            "An event already exists with identifier {identifier}."
        ))
        .param("identifier"));
    }
    let meter = state.table("billing.meter").rfind(|meter| meter["event_name"] == *name).cloned();
    let read = read_payload(state, meter.as_ref(), &params["payload"])?;
    let (customer, value, fault) = match read {
        Ok((customer, value)) => (customer, value, None),
        Err(code) => (String::new(), 0, Some(code)),
    };
    state.identifiers.insert(identifier.clone(), state.now);
    let usage = Usage {
        event_name: name.clone(),
        identifier: identifier.clone(),
        customer,
        value,
        timestamp,
        received: state.now,
        void: fault.is_some(),
    };
    state.usage.push(usage);
    if let Some(code) = fault {
        state.report_meter_fault(meter.as_ref(), code, &identifier);
    }
    Ok(json!({
        "object": "billing.meter_event", "created": state.now, "event_name": name, "identifier": identifier, "livemode": false,
        "payload": params["payload"], "timestamp": timestamp,
    }))
}

/// The customer and value, or the code that is reported later. A value that is not a whole number
/// is refused immediately.
fn read_payload(
    state: &State,
    meter: Option<&Value>,
    payload: &Value,
) -> Result<Result<(String, i64), &'static str>, Failure> {
    let key = |group: &str, fallback: &'static str| {
        meter.map_or(fallback.to_owned(), |meter| text(&meter[group], "event_payload_key"))
    };
    let value_key = key("value_settings", "value");
    let counts = meter.is_some_and(|meter| meter["default_aggregation"]["formula"] == "count");
    let value = match payload[&value_key].as_str() {
        Some(value) => value.parse::<i64>().map_err(|_| {
            let message =
                format!("Invalid value for `payload[{value_key}]`: must be a whole number.");
            Failure::invalid(message)
                .code("meter_event_invalid_value")
                .param(format!("payload[{value_key}]"))
        })?,
        None if counts => 1,
        None => return Ok(Err("meter_event_value_not_found")),
    };
    let Some(meter) = meter else { return Ok(Err("no_meter")) };
    if meter["status"] != "active" {
        return Ok(Err("archived_meter"));
    }
    let Some(customer) = payload[&key("customer_mapping", "stripe_customer_id")].as_str() else {
        return Ok(Err("meter_event_no_customer_defined"));
    };
    if state.get("customer", customer, "customer").is_err() {
        return Ok(Err("meter_event_customer_not_found"));
    }
    Ok(Ok((customer.to_owned(), if counts { 1 } else { value })))
}

/// Cancels one event by its identifier, within a day of its arrival.
pub fn adjust(state: &mut State, call: &Call) -> ApiResult {
    let name = text(&call.params, "event_name");
    let identifier = call.params["cancel"]["identifier"]
        .as_str()
        .ok_or_else(|| Failure::missing_parameter("cancel[identifier]"))?;
    let now = state.now;
    let found = state
        .usage
        .iter_mut()
        .rfind(|usage| usage.event_name == name && usage.identifier == identifier);
    let usage = found
        .ok_or_else(|| Failure::no_such("billing.meter_event", identifier, "cancel[identifier]"))?;
    if now - usage.received > DAY {
        return Err(Failure::invalid(
            "Meter events can only be cancelled within 24 hours of their arrival.",
        )
        .param("cancel[identifier]"));
    }
    usage.void = true;
    Ok(json!({
        "object": "billing.meter_event_adjustment", "cancel": { "identifier": identifier }, "event_name": name, "livemode": false,
        "status": "complete", "type": "cancel",
    }))
}

pub fn summaries(state: &mut State, call: &Call) -> ApiResult {
    let meter = state.get("billing.meter", &call.id, "id")?;
    let params = &call.params;
    let customer = text(&state.get("customer", &text(params, "customer"), "customer")?, "id");
    let (start, end) =
        (params["start_time"].as_i64().unwrap_or(0), params["end_time"].as_i64().unwrap_or(0));
    let (window, name) = match params["value_grouping_window"].as_str() {
        Some("day") => (Some(DAY), "daily"),
        Some(_) => (Some(3600), "hourly"),
        None => (None, "minute"),
    };
    for (field, time) in [("start_time", start), ("end_time", end)] {
        if time % window.unwrap_or(60) != 0 {
            return Err(Failure::invalid(format!("`{field}` must align with {name} boundaries."))
                .param(field));
        }
    }
    if end <= start {
        return Err(Failure::invalid("`end_time` must be after `start_time`.").param("end_time"));
    }
    let width = window.unwrap_or(end - start);
    if (end - start) / width > MAX_WINDOWS {
        return Err(Failure::invalid(format!("A summary has at most {MAX_WINDOWS} windows."))
            .param("end_time"));
    }
    let mut data = Vec::new();
    let mut from = start;
    while from < end {
        let to = (from + width).min(end);
        let value = state.used(&meter, &customer, from, to);
        if window.is_none() || value != 0 {
            data.push(json!({
                "id": format!("mtrusg_test_{}_{customer}_{from}_{to}", call.id), "object": "billing.meter_event_summary",
                "aggregated_value": value, "end_time": to, "livemode": false, "meter": call.id, "start_time": from,
            }));
        }
        from = to;
    }
    data.reverse();
    super::account::page(&data.iter().collect::<Vec<_>>(), call)
}

impl State {
    /// The total of a meter for a customer, from `from` inclusive to `to` exclusive.
    pub fn used(&self, meter: &Value, customer: &str, from: i64, to: i64) -> i64 {
        let name = text(meter, "event_name");
        let counted = self.usage.iter().filter(|usage| {
            !usage.void
                && usage.event_name == name
                && usage.customer == customer
                && (from..to).contains(&usage.timestamp)
        });
        if meter["default_aggregation"]["formula"] == "last" {
            return counted.max_by_key(|usage| usage.timestamp).map_or(0, |usage| usage.value);
        }
        counted.map(|usage| usage.value).sum()
    }
}
