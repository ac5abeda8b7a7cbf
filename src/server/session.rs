//! Sessions: who is signed in on a browser, and for which organisation they act. A session is a row
//! whose token only the browser knows; it can be listed and ended, and it is looked up on every
//! request, so that what ends it holds at once on every instance.

mod context;
mod cookie;
mod store;
mod token;
mod visitor;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::OnceCell;

use super::access::{Actor, Operator, Permission, Permit};
use super::config::Config;
use super::db::{Db, Tx};
use super::{App, Error, Result, accounts, admin, audit, mail, random};
use crate::types::account::{Me, Membership, SessionView};
use crate::types::code::Code;
use crate::types::id::{OrgId, SessionId, UserId};
use crate::types::time::{DAY, MINUTE, Timestamp};

use context::set_cookie;
pub use context::{
    DASHBOARD, answer_with, app, clear_cookie, go_to, is_local, operator, optional, permit, request_id, send_to, session, visitor,
};
pub use token::{Token, TokenHash};
pub use visitor::Visitor;

/// A session ends so long after it began, however much it is used.
const LIFETIME: i64 = 30 * DAY;
/// A session ends when it was not used for so long.
const IDLE: i64 = 14 * DAY;
/// How exactly the last use is known: each update is a write.
const TOUCH_EVERY: i64 = MINUTE;

#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub user: User,
    /// The organisation this session acts for; none for somebody who belongs to none.
    pub org: Option<Membership>,
    /// All organisations of this person, by name.
    pub orgs: Vec<Membership>,
    /// This person in this request, for the audit trail.
    pub actor: Actor,
}

#[derive(Clone)]
pub struct User {
    pub name: String,
    pub email: String,
    /// Whether the address is known to be theirs.
    pub verified: bool,
    pub is_operator: bool,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("verified", &self.verified).field("is_operator", &self.is_operator).finish_non_exhaustive()
    }
}

impl Session {
    /// The permit for `P` in the session's organisation, if the role allows it.
    pub fn permit<P: Permission>(&self) -> Result<Permit<P>> {
        let Some(org) = &self.org else {
            return Err(Error::new(Code::Forbidden, "You belong to no organisation. Create one, or ask to be invited."));
        };
        Permit::for_member(org.id.clone(), org.role, self.actor.clone()).ok_or_else(|| {
            let detail =
                format!("Your role in {}, {}, does not allow this. Ask an owner or admin of the organisation.", org.name, org.role);
            Error::new(Code::Forbidden, detail)
        })
    }

    /// Proof that this person runs the portal, and from where they may.
    pub fn operator(&self, config: &Config) -> Result<Operator> {
        if !self.user.is_operator {
            return Err(Error::new(Code::Forbidden, "This is for the portal's operators. `tollgate user create --operator` makes one."));
        }
        admin::check_network(config, self.actor.source_ip)?;
        Ok(Operator::new(self.actor.clone()))
    }

    /// What pages show of it.
    pub fn into_me(self, config: &Config) -> Me {
        Me {
            user_id: self.user_id,
            name: self.user.name,
            email: self.user.email,
            email_verified: self.user.verified,
            is_operator: self.user.is_operator,
            org: self.org,
            orgs: self.orgs,
            dev_outbox: mail::has_outbox_page(config),
        }
    }
}

/// The session found for one request, kept so that a page whose parts all ask finds it once.
#[derive(Clone, Default)]
struct Slot(Arc<OnceCell<Option<Session>>>);

/// Middleware for all routes that people use: makes room for the session of this request.
pub async fn remember(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Slot::default());
    next.run(request).await
}

/// The session of a request, if it has one.
pub async fn current(app: &App, parts: &Parts) -> Result<Option<Session>> {
    let visitor = Visitor::of(parts);
    let look_up = || find(&app.db, &visitor, app.clock.now());
    match parts.extensions.get::<Slot>() {
        Some(slot) => slot.0.get_or_try_init(look_up).await.cloned(),
        None => look_up().await,
    }
}

/// For axum routes: the permit for `P` in the session's organisation.
pub async fn org_permit<P: Permission>(app: &App, parts: &Parts) -> Result<Permit<P>> {
    current(app, parts).await?.ok_or_else(context::not_signed_in)?.permit()
}

/// For axum routes: whoever runs this portal, see [`operator`].
pub async fn current_operator(app: &App, parts: &Parts) -> Result<Operator> {
    current(app, parts).await?.ok_or_else(context::not_signed_in)?.operator(&app.config)
}

/// The session whose token the visitor brought, if it has not ended.
pub(super) async fn find(db: &Db, visitor: &Visitor, now: Timestamp) -> Result<Option<Session>> {
    let Some(token) = &visitor.token else { return Ok(None) };
    let Some(row) = store::find(db, &token.hash(), now, now.plus(-IDLE)).await? else { return Ok(None) };
    if now.0 - row.last_seen_at >= TOUCH_EVERY {
        let mut tx = db.begin().await?;
        store::touch(&mut tx, &row.id, now).await?;
        tx.commit().await?;
    }
    let orgs = accounts::memberships(db, &row.user_id).await?;
    let chosen = orgs.iter().find(|org| Some(org.id.as_str()) == row.org_id.as_deref()).or(orgs.first());
    Ok(Some(Session {
        org: chosen.cloned(),
        orgs,
        actor: visitor.actor(&row.user_id),
        id: row.id,
        user_id: row.user_id,
        user: User { name: row.name, email: row.email, verified: row.email_verified_at.is_some(), is_operator: row.is_operator },
    }))
}

/// Begins a session for a person who has just proven who they are. Whatever session the browser
/// had before is ended: a token from before a login is worth nothing after it.
pub async fn start(db: &Db, visitor: &Visitor, user: &UserId, org: Option<&OrgId>, now: Timestamp) -> Result<Token> {
    let token = Token::new();
    let id: SessionId = random::id();
    let mut tx = db.begin().await?;
    if let Some(old) = &visitor.token {
        store::delete_by_token(&mut tx, &old.hash()).await?;
    }
    let new = store::NewSession {
        id: &id,
        token_hash: token.hash(),
        user_id: user,
        org_id: org,
        source_ip: &visitor.source_ip_text(),
        user_agent: &visitor.user_agent,
        created_at: now,
        expires_at: now.plus(LIFETIME),
    };
    store::insert(&mut tx, &new).await?;
    audit::record(&mut tx, None, &visitor.actor(user), "session.started", id.as_str(), None, None, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// [`start`]s a session and hands its token to the browser of the present server function.
pub async fn begin(app: &App, visitor: &Visitor, user: &UserId, org: Option<&OrgId>) -> Result<()> {
    let token = start(&app.db, visitor, user, org, app.clock.now()).await?;
    set_cookie(&token);
    Ok(())
}

/// Ends the session the browser is in; logging out.
pub async fn end(db: &Db, session: &Session, now: Timestamp) -> Result<()> {
    revoke(db, session, &session.id, now).await
}

/// Ends one session of the same person.
pub async fn revoke(db: &Db, session: &Session, id: &SessionId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    if !store::delete(&mut tx, id, &session.user_id).await? {
        return Err(Error::not_found("session"));
    }
    audit::record(&mut tx, None, &session.actor, "session.ended", id.as_str(), None, None, now).await?;
    tx.commit().await
}

/// Ends all sessions of the same person but this one.
pub async fn revoke_others(db: &Db, session: &Session, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let ended = end_others(&mut tx, &session.user_id, Some(&session.id)).await?;
    let after = serde_json::json!({ "ended": ended });
    audit::record(&mut tx, None, &session.actor, "session.others_ended", session.user_id.as_str(), None, Some(after), now).await?;
    tx.commit().await
}

/// Ends all sessions of a person but `keep`, as part of another act; the number of those.
pub async fn end_others(tx: &mut Tx, user: &UserId, keep: Option<&SessionId>) -> Result<usize> {
    store::delete_others(tx, user, keep).await
}

/// Makes the session act for `org`. Whether the person belongs to it is the caller's to know.
pub async fn choose_org(tx: &mut Tx, session: &Session, org: &OrgId) -> Result<()> {
    store::choose_org(tx, &session.id, org).await
}

/// All sessions of the same person, the latest first.
pub async fn list(db: &Db, session: &Session, now: Timestamp) -> Result<Vec<SessionView>> {
    let rows = store::list(db, &session.user_id, now, now.plus(-IDLE)).await?;
    let view = |row: store::ListedRow| SessionView {
        is_current: row.id == session.id,
        id: row.id,
        source_ip: row.source_ip,
        user_agent: row.user_agent,
        created_at: Timestamp(row.created_at),
        last_seen_at: Timestamp(row.last_seen_at),
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Deletes what has expired.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<()> {
    store::prune(tx, now, now.plus(-IDLE)).await
}
