//! Authentication: the API key from `Authorization: Bearer` or `X-API-Key`, never from the query.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tollgate_proxy::network::network;
use tollgate_types::code::Code;
use tollgate_types::key::KeyState;
use tollgate_types::number::plural;

use super::Call;
use crate::config::Rate;
use crate::keys::{KeyEntry, ParsedKey};
use crate::shared::Bucket;
use crate::{App, Error, Result};

const BEARER: &str = "Bearer ";
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

pub async fn authenticate(app: &App, call: &mut Call) -> Result<()> {
    let checked = match presented(call.request.headers())
        .and_then(|text| ParsedKey::parse(text).ok_or_else(invalid))
    {
        Ok(parsed) => match app
            .keys
            .fresh(parsed.prefix, call.now)
            .filter(|entry| entry.hash.matches(&parsed.hash))
        {
            Some(entry) => accept(call, entry),
            // Boxed: rarely needed state must not make the future of every call larger, because
            // futures are copied.
            None => Box::pin(look_up(app, call, parsed)).await,
        },
        Err(error) => turn_away(app, call.source_ip, call.now_us).and(Err(error)),
    };
    let Err(error) = checked else { return Ok(()) };
    if let Some(key) = &call.key {
        // The secret is correct, so this is no guess: it does not count against the address, where
        // others may have valid keys. But each such call is logged for its organisation, so the key
        // has its own limit.
        let bucket = Bucket::new(
            "refused_key",
            (key.id.as_str(), network(call.source_ip)),
            app.config.limits.limit_failed_auth,
        );
        let [verdict] = app.shared.local().take(call.now_us, &[bucket]);
        return Err(if verdict.allowed { error } else { too_many(seconds_up(verdict.retry_us)) });
    }
    if matches!(error.code(), Code::MissingKey | Code::InvalidKey) {
        app.shared.fail(call.now_us, &failures(app, call.source_ip));
    }
    Err(error)
}

/// Looks up a key that is not cached, or may have changed since.
async fn look_up(app: &App, call: &mut Call, parsed: ParsedKey) -> Result<()> {
    let wrong =
        match may_look_up(app, call.source_ip, call.now_us, || app.keys.knows(&parsed)).await? {
            Ok(()) => invalid(),
            Err(turned_away) => turned_away,
        };
    let Some(entry) = app.keys.find(&app.gateway_db, parsed.prefix, call.now).await? else {
        return Err(wrong);
    };
    if entry.hash.matches(&parsed.hash) { accept(call, entry) } else { Err(wrong) }
}

/// Database look-ups, in total, for sources that keep failing: few enough to be no burden, and
/// enough that a valid key among the invalid ones is found. Keys cannot be guessed because of their
/// 190 bits, not because of this.
const LOOK_UPS: Rate = Rate { calls: 200, seconds: 1 };
/// How long such a source waits for its turn.
const TURN: Duration = Duration::from_secs(1);
/// How many may wait for their turns at the same time.
const WAITING: usize = 256;
static WAITS: Semaphore = Semaphore::const_new(WAITING);

/// Whether credentials of the right form may be looked up. The inner error is the response to wrong
/// ones, after their source has failed too often.
///
/// # Errors
/// `rate_limited` if the source has failed too often and there are too many like it.
pub async fn may_look_up(
    app: &App,
    source_ip: IpAddr,
    now_us: i64,
    is_known: impl FnOnce() -> bool,
) -> Result<Result<()>> {
    let turned_away = turn_away(app, source_ip, now_us);
    if turned_away.is_ok() || is_known() {
        return Ok(turned_away);
    }
    let Ok(_waits) = WAITS.try_acquire() else { return turned_away.map(Ok) };
    let until = Instant::now() + TURN;
    loop {
        let [verdict] = app
            .shared
            .local()
            .take(app.clock.now_us(), &[Bucket::of_nobody("look_ups", (), LOOK_UPS)]);
        if verdict.allowed {
            return Ok(turned_away);
        }
        let wait = Duration::from_micros(verdict.retry_us.max(1).unsigned_abs());
        if Instant::now() + wait > until {
            return turned_away.map(Ok);
        }
        sleep(wait).await;
    }
}

/// Failed attempts of an address, with keys and with admin tokens.
pub fn failures(app: &App, source_ip: IpAddr) -> Bucket {
    Bucket::of_nobody("failed_auth", network(source_ip), app.config.limits.limit_failed_auth)
}

/// Refuses an address that keeps failing. A valid key works anyway: many callers may share one
/// address.
pub fn turn_away(app: &App, source_ip: IpAddr, now_us: i64) -> Result<()> {
    let verdict = app.shared.local().peek(now_us, &failures(app, source_ip));
    if verdict.allowed {
        return Ok(());
    }
    Err(too_many(seconds_up(verdict.retry_us)))
}

fn too_many(seconds: u64) -> Error {
    let detail = format!(
        "Too many failed authentications from your address. Try again in {} with a valid key.",
        plural(seconds, "second", "seconds")
    );
    Error::new(Code::RateLimited, detail).retry_after(seconds)
}

/// Sets the caller's key, and refuses the call if the key may not be used, or not from this
/// address.
fn accept(call: &mut Call, entry: Arc<KeyEntry>) -> Result<()> {
    let state = entry.state(call.now);
    call.terms = Some(Arc::clone(&entry.platform));
    let entry = call.key.insert(entry);
    let refused = match state {
        KeyState::Active | KeyState::Rotating
            if entry.settings.ip_allow_list.allows(call.source_ip) =>
        {
            return Ok(());
        }
        KeyState::Active | KeyState::Rotating => {
            let detail = format!(
                "The key {} may not be used from {}. Its page in the dashboard lists the allowed addresses.",
                entry.prefix, call.source_ip
            );
            Error::new(Code::IpNotAllowed, detail)
        }
        KeyState::Revoked => Error::new(
            Code::RevokedKey,
            format!("The key {} was revoked. Create a new one in the dashboard.", entry.prefix),
        ),
        KeyState::Expired => Error::new(
            Code::ExpiredKey,
            format!("The key {} has expired. Create a new one in the dashboard.", entry.prefix),
        ),
        KeyState::Disabled => Error::new(
            Code::DisabledKey,
            format!("The key {} is disabled. Enable it in the dashboard.", entry.prefix),
        ),
    };
    Err(refused)
}

fn invalid() -> Error {
    Error::new(Code::InvalidKey, "The API key is not valid. Check that it was copied completely.")
}

/// The only key in the headers.
fn presented(headers: &HeaderMap) -> Result<&str> {
    let mut found: Option<&str> = None;
    let bearer = headers.get_all(AUTHORIZATION).iter().map(|value| {
        let (scheme, key) = value.to_str().ok()?.split_at_checked(BEARER.len())?;
        scheme.eq_ignore_ascii_case(BEARER).then(|| key.trim_ascii())
    });
    let own =
        headers.get_all(X_API_KEY).iter().map(|value| value.to_str().ok().map(str::trim_ascii));
    for key in bearer.chain(own) {
        let key = key.ok_or_else(|| {
            Error::new(
                Code::InvalidKey,
                "The credentials could not be read. Send the key as `Authorization: Bearer tg_…`.",
            )
        })?;
        if found.is_some_and(|found| found != key) {
            return Err(Error::new(
                Code::AmbiguousCredentials,
                "Two different keys were sent. Send one, in `Authorization` or in `X-API-Key`.",
            ));
        }
        found = Some(key);
    }
    found.ok_or_else(|| {
        Error::new(Code::MissingKey, "Send an API key as `Authorization: Bearer tg_…`.")
    })
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
        assert_eq!(
            code(&[("x-api-key", "k2"), ("authorization", "Bearer k1")]),
            Err("ambiguous_credentials")
        );
        assert_eq!(
            code(&[("authorization", "Bearer k1"), ("authorization", "Bearer k2")]),
            Err("ambiguous_credentials")
        );
        assert_eq!(code(&[("authorization", "Basic dTpw")]), Err("invalid_key"));
        assert_eq!(code(&[]), Err("missing_key"));
    }
}
