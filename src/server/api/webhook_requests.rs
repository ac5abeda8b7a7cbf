//! The events as requests that the portal makes: `webhooks` of OpenAPI 3.1, out of the catalogue.

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use crate::server::events;
use crate::types::event::{EventType, EventTypeView};

/// Adds a webhook for each event.
pub fn add(document: &mut OpenApi) {
    let all = EventType::ALL.iter().zip(events::catalogue()).map(|(event, view)| (view.kind.clone(), request(*event, &view)));
    let all: serde_json::Map<String, Value> = all.collect();
    // It reads all that the catalogue has: a test sees to it.
    document.webhooks = serde_json::from_value(Value::Object(all)).ok();
}

fn request(event: EventType, view: &EventTypeView) -> Value {
    let data = match events::component(event) {
        Some(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
        None => view.schema.clone(),
    };
    let header = |name: &str, about: &str| json!({ "name": name, "in": "header", "required": true, "description": about, "schema": { "type": "string" } });
    let text =
        |format: Option<&str>| format.map_or_else(|| json!({ "type": "string" }), |format| json!({ "type": "string", "format": format }));
    let body = json!({
        "type": "object",
        "required": ["id", "type", "timestamp", "data"],
        "properties": {
            "id": text(None), "type": text(None), "timestamp": text(Some("date-time")), "environment": text(None), "data": data,
        },
    });
    json!({ "post": {
        "operationId": operation_id(&view.kind),
        "tags": ["Events"],
        "summary": view.meaning,
        "parameters": [
            header("webhook-id", "The event's id: the same on every attempt."),
            header("webhook-timestamp", "When the attempt was made, in seconds since 1970."),
            header("webhook-signature", "`v1,` and a signature in base64 (Standard Webhooks); two, parted by a space, while a secret is rotated."),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": body, "example": view.example } } },
        "responses": { "2XX": { "description": "Received. All else is attempted again." } },
    } })
}

/// `onCustomerCreated`.
fn operation_id(kind: &str) -> String {
    let capital = |word: &str| word.get(..1).map(str::to_uppercase).unwrap_or_default() + word.get(1..).unwrap_or_default();
    kind.split(['.', '_']).fold("on".to_owned(), |id, word| id + &capital(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_stands_in_the_document_with_its_schema_and_an_example() {
        let document: Value = serde_json::from_str(&crate::server::api::openapi().to_json().unwrap()).unwrap();
        for (event, view) in EventType::ALL.iter().zip(events::catalogue()) {
            let post = &document["webhooks"][event.as_str()]["post"];
            let content = &post["requestBody"]["content"]["application/json"];
            let data = &content["schema"]["properties"]["data"];
            match events::component(*event) {
                Some(name) => {
                    assert!(document["components"]["schemas"][&*name].is_object() && data["$ref"].as_str().unwrap().ends_with(&*name))
                }
                None => assert_eq!(*data, view.schema, "{}", view.kind),
            }
            assert_eq!(content["example"], view.example);
            assert!(post["operationId"].as_str().unwrap().starts_with("on"));
        }
        assert_eq!(document["webhooks"]["spend_cap.reached"]["post"]["operationId"], "onSpendCapReached");
    }
}
