//! Operating the portal: who may, from which networks, and the tokens of the admin API.

pub mod api;
mod authenticate;
mod store;
mod token;

use serde_json::json;
use tollgate_types::admin::{AdminTokenView, CreatedAdminToken};
use tollgate_types::code::Code;
use tollgate_types::id::AdminTokenId;
use tollgate_types::time::{DAY, Timestamp};

pub use authenticate::authenticate;

use self::token::PlainToken;
use crate::access::Operator;
use crate::db::Db;
use crate::{Error, Result, audit, random};

/// The maximum number of active tokens.
const MAX_TOKENS: i64 = 100;
/// How long revoked tokens are listed.
const KEEP_REVOKED: i64 = 90 * DAY;
const MAX_NAME: usize = 80;

/// Creates a token of the admin API. The response contains its text, which is stored nowhere else.
///
/// # Errors
/// `validation_failed` if the name is not valid; `conflict` if there are too many tokens.
pub async fn create_token(
    db: &Db,
    operator: &Operator,
    name: &str,
    now: Timestamp,
) -> Result<CreatedAdminToken> {
    let name = name.trim();
    if !(1..=MAX_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Error::field(
            "name",
            "invalid_length",
            format!("Give the token a name of 1 to {MAX_NAME} visible characters."),
        ));
    }
    let plain = PlainToken::generate();
    let id: AdminTokenId = random::id();
    let mut tx = db.begin().await?;
    store::delete_revoked_before(&mut tx, now.plus(-KEEP_REVOKED)).await?;
    if store::count_working(&mut tx).await? >= MAX_TOKENS {
        return Err(Error::new(
            Code::Conflict,
            format!(
                "The portal already has {MAX_TOKENS} admin tokens, the maximum. Revoke one that is not used."
            ),
        ));
    }
    let prefix = plain.prefix();
    store::insert(&mut tx, &id, name, &prefix, &plain.hash(), &operator.actor.id, now).await?;
    let after = json!({ "name": name, "prefix": prefix });
    audit::record(
        &mut tx,
        None,
        &operator.actor,
        "admin_token.created",
        id.as_str(),
        None,
        Some(after),
        now,
    )
    .await?;
    tx.commit().await?;
    let view = AdminTokenView {
        id,
        name: name.to_owned(),
        prefix,
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    Ok(CreatedAdminToken { view, token: plain.expose().to_owned() })
}

/// All tokens, newest first, without their secrets.
pub async fn list_tokens(db: &Db, _: &Operator) -> Result<Vec<AdminTokenView>> {
    store::list(db).await?.into_iter().map(store::TokenRow::view).collect()
}

/// Revokes a token permanently, immediately on all instances.
///
/// # Errors
/// `not_found`.
pub async fn revoke_token(
    db: &Db,
    operator: &Operator,
    id: &AdminTokenId,
    now: Timestamp,
) -> Result<AdminTokenView> {
    let mut tx = db.begin().await?;
    if store::revoke(&mut tx, id, now).await? {
        audit::record(
            &mut tx,
            None,
            &operator.actor,
            "admin_token.revoked",
            id.as_str(),
            None,
            None,
            now,
        )
        .await?;
    }
    let row = store::find_in(&mut tx, id).await?.ok_or_else(|| Error::not_found("admin token"))?;
    tx.commit().await?;
    row.view()
}

/// Whether this text is an active token.
pub async fn token_works(db: &Db, text: &str) -> Result<bool> {
    match token::hash_of(text) {
        Some(hash) => Ok(store::find_working(db, &hash).await?.is_some()),
        None => Ok(false),
    }
}
