//! Who calls: the API key, from `Authorization: Bearer` or `X-API-Key`, never from the query.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};

use super::Call;
use super::source_ip::network;
use crate::server::keys::{KeyEntry, ParsedKey};
use crate::server::shared::Bucket;
use crate::server::{App, Error, Result};
use crate::types::code::Code;
use crate::types::key::KeyState;

const BEARER: &str = "Bearer ";
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

pub async fn authenticate(app: &App, call: &mut Call) -> Result<()> {
    let checked = match presented(call.request.headers()).and_then(|text| ParsedKey::parse(text).ok_or_else(invalid)) {
        Ok(parsed) => match app.keys.fresh(parsed.prefix, call.now).filter(|entry| entry.hash.matches(&parsed.hash)) {
            Some(entry) => accept(call, entry),
            // Boxed, as what is seldom needed must not make every call's future larger: they are copied.
            None => Box::pin(look_up(app, call, parsed)).await,
        },
        Err(error) => turn_away(app, call.source_ip, call.now_us).and(Err(error)),
    };
    let Err(error) = checked else { return Ok(()) };
    // A key that may not be used, or not from there, is turned away like one that does not exist: each such call would
    // stand in its organisation's log.
    let error = if call.key.is_some() { turn_away(app, call.source_ip, call.now_us).err().unwrap_or(error) } else { error };
    let is_failure = matches!(
        error.code(),
        Code::MissingKey | Code::InvalidKey | Code::ExpiredKey | Code::RevokedKey | Code::DisabledKey | Code::IpNotAllowed
    );
    if is_failure {
        app.shared.fail(call.now_us, &failures(app, call.source_ip));
    }
    Err(error)
}

/// Finds a key that is not in memory, or may have changed since it was put there.
async fn look_up(app: &App, call: &mut Call, parsed: ParsedKey) -> Result<()> {
    if !app.keys.knows(&parsed) {
        turn_away(app, call.source_ip, call.now_us)?;
    }
    let entry = app.keys.find(&app.db, parsed.prefix, call.now).await?.ok_or_else(invalid)?;
    if entry.hash.matches(&parsed.hash) { accept(call, entry) } else { Err(invalid()) }
}

/// Failed attempts from an address, with keys and with admin tokens.
pub fn failures(app: &App, source_ip: IpAddr) -> Bucket {
    Bucket::of_nobody("failed_auth", network(source_ip), app.config.limits.limit_failed_auth)
}

/// Somebody who keeps failing is turned away before anything is looked up for him. A key that is known to
/// be good passes all the same: behind one address there may be many callers.
pub fn turn_away(app: &App, source_ip: IpAddr, now_us: i64) -> Result<()> {
    let verdict = app.shared.local().peek(now_us, &failures(app, source_ip));
    if verdict.allowed {
        return Ok(());
    }
    let seconds = seconds_up(verdict.retry_us);
    let detail = format!("Too many failed authentications from your address. Try again in {seconds} seconds.");
    Err(Error::new(Code::RateLimited, detail).retry_after(seconds))
}

/// Takes the key as the caller's, and refuses the call if the key may not be used, or not from there.
fn accept(call: &mut Call, entry: Arc<KeyEntry>) -> Result<()> {
    let state = entry.state(call.now);
    call.terms = Some(Arc::clone(&entry.platform));
    let entry = call.key.insert(entry);
    let refused = match state {
        KeyState::Active | KeyState::Rotating if entry.ip_allow_list.allows(call.source_ip) => return Ok(()),
        KeyState::Active | KeyState::Rotating => {
            let detail =
                format!("The key {} may not be used from {}. Its page in the dashboard lists from where.", entry.prefix, call.source_ip);
            Error::new(Code::IpNotAllowed, detail)
        }
        KeyState::Revoked => {
            Error::new(Code::RevokedKey, format!("The key {} was revoked. Create a new one in the dashboard.", entry.prefix))
        }
        KeyState::Expired => {
            Error::new(Code::ExpiredKey, format!("The key {} has expired. Create a new one in the dashboard.", entry.prefix))
        }
        KeyState::Disabled => Error::new(Code::DisabledKey, format!("The key {} is disabled. Enable it in the dashboard.", entry.prefix)),
    };
    Err(refused)
}

fn invalid() -> Error {
    Error::new(Code::InvalidKey, "The API key is not valid. Check that it was copied whole.")
}

/// The one key that the headers present.
fn presented(headers: &HeaderMap) -> Result<&str> {
    let mut found: Option<&str> = None;
    let bearer = headers.get_all(AUTHORIZATION).iter().map(|value| {
        let (scheme, key) = value.to_str().ok()?.split_at_checked(BEARER.len())?;
        scheme.eq_ignore_ascii_case(BEARER).then(|| key.trim_ascii())
    });
    let own = headers.get_all(X_API_KEY).iter().map(|value| value.to_str().ok().map(str::trim_ascii));
    for key in bearer.chain(own) {
        let key = key.ok_or_else(|| {
            Error::new(Code::InvalidKey, "The credentials could not be read. Send the key as `Authorization: Bearer tg_…`.")
        })?;
        if found.is_some_and(|found| found != key) {
            return Err(Error::new(
                Code::AmbiguousCredentials,
                "Two different keys were sent. Send one, in `Authorization` or in `X-API-Key`.",
            ));
        }
        found = Some(key);
    }
    found.ok_or_else(|| Error::new(Code::MissingKey, "Send an API key as `Authorization: Bearer tg_…`."))
}

pub fn seconds_up(us: i64) -> u64 {
    us.max(0).unsigned_abs().div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(headers: &[(&'static str, &str)]) -> Result<String, &'static str> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        presented(&map).map(str::to_owned).map_err(|error| error.code().as_str())
    }

    #[test]
    fn a_key_is_read_from_either_header_and_must_be_one() {
        assert_eq!(code(&[("authorization", "Bearer k1")]), Ok("k1".into()));
        assert_eq!(code(&[("authorization", "bearer  k1 ")]), Ok("k1".into()));
        assert_eq!(code(&[("x-api-key", "k1")]), Ok("k1".into()));
        assert_eq!(code(&[("x-api-key", "k1"), ("authorization", "Bearer k1")]), Ok("k1".into()));
        assert_eq!(code(&[("x-api-key", "k2"), ("authorization", "Bearer k1")]), Err("ambiguous_credentials"));
        assert_eq!(code(&[("authorization", "Bearer k1"), ("authorization", "Bearer k2")]), Err("ambiguous_credentials"));
        assert_eq!(code(&[("authorization", "Basic dTpw")]), Err("invalid_key"));
        assert_eq!(code(&[]), Err("missing_key"));
    }
}
