//! Every list shows when it is empty, and when it cannot be loaded: with the request id, and a link
//! to try again.

use tollgate::server::access::{ManageKeys, Permit};
use tollgate::server::keys::{self, KeyChange};
use tollgate::types::key::{KeyState, NewKey};
use tollgate::types::rotation::Overlap;
use tollgate::types::time::HOUR;

use crate::support::crawl::{Part, attribute, parts};
use crate::support::{Portal, TestDb, Visitor, on_both, seed};

/// A list's page, and how the database table that it needs is removed and restored.
macro_rules! list {
    ($page:literal, $table:literal) => {
        (
            $page,
            concat!("alter table ", $table, " rename to away"),
            concat!("alter table away rename to ", $table),
        )
    };
}

const LISTS: [(&str, &str, &str); 10] = [
    list!("/dashboard/keys", "keys"),
    list!("/dashboard/logs", "request_log_blocks"),
    list!("/dashboard/events", "events"),
    list!("/dashboard/webhooks", "webhook_endpoints"),
    list!("/dashboard/audit", "audit_entries"),
    list!("/dashboard/team", "invitations"),
    list!("/dashboard/billing", "plans"),
    list!("/admin/tokens", "admin_tokens"),
    list!("/admin/audit", "audit_entries"),
    list!("/admin/billing", "invoices"),
];

/// Whether an element has this word in its class, role or another attribute.
fn has(html: &str, name: &str, value: &str) -> bool {
    parts(html).into_iter().any(|part| match part {
        Part::Open { attributes, .. } => attribute(attributes, name)
            .is_some_and(|found| found.split_whitespace().any(|word| word == value)),
        _ => false,
    })
}

on_both! {
    async fn a_list_that_cannot_be_read_shows_the_request_id_and_a_way_to_try_again(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--outbound", "anywhere"]).await;
        let mut visitor = seed::furnish(&portal, &db).await;
        for (page, take_away, put_back) in LISTS {
            let good = visitor.page(page).await;
            assert!(!has(&good.text, "class", "alert-danger"), "{page}");
            db.execute(take_away).await;
            let bad = visitor.page(page).await;
            db.execute(put_back).await;
            assert_eq!(bad.status, 200, "{page}: the frame stays");
            assert!(has(&bad.text, "role", "alert"), "{page} says that it failed");
            assert!(bad.text.contains(bad.request_id()), "{page} shows the request id");
            assert!(bad.text.contains("Try again"), "{page} offers to try again");
            assert!(!bad.text.contains("no such table") && !bad.text.contains("does not exist"), "{page} reports nothing internal");
        }
    }

    async fn an_empty_list_says_what_to_do_next_and_the_end_of_a_list_that_it_is_the_end(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        for page in ["/dashboard/keys", "/dashboard/logs", "/dashboard/events?type=none.such", "/dashboard/webhooks"] {
            let empty = ada.page(page).await;
            assert!(has(&empty.text, "class", "empty"), "{page}");
        }
        let past = [
            "/dashboard/keys?cursor=key_00000000000000000000000001",
            "/dashboard/logs?cursor=req_00000000000000000000000001",
            "/dashboard/events?cursor=evt_00000000000000000000000001",
            "/dashboard/audit?cursor=aud_00000000000000000000000001",
        ];
        for page in past {
            let end = ada.page(page).await;
            assert!(end.text.contains("There are no older entries."), "{page}");
            assert!(!end.text.contains("<tbody"), "{page} shows no empty table");
        }
    }

    async fn keys_are_filtered_by_the_state_that_they_have_now(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().parse().unwrap();
        let permit = Permit::<ManageKeys>::for_command_line(org);
        let create = async |name: &str, expires_at| {
            let new = NewKey { name: name.into(), scopes: vec!["customers:read".into()], expires_at, ..NewKey::default() };
            keys::create_key(&portal.app.db, &permit, new, portal.now()).await.unwrap().view.id
        };
        let change = async |id, change| keys::change_key(&portal.app.db, &permit, &id, change, portal.now()).await.unwrap();
        create("active", None).await;
        create("expired", Some(portal.now().plus(HOUR))).await;
        change(create("disabled", None).await, KeyChange::Disable).await;
        change(create("revoked", None).await, KeyChange::Revoke).await;
        for (name, overlap) in [("rotating", Overlap::OneWeek), ("revoked", Overlap::OneHour)] {
            let id = create(name, None).await;
            keys::rotate_key(&portal.app.db, &permit, &id, overlap, portal.now()).await.unwrap();
        }
        portal.clock.advance(2 * HOUR);
        let mut listed = 0;
        for state in KeyState::ALL {
            let page = Visitor::value(&ada.submit("list_keys", &[("environment", "sandbox"), ("filter[state]", state.as_str())]).await);
            let found = page["data"].as_array().unwrap();
            assert!(!found.is_empty(), "there is one that is {}", state.as_str());
            assert!(found.iter().all(|key| key["state"] == state.as_str()), "{page}");
            listed += found.len();
        }
        let all = Visitor::value(&ada.submit("list_keys", &[("environment", "sandbox")]).await);
        assert_eq!(all["data"].as_array().unwrap().len(), listed, "each key has one state");
    }

    async fn keys_are_found_by_name_prefix_id_and_state_among_hundreds(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let mut eve = Visitor::signed_up(&portal, "eve").await;
        let create = async |visitor: &mut Visitor<'_>, name: &str| {
            let fields = [("name", name), ("environment", "sandbox"), ("scopes[]", "customers:read")];
            Visitor::value(&visitor.submit("create_key", &fields).await)
        };
        let one = create(&mut ada, "Checkout 100%_service").await;
        let hidden = create(&mut eve, "Checkout of Eve").await;
        let id = one["id"].as_str().unwrap().to_owned();
        let org = Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().parse().unwrap();
        let permit = Permit::<ManageKeys>::for_command_line(org);
        for i in 1..=298 {
            let name = if i % 2 == 0 { format!("Worker {i}") } else { format!("Straße {i}") };
            let new = NewKey { name, scopes: vec!["customers:read".into()], ..NewKey::default() };
            let made = keys::create_key(&portal.app.db, &permit, new, portal.now()).await.unwrap();
            let change = match i % 10 {
                0 => KeyChange::Disable,
                1 => KeyChange::Revoke,
                _ => continue,
            };
            keys::change_key(&portal.app.db, &permit, &made.view.id, change, portal.now()).await.unwrap();
        }
        let mut find = async |filter: &[(&str, &str)]| {
            let mut fields = vec![("environment", "sandbox")];
            fields.extend(filter);
            let page = Visitor::value(&ada.submit("list_keys", &fields).await);
            let names: Vec<String> = page["data"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect();
            (names, page["next_cursor"].as_str().map(str::to_owned))
        };
        let prefix = one["prefix"].as_str().unwrap().to_owned();
        for text in ["checkout", "CHECKOUT", "100%_", &id, &prefix, &prefix[..15]] {
            assert_eq!(find(&[("filter[text]", text)]).await.0, ["Checkout 100%_service"], "{text}");
        }
        let found = find(&[("filter[text]", "straße 7")]).await.0;
        assert!(!found.is_empty() && found.iter().all(|name| name.starts_with("Straße 7")), "letters beyond ASCII: {found:?}");
        for none in ["Checkout of Eve", hidden["id"].as_str().unwrap(), "100%%", "!", "x\0", "' or 1=1 --"] {
            assert_eq!(find(&[("filter[text]", none)]).await.0, Vec::<String>::new(), "{none}");
        }
        // Page by page, each key once.
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let (names, next) = find(&[("filter[text]", "Worker"), ("filter[state]", "active"), ("cursor", &cursor)]).await;
            seen.extend(names);
            let Some(next) = next else { break };
            cursor = next;
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count, "each key is listed once");
        assert_eq!(count, (1..=298).filter(|i| i % 2 == 0 && i % 10 != 0).count());
        assert_eq!(find(&[("filter[state]", "disabled")]).await.0.len(), 29);
        let wrong = ada.submit("list_keys", &[("environment", "sandbox"), ("filter[state]", "asleep")]).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text);

        let page = ada.page("/dashboard/keys?q=checkout&state=active").await;
        assert!(page.text.contains("Checkout 100%_service") && !page.text.contains("Worker 2"));
        assert!(page.text.contains("value=\"checkout\""), "the filter stays in its form");
        let page = ada.page("/dashboard/keys?q=nobody&env=live").await;
        assert!(page.text.contains("No keys match this filter"));
    }
}
