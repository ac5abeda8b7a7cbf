//! `POST /leaked-keys`: anybody may report a key that was found in public. The response is the same
//! whether the key exists or not.

use std::net::{IpAddr, Ipv4Addr};

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tollgate_proxy::network::network;
use url::Url;

use crate::server::access::{Actor, ActorKind};
use crate::server::config::Rate;

use crate::server::gateway::SourceIp;
use crate::server::keys::{self, Leak, ParsedKey};
use crate::server::shared::Bucket;
use crate::server::{App, Error, Result, api, problem, random};
use crate::types::code::Code;
use crate::types::error::FieldError;
use crate::types::id::RequestId;
use crate::types::number::plural;

const MAX_REPORT_BYTES: usize = 4 * 1024;
const MAX_LIST_BYTES: usize = 64 * 1024;
const MAX_REPORTS: usize = 100;
const MAX_SOURCE: usize = 2_048;
/// Requests per source.
const REQUESTS: Rate = Rate { calls: 20, seconds: 60 };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    key: String,
    #[serde(default)]
    source: Option<String>,
}

pub async fn report(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = parts.extensions.get::<RequestId>().copied().unwrap_or_else(random::id);
    match receive(&app, &parts, request_id, body).await {
        Ok(()) => (StatusCode::ACCEPTED, Json(json!({ "status": "received" }))).into_response(),
        Err(error) => problem::respond(error, request_id.as_str(), &app.config.base_url()),
    }
}

async fn receive(app: &App, parts: &Parts, request_id: RequestId, body: Body) -> Result<()> {
    let source_ip =
        parts.extensions.get::<SourceIp>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ip| ip.0);
    let [verdict] = app.shared.local().take(
        app.clock.now_us(),
        &[Bucket::of_nobody("leaked_keys", network(source_ip), REQUESTS)],
    );
    if !verdict.allowed {
        let seconds = verdict.retry_us.max(0).unsigned_abs().div_ceil(1_000_000).max(1);
        let wait = plural(seconds, "second", "seconds");
        let detail = format!(
            "Too many reports from your address. Try again in {wait}, or send up to {MAX_REPORTS} at once."
        );
        return Err(Error::new(Code::RateLimited, detail).retry_after(seconds));
    }
    let bytes = to_bytes(body, MAX_LIST_BYTES).await.map_err(|_| too_large(MAX_LIST_BYTES))?;
    let leaks = read(&bytes)?;
    let actor = Actor {
        kind: ActorKind::Anonymous,
        id: "".into(),
        source_ip: Some(source_ip),
        request_id: Some(request_id),
    };
    keys::report_leaks(&app.db, &app.config, leaks, actor, app.clock.now()).await
}

fn too_large(bytes: usize) -> Error {
    Error::new(
        Code::BodyTooLarge,
        format!(
            "A report may have at most {MAX_REPORT_BYTES} bytes, and a list at most {MAX_LIST_BYTES}; this body has more than {bytes}."
        ),
    )
}

/// One report, or a list of them.
fn read(bytes: &[u8]) -> Result<Vec<Leak>> {
    let is_list = bytes.trim_ascii_start().starts_with(b"[");
    let reports: Vec<Report> = if is_list {
        api::read_json(bytes)?
    } else if bytes.len() > MAX_REPORT_BYTES {
        return Err(too_large(MAX_REPORT_BYTES));
    } else {
        vec![api::read_json(bytes)?]
    };
    if !(1..=MAX_REPORTS).contains(&reports.len()) {
        return Err(Error::field(
            "body",
            "invalid_length",
            format!("Send 1 to {MAX_REPORTS} reports at once."),
        ));
    }
    let mut errors = Vec::new();
    let mut leaks = Vec::new();
    for (i, report) in reports.into_iter().enumerate() {
        let place = |field: &str| {
            if is_list { format!("body[{i}].{field}") } else { format!("body.{field}") }
        };
        let source = report
            .source
            .map(|source| source.trim().to_owned())
            .filter(|source| !source.is_empty());
        if source.as_ref().is_some_and(|source| !is_web_address(source)) {
            errors.push(FieldError::new(
                place("source"),
                "invalid_format",
                "The source must be the http or https URL where the key was found.",
            ));
        }
        match ParsedKey::parse(report.key.trim()) {
            // The URL may contain what was found there.
            Some(key) => {
                let source = source
                    .map(|source| source.replace(report.key.trim(), &format!("{}_…", key.prefix)));
                leaks.push(Leak { key, source });
            }
            None => errors.push(FieldError::new(
                place("key"),
                "invalid_format",
                "This is not a key of this portal: its form or checksum is wrong.",
            )),
        }
    }
    if errors.is_empty() { Ok(leaks) } else { Err(Error::fields(errors)) }
}

fn is_web_address(text: &str) -> bool {
    text.len() <= MAX_SOURCE
        && text
            .parse::<Url>()
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
