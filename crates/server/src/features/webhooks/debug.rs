//! Finds out what is wrong with a signature: recomputes it with common mistakes until one matches.

mod variants;

use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tollgate_types::number::plural;
use tollgate_types::time::{MINUTE, SECOND, Timestamp};
use tollgate_types::webhook_check::{Diagnosis, Finding};

use super::secret::PREFIX;
use crate::{Error, Result};
use variants::{bodies, ids, keys, messages, timestamps};

/// The tolerance of receivers for timestamps.
const TOLERANCE: i64 = 5 * MINUTE;
/// The maximum size of the input.
const MAX_BODY: usize = 256 * 1024;
const MAX_HEADERS: usize = 16 * 1024;
/// Signatures that are checked: more than a rotation ever sends.
const MAX_SIGNATURES: usize = 8;

/// A received or computed request.
pub struct Pasted<'a> {
    pub secret: &'a str,
    /// One per line, as `name: value`.
    pub headers: &'a str,
    pub body: &'a str,
}

/// # Errors
/// `validation_failed` if the input is too large.
pub fn diagnose(pasted: &Pasted<'_>, now: Timestamp) -> Result<Diagnosis> {
    if pasted.body.len() > MAX_BODY
        || pasted.headers.len() > MAX_HEADERS
        || pasted.secret.len() > 1_000
    {
        return Err(Error::field(
            "body",
            "too_large",
            format!("The body may have at most {} KiB.", MAX_BODY / 1024),
        ));
    }
    let findings = judge(pasted, now);
    Ok(match findings {
        Err(findings) => Diagnosis { is_right: false, findings },
        Ok(()) => Diagnosis {
            is_right: true,
            findings: vec![finding(
                "right",
                "The signature is valid",
                "If your code rejects it, your code verifies different data. Print the body and the headers that it verifies.",
            )],
        },
    })
}

fn finding(code: &str, title: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { code: code.into(), title: title.into(), remedy: remedy.into() }
}

fn judge(pasted: &Pasted<'_>, now: Timestamp) -> Result<(), Vec<Finding>> {
    let headers = read_headers(pasted.headers);
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let [Some(id), Some(timestamp), Some(signature)] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(get)
    else {
        return Err(missing(&headers));
    };
    let secret = pasted.secret.trim();
    let decoded = BASE64_STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret));
    let Some(key) = decoded.ok().filter(|key| !key.is_empty()) else {
        let remedy = format!(
            "A secret is `{PREFIX}` followed by 44 characters of base64. Rotate the secret if it is lost."
        );
        return Err(vec![finding("bad_secret", "This is not a secret", remedy)]);
    };
    let given: Vec<&str> = signature.split_whitespace().take(MAX_SIGNATURES).collect();
    let digests: Vec<&str> =
        given.iter().map(|one| one.split_once(',').map_or(*one, |(_, digest)| digest)).collect();
    let mut mistakes = Vec::new();
    if !given.iter().any(|one| one.starts_with("v1,")) {
        mistakes.push(finding(
            "no_version",
            "No signature starts with `v1,`",
            "Use the whole header as it was received: `v1,` and base64. Several signatures are separated by spaces.",
        ));
    }
    let found = search(&key, secret, id, timestamp, pasted.body, &digests).ok_or_else(|| {
        let mut all = mistakes.clone();
        all.push(nothing_fits(id));
        all
    })?;
    mistakes.extend(found);
    mistakes.extend(skew(timestamp, now));
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn nothing_fits(id: &str) -> Finding {
    let remedy = "The secret belongs to another endpoint or was rotated, or the body is not the one that was sent. Compare the body with \
                  the delivery's page, byte by byte.";
    let title = if id.starts_with("evt_") {
        "The signature does not match the secret and the body"
    } else {
        "The signature does not match, and the webhook-id is unknown"
    };
    finding("wrong_secret_or_body", title, remedy)
}

fn read_headers(text: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let name = name
            .trim()
            .trim_start_matches(['"', '\'', '>', '<', ' '])
            .trim_end_matches(['"', '\'']);
        let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
        if let (Ok(name), Ok(value)) =
            (axum::http::HeaderName::from_bytes(name.as_bytes()), value.parse())
        {
            headers.insert(name, value);
        }
    }
    headers
}

fn missing(headers: &HeaderMap) -> Vec<Finding> {
    let absent = |name: &&str| !headers.contains_key(*name);
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let name = |name: &str| {
        let remedy = format!(
            "Every delivery has `{name}`. A proxy or framework may have removed it, or renamed it (`HTTP_{}`).",
            name.replace('-', "_").to_uppercase()
        );
        finding("missing_header", format!("The header `{name}` is missing"), remedy)
    };
    names.iter().filter(|one| absent(one)).map(|one| name(one)).collect()
}

fn skew(timestamp: &str, now: Timestamp) -> Option<Finding> {
    let Ok(seconds) = timestamp.parse::<i64>() else {
        return Some(finding(
            "bad_timestamp",
            "The `webhook-timestamp` is not a number",
            "It must be the time of the attempt in seconds since 1970 (UTC).",
        ));
    };
    let off = now.0.saturating_sub(seconds.saturating_mul(SECOND));
    if off.abs() <= TOLERANCE {
        return None;
    }
    let (amount, side) = (
        plural(off.unsigned_abs() / SECOND.unsigned_abs(), "second", "seconds"),
        if off > 0 { "old" } else { "ahead" },
    );
    let remedy = "This is normal for an older delivery. If the delivery has just arrived, your clock is wrong, and libraries reject \
                  more than 5 minutes. Synchronise your clock with NTP.";
    Some(finding("clock_skew", format!("The timestamp is {amount} {side}"), remedy))
}

/// The smallest set of mistakes that explains one of the signatures; `None` if there is none.
fn search(
    key: &[u8],
    secret: &str,
    id: &str,
    timestamp: &str,
    body: &str,
    digests: &[&str],
) -> Option<Vec<Finding>> {
    let mut best: Option<Vec<Finding>> = None;
    let (keys, ids, timestamps, bodies) =
        (keys(key, secret), ids(id, body), timestamps(timestamp), bodies(body));
    for (key, wrong_key) in &keys {
        for (id, wrong_id) in &ids {
            for (timestamp, wrong_timestamp) in &timestamps {
                for (body, wrong_body) in &bodies {
                    for (message, wrong_message) in messages(id, timestamp, body) {
                        let wrong =
                            [wrong_key, wrong_id, wrong_timestamp, wrong_body, &wrong_message];
                        let wrong: Vec<Finding> = wrong.into_iter().flatten().cloned().collect();
                        // More than two mistakes at once could not be distinguished from chance and
                        // from each other.
                        if wrong.len() > 2
                            || best.as_ref().is_some_and(|best| best.len() <= wrong.len())
                        {
                            continue;
                        }
                        if let Some(wrong_form) = variants::fits(key, message.as_bytes(), digests) {
                            best = Some(wrong.into_iter().chain(wrong_form).collect());
                        }
                    }
                }
            }
        }
    }
    best
}

#[cfg(test)]
mod tests;
