//! Invitations by mail. The holder of the link has read the mail, so accepting also verifies the
//! address; the accepting account must be the one that the mail was sent to.

use serde_json::json;
use tollgate_types::account::InvitationPreview;
use tollgate_types::code::Code;
use tollgate_types::id::{InvitationId, UserId};
use tollgate_types::role::Role;
use tollgate_types::time::{DAY, SECOND, Timestamp};

use super::fields::{self, Email};
use super::store::{invitations, members, orgs, users};
use super::team::{self, MAX_TEAM};
use super::{limits, mails, orgs as rules, verify};
use crate::access::{Actor, ManageTeam, Permit};
use crate::accounts::sessions::{self, Session, Token};
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::{Base, Error, Result, audit, mail, names, random};

const VALID: i64 = 7 * DAY;
/// Maximum number of invitations in 24 hours: sent by one person, over all organisations, and
/// received by one address. Counted in the database, so that neither a restart nor a second
/// instance resets them.
const BY_PERSON_A_DAY: i64 = 100;
const TO_ADDRESS_A_DAY: i64 = 5;

/// Mails an invitation. It replaces an earlier one to the same address. The recipient sees
/// `invited_by`.
pub async fn invite(
    base: &Base,
    permit: &Permit<ManageTeam>,
    invited_by: &str,
    email: &str,
    role: Role,
) -> Result<()> {
    let email = fields::only(Email::parse(email))?;
    verify::require_verified(&base.db, permit, "invite others").await?;
    limits::invitation(base, &permit.org, &permit.actor, &email)?;
    send(&base.db, &base.config, permit, invited_by, &email, role, base.clock.now()).await
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
        return Err(Error::field("email", "already_member", "This person is already a member."));
    }
    check_rates(&mut tx, &permit.actor, email, now).await?;
    invitations::revoke_for_email(&mut tx, org, email.as_str(), now).await?;
    if members::count(&mut tx, org).await? + invitations::count_open(&mut tx, org, now).await?
        >= MAX_TEAM
    {
        return Err(Error::new(
            Code::Conflict,
            format!("A team may have at most {MAX_TEAM} members and open invitations."),
        ));
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
    // Both may have been created before names were validated.
    if names::check(&org_name).is_err() || names::check(invited_by).is_err() {
        let detail = "Your name or the name of your organisation contains a link or invisible characters. Change it in the settings, \
            then invite again.";
        return Err(Error::new(Code::Conflict, detail));
    }
    mail::queue(
        &mut tx,
        config,
        &mails::invitation(config, email.as_str(), &org_name, invited_by, role, &token),
        now,
    )
    .await?;
    let after = json!({ "email": email.masked(), "role": role });
    audit::record(
        &mut tx,
        Some(org),
        &permit.actor,
        "invitation.created",
        id.as_str(),
        None,
        Some(after),
        now,
    )
    .await?;
    tx.commit().await
}

/// # Errors
/// `rate_limited` if the person has sent, or the address has received, the daily maximum.
async fn check_rates(tx: &mut Tx, actor: &Actor, email: &Email, now: Timestamp) -> Result<()> {
    let since = now.plus(-DAY);
    let detail = if invitations::count_by(tx, &actor.id, since).await? >= BY_PERSON_A_DAY {
        format!(
            "You have sent {BY_PERSON_A_DAY} invitations in the last 24 hours. Try again tomorrow."
        )
    } else if invitations::count_to(tx, email.as_str(), since).await? >= TO_ADDRESS_A_DAY {
        "This address has received too many invitations in the last 24 hours. Try again tomorrow."
            .to_owned()
    } else {
        return Ok(());
    };
    Err(Error::new(Code::RateLimited, detail).retry_after((DAY / SECOND).unsigned_abs()))
}

/// Revokes an open invitation.
pub async fn revoke(
    db: &Db,
    permit: &Permit<ManageTeam>,
    id: &InvitationId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let role = invitations::revoke(&mut tx, id, &permit.org, now)
        .await?
        .ok_or_else(|| Error::not_found("open invitation"))?;
    let before = json!({ "role": role });
    audit::record(
        &mut tx,
        Some(&permit.org),
        &permit.actor,
        "invitation.revoked",
        id.as_str(),
        Some(before),
        None,
        now,
    )
    .await?;
    tx.commit().await
}

/// What the link's page shows; the token is sufficient to see it.
pub async fn preview(db: &Db, token: &str, now: Timestamp) -> Result<InvitationPreview> {
    let token = Token::parse(token).ok_or_else(void)?;
    let found = invitations::find_open(db, &token.hash(), now).await?.ok_or_else(void)?;
    let role = members::parse_role(&found.role)?;
    let inviter = found.inviter_role.as_deref().map(members::parse_role).transpose()?;
    if !inviter.is_some_and(|inviter| inviter.can_invite(role)) {
        return Err(void());
    }
    Ok(InvitationPreview {
        role,
        org_name: found.org_name,
        email: found.email,
        invited_by: found.invited_by,
        has_account: found.has_account,
    })
}

/// Accepts the invitation and switches the session to the organisation.
pub async fn accept(
    db: &Db,
    config: &Config,
    session: &Session,
    token: &str,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let invitation = use_up(&mut tx, token, &session.user.email, now).await?;
    join(&mut tx, config, &invitation, &session.user_id, &session.actor, now).await?;
    sessions::choose_org(&mut tx, session, &invitation.org_id).await?;
    tx.commit().await
}

/// Uses up the invitation in the transaction of another action, if it is open and was sent to
/// `email`.
pub(super) async fn use_up(
    tx: &mut Tx,
    token: &str,
    email: &str,
    now: Timestamp,
) -> Result<invitations::AcceptedRow> {
    let hash = Token::parse(token).ok_or_else(void)?.hash();
    let org = invitations::org_of(tx, &hash).await?.ok_or_else(void)?;
    // Locked before the invitation, in the same order as when a member is removed.
    orgs::lock(tx, &org, now).await?;
    let invitation = invitations::accept(tx, &hash, now).await?.ok_or_else(void)?;
    let (role, inviter) = (
        members::parse_role(&invitation.role)?,
        members::role(tx, &org, &invitation.invited_by).await?,
    );
    if !inviter.is_some_and(|inviter| inviter.can_invite(role)) {
        return Err(void());
    }
    if invitation.email != email {
        let sent_to =
            Email::parse(&invitation.email).map(|email| email.masked()).unwrap_or_default();
        let detail = format!(
            "This invitation was sent to {sent_to}. Log in with that address, or ask for an invitation to yours."
        );
        return Err(Error::new(Code::Forbidden, detail));
    }
    Ok(invitation)
}

/// Makes the person a member with the role of the invitation. An existing member keeps their role.
///
/// # Errors
/// `conflict` if the person would own more organisations than allowed.
pub(super) async fn join(
    tx: &mut Tx,
    config: &Config,
    invitation: &invitations::AcceptedRow,
    user: &UserId,
    actor: &Actor,
    now: Timestamp,
) -> Result<()> {
    let role = members::parse_role(&invitation.role)?;
    if role == Role::Owner && members::role(tx, &invitation.org_id, user.as_str()).await?.is_none()
    {
        rules::check_owned(tx, user, config.limits.max_owned_orgs).await?;
    }
    users::mark_verified(tx, user, now).await?;
    if rules::join(tx, &invitation.org_id, user, role, now).await? {
        let after = json!({ "role": role, "invitation": invitation.id });
        audit::record(
            tx,
            Some(&invitation.org_id),
            actor,
            "member.joined",
            user.as_str(),
            None,
            Some(after),
            now,
        )
        .await?;
    }
    Ok(())
}

fn void() -> Error {
    Error::new(
        Code::Conflict,
        "This invitation is no longer valid: it was accepted or revoked, it is older than seven days, or the person who sent it may no \
         longer invite others. Ask for another one.",
    )
}
