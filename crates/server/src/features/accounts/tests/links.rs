use tollgate_types::time::{DAY, HOUR};

use super::*;
use crate::accounts::fields::Email;
use crate::accounts::log_in::authenticate;
use crate::accounts::{is_verified, reset, verify, verify_email};

const NEW: &str = "another long password";

impl World {
    async fn reset_link(&self, name: &str) -> String {
        let email = Email::parse(&format!("{name}@example.com")).ok().unwrap();
        reset::send(&self.db, &self.config, &email, &visitor(None), NOW).await.unwrap();
        self.mailed_token(name).await
    }

    async fn reset(&self, token: &str, now: Timestamp) -> Result<UserId> {
        reset::redeem(&self.db, &self.config, token, NEW, &visitor(None), now).await
    }
}

on_both! {
    async fn a_verification_link_verifies_and_may_be_opened_again(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let token = world.mailed_token("ada").await;
        for _ in 0..2 {
            verify_email(&world.db, &token, &visitor(None), NOW).await.unwrap();
            assert!(is_verified(&world.db, &ada.user).await.unwrap());
        }
        assert!(world.session(&ada).await.user.verified);
    }

    async fn a_verification_link_is_void_after_a_day_or_when_a_newer_one_was_sent(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let first = world.mailed_token("ada").await;
        assert_eq!(code(verify_email(&world.db, &first, &visitor(None), NOW.plus(DAY)).await), Code::Conflict);

        let mut tx = world.db.begin().await.unwrap();
        verify::send(&mut tx, &world.config, &ada.user, "ada", "ada@example.com", NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(code(verify_email(&world.db, &first, &visitor(None), NOW).await), Code::Conflict);
        assert!(!is_verified(&world.db, &ada.user).await.unwrap());
        let second = world.mailed_token("ada").await;
        verify_email(&world.db, &second, &visitor(None), NOW).await.unwrap();
    }

    async fn a_reset_link_works_once_and_ends_all_sessions(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let token = world.reset_link("ada").await;
        assert!(world.reset(&token, NOW).await.unwrap() == ada.user);
        assert!(authenticate(&world.db, "ada@example.com", NEW).await.is_ok());
        assert!(world.session_at(&ada, NOW).await.is_none());
        assert!(is_verified(&world.db, &ada.user).await.unwrap());
        assert_eq!(code(world.reset(&token, NOW).await), Code::Conflict);
    }

    async fn a_reset_link_is_void_after_an_hour_or_when_a_newer_one_was_sent(db: TestDb) {
        let world = World::new(db).await;
        world.sign_up("ada").await;
        let first = world.reset_link("ada").await;
        assert_eq!(code(world.reset(&first, NOW.plus(HOUR)).await), Code::Conflict);
        let second = world.reset_link("ada").await;
        assert_eq!(code(world.reset(&first, NOW).await), Code::Conflict);
        assert!(world.reset(&second, NOW).await.is_ok());
    }

    async fn a_new_password_with_the_persons_own_name_is_refused_and_the_link_stays_open(db: TestDb) {
        let world = World::new(db).await;
        world.sign_up("grace").await;
        let token = world.reset_link("grace").await;
        let refused = reset::redeem(&world.db, &world.config, &token, "Grace and three mice", &visitor(None), NOW).await;
        assert_eq!(code(refused), Code::ValidationFailed);
        assert!(world.reset(&token, NOW).await.is_ok());
    }

    async fn a_reset_link_used_twice_at_once_works_once(db: TestDb) {
        let world = World::new(db).await;
        world.sign_up("ada").await;
        let token = world.reset_link("ada").await;
        let (one, other) = tokio::join!(world.reset(&token, NOW), world.reset(&token, NOW));
        assert!(one.is_ok() != other.is_ok());
    }

    async fn a_link_for_one_purpose_does_not_serve_another(db: TestDb) {
        let world = World::new(db).await;
        world.sign_up("ada").await;
        let verification = world.mailed_token("ada").await;
        assert_eq!(code(world.reset(&verification, NOW).await), Code::Conflict);
    }

    async fn nothing_is_mailed_to_an_address_without_an_account(db: TestDb) {
        let world = World::new(db).await;
        let email = Email::parse("eve@example.com").ok().unwrap();
        reset::send(&world.db, &world.config, &email, &visitor(None), NOW).await.unwrap();
        assert!(crate::mail::outbox(&world.db, &world.config, true).await.unwrap().is_empty());
    }
}
