use tollgate_types::time::DAY;

use super::*;
use crate::accounts::fields::Email;
use crate::accounts::{
    accept_invitation, change_role, invitations, is_verified, load_team, memberships,
    preview_invitation, remove_member, revoke_invitation,
};

impl World {
    pub(super) async fn invite(&self, by: &Person, name: &str, role: Role) -> Result<()> {
        let session = self.session(by).await;
        let email = Email::parse(&format!("{name}@example.com")).ok().unwrap();
        invitations::send(&self.db, &self.config, &session.permit()?, "Somebody", &email, role, NOW)
            .await
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

        let refused = accept_invitation(&world.db, &world.config, &world.session(&eve).await, &token, NOW).await.unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden);
        assert!(refused.to_string().contains("b***@example.com"), "{refused}");
        let refused = rules::create(&world.db, &world.config, form("mallory", "mallory@example.com", &token), &visitor(None), NOW).await;
        assert_eq!(code(refused), Code::Forbidden);

        accept_invitation(&world.db, &world.config, &world.session(&bob).await, &token, NOW).await.unwrap();
        let session = world.session(&bob).await;
        assert!(session.user.verified);
        let org = session.org.unwrap();
        assert_eq!((org.id, org.role), (ada.org, Role::Admin));
        assert_eq!(code(accept_invitation(&world.db, &world.config, &world.session(&bob).await, &token, NOW).await), Code::Conflict);
    }

    async fn an_invitation_expires_after_a_week_or_when_it_is_revoked_or_sent_again(db: TestDb) {
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

    async fn an_invitation_ends_when_its_sender_can_send_it_no_more(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        // The sender's new role, and which of their invitations still work: as owner, as admin, as
        // viewer.
        let invited = [Role::Owner, Role::Admin, Role::Viewer];
        let cases = [
            (None, [false; 3]),
            (Some(Role::Viewer), [false; 3]),
            (Some(Role::Developer), [false; 3]),
            (Some(Role::Billing), [false; 3]),
            (Some(Role::Admin), [false, true, true]),
            (Some(Role::Owner), [true; 3]),
        ];
        for (case, (becomes, stay)) in cases.into_iter().enumerate() {
            let bob = world.join(&format!("bob{case}"), &ada.org, Role::Owner).await;
            let mut tokens = Vec::new();
            for role in invited {
                tokens.push(world.invited_token(&bob, &format!("guest{case}{role}"), role).await);
            }
            let permit = world.session(&ada).await.permit().unwrap();
            match becomes {
                Some(role) => change_role(&world.db, &world.config, &permit, &bob.user, role, NOW).await.unwrap(),
                None => remove_member(&world.db, &world.session(&ada).await.permit().unwrap(), &bob.user, NOW).await.unwrap(),
            }
            let open = load_team(&world.db, &world.session(&ada).await.permit().unwrap(), true, NOW).await.unwrap().invitations;
            for ((role, token), stays) in invited.into_iter().zip(tokens).zip(stay) {
                let name = format!("guest{case}{role}");
                let email = format!("{name}@example.com");
                assert_eq!(open.iter().any(|one| one.email == email), stays, "{becomes:?} {role}");
                assert_eq!(preview_invitation(&world.db, &token, NOW).await.is_ok(), stays, "{becomes:?} {role}");
                let guest = rules::create(&world.db, &world.config, form(&name, &email, &token), &visitor(None), NOW).await;
                assert_eq!(guest.is_ok(), stays, "{becomes:?} {role}");
            }
        }
    }

    async fn an_invitation_whose_sender_has_gone_opens_nothing_however_it_stayed_open(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let bob = world.join("bob", &ada.org, Role::Owner).await;
        let token = world.invited_token(&bob, "eve", Role::Owner).await;
        // As an earlier version, without the rule, left it.
        let mut tx = world.db.begin().await.unwrap();
        store::members::delete(&mut tx, &ada.org, &bob.user).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(code(preview_invitation(&world.db, &token, NOW).await), Code::Conflict);
        let eve = world.sign_up("eve").await;
        assert_eq!(code(accept_invitation(&world.db, &world.config, &world.session(&eve).await, &token, NOW).await), Code::Conflict);
    }

    async fn removing_a_sender_while_their_invitation_is_accepted_never_lets_both_succeed_late(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let bob = world.join("bob", &ada.org, Role::Owner).await;
        let eve = world.sign_up("eve").await;
        for _ in 0..5 {
            let token = world.invited_token(&bob, "eve", Role::Owner).await;
            let (permit, session) = (world.session(&ada).await.permit().unwrap(), world.session(&eve).await);
            let (removed, accepted) =
                tokio::join!(remove_member(&world.db, &permit, &bob.user, NOW), accept_invitation(&world.db, &world.config, &session, &token, NOW));
            removed.unwrap();
            // In either order: neither waits for the other forever, and no invitation stays open.
            if let Err(error) = accepted {
                assert_eq!(error.code(), Code::Conflict);
            }
            assert_eq!(code(preview_invitation(&world.db, &token, NOW).await), Code::Conflict);
            let mut tx = world.db.begin().await.unwrap();
            store::members::insert(&mut tx, &ada.org, &bob.user, Role::Owner, NOW).await.unwrap();
            store::members::delete(&mut tx, &ada.org, &eve.user).await.unwrap();
            tx.commit().await.unwrap();
        }
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
