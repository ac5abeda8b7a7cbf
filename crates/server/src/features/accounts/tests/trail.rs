use tollgate_types::money::Currency;

use super::*;
use crate::access::Actor;
use crate::accounts::{add_member, change_role, create_org, rename_org};
use crate::audit;

on_both! {
    async fn each_action_leaves_an_audit_entry_with_actor_and_target(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let bob = world.join("bob", &ada.org, Role::Viewer).await;
        let session = world.session(&ada).await;
        rename_org(&world.db, &session.permit().unwrap(), "Analytical Engines", NOW).await.unwrap();
        change_role(&world.db, &world.config, &session.permit().unwrap(), &bob.user, Role::Admin, NOW).await.unwrap();

        let page = audit::list(&world.db, &session.permit().unwrap(), Currency::default(), None).await.unwrap();
        let entries: Vec<_> = page.data.iter().map(|entry| (entry.actor.as_str(), entry.action.as_str())).collect();
        assert_eq!(entries, [("ada", "member.role_changed"), ("ada", "org.renamed"), ("ada", "org.created")]);
        let change = &page.data[0];
        assert_eq!((change.before.as_deref(), change.after.as_deref()), (Some(r#"{"role":"viewer"}"#), Some(r#"{"role":"admin"}"#)));
        assert_eq!(
            (change.target_id.as_str(), change.source_ip.as_str(), &change.request_id[..4]),
            (bob.user.as_str(), "192.0.2.1", "req_")
        );
    }

    async fn the_trail_comes_in_pages_and_shows_no_other_organisation(db: TestDb) {
        let world = World::new(db).await;
        let (ada, eve) = (world.sign_up("ada").await, world.sign_up("eve").await);
        let session = world.session(&ada).await;
        for i in 0..60 {
            rename_org(&world.db, &session.permit().unwrap(), &format!("Name {i}"), NOW).await.unwrap();
        }
        let first = audit::list(&world.db, &session.permit().unwrap(), Currency::default(), None).await.unwrap();
        let second = audit::list(&world.db, &session.permit().unwrap(), Currency::default(), first.next_cursor.as_deref()).await.unwrap();
        assert_eq!((first.data.len(), second.data.len(), second.next_cursor), (50, 11, None));
        let foreign = audit::list(&world.db, &world.session(&eve).await.permit().unwrap(), Currency::default(), None).await.unwrap();
        assert_eq!(foreign.data.len(), 1);
        assert_eq!(code(audit::list(&world.db, &session.permit().unwrap(), Currency::default(), Some("' or 1=1")).await), Code::InvalidRequest);
    }

    async fn the_command_line_makes_organisations_without_an_owner_and_adds_one_later(db: TestDb) {
        let world = World::new(db).await;
        let ada = world.sign_up("ada").await;
        let actor = Actor::command_line();
        let org = create_org(&world.db, "Demo", None, true, &actor, NOW).await.unwrap();
        add_member(&world.db, &org, &ada.user, Role::Owner, &actor, NOW).await.unwrap();
        add_member(&world.db, &org, &ada.user, Role::Viewer, &actor, NOW).await.unwrap();
        let found = crate::accounts::find_org(&world.db, &org).await.unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.members, found.is_demo), ("Demo", 1, true));
        let admin = world.log_in(ada.user, org).await;
        let page = audit::list(&world.db, &world.session(&admin).await.permit().unwrap(), Currency::default(), None).await.unwrap();
        let entries: Vec<_> = page.data.iter().map(|entry| (entry.actor.as_str(), entry.action.as_str())).collect();
        assert_eq!(entries, [("command line", "member.added"), ("command line", "org.created")]);
    }
}
