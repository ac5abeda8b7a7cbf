//! `webhooks` of the OpenAPI 3.1 document: the requests that the portal sends for events, from the
//! catalogue.

use serde_json::{Value, json};
use tollgate_types::event::{EventType, EventTypeView};
use utoipa::openapi::OpenApi;

use crate::webhooks::events;

/// Adds a webhook for each event.
pub fn add(document: &mut OpenApi) {
    let all = EventType::ALL
        .iter()
        .zip(events::catalogue())
        .map(|(event, view)| (view.kind.clone(), request(*event, &view)));
    let all: serde_json::Map<String, Value> = all.collect();
    // A test checks that the whole catalogue can be read.
    document.webhooks = serde_json::from_value(Value::Object(all)).ok();
}

fn request(event: EventType, view: &EventTypeView) -> Value {
    let data = match events::component(event) {
        Some(name) => {
            json!({ "$ref": format!("#/components/schemas/{name}"), "description": "Data of the event." })
        }
        None => view.schema.clone(),
    };
    let header = |name: &str, about: &str| json!({ "name": name, "in": "header", "required": true, "description": about, "schema": { "type": "string" } });
    let text = |about: &str| json!({ "type": "string", "description": about });
    let body = json!({
        "type": "object",
        "required": ["id", "type", "timestamp", "data"],
        "properties": {
            "id": text("Id of the event, the same as the header `webhook-id`. Use it to ignore an event that you have already processed."),
            "type": text("Type of the event, such as `customer.created`."),
            "timestamp": {
                "type": "string", "format": "date-time", "description": "Time at which the event happened (RFC 3339, UTC).",
            },
            "environment": text("Environment of the event: `sandbox` or `live`. Absent if the event concerns the organisation as a whole."),
            "data": data,
        },
    });
    json!({ "post": {
        "operationId": operation_id(&view.kind),
        "tags": ["Events"],
        "summary": view.meaning,
        // The request has no credentials: its signature proves where it comes from.
        "security": [],
        "parameters": [
            header("webhook-id", "Id of the event, the same on every attempt. Use it to ignore an event that you have already processed."),
            header("webhook-timestamp", "Time of the attempt, in seconds since 1970-01-01 UTC. Reject a delivery whose time is more than 5 minutes off."),
            header("webhook-signature", "Signature according to Standard Webhooks: `v1,` followed by the base64-encoded HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`. Two signatures, separated by a space, while a secret is being rotated."),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": body, "example": view.example } } },
        "responses": { "2XX": { "description": "Respond with 2xx within 15 seconds to confirm that you received the event. 410 disables the endpoint. After any other status, or no response, the delivery is attempted again, up to 8 times in total." } },
    } })
}

/// `onCustomerCreated`.
fn operation_id(kind: &str) -> String {
    let capital = |word: &str| {
        word.get(..1).map(str::to_uppercase).unwrap_or_default() + word.get(1..).unwrap_or_default()
    };
    kind.split(['.', '_']).fold("on".to_owned(), |id, word| id + &capital(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_every_event_with_its_schema_and_an_example() {
        let document: Value = serde_json::from_str(
            &crate::api::openapi("https://portal.example.com").to_json().unwrap(),
        )
        .unwrap();
        for (event, view) in EventType::ALL.iter().zip(events::catalogue()) {
            let post = &document["webhooks"][event.as_str()]["post"];
            let content = &post["requestBody"]["content"]["application/json"];
            let fields = content["schema"]["properties"].as_object().unwrap();
            assert!(
                fields.values().all(|field| field["description"].is_string()),
                "{}: {fields:?}",
                view.kind
            );
            let data = &fields["data"];
            match events::component(*event) {
                Some(name) => {
                    assert!(
                        document["components"]["schemas"][&*name].is_object()
                            && data["$ref"].as_str().unwrap().ends_with(&*name)
                    )
                }
                None => assert_eq!(*data, view.schema, "{}", view.kind),
            }
            assert_eq!(content["example"], view.example);
            assert!(post["operationId"].as_str().unwrap().starts_with("on"));
        }
        assert_eq!(
            document["webhooks"]["spend_cap.reached"]["post"]["operationId"],
            "onSpendCapReached"
        );
    }
}
