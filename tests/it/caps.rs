//! No limit is silent: more entries than one page are on further pages, a job reaches everybody,
//! and a list that is cut off says so.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::Operator;
use tollgate::server::{billing, random};
use tollgate::types::bounds;
use tollgate::types::id::{KeyId, OrgId};

use crate::support::{Portal, TestDb, Visitor, eventually, on_both, process};

/// As many organisations as the test needs, with a sandbox key each that called two operations
/// today.
async fn callers(db: &TestDb, portal: &Portal, count: usize) -> Vec<String> {
    let (now, day) = (portal.now(), portal.now().start_of_day().0);
    let ids: Vec<(OrgId, KeyId)> = (0..count).map(|_| (random::id(), random::id())).collect();
    let join = |row: &dyn Fn(usize, &OrgId, &KeyId) -> String| {
        ids.iter()
            .enumerate()
            .map(|(i, (org, key))| row(i, org, key))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let blob = |i: usize| {
        if db.url().is_some() {
            format!("decode('{i:064x}', 'hex')")
        } else {
            format!("x'{i:064x}'")
        }
    };
    let orgs = join(&|i, org, _| format!("('{org}', 'Org {i}', {0}, {0})", now.0));
    let keys = join(&|i, org, key| {
        format!(
            "('{key}', '{org}', 'sandbox', 'tg_sandbox_{i:012}', {}, 'Key', '[]', 'test', {})",
            blob(i),
            now.0
        )
    });
    let usage = join(&|_, org, key| {
        format!(
            "('{org}', 'sandbox', {day}, 'pets', 'getPet', '{key}', 2, 0, 2, 0), ('{org}', 'sandbox', {day}, 'pets', 'dropPet', '{key}', 3, 0, 3, 0)"
        )
    });
    for sql in [
        format!("insert into orgs (id, name, created_at, updated_at) values {orgs}"),
        format!(
            "insert into keys (id, org_id, environment, prefix, key_hash, name, scopes, created_by, created_at) values {keys}"
        ),
        format!(
            "insert into usage_daily (org_id, environment, day, product, operation, key_id, calls, errors, units, billed_units) values {usage}"
        ),
    ] {
        db.execute(sql.leak()).await;
    }
    ids.into_iter().map(|(org, _)| org.to_string()).collect()
}

fn document(version: &str, paths: &[&str]) -> Value {
    let path = |id: &&str| {
        (
            format!("/{id}"),
            json!({ "get": { "operationId": id, "responses": { "200": { "description": "Done" } } } }),
        )
    };
    let paths: serde_json::Map<String, Value> = paths.iter().map(path).collect();
    json!({ "openapi": "3.1.0", "info": { "title": "Pets", "version": version }, "servers": [{ "url": "https://pets.example.com" }], "paths": paths })
}

on_both! {
    async fn every_partner_is_notified_of_what_breaks_however_many_there_are(db: TestDb) {
        let portal = Portal::start(&db).await;
        let token = process::json(&db, &["admin-token", "create", "--name", "Test", "--json"])["token"].as_str().unwrap().to_owned();
        let put = async |document: Value| {
            let request = portal.request(Method::PUT, "/admin/api/v1/products/pets").bearer_auth(&token);
            portal.send(request.json(&json!({ "document": document.to_string() }))).await.json()
        };
        put(document("1", &["listPets", "getPet", "dropPet"])).await;
        let orgs: BTreeSet<String> = callers(&db, &portal, 130).await.into_iter().collect();
        // Another instance helps; nobody is notified twice.
        let folder = db.data_dir().join("other");
        let other = match db.url() {
            Some(_) => Some(Portal::with_flags(&db, &["--data-dir", folder.to_str().unwrap()]).await),
            None => None,
        };
        let published = put(document("2", &["listPets"])).await;
        let diff = &published["diff"];
        assert_eq!(diff["affected"].as_array().unwrap().len(), 50, "{diff}");
        assert_eq!((&diff["affected"][0]["calls"], &diff["affected"][0]["operations"]), (&json!(5), &json!(["dropPet", "getPet"])));
        assert!(diff["next_cursor"].is_string(), "{diff}");
        eventually("all are notified", || async { (db.number("select count(*) from notices").await >= 130).then_some(()) }).await;
        eventually("it is over", || async { (db.number("select count(*) from breaking_notices").await == 0).then_some(()) }).await;
        assert_eq!(db.texts("select org_id from notices").await.into_iter().collect::<BTreeSet<_>>(), orgs);
        assert_eq!(db.number("select count(*) from notices").await, 130);
        // The comparison has pages, and the command line shows all of them.
        let (mut found, mut after) = (BTreeSet::new(), String::new());
        loop {
            let path = format!("/admin/api/v1/products/pets/diff?from=1&to=2&after={after}");
            let page = portal.send(portal.request(Method::GET, &path).bearer_auth(&token)).await.json();
            found.extend(page["affected"].as_array().unwrap().iter().map(|key| key["org_id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            next.clone_into(&mut after);
        }
        assert_eq!(found, orgs);
        let listed = process::json(&db, &["product", "diff", "pets", "--json"]);
        assert_eq!(listed["affected"].as_array().unwrap().len(), 130);
        if let Some(other) = other {
            other.stop().await;
        }
        portal.stop().await;
    }

    async fn the_revenue_report_has_all_partners_on_its_pages_and_in_its_totals(db: TestDb) {
        let portal = Portal::start(&db).await;
        let orgs: BTreeSet<String> = callers(&db, &portal, 230).await.into_iter().collect();
        let month = portal.now().month();
        let (counters, hours): (Vec<String>, Vec<String>) = orgs
            .iter()
            .map(|org| (format!("('{org}', 'platform', {}, 7)", month.0), format!("('{org}', 'platform', {}, 7, 0, 0, 0)", month.0)))
            .unzip();
        db.execute(format!("insert into quota_counters (org_id, product, month, units) values {}", counters.join(", ")).leak()).await;
        let ledger = "insert into usage_ledger (org_id, product, hour, units, amount_nano, reported, reports) values";
        db.execute(format!("{ledger} {}", hours.join(", ")).leak()).await;
        let operator = Operator::command_line();
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = billing::revenue(&portal.app.billing(), &operator, month, &cursor).await.unwrap();
            assert!(page.rows.len() <= 100);
            assert_eq!(page.sums.iter().map(|sum| (sum.partners, sum.units)).collect::<Vec<_>>(), [(230, 7 * 230)]);
            assert!(page.summed_at.is_some());
            found.extend(page.rows.into_iter().map(|row| row.org_id));
            let Some(next) = page.next_cursor else { break };
            cursor = next;
        }
        assert_eq!(found.len(), 230);
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), orgs);
        assert!(billing::revenue(&portal.app.billing(), &operator, month, "nonsense").await.is_err());
        portal.stop().await;
    }

    async fn a_list_that_ends_at_its_limit_says_so(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let org = db.texts("select id from orgs").await.remove(0);
        let says = |html: &str, most: usize| html.contains(&format!("Showing the {most} "));
        assert!(!says(&ada.page("/dashboard/settings").await.text, bounds::SESSIONS));
        let blob = |i: usize| if db.url().is_some() { format!("decode('{i:064x}', 'hex')") } else { format!("x'{i:064x}'") };
        let far = portal.now().0 + 1_000_000_000;
        let sessions: Vec<String> = (0..bounds::SESSIONS)
            .map(|i| format!("('ses_{i}', {}, (select id from users), '', '', {now}, {now}, {far})", blob(i), now = portal.now().0))
            .collect();
        let insert = "insert into sessions (id, token_hash, user_id, source_ip, user_agent, created_at, last_seen_at, expires_at) values";
        // Ids that the page can parse.
        let sessions = sessions.join(", ");
        let sessions = (0..bounds::SESSIONS).rev().fold(sessions, |all, i| {
            all.replace(&format!("'ses_{i}'"), &format!("'{}'", random::id::<tollgate::types::id::SessionId>()))
        });
        db.execute(format!("{insert} {sessions}").leak()).await;
        assert!(says(&ada.page("/dashboard/settings").await.text, bounds::SESSIONS));

        let notices: Vec<String> = (0..bounds::NOTICES)
            .map(|i| format!("('{}', '{org}', 'test', '{i}', 'Title', 'Body', '', {})", random::id::<tollgate::types::id::NoticeId>(), portal.now().0))
            .collect();
        let insert = "insert into notices (id, org_id, kind, subject, title, body, link, created_at) values";
        db.execute(format!("{insert} {}", notices.join(", ")).leak()).await;
        assert!(says(&ada.page("/dashboard").await.text, bounds::NOTICES));
        portal.stop().await;
    }
}
