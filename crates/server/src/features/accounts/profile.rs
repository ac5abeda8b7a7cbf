//! Changes to one's own account.

use serde_json::json;
use tollgate_types::time::Timestamp;

use super::fields::{self, Password};
use super::store::{links, users};
use super::{limits, mails, password};
use crate::accounts::sessions::{self, Session};
use crate::config::Config;
use crate::db::Db;
use crate::{Base, Error, Result, audit, mail};

/// Changes the display name.
pub async fn update(db: &Db, session: &Session, name: &str, now: Timestamp) -> Result<()> {
    let name = fields::only(fields::name(name, "name"))?;
    let mut tx = db.begin().await?;
    users::set_name(&mut tx, &session.user_id, &name, now).await?;
    let (before, after) = (json!({ "name": session.user.name }), json!({ "name": name }));
    audit::record(
        &mut tx,
        None,
        &session.actor,
        "user.renamed",
        session.user_id.as_str(),
        Some(before),
        Some(after),
        now,
    )
    .await?;
    tx.commit().await
}

/// Changes the password of a person who knows the current one, and ends their other sessions.
pub async fn change_password(
    base: &Base,
    session: &Session,
    current: &str,
    new: &str,
) -> Result<()> {
    limits::own_password(base, &session.user_id)?;
    replace_password(&base.db, &base.config, session, current, new, base.clock.now()).await
}

pub(super) async fn replace_password(
    db: &Db,
    config: &Config,
    session: &Session,
    current: &str,
    new: &str,
    now: Timestamp,
) -> Result<()> {
    let new =
        fields::only(Password::parse(new, "new", &[&session.user.name, &session.user.email]))?;
    let user = users::find(db, &session.user_id).await?;
    if !password::verify(current, user.as_ref().map(|user| user.password_hash.as_str())).await? {
        return Err(Error::field("current", "wrong", "This is not your current password."));
    }
    let hash = password::hash(&new).await?;
    let mut tx = db.begin().await?;
    let email = users::set_password(&mut tx, &session.user_id, &hash, now).await?;
    sessions::end_others(&mut tx, &session.user_id, Some(&session.id)).await?;
    // A reset link that somebody else may have requested would undo the change.
    links::delete_of_user(&mut tx, &session.user_id, super::reset::PURPOSE).await?;
    // An unverified address may belong to a person who never signed up.
    if session.user.verified {
        mail::queue(&mut tx, config, &mails::password_changed(config, &email), now).await?;
    }
    audit::record(
        &mut tx,
        None,
        &session.actor,
        "user.password_changed",
        session.user_id.as_str(),
        None,
        None,
        now,
    )
    .await?;
    tx.commit().await
}
