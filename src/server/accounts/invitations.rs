//! Inviting people by mail. Whoever holds the link has read the mail, so accepting also shows that
//! the address is theirs; the account that accepts must be the one the mail was sent to.

use serde_json::json;

use super::fields::{self, Email};
use super::store::{invitations, members, orgs, users};
use super::team::{self, MAX_TEAM};
use super::{letters, limits, orgs as rules};
use crate::server::access::{Actor, ManageTeam, Permit};
use crate::server::config::Config;
use crate::server::db::{Db, Tx};
use crate::server::session::{self, Session, Token};
use crate::server::{App, Error, Result, audit, mail, random};
use crate::types::account::InvitationPreview;
use crate::types::code::Code;
use crate::types::id::{InvitationId, UserId};
use crate::types::role::Role;
use crate::types::time::{DAY, Timestamp};

const VALID: i64 = 7 * DAY;

/// Mails an invitation. An earlier one to the same address is void. `invited_by` is shown to the invited.
pub async fn invite(app: &App, permit: &Permit<ManageTeam>, invited_by: &str, email: &str, role: Role) -> Result<()> {
    let email = fields::only(Email::parse(email))?;
    limits::invitation(app, &permit.org)?;
    send(&app.db, &app.config, permit, invited_by, &email, role, app.clock.now()).await
}

pub(super) async fn send(
    db: &Db,
    config: &Config,
    permit: &Permit<ManageTeam>,
    invited_by: &str,
    email: &Email,
    role: Role,
    now: Timestamp,
) -> Result<()> {
    let (id, token): (InvitationId, _) = (random::id(), Token::new());
    let org = &permit.org;
    let mut tx = db.begin().await?;
    orgs::lock(&mut tx, org, now).await?;
    if role == Role::Owner && team::acting_role(&mut tx, org, &permit.actor).await? != Role::Owner {
        return Err(team::only_owners());
    }
    if members::has_email(&mut tx, org, email.as_str()).await? {
        return Err(Error::field("email", "already_member", "This person is a member already."));
    }
    invitations::revoke_for_email(&mut tx, org, email.as_str(), now).await?;
    if members::count(&mut tx, org).await? + invitations::count_open(&mut tx, org, now).await? >= MAX_TEAM {
        return Err(Error::new(Code::Conflict, format!("A team has at most {MAX_TEAM} members and open invitations.")));
    }
    let new = invitations::NewInvitation {
        id: &id,
        org,
        email: email.as_str(),
        role,
        token_hash: token.hash(),
        invited_by: &permit.actor.id,
        created_at: now,
        expires_at: now.plus(VALID),
    };
    invitations::insert(&mut tx, &new).await?;
    let org_name = orgs::name(&mut tx, org).await?;
    mail::queue(&mut tx, config, &letters::invitation(config, email.as_str(), &org_name, invited_by, role, &token), now).await?;
    let after = json!({ "email": email.masked(), "role": role });
    audit::record(&mut tx, Some(org), &permit.actor, "invitation.created", id.as_str(), None, Some(after), now).await?;
    tx.commit().await
}

/// Takes an open invitation back.
pub async fn revoke(db: &Db, permit: &Permit<ManageTeam>, id: &InvitationId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let role = invitations::revoke(&mut tx, id, &permit.org, now).await?.ok_or_else(|| Error::not_found("open invitation"))?;
    let before = json!({ "role": role });
    audit::record(&mut tx, Some(&permit.org), &permit.actor, "invitation.revoked", id.as_str(), Some(before), None, now).await?;
    tx.commit().await
}

/// What the link's page shows; the token is all it takes to see it.
pub async fn preview(db: &Db, token: &str, now: Timestamp) -> Result<InvitationPreview> {
    let token = Token::parse(token).ok_or_else(void)?;
    let found = invitations::find_open(db, &token.hash(), now).await?.ok_or_else(void)?;
    Ok(InvitationPreview {
        role: members::parse_role(&found.role)?,
        org_name: found.org_name,
        email: found.email,
        invited_by: found.invited_by,
        has_account: found.has_account,
    })
}

/// Joins the organisation and switches the session to it.
pub async fn accept(db: &Db, session: &Session, token: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let invitation = use_up(&mut tx, token, &session.user.email, now).await?;
    join(&mut tx, &invitation, &session.user_id, &session.actor, now).await?;
    session::choose_org(&mut tx, session, &invitation.org_id).await?;
    tx.commit().await
}

/// Uses the invitation up, as part of another act, if it is open and was sent to `email`.
pub(super) async fn use_up(tx: &mut Tx, token: &str, email: &str, now: Timestamp) -> Result<invitations::AcceptedRow> {
    let token = Token::parse(token).ok_or_else(void)?;
    let invitation = invitations::accept(tx, &token.hash(), now).await?.ok_or_else(void)?;
    if invitation.email != email {
        let sent_to = Email::parse(&invitation.email).map(|email| email.masked()).unwrap_or_default();
        let detail = format!("This invitation was sent to {sent_to}. Log in with that address, or ask to be invited under yours.");
        return Err(Error::new(Code::Forbidden, detail));
    }
    Ok(invitation)
}

/// Makes the person a member with the role they were invited to. Whoever is one already keeps theirs.
pub(super) async fn join(tx: &mut Tx, invitation: &invitations::AcceptedRow, user: &UserId, actor: &Actor, now: Timestamp) -> Result<()> {
    let role = members::parse_role(&invitation.role)?;
    users::mark_verified(tx, user, now).await?;
    if rules::join(tx, &invitation.org_id, user, role, now).await? {
        let after = json!({ "role": role, "invitation": invitation.id });
        audit::record(tx, Some(&invitation.org_id), actor, "member.joined", user.as_str(), None, Some(after), now).await?;
    }
    Ok(())
}

fn void() -> Error {
    Error::new(
        Code::Conflict,
        "This invitation is not valid any more: it was accepted, taken back, or is older than seven days. Ask for another.",
    )
}
