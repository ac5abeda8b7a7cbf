//! Sessions: who is signed in on a browser, and for which organisation they act. A session is a row
//! whose token only the browser knows. It can be listed and ended, and every request looks it up,
//! so ending one takes effect immediately on all instances.

mod store;
mod token;
mod visitor;

pub use token::{Token, TokenHash};
pub use visitor::Visitor;

use tollgate_types::account::{Me, Membership, SessionView};
use tollgate_types::code::Code;
use tollgate_types::id::{OrgId, SessionId, UserId};
use tollgate_types::money::Currency;
use tollgate_types::time::{DAY, MINUTE, Timestamp};

use crate::access::{Actor, Operator, Permission, Permit};
use crate::config::Config;
use crate::db::{Change, Db, Tx};
use crate::{Error, Result, audit, mail, random};

/// The maximum lifetime of a session.
pub const LIFETIME: i64 = 30 * DAY;
/// The idle time after which a session ends.
const IDLE: i64 = 14 * DAY;
/// The precision of the last use: each update is a write.
const TOUCH_EVERY: i64 = MINUTE;

#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub user: User,
    /// The organisation of this session; `None` for a person without organisations.
    pub org: Option<Membership>,
    /// All organisations of this person, ordered by name.
    pub orgs: Vec<Membership>,
    /// This person in this request, for the audit trail.
    pub actor: Actor,
}

#[derive(Clone)]
pub struct User {
    pub name: String,
    pub email: String,
    /// Whether the address is verified.
    pub verified: bool,
    pub is_operator: bool,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("verified", &self.verified)
            .field("is_operator", &self.is_operator)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// The permit for `P` in the session's organisation, if the role allows it.
    pub fn permit<P: Permission>(&self) -> Result<Permit<P>> {
        let Some(org) = &self.org else {
            return Err(Error::new(
                Code::Forbidden,
                "You are not a member of an organisation. Create one, or ask for an invitation.",
            ));
        };
        Permit::for_member(org.id.clone(), org.role, self.actor.clone()).ok_or_else(|| {
            let detail =
                format!("Your role in {}, {}, does not allow this. Ask an owner or admin of the organisation.", org.name, org.role);
            Error::new(Code::Forbidden, detail)
        })
    }

    /// Proof that this person is an operator and uses an allowed network.
    pub fn operator(&self, config: &Config) -> Result<Operator> {
        Operator::person(self.user.is_operator, config, self.actor.clone())
    }

    /// What pages show of it.
    pub fn into_me(self, config: &Config, currency: Currency) -> Me {
        Me {
            currency,
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

/// The session of the visitor's token, if it has not ended.
pub async fn find(db: &Db, visitor: &Visitor, now: Timestamp) -> Result<Option<Session>> {
    let Some(token) = &visitor.token else { return Ok(None) };
    let Some(row) = store::find(db, &token.hash(), now, now.plus(-IDLE)).await? else {
        return Ok(None);
    };
    if now.0 - row.last_seen_at >= TOUCH_EVERY {
        let mut tx = db.begin().await?;
        store::touch(&mut tx, &row.id, now).await?;
        tx.commit().await?;
    }
    let orgs = super::memberships(db, &row.user_id).await?;
    let chosen =
        orgs.iter().find(|org| Some(org.id.as_str()) == row.org_id.as_deref()).or(orgs.first());
    Ok(Some(Session {
        org: chosen.cloned(),
        orgs,
        actor: visitor.actor(&row.user_id),
        id: row.id,
        user_id: row.user_id,
        user: User {
            name: row.name,
            email: row.email,
            verified: row.email_verified_at.is_some(),
            is_operator: row.is_operator,
        },
    }))
}

/// Starts a session for a person who has just authenticated. The browser's previous session is
/// ended: a token from before a login must be worthless after it.
pub async fn start(
    db: &Db,
    visitor: &Visitor,
    user: &UserId,
    org: Option<&OrgId>,
    now: Timestamp,
) -> Result<Token> {
    let token = Token::new();
    let id: SessionId = random::id();
    let mut tx = db.begin().await?;
    if let Some(old) = &visitor.token
        && let Some(person) = store::delete_by_token(&mut tx, &old.hash()).await?
    {
        tx.announce(Change::Person(person));
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
    audit::record(
        &mut tx,
        None,
        &visitor.actor(user),
        "session.started",
        id.as_str(),
        None,
        None,
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(token)
}

/// Ends the browser's session; logging out.
pub async fn end(db: &Db, session: &Session, now: Timestamp) -> Result<()> {
    revoke(db, session, &session.id, now).await
}

/// Ends one session of the same person.
pub async fn revoke(db: &Db, session: &Session, id: &SessionId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    if !store::delete(&mut tx, id, &session.user_id).await? {
        return Err(Error::not_found("session"));
    }
    tx.announce(Change::Person(session.user_id.to_string()));
    audit::record(&mut tx, None, &session.actor, "session.ended", id.as_str(), None, None, now)
        .await?;
    tx.commit().await
}

/// Ends all other sessions of the same person.
pub async fn revoke_others(db: &Db, session: &Session, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let ended = end_others(&mut tx, &session.user_id, Some(&session.id)).await?;
    let after = serde_json::json!({ "ended": ended });
    audit::record(
        &mut tx,
        None,
        &session.actor,
        "session.others_ended",
        session.user_id.as_str(),
        None,
        Some(after),
        now,
    )
    .await?;
    tx.commit().await
}

/// Ends all sessions of a person except `keep`, as part of another action; returns their number.
pub async fn end_others(tx: &mut Tx, user: &UserId, keep: Option<&SessionId>) -> Result<usize> {
    let ended = store::delete_others(tx, user, keep).await?;
    tx.announce(Change::Person(user.to_string()));
    Ok(ended)
}

/// Makes the session act for `org`. The caller must check the membership.
pub async fn choose_org(tx: &mut Tx, session: &Session, org: &OrgId) -> Result<()> {
    store::choose_org(tx, &session.id, org).await
}

/// All sessions of the same person, latest first.
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

/// Deletes expired and long unused sessions.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    store::EXPIRED.delete(db, now.0).await?;
    store::IDLE.delete(db, now.plus(-IDLE).0).await?;
    Ok(())
}
