use super::*;
use crate::server::accounts::fields::Email;
use crate::server::accounts::{accept_invitation, invitations, is_verified, load_team, memberships, preview_invitation, revoke_invitation};
use crate::types::time::DAY;

impl World {
    async fn invite(&self, by: &Person, name: &str, role: Role) -> Result<()> {
        let session = self.session(by).await;
        let email = Email::parse(&format!("{name}@example.com")).ok().unwrap();
        invitations::send(&self.db, &self.config, &session.permit()?, "Somebody", &email, role, NOW).await
    }

    async fn invited_token(&self, by: &Person, name: &str, role: Role) -> String {
        self.invite(by, name, role).await.unwrap();
        self.mailed_token(name).await
    }
}

on_both! {
    async fn signing_up_by_invitation_joins_and_verifies(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let token = world.invited_token(&ada, "bob", Role::Developer).await;
        let preview = preview_invitation(&world.db, &token, NOW).await.unwrap();
        assert_eq!((preview.org_name.as_str(), preview.role, preview.has_account), ("ada's", Role::Developer, false));

        let new = rules::create(&world.db, &world.config, form("bob", "bob@example.com", &token), &visitor(None), NOW).await.unwrap();
        assert_eq!(new.org, ada.org);
        assert!(is_verified(&world.db, &new.user).await.unwrap());
        let orgs = memberships(&world.db, &new.user).await.unwrap();
        assert_eq!(orgs.iter().map(|org| (&org.id, org.role)).collect::<Vec<_>>(), [(&ada.org, Role::Developer)]);
        assert_eq!(code(preview_invitation(&world.db, &token, NOW).await), Code::Conflict);
    }

    async fn only_the_invited_address_can_accept(db: TestDb) {
        let world = World::new(db).await;
        let (ada, bob, eve) = (world.sign_up("ada").await, world.sign_up("bob").await, world.sign_up("eve").await);
        let token = world.invited_token(&ada, "bob", Role::Admin).await;
        assert!(preview_invitation(&world.db, &token, NOW).await.unwrap().has_account);

        let refused = accept_invitation(&world.db, &world.session(&eve).await, &token, NOW).await.unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden);
        assert!(refused.to_string().contains("b***@example.com"), "{refused}");
        let refused = rules::create(&world.db, &world.config, form("mallory", "mallory@example.com", &token), &visitor(None), NOW).await;
        assert_eq!(code(refused), Code::Forbidden);

        accept_invitation(&world.db, &world.session(&bob).await, &token, NOW).await.unwrap();
        let session = world.session(&bob).await;
        assert!(session.user.verified);
        let org = session.org.unwrap();
        assert_eq!((org.id, org.role), (ada.org, Role::Admin));
        assert_eq!(code(accept_invitation(&world.db, &world.session(&bob).await, &token, NOW).await), Code::Conflict);
    }

    async fn an_invitation_is_void_after_a_week_or_when_taken_back_or_sent_anew(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let first = world.invited_token(&ada, "bob", Role::Viewer).await;
        assert_eq!(code(preview_invitation(&world.db, &first, NOW.plus(7 * DAY)).await), Code::Conflict);
        let second = world.invited_token(&ada, "bob", Role::Viewer).await;
        assert_eq!(code(preview_invitation(&world.db, &first, NOW).await), Code::Conflict);

        let session = world.session(&ada).await;
        let open = load_team(&world.db, &session.permit().unwrap(), true, NOW).await.unwrap().invitations;
        assert_eq!(open.len(), 1);
        revoke_invitation(&world.db, &session.permit().unwrap(), &open[0].id, NOW).await.unwrap();
        assert_eq!(code(preview_invitation(&world.db, &second, NOW).await), Code::Conflict);
        assert_eq!(code(revoke_invitation(&world.db, &session.permit().unwrap(), &open[0].id, NOW).await), Code::NotFound);
    }

    async fn an_invitation_of_another_organisation_cannot_be_seen_or_taken_back(db: TestDb) {
        let world = World::new(db).await;
        let (ada, eve) = (world.sign_up("ada").await, world.sign_up("eve").await);
        world.invite(&ada, "bob", Role::Viewer).await.unwrap();
        let team = load_team(&world.db, &world.session(&ada).await.permit().unwrap(), true, NOW).await.unwrap();
        let session = world.session(&eve).await;
        assert!(load_team(&world.db, &session.permit().unwrap(), true, NOW).await.unwrap().invitations.is_empty());
        let foreign = revoke_invitation(&world.db, &session.permit().unwrap(), &team.invitations[0].id, NOW).await;
        assert_eq!(code(foreign), Code::NotFound);
    }

    async fn only_owners_invite_owners_and_nobody_invites_members(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let admin = world.join("admin", &ada.org, Role::Admin).await;
        let viewer = world.join("viewer", &ada.org, Role::Viewer).await;
        assert_eq!(code(world.invite(&viewer, "bob", Role::Viewer).await), Code::Forbidden);
        assert_eq!(code(world.invite(&admin, "bob", Role::Owner).await), Code::Forbidden);
        world.invite(&admin, "bob", Role::Admin).await.unwrap();
        world.invite(&ada, "bob", Role::Owner).await.unwrap();
        assert_eq!(fields(world.invite(&ada, "viewer", Role::Admin).await), [("email".into(), "already_member".into())]);
    }
}
