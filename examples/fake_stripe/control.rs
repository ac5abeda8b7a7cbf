//! Controls for tests over HTTP. Requests and responses are JSON, without a key.
//!
//! - `GET|POST /_control/clock`: `{now, running}`; set `{to}`, `{advance}` (seconds) or
//!   `{running}`.
//! - `GET|POST /_control/faults`, `GET|POST /_control/webhooks`: the fields of `Faults` and
//!   `Webhooks`; absent ones stay unchanged.
//! - `POST /_control/webhooks/release` `{shuffle?: seed}`, `/replay` `{event?: id}` (all events
//!   without an id), `GET /pending`, `/deliveries`.
//! - `GET|DELETE /_control/requests`, `GET /_control/usage`, `GET /_control/objects/{kind}`.
//! - `POST /_control/invoices/fail_finalization` `{count?}`.
//! - `POST /_control/checkout/{id}/pay` `{card, email?}`, `/_control/customers/{id}/card` `{card}`.
//! - `POST /_control/portal/{session}/{switch|cancel|resume|card}`
//!   `{subscription?, product?, card?}`.

use super::customers::attach_card;
use super::error::Failure;
use super::http::Response;
use super::state::{State, public, text};
use super::{checkout, portal};
use serde_json::{Value, json};

/// Responds to a control request.
pub fn answer(state: &mut State, method: &str, path: &str, body: &str) -> Response {
    let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
    let given = if body.is_empty() {
        Ok(json!({}))
    } else {
        serde_json::from_str(body).map_err(|fault| format!("not JSON: {fault}"))
    };
    let result = given.and_then(|given: Value| run(state, method, &parts, &given));
    let (status, body) = match result {
        Ok(Some(value)) => (200, value),
        Ok(None) => (404, json!({ "error": "no such control" })),
        Err(fault) => (400, json!({ "error": fault })),
    };
    Response {
        status,
        headers: vec![("content-type", "application/json".into())],
        body: body.to_string(),
    }
}

fn run(
    state: &mut State,
    method: &str,
    parts: &[&str],
    given: &Value,
) -> Result<Option<Value>, String> {
    let told = |failure: Failure| failure.message;
    let field = |name: &str| given[name].as_str().unwrap_or_default();
    Ok(Some(match (method, parts) {
        ("GET", ["clock"]) => json!({ "now": state.now, "running": state.offset.is_some() }),
        ("POST", ["clock"]) => {
            set_clock(state, given)?;
            json!({ "now": state.now, "running": state.offset.is_some() })
        }
        ("GET", ["faults"]) => state.faults.show(),
        ("POST", ["faults"]) => {
            state.faults.set(given)?;
            state.faults.show()
        }
        ("GET", ["webhooks"]) => state.webhooks.show(),
        ("POST", ["webhooks"]) => {
            state.webhooks.set(given)?;
            state.wake.notify_one();
            state.webhooks.show()
        }
        ("POST", ["webhooks", "release"]) => {
            json!({ "released": state.release(given["shuffle"].as_u64()) })
        }
        ("POST", ["webhooks", "replay"]) => json!({ "replayed": replay(state, given) }),
        ("GET", ["webhooks", "pending"]) => {
            json!({ "waiting": state.queue.waiting.len(), "in_flight": state.queue.in_flight })
        }
        ("GET", ["webhooks", "deliveries"]) => json!({ "data": state.queue.log }),
        ("GET", ["requests"]) => json!({ "data": state.requests }),
        ("DELETE", ["requests"]) => {
            state.requests.clear();
            json!({})
        }
        ("POST", ["invoices", "fail_finalization"]) => {
            state.failing_finalizations =
                u32::try_from(given["count"].as_u64().unwrap_or(1)).unwrap_or(1);
            json!({ "count": state.failing_finalizations })
        }
        ("GET", ["usage"]) => json!({ "data": usage(state) }),
        ("GET", ["objects", kind]) => {
            json!({ "data": state.table(kind).map(public).collect::<Vec<_>>() })
        }
        ("POST", ["checkout", id, "pay"]) => {
            public(&checkout::pay(state, id, field("card"), given["email"].as_str()).map_err(told)?)
        }
        ("POST", ["customers", id, "card"]) => {
            public(&attach_everywhere(state, id, field("card")).map_err(told)?)
        }
        ("POST", ["portal", id, action]) => public(
            &portal::press(
                state,
                id,
                action,
                field("subscription"),
                given["card"].as_str().unwrap_or(field("product")),
            )
            .map_err(told)?,
        ),
        _ => return Ok(None),
    }))
}

fn set_clock(state: &mut State, given: &Value) -> Result<(), String> {
    match given["running"].as_bool() {
        Some(true) => state.offset = Some(state.now - super::clock::wall()),
        Some(false) => state.offset = None,
        None => {}
    }
    let target = given["to"]
        .as_i64()
        .or_else(|| given["advance"].as_i64().map(|seconds| state.now + seconds));
    match target {
        Some(target) if target < state.now => Err("the clock only moves forward".into()),
        Some(target) => state.advance_to(target).map_err(|failure| failure.message),
        None if given["running"].is_boolean() => Ok(()),
        None => Err("give `to` (seconds since 1970), `advance` (seconds) or `running`".into()),
    }
}

/// One event by id, or all events, oldest first.
fn replay(state: &mut State, given: &Value) -> usize {
    let ids = match given["event"].as_str() {
        Some(id) => vec![id.to_owned()],
        None => state.ids_where("event", |_| true),
    };
    ids.iter().filter(|id| state.replay(id)).count()
}

fn usage(state: &State) -> Vec<Value> {
    let line = |usage: &super::state::Usage| {
        json!({
            "event_name": usage.event_name, "identifier": usage.identifier, "customer": usage.customer, "value": usage.value,
            "timestamp": usage.timestamp, "received": usage.received, "void": usage.void,
        })
    };
    state.usage.iter().map(line).collect()
}

/// The card for all future payments, including those of existing subscriptions.
pub fn attach_everywhere(
    state: &mut State,
    customer: &str,
    number: &str,
) -> Result<Value, Failure> {
    let card = attach_card(state, customer, number)?;
    for id in state
        .ids_where("subscription", |sub| sub["customer"] == customer && sub["ended_at"].is_null())
    {
        let mut sub = state.get("subscription", &id, "id")?;
        sub["default_payment_method"] = json!(text(&card, "id"));
        state.put("subscription", sub)?;
    }
    Ok(card)
}
