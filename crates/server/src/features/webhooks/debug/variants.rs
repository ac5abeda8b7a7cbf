//! Common mistakes with signatures.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};
use sha2::Sha256;
use tollgate_types::webhook_check::Finding;

use super::finding;
use crate::webhooks::secret::PREFIX;

/// An input of the signature, and its mistake; the first one has none.
pub type Variant<T> = (T, Option<Finding>);

pub fn keys(key: &[u8], secret: &str) -> Vec<Variant<Vec<u8>>> {
    let wrong = |title: &str| {
        let remedy = "Remove the prefix `whsec_` and decode the rest from base64: these bytes are the key. A Standard Webhooks library does this for you.";
        Some(finding("secret_encoding", title, remedy))
    };
    let bare = secret.strip_prefix(PREFIX).unwrap_or(secret);
    vec![
        (key.to_vec(), None),
        (secret.as_bytes().to_vec(), wrong("The secret was used as text, with its prefix")),
        (bare.as_bytes().to_vec(), wrong("The secret was used without decoding its base64")),
    ]
}

pub fn ids(id: &str, body: &str) -> Vec<Variant<String>> {
    let mut ids = vec![(id.to_owned(), None)];
    let signed_id = serde_json::from_str::<Value>(body)
        .ok()
        .and_then(|body| Some(body.get("id")?.as_str()?.to_owned()));
    if let Some(signed_id) = signed_id.filter(|signed_id| signed_id != id) {
        let remedy = format!(
            "It was signed with the id `{signed_id}`. Use the `webhook-id` header as it was received."
        );
        ids.push((
            signed_id,
            Some(finding("wrong_id", format!("The `webhook-id` is not `{id}`"), remedy)),
        ));
    }
    ids
}

pub fn timestamps(timestamp: &str) -> Vec<Variant<String>> {
    let mut all = vec![(timestamp.to_owned(), None)];
    if let Some(seconds) = timestamp.strip_suffix("000").filter(|rest| rest.len() == 10) {
        let wrong = finding(
            "timestamp_in_milliseconds",
            "The `webhook-timestamp` is in milliseconds",
            "It must be in seconds. Use the header as it was received.",
        );
        all.push((seconds.to_owned(), Some(wrong)));
    }
    all
}

pub fn bodies(body: &str) -> Vec<Variant<String>> {
    let remedy = "Verify the raw body before anything parses it: get it from your framework (express.raw, request.get_data(), io.ReadAll…).";
    let wrong = |code: &str, title: &str| Some(finding(code, title, remedy));
    let mut all: Vec<Variant<String>> = vec![(body.to_owned(), None)];
    let mut add = |text: String, wrong: Option<Finding>| {
        if all.iter().all(|(known, _)| *known != text) {
            all.push((text, wrong));
        }
    };
    for text in [body.trim_end_matches(['\r', '\n']), body.trim()] {
        add(
            text.to_owned(),
            wrong("trailing_whitespace", "The body has extra white space at its start or end"),
        );
    }
    add(body.replace("\r\n", "\n"), wrong("line_endings", "The body's line endings were changed"));
    add(
        format!("{body}\n"),
        wrong("trailing_whitespace", "A line break at the end of the body is missing"),
    );
    if let Ok(json) = serde_json::from_str::<Value>(body) {
        let again = wrong("reserialised_body", "The body was parsed and serialised again as JSON");
        add(json.to_string(), again.clone());
        add(spaced(&json), again.clone());
        add(sorted(&json).to_string(), again.clone());
        add(spaced(&sorted(&json)), again.clone());
        for indent in [&b"  "[..], b"    ", b"\t"] {
            add(indented(&json, indent), again.clone());
        }
    }
    all
}

/// The signed text, the correct one first.
pub fn messages(id: &str, timestamp: &str, body: &str) -> [Variant<String>; 4] {
    let wrong = |what: &str| {
        Some(finding(
            "wrong_message",
            format!("Only {what} was signed"),
            "Sign `webhook-id`, a dot, `webhook-timestamp`, a dot, and the raw body.",
        ))
    };
    [
        (format!("{id}.{timestamp}.{body}"), None),
        (body.to_owned(), wrong("the body")),
        (format!("{timestamp}.{body}"), wrong("the timestamp and the body")),
        (format!("{id}.{body}"), wrong("the id and the body")),
    ]
}

/// Whether one of `digests` is the HMAC: in base64, as is correct, or in another form, which is
/// then the mistake.
pub fn fits(key: &[u8], message: &[u8], digests: &[&str]) -> Option<Option<Finding>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(message);
    let digest = mac.finalize().into_bytes();
    if digests.contains(&&*BASE64_STANDARD.encode(digest)) {
        return Some(None);
    }
    let mut hex = String::new();
    for byte in digest {
        let _ = write!(hex, "{byte:02x}");
    }
    let is_hex = digests.iter().any(|one| one.eq_ignore_ascii_case(&hex));
    is_hex.then(|| {
        Some(finding(
            "hex_signature",
            "The signature is in hexadecimal",
            "Write the HMAC in base64.",
        ))
    })
}

/// As Python's `json.dumps` writes it.
fn spaced(json: &Value) -> String {
    match json {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("{}: {}", Value::from(name.as_str()), spaced(value))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn sorted(json: &Value) -> Value {
    match json {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            Value::Object(
                names.into_iter().map(|name| (name.clone(), sorted(&fields[name]))).collect(),
            )
        }
        other => other.clone(),
    }
}

fn indented(json: &Value, indent: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut writer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(indent));
    let _ = json.serialize(&mut writer);
    String::from_utf8(bytes).unwrap_or_default()
}
