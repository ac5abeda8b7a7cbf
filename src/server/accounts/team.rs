//! Members of an organisation and their roles. Only owners make and unmake owners, and there is
//! always one. Each change locks the organisation first, so that two owners who demote each other
//! at once do not leave none.

use serde_json::json;

use super::store::{invitations, members, orgs};
use crate::server::access::{Actor, ActorKind, ManageTeam, Permit, ReadOrg};
use crate::server::db::{Db, Tx};
use crate::server::{Error, Result, audit};
use crate::types::account::{InvitationView, MemberView, Team};
use crate::types::code::Code;
use crate::types::id::{OrgId, UserId};
use crate::types::role::Role;
use crate::types::time::Timestamp;

/// Members and open invitations of one organisation, together.
pub(super) const MAX_TEAM: i64 = 500;

/// Members, oldest first, and open invitations, newest first. `can_manage` is for the page's buttons.
pub async fn load(db: &Db, permit: &Permit<ReadOrg>, can_manage: bool, now: Timestamp) -> Result<Team> {
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

/// The verified addresses of an organisation's owners and admins, who are told of what needs an eye.
pub async fn managers(tx: &mut Tx, org: &OrgId) -> Result<Vec<String>> {
    members::managers(tx, org, MAX_TEAM).await
}

/// Gives a member another role.
pub async fn change_role(db: &Db, permit: &Permit<ManageTeam>, user: &UserId, role: Role, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let before = allowed(&mut tx, &permit.org, &permit.actor, user, Some(role), now).await?;
    if before == role {
        return Ok(());
    }
    members::set_role(&mut tx, &permit.org, user, role).await?;
    let (before, after) = (json!({ "role": before }), json!({ "role": role }));
    audit::record(&mut tx, Some(&permit.org), &permit.actor, "member.role_changed", user.as_str(), Some(before), Some(after), now).await?;
    tx.commit().await
}

/// Removes a member. Anybody may leave; to remove others takes a role that manages the team.
pub async fn remove_member(db: &Db, permit: &Permit<ReadOrg>, user: &UserId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let before = allowed(&mut tx, &permit.org, &permit.actor, user, None, now).await?;
    members::delete(&mut tx, &permit.org, user).await?;
    let action = if user.as_str() == &*permit.actor.id { "member.left" } else { "member.removed" };
    let before = json!({ "role": before });
    audit::record(&mut tx, Some(&permit.org), &permit.actor, action, user.as_str(), Some(before), None, now).await?;
    tx.commit().await
}

/// The role that `actor` acts with at this moment, which may be less than when the request began.
pub(super) async fn acting_role(tx: &mut Tx, org: &OrgId, actor: &Actor) -> Result<Role> {
    let role = match actor.kind {
        ActorKind::CommandLine => Some(Role::Owner),
        ActorKind::User => members::role(tx, org, &actor.id).await?,
        ActorKind::Key | ActorKind::Anonymous | ActorKind::AdminToken | ActorKind::Portal => None,
    };
    role.ok_or_else(|| Error::new(Code::Forbidden, "You do not belong to this organisation any more."))
}

/// Locks the organisation and checks that `actor` may give `user` the role `wanted`, or none. The present role.
async fn allowed(tx: &mut Tx, org: &OrgId, actor: &Actor, user: &UserId, wanted: Option<Role>, now: Timestamp) -> Result<Role> {
    orgs::lock(tx, org, now).await?;
    let acting = acting_role(tx, org, actor).await?;
    let present = members::role(tx, org, user.as_str()).await?.ok_or_else(|| Error::not_found("member"))?;
    let change = Change { acting, on_self: user.as_str() == &*actor.id, present, wanted, owners: members::count_owners(tx, org).await? };
    change.check()?;
    Ok(present)
}

struct Change {
    acting: Role,
    on_self: bool,
    present: Role,
    /// None to remove the member.
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
            return Err(Error::new(Code::Conflict, "An organisation needs an owner. Make somebody else an owner first."));
        }
        Ok(())
    }
}

fn forbidden(role: Role) -> Error {
    Error::new(Code::Forbidden, format!("Your role, {role}, does not allow this. Ask an owner or admin of the organisation."))
}

pub(super) fn only_owners() -> Error {
    Error::new(Code::Forbidden, "Only an owner can make or unmake owners. Ask one of them.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(acting: Role, present: Role, wanted: Option<Role>, owners: i64) -> Option<Code> {
        Change { acting, on_self: false, present, wanted, owners }.check().err().map(|error| error.code())
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
            let change = |on_self| Change { acting: role, on_self, present: role, wanted: None, owners: 1 }.check();
            assert!(change(true).is_ok());
            assert_eq!(change(false).err().map(|error| error.code()), Some(Code::Forbidden));
        }
    }
}
