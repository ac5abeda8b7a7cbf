use super::*;
use crate::accounts::{accept_invitation, change_role, create_own_org, load_team, remove_member};

impl World {
    async fn change_role(&self, by: &Person, of: &Person, role: Role) -> Result<()> {
        change_role(&self.db, &self.config, &self.session(by).await.permit()?, &of.user, role, NOW)
            .await
    }

    async fn remove(&self, by: &Person, whom: &Person) -> Result<()> {
        remove_member(&self.db, &self.session(by).await.permit()?, &whom.user, NOW).await
    }

    async fn roles(&self, person: &Person) -> Vec<(UserId, Role)> {
        let permit = self.session(person).await.permit().unwrap();
        let team = load_team(&self.db, &permit, false, NOW).await.unwrap();
        team.members.into_iter().map(|member| (member.user_id, member.role)).collect()
    }
}

on_both! {
    async fn roles_change_at_once_and_viewers_change_none(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let bob = world.join("bob", &ada.org, Role::Viewer).await;
        assert_eq!(code(world.change_role(&bob, &bob, Role::Admin).await), Code::Forbidden);
        world.change_role(&ada, &bob, Role::Admin).await.unwrap();
        assert_eq!(world.session(&bob).await.org.unwrap().role, Role::Admin);
        assert_eq!(code(world.change_role(&bob, &ada, Role::Viewer).await), Code::Forbidden);
        assert_eq!(world.roles(&bob).await, [(ada.user, Role::Owner), (bob.user, Role::Admin)]);
    }

    async fn a_permit_from_before_a_demotion_is_worth_nothing_after_it(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let bob = world.join("bob", &ada.org, Role::Owner).await;
        let permit = world.session(&bob).await.permit().unwrap();
        world.change_role(&ada, &bob, Role::Developer).await.unwrap();
        assert_eq!(code(change_role(&world.db, &world.config, &permit, &ada.user, Role::Viewer, NOW).await), Code::Forbidden);
    }

    async fn the_last_owner_can_neither_step_down_nor_leave(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let bob = world.join("bob", &ada.org, Role::Admin).await;
        assert_eq!(code(world.change_role(&ada, &ada, Role::Admin).await), Code::Conflict);
        assert_eq!(code(world.remove(&ada, &ada).await), Code::Conflict);
        world.change_role(&ada, &bob, Role::Owner).await.unwrap();
        world.remove(&ada, &ada).await.unwrap();
        assert_eq!(world.roles(&bob).await, [(bob.user, Role::Owner)]);
    }

    async fn nobody_comes_to_own_more_organisations_than_they_can(db: TestDb) {
        let world = World::new(db).await;
        let (ada, bob) = (world.sign_up("ada").await, world.sign_up("bob").await);
        for name in ["Second", "Third"] {
            create_own_org(&world.db, &world.config, &world.session(&ada).await, name, NOW).await.unwrap();
        }
        // By creating one, by invitation, or by another owner's decision.
        assert_eq!(code(create_own_org(&world.db, &world.config, &world.session(&ada).await, "Fourth", NOW).await), Code::Conflict);
        world.invite(&bob, "ada", Role::Owner).await.unwrap();
        let token = world.mailed_token("ada").await;
        assert_eq!(code(accept_invitation(&world.db, &world.config, &world.session(&ada).await, &token, NOW).await), Code::Conflict);
        world.invite(&bob, "ada", Role::Admin).await.unwrap();
        let token = world.mailed_token("ada").await;
        accept_invitation(&world.db, &world.config, &world.session(&ada).await, &token, NOW).await.unwrap();
        assert_eq!(code(world.change_role(&bob, &ada, Role::Owner).await), Code::Conflict);
        assert!(world.roles(&bob).await.contains(&(ada.user.clone(), Role::Admin)));
        // Handing one over makes room for another.
        let carl = world.join("carl", &ada.org, Role::Owner).await;
        world.change_role(&carl, &ada, Role::Viewer).await.unwrap();
        world.change_role(&bob, &ada, Role::Owner).await.unwrap();
    }

    async fn two_owners_who_step_down_at_once_leave_one(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let bob = world.join("bob", &ada.org, Role::Owner).await;
        let (one, other) = tokio::join!(world.change_role(&ada, &ada, Role::Admin), world.change_role(&bob, &bob, Role::Admin));
        assert!(one.is_ok() != other.is_ok());
    }

    async fn whoever_leaves_or_is_removed_has_no_access_from_then_on(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let bob = world.join("bob", &ada.org, Role::Viewer).await;
        let eve = world.join("eve", &ada.org, Role::Developer).await;
        assert_eq!(code(world.remove(&bob, &eve).await), Code::Forbidden);
        world.remove(&bob, &bob).await.unwrap();
        world.remove(&ada, &eve).await.unwrap();
        for gone in [bob, eve] {
            assert_ne!(world.session(&gone).await.org.unwrap().id, ada.org);
        }
    }

    async fn members_of_another_organisation_cannot_be_changed(db: TestDb) {
        let world = World::new(db).await;
        let (ada, eve) = (world.sign_up("ada").await, world.sign_up("eve").await);
        assert_eq!(code(world.change_role(&ada, &eve, Role::Viewer).await), Code::NotFound);
        assert_eq!(code(world.remove(&ada, &eve).await), Code::NotFound);
    }
}
