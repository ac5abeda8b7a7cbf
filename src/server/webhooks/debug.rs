//! What is wrong with a signature. Recomputes it in the ways in which people get it wrong, until one fits.

mod variants;

use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::secret::PREFIX;
use crate::server::{Error, Result};
use crate::types::time::{MINUTE, SECOND, Timestamp};
use crate::types::webhook_check::{Diagnosis, Finding};
use variants::{bodies, ids, keys, messages, timestamps};

/// How far receivers let a timestamp be off.
const TOLERANCE: i64 = 5 * MINUTE;
/// What can be pasted.
const MAX_BODY: usize = 256 * 1024;
const MAX_HEADERS: usize = 16 * 1024;
/// Signatures that are looked at: more than rotation ever sends.
const MAX_SIGNATURES: usize = 8;

/// What somebody has received, or computed.
pub struct Pasted<'a> {
    pub secret: &'a str,
    /// One a line, as `name: value`.
    pub headers: &'a str,
    pub body: &'a str,
}

/// # Errors
/// `validation_failed` for more than can be pasted.
pub fn diagnose(pasted: &Pasted<'_>, now: Timestamp) -> Result<Diagnosis> {
    if pasted.body.len() > MAX_BODY || pasted.headers.len() > MAX_HEADERS || pasted.secret.len() > 1_000 {
        return Err(Error::field("body", "too_large", format!("The body may have {} KiB.", MAX_BODY / 1024)));
    }
    let findings = judge(pasted, now);
    Ok(match findings {
        Err(findings) => Diagnosis { is_right: false, findings },
        Ok(()) => Diagnosis {
            is_right: true,
            findings: vec![finding(
                "right",
                "The signature is right",
                "If your code refuses it, it works on something else: print what it verifies.",
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
    let [Some(id), Some(timestamp), Some(signature)] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(get) else {
        return Err(missing(&headers));
    };
    let secret = pasted.secret.trim();
    let decoded = BASE64_STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret));
    let Some(key) = decoded.ok().filter(|key| !key.is_empty()) else {
        let remedy = format!("It is `{PREFIX}` and 44 characters of base64, as it was shown once. Rotate it if it is lost.");
        return Err(vec![finding("bad_secret", "This is not a secret", remedy)]);
    };
    let given: Vec<&str> = signature.split_whitespace().take(MAX_SIGNATURES).collect();
    let digests: Vec<&str> = given.iter().map(|one| one.split_once(',').map_or(*one, |(_, digest)| digest)).collect();
    let mut mistakes = Vec::new();
    if !given.iter().any(|one| one.starts_with("v1,")) {
        mistakes.push(finding(
            "no_version",
            "No signature begins with `v1,`",
            "Pass the whole header on, as it came: `v1,` and base64, more than one parted by spaces.",
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
    let remedy = "Either the secret is another endpoint's, or one that was rotated, or the body is not the one that was sent: compare it with \
                  the delivery's page, to the byte.";
    let title = if id.starts_with("evt_") {
        "The signature fits neither the secret nor the body"
    } else {
        "The signature fits nothing, and the webhook-id is none of ours"
    };
    finding("wrong_secret_or_body", title, remedy)
}

fn read_headers(text: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let name = name.trim().trim_start_matches(['"', '\'', '>', '<', ' ']).trim_end_matches(['"', '\'']);
        let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
        if let (Ok(name), Ok(value)) = (axum::http::HeaderName::from_bytes(name.as_bytes()), value.parse()) {
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
            "Each delivery carries `{name}`. A proxy or a framework may have dropped it, or renamed it (`HTTP_{}`).",
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
            "It is the time of the attempt in seconds since 1970 (UTC).",
        ));
    };
    let off = now.0.saturating_sub(seconds.saturating_mul(SECOND));
    if off.abs() <= TOLERANCE {
        return None;
    }
    let (amount, side) = (off.abs() / SECOND, if off > 0 { "old" } else { "ahead" });
    let remedy = "A delivery that is being looked at later is old: that is in order. If it has just come, your clock is wrong: libraries refuse \
                  more than 5 minutes. Synchronise it (NTP).";
    Some(finding("clock_skew", format!("The timestamp is {amount} seconds {side}"), remedy))
}

/// The fewest mistakes by which one of the signatures comes about; none where it cannot be said.
fn search(key: &[u8], secret: &str, id: &str, timestamp: &str, body: &str, digests: &[&str]) -> Option<Vec<Finding>> {
    let mut best: Option<Vec<Finding>> = None;
    let (keys, ids, timestamps, bodies) = (keys(key, secret), ids(id, body), timestamps(timestamp), bodies(body));
    for (key, wrong_key) in &keys {
        for (id, wrong_id) in &ids {
            for (timestamp, wrong_timestamp) in &timestamps {
                for (body, wrong_body) in &bodies {
                    for (message, wrong_message) in messages(id, timestamp, body) {
                        let wrong = [wrong_key, wrong_id, wrong_timestamp, wrong_body, &wrong_message];
                        let wrong: Vec<Finding> = wrong.into_iter().flatten().cloned().collect();
                        // Two at once is as far as anybody's mistakes can be told from chance and from each other.
                        if wrong.len() > 2 || best.as_ref().is_some_and(|best| best.len() <= wrong.len()) {
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
