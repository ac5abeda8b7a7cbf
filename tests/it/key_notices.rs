//! Notices of keys that expire soon.

use serde_json::Value;
use tollgate::server::access::{Actor, ManageKeys, Permit};
use tollgate::server::{accounts, keys};
use tollgate::types::environment::Environment;
use tollgate::types::id::OrgId;
use tollgate::types::key::{CreatedKey, NewKey};
use tollgate::types::role::Role;
use tollgate::types::rotation::Overlap;
use tollgate::types::time::{DAY, HOUR};

use crate::support::{Portal, TestDb, eventually, on_both};

/// An organisation with four members: two who are notified, one without a verified address, and one
/// with another role.
async fn team(portal: &Portal) -> OrgId {
    let org = accounts::create_org(
        &portal.app.db,
        "Acme",
        None,
        false,
        &Actor::command_line(),
        portal.now(),
    )
    .await
    .unwrap();
    for (name, role, verified) in [
        ("olga", Role::Owner, true),
        ("adam", Role::Admin, true),
        ("una", Role::Owner, false),
        ("dora", Role::Developer, true),
    ] {
        let new = accounts::NewUser {
            name: name.into(),
            email: format!("{name}@example.com"),
            password: "three blind mice".into(),
            is_operator: false,
            verified,
        };
        let user = accounts::create_user(&portal.app.db, new, portal.now()).await.unwrap();
        accounts::add_member(
            &portal.app.db,
            &org,
            &user,
            role,
            &Actor::command_line(),
            portal.now(),
        )
        .await
        .unwrap();
    }
    org
}

async fn key(portal: &Portal, org: &OrgId, days: i64) -> CreatedKey {
    let new = NewKey {
        name: format!("For {days} days"),
        environment: Environment::Live,
        scopes: vec!["customers:read".into()],
        expires_at: Some(portal.now().plus(days * DAY)),
        ..NewKey::default()
    };
    keys::create_key(
        &portal.app.db,
        &Permit::<ManageKeys>::for_command_line(org.clone()),
        new,
        portal.now(),
    )
    .await
    .unwrap()
}

async fn look(portal: &Portal) {
    keys::notify_expiring(&portal.app.db, &portal.app.config, portal.now()).await.unwrap();
}

async fn events(db: &TestDb) -> i64 {
    db.number("select count(*) from events where type = 'key.expiring'").await
}

on_both! {
    async fn each_threshold_is_notified_once_although_two_instances_check_at_the_same_time(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = team(&portal).await;
        let made = key(&portal, &org, 60).await;
        look(&portal).await;
        assert_eq!(events(&db).await, 0, "not 60 days before");
        for (passes, notified) in [(30 * DAY - HOUR, 0), (HOUR, 1), (DAY, 1), (22 * DAY, 2), (5 * DAY, 2), (DAY, 3), (DAY - HOUR, 3), (2 * HOUR, 3)] {
            portal.clock.advance(passes);
            tokio::join!(look(&portal), look(&portal), look(&portal));
            assert_eq!(events(&db).await, notified, "after {passes} more");
        }
        let mails = db.texts("select recipient || ': ' || subject from mails where subject like 'A key%' order by id, recipient").await;
        let mut mails: Vec<&str> = mails.iter().map(String::as_str).collect();
        mails.sort_unstable();
        assert_eq!(mails, [
            "adam@example.com: A key expires within 1 day",
            "adam@example.com: A key expires within 30 days",
            "adam@example.com: A key expires within 7 days",
            "olga@example.com: A key expires within 1 day",
            "olga@example.com: A key expires within 30 days",
            "olga@example.com: A key expires within 7 days",
        ]);
        let body = db.texts("select body from mails where subject like 'A key%' limit 1").await.remove(0);
        assert!(body.contains(&format!("/dashboard/keys/{}?env=live", made.view.id)) && body.contains(&made.view.prefix), "{body}");
        let event: Value = serde_json::from_str(&db.texts("select data_json from events where type = 'key.expiring' limit 1").await[0]).unwrap();
        assert_eq!(event["id"], made.view.id.as_str());
        db.expect_events_of_the_catalogue(&["key.expiring"]).await;
    }

    async fn a_key_is_not_notified_of_thresholds_before_it_was_created(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = team(&portal).await;
        key(&portal, &org, 5).await;
        key(&portal, &org, 7).await;
        look(&portal).await;
        portal.clock.advance(3 * DAY);
        look(&portal).await;
        assert_eq!(events(&db).await, 0);
        portal.clock.advance(DAY);
        look(&portal).await;
        assert_eq!(db.texts("select distinct subject from mails where subject like 'A key%'").await, ["A key expires within 1 day"]);
        assert_eq!(events(&db).await, 1);
    }

    async fn expired_and_replaced_keys_are_not_notified_and_their_replacements_are(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = team(&portal).await;
        let permit = Permit::<ManageKeys>::for_command_line(org.clone());
        let (revoked, rotated) = (key(&portal, &org, 20).await, key(&portal, &org, 20).await);
        keys::change_key(&portal.app.db, &permit, &revoked.view.id, keys::KeyChange::Revoke, portal.now()).await.unwrap();
        let new = keys::rotate_key(&portal.app.db, &permit, &rotated.view.id, Overlap::OneMonth, portal.now()).await.unwrap();
        portal.clock.advance(14 * DAY);
        look(&portal).await;
        let notified = db.texts("select data_json from events where type = 'key.expiring'").await;
        assert_eq!(notified.len(), 1);
        assert!(notified[0].contains(new.created.view.id.as_str()), "{notified:?}");
    }

    async fn a_server_that_starts_sends_the_notices_that_are_due(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = team(&portal).await;
        key(&portal, &org, 40).await;
        portal.stop().await;
        // Twenty days later, from the key's point of view.
        let moved = match db.url() {
            None => "update keys set created_at = created_at - 1728000000, expires_at = expires_at - 1728000000 returning 1",
            Some(_) => "with moved as (update keys set created_at = created_at - 1728000000, expires_at = expires_at - 1728000000 returning 1) select count(*) from moved",
        };
        assert_eq!(db.number(moved).await, 1);
        let _portal = Portal::start(&db).await;
        eventually("the notice is written", || async { (events(&db).await == 1).then_some(()) }).await;
    }
}
