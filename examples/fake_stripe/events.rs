//! Events: created for every change, stored, listed, and sent to webhook endpoints.

use super::error::{ApiResult, Failure};
use super::http::{Call, VERSION};
use super::params::{AFTER, BEFORE, Kind, LIMIT, METADATA, Param, TEXT, URL, may, must};
use super::state::{State, merge_metadata, or_null, overlay, public, text};
use serde_json::{Map, Value, json};

pub const LIST: &[Param] = &[
    LIMIT,
    AFTER,
    BEFORE,
    may("created", Kind::Range),
    may("type", TEXT),
    may("types", Kind::List(&TEXT)),
    may("delivery_success", Kind::Bool),
];
const NAMES: Kind = Kind::List(&TEXT);
pub const CREATE_ENDPOINT: &[Param] = &[
    must("url", URL),
    must("enabled_events", NAMES),
    may("api_version", TEXT),
    may("description", Kind::Clear(&TEXT)),
    METADATA,
];
pub const UPDATE_ENDPOINT: &[Param] = &[
    may("url", URL),
    may("enabled_events", NAMES),
    may("description", Kind::Clear(&TEXT)),
    may("disabled", Kind::Bool),
    METADATA,
];
pub const LIST_ENDPOINTS: &[Param] = &[LIMIT, AFTER, BEFORE];

/// The events that the fake sends. An endpoint may also name other events of Stripe, which are
/// never sent.
pub const SENT: &[&str] = &[
    "billing.meter.created",
    "billing.meter.deactivated",
    "billing.meter.reactivated",
    "billing.meter.updated",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.created",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.trial_will_end",
    "customer.subscription.updated",
    "customer.updated",
    "invoice.created",
    "invoice.finalization_failed",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "invoice.payment_succeeded",
    "invoice.updated",
    "invoiceitem.created",
    "payment_method.attached",
    "price.created",
    "price.updated",
    "product.created",
    "product.updated",
    "subscription_schedule.created",
    "subscription_schedule.updated",
    "subscription_schedule.released",
];

impl State {
    /// Records an event about the current state of an object.
    pub fn emit(&mut self, kind: &str, object: &Value, previous: Option<Map<String, Value>>) {
        let id = self.id("evt");
        let mut data = json!({ "object": public(object) });
        if let Some(previous) = previous {
            data["previous_attributes"] = Value::Object(previous);
        }
        let event = json!({
            "id": id, "object": "event", "api_version": VERSION, "created": self.now, "data": data, "livemode": false,
            "pending_webhooks": self.table("webhook_endpoint").count(),
            "request": { "id": self.request.0, "idempotency_key": self.request.1 }, "type": kind,
        });
        self.send(event, "event");
    }

    /// The thin event with which Stripe reports meter events that could not be counted.
    pub fn report_meter_fault(&mut self, meter: Option<&Value>, code: &str, identifier: &str) {
        let id = self.id("evt_test");
        let kind = if meter.is_some() {
            "v1.billing.meter.error_report_triggered"
        } else {
            "v1.billing.meter.no_meter_found"
        };
        let created = super::pages::iso(self.now);
        let mut event = json!({
            "id": id, "object": "v2.core.event", "type": kind, "livemode": false, "created": created, "reason": null,
            "_data": {
                "developer_message_summary": "There is 1 invalid event",
                "reason": { "error_count": 1, "error_types": [{
                    "code": code, "error_count": 1,
                    "sample_errors": [{ "error_message": code.replace('_', " "), "request": { "identifier": identifier } }],
                }] },
                "validation_end": created, "validation_start": created,
            },
        });
        if let Some(meter) = meter {
            let meter = text(meter, "id");
            event["related_object"] = json!({ "id": meter, "type": "billing.meter", "url": format!("/v1/billing/meters/{meter}") });
        }
        // The sent event is thin; the fetched one contains its data.
        let thin = public(&event);
        event["data"] = event["_data"].clone();
        if self.put("v2.core.event", event).is_ok() {
            self.enqueue(&thin);
        }
    }

    fn send(&mut self, event: Value, kind: &'static str) {
        if let Ok(event) = self.put(kind, event) {
            self.enqueue(&event);
        }
    }

    /// A webhook endpoint with a given secret or a new one.
    pub fn endpoint(&mut self, params: &Value, secret: Option<String>) -> ApiResult {
        let (id, secret) = (
            self.id("we"),
            secret.unwrap_or_else(|| self.id("whsec").replacen("whsec_", "whsec_fake", 1)),
        );
        let mut endpoint = json!({
            "id": id, "object": "webhook_endpoint", "api_version": null, "application": null, "created": self.now, "description": null,
            "enabled_events": [], "livemode": false, "metadata": {}, "status": "enabled", "url": "", "_signing": secret,
        });
        overlay(&mut endpoint, params, &["url", "enabled_events", "api_version", "description"]);
        merge_metadata(&mut endpoint, params);
        self.put("webhook_endpoint", endpoint)
    }
}

pub fn list(state: &mut State, call: &Call) -> ApiResult {
    let kind = or_null(&call.params, "type");
    let kinds = call.params["types"].as_array().cloned();
    if !kind.is_null() && kinds.is_some() {
        return Err(Failure::invalid("You may only specify one of these parameters: type, types."));
    }
    state.list("event", call, move |event| {
        let pattern = kind
            .as_str()
            .is_none_or(|kind| matches(kind, event["type"].as_str().unwrap_or_default()));
        pattern && kinds.as_ref().is_none_or(|kinds| kinds.contains(&event["type"]))
    })
}

/// `customer.*` matches all types that start with `customer.`, `*` matches all types.
pub fn matches(pattern: &str, kind: &str) -> bool {
    pattern == kind || pattern.strip_suffix('*').is_some_and(|start| kind.starts_with(start))
}

fn check_names(params: &Value) -> Result<(), Failure> {
    for (index, name) in params["enabled_events"].as_array().into_iter().flatten().enumerate() {
        let name = name.as_str().unwrap_or_default();
        let sound = name == "*"
            || SENT.contains(&name)
            || name.starts_with("v1.billing.meter.")
            || (name.contains('.') && !name.contains('*'));
        if !sound {
            let message = format!("Invalid enabled_events[{index}]: {name} is not an event type.");
            return Err(Failure::invalid(message).param(format!("enabled_events[{index}]")));
        }
    }
    let url = params["url"].as_str();
    if url.is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return Err(Failure::invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
        )
        .code("url_invalid")
        .param("url"));
    }
    Ok(())
}

pub fn create_endpoint(state: &mut State, call: &Call) -> ApiResult {
    check_names(&call.params)?;
    let mut endpoint = state.endpoint(&call.params, None)?;
    // Only the response to its creation contains the secret.
    endpoint["secret"] = endpoint["_signing"].clone();
    Ok(endpoint)
}

pub fn update_endpoint(state: &mut State, call: &Call) -> ApiResult {
    check_names(&call.params)?;
    let mut endpoint = state.get("webhook_endpoint", &call.id, "id")?;
    overlay(&mut endpoint, &call.params, &["url", "enabled_events", "description"]);
    merge_metadata(&mut endpoint, &call.params);
    if let Some(disabled) = call.params["disabled"].as_bool() {
        endpoint["status"] = json!(if disabled { "disabled" } else { "enabled" });
    }
    state.put("webhook_endpoint", endpoint)
}

pub fn delete_endpoint(state: &mut State, call: &Call) -> ApiResult {
    state.get("webhook_endpoint", &call.id, "id")?;
    if let Some(table) = state.tables.get_mut("webhook_endpoint") {
        table.shift_remove(&call.id);
    }
    Ok(json!({ "id": call.id, "object": "webhook_endpoint", "deleted": true }))
}

pub fn list_endpoints(state: &mut State, call: &Call) -> ApiResult {
    state.list("webhook_endpoint", call, |_| true)
}
