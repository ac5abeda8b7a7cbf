use super::*;
use crate::accounts::log_in::authenticate;
use crate::accounts::{find_user_by_email, list_orgs, memberships, set_password};

on_both! {
    async fn signing_up_makes_an_account_and_an_organisation_and_mails_a_link(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let user = find_user_by_email(&world.db, " ADA@example.com").await.unwrap().unwrap();
        assert!(user.id == ada.user && !user.verified && !user.is_operator);
        let orgs = memberships(&world.db, &ada.user).await.unwrap();
        assert_eq!(orgs.iter().map(|org| (org.name.as_str(), org.role)).collect::<Vec<_>>(), [("ada's", Role::Owner)]);
        assert_eq!(world.mailed_token("ada").await.len(), 43);
    }

    async fn an_address_has_one_account_however_it_is_written(db: TestDb) {
        let world = World::new(db).await;
        world.sign_up("ada").await;
        let again = rules::create(&world.db, &world.config, form("Eve", "ADA@Example.com", ""), &visitor(None), NOW).await;
        assert_eq!(fields(again), [("email".into(), "taken".into())]);
        assert_eq!(list_orgs(&world.db).await.unwrap().len(), 1);
    }

    async fn two_who_sign_up_at_once_with_one_address_get_one_account(db: TestDb) {
        let world = World::new(db).await;
        let visitor = visitor(None);
        let attempt = || rules::create(&world.db, &world.config, form("ada", "ada@example.com", ""), &visitor, NOW);
        let (one, other) = tokio::join!(attempt(), attempt());
        assert!(one.is_ok() != other.is_ok());
        assert_eq!(list_orgs(&world.db).await.unwrap().len(), 1);
    }

    async fn all_errors_of_a_form_are_reported_together(db: TestDb) {
        let world = World::new(db).await;
        let empty =
            NewAccount { name: String::new(), email: "ada".into(), password: "short".into(), org_name: " ".into(), invitation: String::new() };
        let result = rules::create(&world.db, &world.config, empty, &visitor(None), NOW).await;
        let wrong: Vec<String> = fields(result).into_iter().map(|(location, _)| location).collect();
        assert_eq!(wrong, ["name", "email", "password", "org_name"]);
    }

    async fn a_wrong_password_and_an_unknown_address_look_alike(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        assert!(authenticate(&world.db, "Ada@example.com ", PASSWORD).await.unwrap().id == ada.user);
        let error_text = |result: Result<_>| result.map(drop).unwrap_err().to_string();
        let wrong = error_text(authenticate(&world.db, "ada@example.com", "correct horse batterz").await);
        let unknown = error_text(authenticate(&world.db, "eve@example.com", PASSWORD).await);
        assert_eq!(wrong, unknown);
    }

    async fn a_password_set_from_the_command_line_ends_all_sessions(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        set_password(&world.db, "ada@example.com", "another long password", NOW).await.unwrap();
        assert!(world.session_at(&ada, NOW).await.is_none());
        assert!(authenticate(&world.db, "ada@example.com", "another long password").await.is_ok());
        assert_eq!(code(set_password(&world.db, "eve@example.com", "another long password", NOW).await), Code::NotFound);
    }
}
