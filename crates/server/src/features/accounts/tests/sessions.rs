use tollgate_types::time::{DAY, SECOND};

use super::*;
use crate::accounts::profile::replace_password;
use crate::accounts::{create_own_org, prune, switch_org};

on_both! {
    async fn a_session_ends_after_14_days_without_use_and_after_30_days_anyway(db: TestDb) {
        let world = World::new(db).await;
        let (ada, eve) = (world.sign_up("ada").await, world.sign_up("eve").await);
        assert!(world.session_at(&ada, NOW.plus(14 * DAY)).await.is_none());
        for day in (0..30).step_by(10) {
            assert!(world.session_at(&eve, NOW.plus(day * DAY)).await.is_some(), "day {day}");
        }
        assert!(world.session_at(&eve, NOW.plus(30 * DAY - 1)).await.is_some());
        assert!(world.session_at(&eve, NOW.plus(30 * DAY)).await.is_none());
    }

    async fn the_last_use_is_written_at_most_once_a_minute(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let mut seen = Vec::new();
        for seconds in [59, 60, 119, 120] {
            let now = NOW.plus(seconds * SECOND);
            let session = world.session_at(&ada, now).await.unwrap();
            seen.push((rows::list(&world.db, &session, now).await.unwrap()[0].last_seen_at.0 - NOW.0) / SECOND);
        }
        assert_eq!(seen, [0, 60, 60, 120]);
    }

    async fn logging_in_ends_the_session_the_browser_had_before(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let token = rows::start(&world.db, &ada.visitor(), &ada.user, None, NOW).await.unwrap();
        assert!(world.session_at(&ada, NOW).await.is_none());
        let ada = Person { token, ..ada };
        assert_eq!(world.session(&ada).await.org.unwrap().id, ada.org);
    }

    async fn sessions_are_listed_and_ended_by_their_own_person_only(db: TestDb) {
        let world = World::new(db).await;
        let (ada, eve) = (world.sign_up("ada").await, world.sign_up("eve").await);
        let phone = world.log_in(ada.user.clone(), ada.org.clone()).await;
        let session = world.session(&ada).await;
        let listed = rows::list(&world.db, &session, NOW).await.unwrap();
        assert_eq!(listed.iter().filter(|listed| listed.is_current).count(), 1);
        let other = listed.into_iter().find(|listed| !listed.is_current).unwrap();

        let foreign = rows::revoke(&world.db, &world.session(&eve).await, &other.id, NOW).await;
        assert_eq!(code(foreign), Code::NotFound);
        assert!(world.session_at(&phone, NOW).await.is_some());
        rows::revoke(&world.db, &session, &other.id, NOW).await.unwrap();
        assert!(world.session_at(&phone, NOW).await.is_none());

        let phone = world.log_in(ada.user.clone(), ada.org.clone()).await;
        rows::revoke_others(&world.db, &session, NOW).await.unwrap();
        assert!(world.session_at(&phone, NOW).await.is_none());
        assert!(world.session_at(&ada, NOW).await.is_some() && world.session_at(&eve, NOW).await.is_some());
    }

    async fn changing_the_password_takes_the_present_one_and_ends_the_other_sessions(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let phone = world.log_in(ada.user.clone(), ada.org.clone()).await;
        let session = world.session(&ada).await;
        let change = |current: &'static str| replace_password(&world.db, &world.config, &session, current, "another long password", NOW);
        assert_eq!(fields(change("not my password").await), [("current".into(), "wrong".into())]);
        assert!(world.session_at(&phone, NOW).await.is_some());
        change(PASSWORD).await.unwrap();
        assert!(world.session_at(&phone, NOW).await.is_none());
        assert!(world.session_at(&ada, NOW).await.is_some());
    }

    async fn a_session_acts_for_the_chosen_organisation_while_its_person_belongs_to_it(db: TestDb) {
        let world = World::new(db).await;
        let (ada, eve) = (world.sign_up("ada").await, world.sign_up("eve").await);
        let second = create_own_org(&world.db, &world.config, &world.session(&ada).await, "Second", NOW).await.unwrap();
        assert_eq!(world.session(&ada).await.org.unwrap().id, second);
        switch_org(&world.db, &world.session(&ada).await, &ada.org).await.unwrap();
        assert_eq!(world.session(&ada).await.org.unwrap().id, ada.org);
        assert_eq!(code(switch_org(&world.db, &world.session(&ada).await, &eve.org).await), Code::NotFound);

        // The organisation was left meanwhile: back to the first one.
        switch_org(&world.db, &world.session(&ada).await, &second).await.unwrap();
        let mut tx = world.db.begin().await.unwrap();
        store::members::delete(&mut tx, &second, &ada.user).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.session(&ada).await.org.unwrap().id, ada.org);
    }

    async fn pruning_spares_what_still_counts(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        prune(&world.db, NOW.plus(13 * DAY)).await.unwrap();
        assert!(world.session_at(&ada, NOW).await.is_some());
        prune(&world.db, NOW.plus(14 * DAY)).await.unwrap();
        assert!(world.session_at(&ada, NOW).await.is_none());
        assert_eq!(crate::mail::outbox(&world.db, &world.config, true).await.unwrap().len(), 1);
        prune(&world.db, NOW.plus(30 * DAY)).await.unwrap();
        assert!(crate::mail::outbox(&world.db, &world.config, true).await.unwrap().is_empty());
    }
}
