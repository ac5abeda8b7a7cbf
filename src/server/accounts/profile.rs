//! What people change about their own account.

use serde_json::json;

use super::fields::{self, Password};
use super::store::{links, users};
use super::{letters, limits, password};
use crate::server::config::Config;
use crate::server::db::Db;
use crate::server::session::{self, Session};
use crate::server::{App, Error, Result, audit, mail};
use crate::types::time::Timestamp;

/// Changes the display name.
pub async fn update(db: &Db, session: &Session, name: &str, now: Timestamp) -> Result<()> {
    let name = fields::only(fields::name(name, "name"))?;
    let mut tx = db.begin().await?;
    users::set_name(&mut tx, &session.user_id, &name, now).await?;
    let (before, after) = (json!({ "name": session.user.name }), json!({ "name": name }));
    audit::record(&mut tx, None, &session.actor, "user.renamed", session.user_id.as_str(), Some(before), Some(after), now).await?;
    tx.commit().await
}

/// Changes the password of somebody who knows the present one, and ends their other sessions.
pub async fn change_password(app: &App, session: &Session, current: &str, new: &str) -> Result<()> {
    limits::own_password(app, &session.user_id)?;
    replace_password(&app.db, &app.config, session, current, new, app.clock.now()).await
}

pub(super) async fn replace_password(db: &Db, config: &Config, session: &Session, current: &str, new: &str, now: Timestamp) -> Result<()> {
    let new = fields::only(Password::parse(new, "new"))?;
    let user = users::find(db, &session.user_id).await?;
    if !password::verify(current, user.as_ref().map(|user| user.password_hash.as_str())).await? {
        return Err(Error::field("current", "wrong", "This is not your present password."));
    }
    let hash = password::hash(&new).await?;
    let mut tx = db.begin().await?;
    let email = users::set_password(&mut tx, &session.user_id, &hash, now).await?;
    session::end_others(&mut tx, &session.user_id, Some(&session.id)).await?;
    // A link that somebody else may have asked for would undo the change.
    links::delete_of_user(&mut tx, &session.user_id, super::reset::PURPOSE).await?;
    mail::queue(&mut tx, config, &letters::password_changed(config, &email), now).await?;
    audit::record(&mut tx, None, &session.actor, "user.password_changed", session.user_id.as_str(), None, None, now).await?;
    tx.commit().await
}
