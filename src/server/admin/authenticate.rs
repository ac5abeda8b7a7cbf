//! Who calls the admin API: the token in `Authorization`. A session's cookie counts for nothing there, so no page of
//! another site can make a browser call it.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::{store, token};
use crate::server::access::{Actor, ActorKind, Operator};
use crate::server::{App, Error, Result, gateway};
use crate::types::code::Code;
use crate::types::id::RequestId;
use crate::types::time::MINUTE;

/// How exactly the last use is known: each update is a write.
const TOUCH_EVERY: i64 = MINUTE;

/// # Errors
/// `ip_not_allowed`; `missing_key` or `invalid_key` without a token that works; `rate_limited` for an address that has
/// failed too often, with keys or with tokens.
pub async fn authenticate(app: &App, headers: &HeaderMap, source_ip: IpAddr, request_id: RequestId) -> Result<Operator> {
    super::check_network(&app.config, Some(source_ip))?;
    gateway::turn_away(app, source_ip, app.clock.now_us())?;
    let checked = match presented(headers).and_then(|text| token::hash_of(text).ok_or_else(invalid)) {
        Ok(hash) => store::find_working(&app.db, &hash).await?.ok_or_else(invalid),
        Err(error) => Err(error),
    };
    let row = match checked {
        Ok(row) => row,
        Err(error) => {
            app.shared.fail(app.clock.now_us(), &gateway::failures(app, source_ip));
            return Err(error);
        }
    };
    let now = app.clock.now();
    if row.last_used_at.is_none_or(|at| now.0 - at >= TOUCH_EVERY) {
        let mut tx = app.db.begin().await?;
        store::touch(&mut tx, &row.id, now).await?;
        tx.commit().await?;
    }
    Ok(Operator::new(Actor { kind: ActorKind::AdminToken, id: row.id.into(), source_ip: Some(source_ip), request_id: Some(request_id) }))
}

fn invalid() -> Error {
    Error::new(Code::InvalidKey, "The admin token is not valid. Check that it was copied whole, and that nobody has revoked it.")
}

fn presented(headers: &HeaderMap) -> Result<&str> {
    let missing = || Error::new(Code::MissingKey, "Send an admin token as `Authorization: Bearer tg_admin_…`.");
    let text = headers.get(AUTHORIZATION).ok_or_else(missing)?.to_str().map_err(|_| invalid())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(missing()) }
}
