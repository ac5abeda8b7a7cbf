//! Every event there is, with a schema and an example, for the API and the docs.

use std::borrow::Cow;

use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};

use crate::server::events::body;
use crate::types::customer::Customer;
use crate::types::event::{EventType, EventTypeView};
use crate::types::key::KeyView;
use crate::types::time::Timestamp;

/// When the examples happened.
const AT: Timestamp = Timestamp(1_795_298_400_000);

pub fn catalogue() -> Vec<EventTypeView> {
    let view = |event: &EventType| {
        let (schema, data) = shape(*event);
        let example = body("evt_01h2xcejqtf2nbrexx3vqjhp41", event.as_str(), "live", &data.to_string(), AT);
        EventTypeView {
            kind: event.as_str().into(),
            meaning: event.meaning().into(),
            schema,
            example: serde_json::from_str(&example).unwrap_or_default(),
        }
    };
    EventType::ALL.iter().map(view).collect()
}

/// The name, in the API's document, of an event's data, where the API shows such objects itself.
pub fn component(event: EventType) -> Option<Cow<'static, str>> {
    match event {
        EventType::CustomerCreated | EventType::CustomerUpdated | EventType::CustomerDeleted => Some(Customer::name()),
        EventType::KeyCreated | EventType::KeyExpiring | EventType::KeyRevoked | EventType::KeyRotated => Some(KeyView::name()),
        _ => None,
    }
}

/// The schema and an example of an event's data.
fn shape(event: EventType) -> (Value, Value) {
    match event {
        EventType::CustomerCreated | EventType::CustomerUpdated | EventType::CustomerDeleted => (schema_of::<Customer>(), customer()),
        EventType::KeyCreated | EventType::KeyExpiring | EventType::KeyRevoked | EventType::KeyRotated => (schema_of::<KeyView>(), key()),
        EventType::KeyLeaked => {
            let (mut schema, mut data) = (schema_of::<KeyView>(), key());
            schema["properties"]["source"] =
                json!({ "type": ["string", "null"], "description": "Where it was found, as the reporter said; nobody has checked it." });
            data["source"] = json!("https://example.com/gist");
            (schema, data)
        }
        EventType::EndpointTest => object(&json!({ "endpoint_id": "ep_01h2xcejqtf2nbrexx3vqjhp41", "message": "This is a test." }), &[]),
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
        EventType::QuotaThresholdReached => object(
            &json!({ "product": "platform", "units": 8_000, "included_units": 10_000, "is_hard": true, "percent": 80, "month": AT.month() }),
            &[],
        ),
        EventType::SpendCapReached => {
            let (mut schema, data) = object(
                &json!({ "scope": "organisation", "spent": 4_000, "spend_cap": 5_000, "currency": "EUR", "percent": 80, "month": AT.month() }),
                &[],
            );
            // A key's own cap names the key.
            schema["properties"]["key_id"] = json!({ "type": "string" });
            schema["required"] = json!(["scope", "spent", "spend_cap", "currency", "percent", "month"]);
            (schema, data)
        }
        EventType::SubscriptionUpdated => object(
            &json!({ "product": "platform", "plan": "Pro", "plan_id": "plan_01h2xcejqtf2nbrexx3vqjhp41", "version": 1, "state": "active" }),
            &[],
        ),
    }
}

/// The schema of a type that the API shows too. What its parts are named elsewhere stands here as far as it is needed.
fn schema_of<T: PartialSchema>() -> Value {
    let mut schema = serde_json::to_value(T::schema()).unwrap_or_default();
    inline(&mut schema, 0);
    schema
}

/// Parts that the schemas of events refer to.
const MAX_DEPTH: usize = 16;

fn inline(schema: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        *schema = match name {
            "Environment" => json!({ "type": "string", "enum": ["sandbox", "live"] }),
            "KeyState" => json!({ "type": "string", "enum": ["active", "disabled", "rotating", "expired", "revoked"] }),
            _ => json!({ "type": "object" }),
        };
        return;
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(|field| inline(field, depth + 1)),
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, depth + 1)),
        _ => {}
    }
}

/// A schema by the example: all fields are required, and those named may be null.
fn object(example: &Value, nullable: &[&str]) -> (Value, Value) {
    let field = |(name, value): (&String, &Value)| {
        let kind = match value {
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            _ => "string",
        };
        let kind = if nullable.contains(&name.as_str()) { json!([kind, "null"]) } else { json!(kind) };
        (name.clone(), json!({ "type": kind }))
    };
    let fields = example.as_object();
    let properties: serde_json::Map<String, Value> = fields.into_iter().flatten().map(field).collect();
    let required: Vec<&String> = fields.into_iter().flatten().map(|(name, _)| name).collect();
    (json!({ "type": "object", "required": required, "properties": properties }), example.clone())
}

fn customer() -> Value {
    json!({
        "id": "cus_01h2xcejqtf2nbrexx3vqjhp41", "environment": "live", "name": "Ada Lovelace", "email": "ada@example.com",
        "description": null, "metadata": { "plan": "gold" }, "created_at": AT, "updated_at": AT,
    })
}

fn key() -> Value {
    json!({
        "id": "key_01h2xcejqtf2nbrexx3vqjhp41", "name": "Checkout service", "environment": "live", "prefix": "tg_live_4eC39HqLyjWD",
        "scopes": ["customers:read"], "state": "active", "ip_allow_list": [], "rate_limit": null, "spend_cap": null, "created_at": AT,
        "expires_at": null, "rotated_from": null, "rotated_to": null, "rotated_at": null, "retires_at": null, "last_used_at": null,
        "last_used_ip": null, "last_used_agent": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_example_is_valid_by_its_schema_and_nothing_else_is() {
        for event in catalogue() {
            let validator = jsonschema::options().should_validate_formats(true).offline().build(&event.schema).unwrap();
            let data = &event.example["data"];
            assert!(
                validator.is_valid(data),
                "{}: {:?}",
                event.kind,
                validator.iter_errors(data).map(|e| e.to_string()).collect::<Vec<_>>()
            );
            assert!(!validator.is_valid(&json!({})) && !validator.is_valid(&json!(7)), "{}", event.kind);
            assert_eq!(event.example["type"], event.kind);
        }
    }

    #[test]
    fn the_examples_are_what_the_types_write() {
        assert_eq!(serde_json::to_value(serde_json::from_value::<Customer>(customer()).unwrap()).unwrap(), customer());
        assert_eq!(serde_json::to_value(serde_json::from_value::<KeyView>(key()).unwrap()).unwrap(), key());
    }
}
