//! All event types, with schema and example, for the API and the docs.

use std::borrow::Cow;

use serde_json::{Value, json};
use tollgate_types::customer::Customer;
use tollgate_types::environment::Environment;
use tollgate_types::event::{EventType, EventTypeView};
use tollgate_types::id::KeyId;
use tollgate_types::key::KeyView;
use tollgate_types::time::Timestamp;
use utoipa::{PartialSchema, ToSchema};

use crate::webhooks::events::body;

/// The time of the examples.
const AT: Timestamp = Timestamp(1_795_298_400_000);

pub fn catalogue() -> Vec<EventTypeView> {
    let view = |event: &EventType| {
        let (schema, data) = shape(*event);
        let example =
            body("evt_01h2xcejqtf2nbrexx3vqjhp41", event.as_str(), "live", &data.to_string(), AT);
        EventTypeView {
            kind: event.as_str().into(),
            meaning: event.meaning().into(),
            schema,
            example: serde_json::from_str(&example).unwrap_or_default(),
        }
    };
    EventType::ALL.iter().map(view).collect()
}

/// The schema component of an event's data, if the API returns such objects itself.
pub fn component(event: EventType) -> Option<Cow<'static, str>> {
    match event {
        EventType::CustomerCreated | EventType::CustomerUpdated | EventType::CustomerDeleted => {
            Some(Customer::name())
        }
        EventType::KeyCreated
        | EventType::KeyExpiring
        | EventType::KeyRevoked
        | EventType::KeyRotated => Some(KeyView::name()),
        _ => None,
    }
}

/// The schema and an example of an event's data.
fn shape(event: EventType) -> (Value, Value) {
    match event {
        EventType::CustomerCreated | EventType::CustomerUpdated | EventType::CustomerDeleted => {
            (schema_of::<Customer>(), customer())
        }
        EventType::KeyCreated
        | EventType::KeyExpiring
        | EventType::KeyRevoked
        | EventType::KeyRotated => (schema_of::<KeyView>(), key()),
        EventType::KeyLeaked => {
            let (mut schema, mut data) = (schema_of::<KeyView>(), key());
            schema["properties"]["source"] = json!({ "type": ["string", "null"], "description": "Place where the key was found, such as a URL, as stated in the report and not verified. Null if the report names none." });
            data["source"] = json!("https://example.com/gist");
            (schema, data)
        }
        EventType::EndpointTest => object(
            &json!({ "endpoint_id": "ep_01h2xcejqtf2nbrexx3vqjhp41", "message": "This is a test." }),
            &[],
        ),
        EventType::EndpointDisabled => object(
            &json!({
                "endpoint_id": "ep_01h2xcejqtf2nbrexx3vqjhp41", "url": "https://example.com/webhooks", "reason": "failing",
                "failing_since": AT, "disabled_at": AT,
            }),
            &["failing_since"],
        ),
        EventType::InvoicePaid | EventType::InvoicePaymentFailed => object(
            &json!({
                "invoice": "in_1NxXqK2eZvKYlo2C", "number": "A1B2-0001", "product": "platform", "total": 5_900, "currency": "usd", "from": AT.month(),
                "to": AT,
            }),
            &["number"],
        ),
        EventType::LiveCallsRefused => object(
            &json!({
                "product": "platform", "cause": "quota_used_up", "status": 429, "plan": "Free", "units": 10_000, "included_units": 10_000,
                "spent": 0, "spend_cap": 5_000, "currency": "usd", "until": AT.next_month(),
            }),
            &["spend_cap", "until"],
        ),
        EventType::QuotaThresholdReached => object(
            &json!({ "product": "platform", "units": 8_000, "included_units": 10_000, "is_hard": true, "percent": 80, "month": AT.month() }),
            &[],
        ),
        EventType::SpendCapReached => {
            let (mut schema, data) = object(
                &json!({ "scope": "organisation", "spent": 4_000, "spend_cap": 5_000, "currency": "eur", "percent": 80, "month": AT.month() }),
                &[],
            );
            // Only for the cap of a key.
            schema["properties"]["key_id"] = json!({ "type": "string", "description": "Id of the key that has the spend cap. Absent if it is the organisation's cap." });
            schema["required"] =
                json!(["scope", "spent", "spend_cap", "currency", "percent", "month"]);
            (schema, data)
        }
        EventType::SubscriptionUpdated => object(
            &json!({ "product": "platform", "plan": "Pro", "plan_id": "plan_01h2xcejqtf2nbrexx3vqjhp41", "version": 1, "state": "active" }),
            &[],
        ),
    }
}

/// The schema of a type that the API also returns. Referenced schemas are inlined as far as needed.
fn schema_of<T: PartialSchema>() -> Value {
    let mut schema = serde_json::to_value(T::schema()).unwrap_or_default();
    inline(&mut schema, 0);
    schema
}

/// The maximum nesting of referenced schemas.
const MAX_DEPTH: usize = 16;

fn inline(schema: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let mut inlined = match name {
            "Environment" => json!({ "type": "string", "enum": ["sandbox", "live"] }),
            "KeyState" => {
                json!({ "type": "string", "enum": ["active", "disabled", "rotating", "expired", "revoked"] })
            }
            _ => json!({ "type": "object" }),
        };
        if let Some(description) = schema.get("description") {
            inlined["description"] = description.clone();
        }
        *schema = inlined;
        return;
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(|field| inline(field, depth + 1)),
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, depth + 1)),
        _ => {}
    }
}

/// The schema of an example: all fields are required, and the `nullable` ones may be null.
fn object(example: &Value, nullable: &[&str]) -> (Value, Value) {
    let field = |(name, value): (&String, &Value)| {
        let kind = match value {
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            _ => "string",
        };
        let kind =
            if nullable.contains(&name.as_str()) { json!([kind, "null"]) } else { json!(kind) };
        (name.clone(), json!({ "type": kind, "description": about(name) }))
    };
    let fields = example.as_object();
    let properties: serde_json::Map<String, Value> =
        fields.into_iter().flatten().map(field).collect();
    let required: Vec<&String> = fields.into_iter().flatten().map(|(name, _)| name).collect();
    let schema = json!({ "type": "object", "description": "Data of the event.", "required": required, "properties": properties });
    (schema, example.clone())
}

/// The description of a field of [`object`]. A name means the same in all events.
fn about(field: &str) -> &'static str {
    match field {
        "cause" => {
            "Why live calls are refused: `quota_used_up`, `spend_cap_reached` or `payment_overdue`."
        }
        "currency" => "ISO 4217 code of the currency, in lower case.",
        "disabled_at" => "Time at which the endpoint was disabled (RFC 3339, UTC).",
        "endpoint_id" => "Id of the webhook endpoint.",
        "failing_since" => {
            "Time since which every attempt has failed (RFC 3339, UTC). Null if none had failed before."
        }
        "from" => "Start of the invoiced period (RFC 3339, UTC).",
        "included_units" => "Units that the plan includes per calendar month (UTC).",
        "invoice" => "Id of the invoice at the payment provider.",
        "is_hard" => {
            "Whether live calls are refused when the included units are used up. If not, further units are charged as overage."
        }
        "message" => "Text of the test event, such as `This is a test.`",
        "month" => "Start of the month (RFC 3339, UTC).",
        "number" => "Number of the invoice, as printed on it. Null if it has none.",
        "percent" => "The threshold that was reached, in percent: 50, 80 or 100.",
        "plan" => "Name of the plan.",
        "plan_id" => "Id of this version of the plan.",
        "product" => "Id of the product. `platform` is the portal's own API.",
        "reason" => {
            "Why the endpoint was disabled: `gone` if it responded with 410, `failing` if every attempt failed for five days."
        }
        "scope" => {
            "Owner of the spend cap: `organisation` (all keys together) or `key` (one key, see `key_id`)."
        }
        "spend_cap" => {
            "Maximum cost per calendar month (UTC) of calls beyond the included units, in minor units of `currency`. Null if there is no cap."
        }
        "spent" => {
            "Cost of this month's calls beyond the included units, in minor units of `currency`: 5000 is 50.00 USD."
        }
        "state" => {
            "State of the subscription: `trialing` (free trial), `active`, `past_due` (a payment failed), `incomplete` (the first payment is missing, so the plan is not active) or `canceled`."
        }
        "status" => {
            "HTTP status of the refused calls: 429 for `quota_used_up`, 402 for the other causes."
        }
        "to" => "End of the invoiced period (RFC 3339, UTC), which is not part of it.",
        "total" => "Total of the invoice, in minor units of `currency`: 5900 is 59.00 USD.",
        "units" => "Billed units of the product in this calendar month (UTC).",
        "until" => {
            "Time at which live calls are accepted again (RFC 3339, UTC). Null if they are refused until the overdue payment is made."
        }
        "url" => "URL of the webhook endpoint.",
        "version" => "Number of the plan's version, starting at 1.",
        _ => "",
    }
}

fn customer() -> Value {
    json!({
        "id": "cus_01h2xcejqtf2nbrexx3vqjhp41", "environment": "live", "name": "Ada Lovelace", "email": "ada@example.com",
        "description": null, "metadata": { "plan": "gold" }, "created_at": AT, "updated_at": AT,
    })
}

fn key() -> Value {
    let key = KeyView::new(
        KeyId::from(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881),
        "Checkout service",
        Environment::Live,
        "tg_live_4eC39HqLyjWD",
        "customers:read".parse().into_iter().collect(),
        AT,
    );
    serde_json::to_value(key).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_example_is_valid_by_its_schema_and_nothing_else_is() {
        for event in catalogue() {
            let validator = jsonschema::options()
                .should_validate_formats(true)
                .offline()
                .build(&event.schema)
                .unwrap();
            let data = &event.example["data"];
            assert!(
                validator.is_valid(data),
                "{}: {:?}",
                event.kind,
                validator.iter_errors(data).map(|e| e.to_string()).collect::<Vec<_>>()
            );
            assert!(
                !validator.is_valid(&json!({})) && !validator.is_valid(&json!(7)),
                "{}",
                event.kind
            );
            let fields = event.schema["properties"].as_object().unwrap();
            assert!(
                fields.values().all(|field| field["description"] != ""),
                "{}: {fields:?}",
                event.kind
            );
            assert_eq!(event.example["type"], event.kind);
        }
    }

    #[test]
    fn the_example_of_a_customer_is_what_the_type_writes() {
        assert_eq!(
            serde_json::to_value(serde_json::from_value::<Customer>(customer()).unwrap()).unwrap(),
            customer()
        );
    }
}
