//! The audit logs: an organisation's, and that of the portal's operators.

use tollgate::server::access::Operator;
use tollgate::server::{admin, plans};
use tollgate::types::plan::NewPlan;

use crate::admin_tokens::operator;
use crate::quota::plan;
use crate::support::{Portal, TestDb, Visitor, on_both};

on_both! {
    async fn operators_read_what_was_done_to_the_portal_and_nothing_of_people_and_organisations(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut operator = operator(&portal, &db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        assert_eq!(ada.submit("rename_org", &[("name", "Engines")]).await.status, 200);
        let (app, by) = (&portal.app, Operator::command_line());
        admin::create_token(&app.db, &by, "CI", portal.now()).await.unwrap();
        let new = NewPlan { monthly_price: 4_900, ..plan("Growth", 10, Some("0.2")) };
        plans::create(&app.db, new, &by, portal.now()).await.unwrap();

        let page = operator.page("/admin/audit").await;
        assert_eq!(page.status, 200);
        let (shown, _) = page.text.split_once("</main>").expect("a page");
        for text in ["admin_token.created", "plan.created", "command line", "49.00 USD", "0.002 USD"] {
            assert!(shown.contains(text), "{text}: {shown}");
        }
        for text in ["user.", "session.", "org.", "4900"] {
            assert!(!shown.contains(&format!("<code>{text}")) && !shown.contains(&format!(": {text}")), "{text}: {shown}");
        }
        let none = operator.page("/admin/audit?cursor=aud_00000000000000000000000001").await;
        assert!(none.text.contains("There are no older entries."), "{}", none.text);
        assert_eq!(ada.page("/admin/audit").await.status, 403);
        assert_eq!(ada.submit("admin_audit", &[]).await.status, 403);
    }

    async fn the_log_of_operators_comes_in_pages(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut operator = operator(&portal, &db).await;
        for i in 0..60 {
            admin::create_token(&portal.app.db, &Operator::command_line(), &format!("Program {i}"), portal.now()).await.unwrap();
        }
        let first = Visitor::value(&operator.submit("admin_audit", &[]).await);
        let cursor = first["next_cursor"].as_str().expect("more");
        let second = Visitor::value(&operator.submit("admin_audit", &[("cursor", cursor)]).await);
        let ids = |page: &serde_json::Value| -> Vec<String> {
            page["data"].as_array().unwrap().iter().map(|entry| entry["target_id"].as_str().unwrap().to_owned()).collect()
        };
        let (mut all, rest) = (ids(&first), ids(&second));
        assert_eq!(all.len(), 50);
        all.extend(rest);
        all.sort();
        all.dedup();
        let made = db.number("select count(distinct target_id) from audit_entries where org_id is null and action like 'admin%'").await;
        assert!(all.len() >= 60 && made == 60, "{} of {made}", all.len());
        assert_eq!(operator.submit("admin_audit", &[("cursor", "' or 1=1")]).await.status, 400);
    }

    async fn an_organisations_log_shows_caps_as_amounts(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let key = [("name", "Capped"), ("environment", "sandbox"), ("scopes[]", "customers:read"), ("spend_cap", "12.34")];
        Visitor::value(&ada.submit("create_key", &key).await);
        assert_eq!(ada.submit("set_spend_cap", &[("cap", "56.78")]).await.status, 200);
        let page = ada.page("/dashboard/audit").await.text;
        let (shown, _) = page.split_once("</main>").expect("a page");
        assert!(shown.contains("12.34 USD") && shown.contains("56.78 USD"), "{shown}");
        assert!(!shown.contains(": 1234") && !shown.contains(": 5678"), "{shown}");
    }
}
