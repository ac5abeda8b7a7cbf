//! Members of an organisation and their roles. Only owners appoint and remove owners, and there is
//! always one. Each change locks the organisation first, so that two owners who demote each other
//! concurrently do not leave none.

use serde_json::json;
use tollgate_types::account::{InvitationView, MemberView, Team};
use tollgate_types::code::Code;
use tollgate_types::id::{InvitationId, OrgId, UserId};
use tollgate_types::role::Role;
use tollgate_types::time::Timestamp;

use super::orgs as rules;
use super::store::{invitations, members, orgs};
use crate::access::{Actor, ActorKind, ManageTeam, Permit, ReadOrg};
use crate::config::Config;
use crate::db::{self, Db, Tx};
use crate::{Error, Result, audit};

/// The maximum number of members and open invitations of one organisation combined.
pub(super) const MAX_TEAM: i64 = 500;

/// Members, oldest first, and open invitations, newest first. `can_manage` controls the page's
/// buttons.
pub async fn load(
    db: &Db,
    permit: &Permit<ReadOrg>,
    can_manage: bool,
    now: Timestamp,
) -> Result<Team> {
    let members = members::list(db, &permit.org, MAX_TEAM).await?;
    let invitations = invitations::list_open(db, &permit.org, now, MAX_TEAM).await?;
    let member = |row: members::MemberRow| {
        Ok(MemberView {
            is_you: row.user_id.as_str() == &*permit.actor.id,
            user_id: row.user_id,
            name: row.name,
            email: row.email,
            role: members::parse_role(&row.role)?,
            joined_at: Timestamp(row.created_at),
        })
    };
    let invitation = |row: invitations::ListedRow| {
        Ok(InvitationView {
            id: row.id,
            email: row.email,
            role: members::parse_role(&row.role)?,
            invited_by: row.invited_by,
            created_at: Timestamp(row.created_at),
            expires_at: Timestamp(row.expires_at),
        })
    };
    Ok(Team {
        members: members.into_iter().map(member).collect::<Result<_>>()?,
        invitations: invitations.into_iter().map(invitation).collect::<Result<_>>()?,
        can_manage,
    })
}

/// The verified addresses of an organisation's owners and admins, who get important notices.
pub async fn managers(tx: &mut Tx, org: &OrgId) -> Result<Vec<String>> {
    members::managers(tx, org, MAX_TEAM).await
}

/// Gives a member another role.
///
/// # Errors
/// `forbidden` if the actor's role does not allow it; `conflict` for the last owner, and if the
/// member would own more organisations than allowed.
pub async fn change_role(
    db: &Db,
    config: &Config,
    permit: &Permit<ManageTeam>,
    user: &UserId,
    role: Role,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let before = allowed(&mut tx, &permit.org, &permit.actor, user, Some(role), now).await?;
    if before == role {
        return Ok(());
    }
    if role == Role::Owner {
        rules::check_owned(&mut tx, user, config.limits.max_owned_orgs).await?;
    }
    members::set_role(&mut tx, &permit.org, user, role).await?;
    tx.announce(db::Change::Person(user.to_string()));
    end_invitations(&mut tx, &permit.org, &permit.actor, user, Some(role), now).await?;
    let (before, after) = (json!({ "role": before }), json!({ "role": role }));
    audit::record(
        &mut tx,
        Some(&permit.org),
        &permit.actor,
        "member.role_changed",
        user.as_str(),
        Some(before),
        Some(after),
        now,
    )
    .await?;
    tx.commit().await
}

/// Removes a member. Anybody may leave; removing others needs a role that manages the team.
pub async fn remove_member(
    db: &Db,
    permit: &Permit<ReadOrg>,
    user: &UserId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let before = allowed(&mut tx, &permit.org, &permit.actor, user, None, now).await?;
    members::delete(&mut tx, &permit.org, user).await?;
    tx.announce(db::Change::Person(user.to_string()));
    end_invitations(&mut tx, &permit.org, &permit.actor, user, None, now).await?;
    let action = if user.as_str() == &*permit.actor.id { "member.left" } else { "member.removed" };
    let before = json!({ "role": before });
    audit::record(
        &mut tx,
        Some(&permit.org),
        &permit.actor,
        action,
        user.as_str(),
        Some(before),
        None,
        now,
    )
    .await?;
    tx.commit().await
}

/// Revokes the open invitations of a member that they could not send with their current role, or
/// without one: an invitation must not bring back a removed person, or grant what its sender may no
/// longer grant.
async fn end_invitations(
    tx: &mut Tx,
    org: &OrgId,
    actor: &Actor,
    of: &UserId,
    role: Option<Role>,
    now: Timestamp,
) -> Result<()> {
    for (id, invited) in invitations::open_by(tx, org, of, now, MAX_TEAM).await? {
        let invited = members::parse_role(&invited)?;
        if role.is_some_and(|role| role.can_invite(invited)) {
            continue;
        }
        let id: InvitationId = id.parse().map_err(anyhow::Error::from)?;
        invitations::revoke(tx, &id, org, now).await?;
        let before = json!({ "role": invited, "invited_by": of });
        audit::record(
            tx,
            Some(org),
            actor,
            "invitation.revoked",
            id.as_str(),
            Some(before),
            None,
            now,
        )
        .await?;
    }
    Ok(())
}

/// The current role of `actor`, which may be lower than at the start of the request.
pub(super) async fn acting_role(tx: &mut Tx, org: &OrgId, actor: &Actor) -> Result<Role> {
    let role = match actor.kind {
        ActorKind::CommandLine => Some(Role::Owner),
        ActorKind::User => members::role(tx, org, &actor.id).await?,
        ActorKind::Key | ActorKind::Anonymous | ActorKind::AdminToken | ActorKind::Portal => None,
    };
    role.ok_or_else(|| {
        Error::new(Code::Forbidden, "You are no longer a member of this organisation.")
    })
}

/// Locks the organisation and checks that `actor` may give `user` the role `wanted`, or remove
/// them. Returns the current role.
async fn allowed(
    tx: &mut Tx,
    org: &OrgId,
    actor: &Actor,
    user: &UserId,
    wanted: Option<Role>,
    now: Timestamp,
) -> Result<Role> {
    orgs::lock(tx, org, now).await?;
    let acting = acting_role(tx, org, actor).await?;
    let present =
        members::role(tx, org, user.as_str()).await?.ok_or_else(|| Error::not_found("member"))?;
    let change = Change {
        acting,
        on_self: user.as_str() == &*actor.id,
        present,
        wanted,
        owners: members::count_owners(tx, org).await?,
    };
    change.check()?;
    Ok(present)
}

struct Change {
    acting: Role,
    on_self: bool,
    present: Role,
    /// `None` to remove the member.
    wanted: Option<Role>,
    owners: i64,
}

impl Change {
    fn check(&self) -> Result<()> {
        let is_leaving = self.on_self && self.wanted.is_none();
        if !is_leaving && !self.acting.can_manage_team() {
            return Err(forbidden(self.acting));
        }
        let touches_owners = self.present == Role::Owner || self.wanted == Some(Role::Owner);
        if touches_owners && self.acting != Role::Owner {
            return Err(only_owners());
        }
        if self.present == Role::Owner && self.wanted != Some(Role::Owner) && self.owners <= 1 {
            return Err(Error::new(
                Code::Conflict,
                "An organisation needs an owner. Make somebody else an owner first.",
            ));
        }
        Ok(())
    }
}

fn forbidden(role: Role) -> Error {
    Error::new(
        Code::Forbidden,
        format!(
            "Your role, {role}, does not allow this. Ask an owner or admin of the organisation."
        ),
    )
}

pub(super) fn only_owners() -> Error {
    Error::new(Code::Forbidden, "Only an owner can appoint or remove owners. Ask an owner.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(acting: Role, present: Role, wanted: Option<Role>, owners: i64) -> Option<Code> {
        Change { acting, on_self: false, present, wanted, owners }
            .check()
            .err()
            .map(|error| error.code())
    }

    #[test]
    fn only_owners_make_and_unmake_owners() {
        use Role::{Admin, Developer, Owner};
        assert_eq!(code(Admin, Developer, Some(Owner), 1), Some(Code::Forbidden));
        assert_eq!(code(Admin, Owner, Some(Developer), 2), Some(Code::Forbidden));
        assert_eq!(code(Admin, Owner, None, 2), Some(Code::Forbidden));
        assert_eq!(code(Admin, Developer, Some(Admin), 1), None);
        assert_eq!(code(Owner, Developer, Some(Owner), 1), None);
        assert_eq!(code(Owner, Owner, Some(Developer), 2), None);
    }

    #[test]
    fn the_last_owner_stays_owner() {
        assert_eq!(code(Role::Owner, Role::Owner, Some(Role::Admin), 1), Some(Code::Conflict));
        assert_eq!(code(Role::Owner, Role::Owner, None, 1), Some(Code::Conflict));
        assert_eq!(code(Role::Owner, Role::Owner, Some(Role::Owner), 1), None);
    }

    #[test]
    fn everybody_may_leave_but_not_remove_others() {
        for role in [Role::Developer, Role::Billing, Role::Viewer] {
            let change = |on_self| {
                Change { acting: role, on_self, present: role, wanted: None, owners: 1 }.check()
            };
            assert!(change(true).is_ok());
            assert_eq!(change(false).err().map(|error| error.code()), Some(Code::Forbidden));
        }
    }
}
