//! The document of a product as its callers need it: in OpenAPI 3.1, with this gateway as its
//! server, the portal's keys as its credentials, and the errors and headers that the gateway adds.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Map, Value, json};
use tollgate_openapi::spec;
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;
use utoipa::OpenApi as _;
use utoipa::openapi::Components;

use super::codes::{Api, possible};
use super::{headers, problems, security};
use crate::problem::Body9457;
use crate::products::{Operation, Product};

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(Body9457, FieldError)))]
struct Problems;

/// Before the names of our parts, so that they are not those of the product's parts.
const PREFIX: &str = "Tollgate";

/// The number of a product's own responses that are completed: each grows by about 2 kB.
const MAX_COMPLETED: usize = 5_000;

/// `base_url` is the portal's.
///
/// # Errors
/// Fails if the parts cannot be written as JSON.
pub fn for_gateway(product: &Product, base_url: &str) -> serde_json::Result<Value> {
    let mut root = product.spec.root.clone();
    let Some(document) = root.as_object_mut() else { return Ok(root) };
    let mut ours = Problems::openapi().components.unwrap_or_default();
    security::declare(Api::Product, &mut ours);
    // 3.2 has methods that 3.1 does not know.
    let version = document.get("openapi").and_then(Value::as_str);
    if !version.is_some_and(|version| version.starts_with("3.2")) {
        document.insert("openapi".to_owned(), json!("3.1.0"));
    }
    document.insert(
        "servers".to_owned(),
        json!([{ "url": format!("{base_url}{}", product.prefix()) }]),
    );
    document.insert(
        "security".to_owned(),
        serde_json::to_value(security::alternatives(Api::Product, None))?,
    );
    let responses = document.get("components").and_then(|components| components.get("responses"));
    let responses = responses.and_then(Value::as_object).cloned().unwrap_or_default();
    let mut shared = Shared { responses, room: MAX_COMPLETED, copied: HashSet::new() };
    let mut seen = HashSet::new();
    for (operation, declared) in product.operations.iter().zip(&product.spec.operations) {
        // Several paths can refer to one path item.
        let json = pointed(document, &declared.pointer).filter(|_| seen.insert(&declared.pointer));
        if let Some(Value::Object(json)) = json {
            complete(json, operation, declared, base_url, &mut ours, &mut shared)?;
        }
    }
    let components = document.entry("components").or_insert_with(|| json!({}));
    if let (Some(components), Value::Object(ours)) = (components.as_object_mut(), relinked(&ours)?)
    {
        // The document's own schemes are for the server behind the gateway.
        components.shift_remove("securitySchemes");
        for (section, parts) in ours {
            let Value::Object(parts) = parts else { continue };
            let prefix = if section == "securitySchemes" { "" } else { PREFIX };
            if let Some(all) =
                components.entry(section).or_insert_with(|| json!({})).as_object_mut()
            {
                all.extend(parts.into_iter().map(|(name, part)| (format!("{prefix}{name}"), part)));
            }
        }
    }
    shared.remove_copied(&mut root)?;
    Ok(root)
}

/// Replaces what is meant for the server behind the gateway, and adds what the gateway does.
/// Responses of the product itself stay.
fn complete(
    json: &mut Map<String, Value>,
    operation: &Operation,
    declared: &spec::Operation,
    base_url: &str,
    ours: &mut Components,
    shared: &mut Shared,
) -> serde_json::Result<()> {
    json.shift_remove("servers");
    json.insert(
        "security".to_owned(),
        serde_json::to_value(security::alternatives(Api::Product, Some(&operation.scope)))?,
    );
    json.insert(
        "description".to_owned(),
        json!(security::described(&declared.description, &operation.scope)),
    );
    let Some(responses) = json.entry("responses").or_insert_with(|| json!({})).as_object_mut()
    else {
        return Ok(());
    };
    let mut codes = possible(Api::Product, declared.into(), &[]);
    for (status, response) in responses.iter_mut().filter(|(status, _)| !status.starts_with("x-")) {
        if shared.room == 0 {
            break;
        }
        shared.room -= 1;
        if let Some(found) = shared.found(response) {
            *response = found;
        }
        let Some(response) =
            response.as_object_mut().filter(|response| !response.contains_key("$ref"))
        else {
            continue;
        };
        let own: Vec<Code> =
            codes.extract_if(.., |code| code.status().to_string() == *status).collect();
        if !own.is_empty() {
            add_errors(response, &own, base_url, ours)?;
        }
        let headers = headers::references(Api::Product, declared.reads(), ours);
        add_missing(response, "headers", headers)?;
    }
    codes.retain(|code| !responses.contains_key(&code.status().to_string()));
    for (status, response) in problems::responses(Api::Product, &codes, base_url, ours) {
        responses.insert(status, relinked(&response)?);
    }
    Ok(())
}

/// The responses that the document's operations share, and how many may still be completed.
struct Shared {
    responses: Map<String, Value>,
    room: usize,
    /// Names of those that were written out where they were referred to.
    copied: HashSet<String>,
}

impl Shared {
    /// The response that `response` refers to.
    fn found(&mut self, response: &Value) -> Option<Value> {
        let name = response.get("$ref")?.as_str()?.strip_prefix(RESPONSES)?;
        let found = self.responses.get(&name.replace("~1", "/").replace("~0", "~")).cloned()?;
        self.copied.insert(name.to_owned());
        Some(found)
    }

    /// Removes from the document what is nowhere referred to any more.
    fn remove_copied(&self, root: &mut Value) -> serde_json::Result<()> {
        if self.copied.is_empty() {
            return Ok(());
        }
        let text = serde_json::to_string(root)?;
        let Some(responses) =
            root.pointer_mut("/components/responses").and_then(Value::as_object_mut)
        else {
            return Ok(());
        };
        for name in &self.copied {
            if !text.contains(&format!("\"{RESPONSES}{name}\"")) {
                responses.shift_remove(&name.replace("~1", "/").replace("~0", "~"));
            }
        }
        Ok(())
    }
}

const RESPONSES: &str = "#/components/responses/";

/// Adds what the gateway itself can answer with the status of a product's own response.
fn add_errors(
    response: &mut Map<String, Value>,
    codes: &[Code],
    base_url: &str,
    ours: &mut Components,
) -> serde_json::Result<()> {
    let mut error = problems::response(Api::Product, codes, base_url, ours);
    let about = response.get("description").and_then(Value::as_str).unwrap_or_default().trim();
    let end = if about.is_empty() || about.ends_with('.') { "" } else { "." };
    let about = format!("{about}{end} Also sent by the gateway: {}", error.description);
    response.insert("description".to_owned(), json!(about.trim_start()));
    add_missing(response, "headers", std::mem::take(&mut error.headers))?;
    let error = relinked(&error)?;
    let Some(error) = error.pointer("/content/application~1problem+json/schema") else {
        return Ok(());
    };
    let content = response.entry("content").or_insert_with(|| json!({}));
    let Some(content) = content.as_object_mut() else { return Ok(()) };
    let media = content.entry("application/problem+json").or_insert_with(|| json!({}));
    let Some(media) = media.as_object_mut() else { return Ok(()) };
    let schema = match media.get("schema") {
        Some(own) => json!({ "anyOf": [own, error] }),
        None => error.clone(),
    };
    media.insert("schema".to_owned(), schema);
    Ok(())
}

/// Adds parts to an object of a response, except those that it has.
fn add_missing(
    response: &mut Map<String, Value>,
    name: &str,
    parts: impl IntoIterator<Item = (String, impl Serialize)>,
) -> serde_json::Result<()> {
    let object = response.entry(name).or_insert_with(|| json!({}));
    let Some(object) = object.as_object_mut() else { return Ok(()) };
    for (name, part) in parts {
        if !object.keys().any(|known| known.eq_ignore_ascii_case(&name)) {
            object.insert(name, relinked(&part)?);
        }
    }
    Ok(())
}

/// A part as JSON, whose references have the [`PREFIX`].
fn relinked(part: &impl Serialize) -> serde_json::Result<Value> {
    let mut text = serde_json::to_string(part)?;
    for section in ["headers", "responses", "schemas"] {
        text = text.replace(
            &format!("\"#/components/{section}/"),
            &format!("\"#/components/{section}/{PREFIX}"),
        );
    }
    serde_json::from_str(&text)
}

fn pointed<'a>(root: &'a mut Map<String, Value>, pointer: &str) -> Option<&'a mut Value> {
    let (first, rest) = pointer.strip_prefix('/')?.split_once('/')?;
    root.get_mut(&first.replace("~1", "/").replace("~0", "~"))?.pointer_mut(&format!("/{rest}"))
}
