//! Authentication of the admin API: the token in `Authorization`. Session cookies are ignored, so
//! no page of another site can make a browser call it.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use tollgate_types::code::Code;
use tollgate_types::id::RequestId;
use tollgate_types::time::MINUTE;

use super::{store, token};
use crate::access::{Operator, check_network};
use crate::{App, Error, Result, gateway};

/// The precision of the last use: each update is a write.
const TOUCH_EVERY: i64 = MINUTE;

/// # Errors
/// `ip_not_allowed`; `missing_key` or `invalid_key` without a valid token; `rate_limited` for an
/// address with too many failed attempts, with keys or tokens.
pub async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    source_ip: IpAddr,
    request_id: RequestId,
) -> Result<Operator> {
    check_network(&app.config, Some(source_ip))?;
    let now_us = app.clock.now_us();
    let checked = match presented(headers).and_then(|text| token::hash_of(text).ok_or_else(invalid))
    {
        Ok(hash) => {
            // A valid token also works from an address with failed attempts.
            let wrong = gateway::may_look_up(app, source_ip, now_us, || false).await?.err();
            store::find_working(&app.db, &hash).await?.ok_or_else(|| wrong.unwrap_or_else(invalid))
        }
        Err(error) => gateway::turn_away(app, source_ip, now_us).and(Err(error)),
    };
    let row = match checked {
        Ok(row) => row,
        Err(error) if error.code() == Code::RateLimited => return Err(error),
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
    Operator::token_holder(&row.id, &app.config, source_ip, request_id)
}

fn invalid() -> Error {
    Error::new(
        Code::InvalidKey,
        "The admin token is not valid. Check that it was copied completely and has not been revoked.",
    )
}

fn presented(headers: &HeaderMap) -> Result<&str> {
    let missing = || {
        Error::new(Code::MissingKey, "Send an admin token as `Authorization: Bearer tg_admin_…`.")
    };
    let text = headers.get(AUTHORIZATION).ok_or_else(missing)?.to_str().map_err(|_| invalid())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(missing()) }
}
