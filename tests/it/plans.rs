//! Plans: created, versioned, changed and kept, from the command line and the dashboard.

use serde_json::{Value, json};
use tollgate::types::money::Currency;

use crate::support::{Portal, TestDb, Visitor, on_both, process};

on_both! {
    async fn a_new_portal_has_plans_and_everybody_is_on_the_default_one(db: TestDb) {
        let plans = process::json(&db, &["plan", "list", "--json"]);
        let plans = plans.as_array().unwrap();
        let names: Vec<&str> = plans.iter().map(|plan| plan["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Free", "Growth", "Scale"]);
        assert_eq!((&plans[0]["is_default"], &plans[0]["is_hard"], &plans[1]["is_hard"]), (&json!(true), &json!(true), &json!(false)));
        assert_eq!(plans[1]["prices"], json!([{ "up_to": 100_000, "unit_price": "0" }, { "up_to": null, "unit_price": "0.2" }]));
        // Once only.
        assert_eq!(process::json(&db, &["plan", "list", "--json"]).as_array().unwrap().len(), 3);
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        assert_eq!(portal.get(&org.live, "/v1/customers").await.header("tollgate-quota-remaining"), "9999");
    }

    async fn a_new_version_is_another_plan_and_subscribers_keep_theirs(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let args = ["plan", "create", "Tiny", "--included", "7", "--price", "9.50", "--overage", "0.0025", "--json"];
        let first = process::json(&db, &args);
        assert_eq!((&first["version"], &first["monthly_price"], &first["is_hard"]), (&json!(1), &json!(950), &json!(false)));
        process::json(&db, &["org", "set-plan", org.id.as_str(), "tiny", "--json"]);
        let second = process::json(&db, &["plan", "create", "Tiny", "--included", "3", "--key-rate", "5/60/8", "--json"]);
        assert_eq!((&second["version"], &second["key_rate"]["burst"]), (&json!(2), &json!(8)));
        assert_eq!(db.texts("select s.plan_id from subscriptions s").await, [first["id"].as_str().unwrap()]);
        // New subscriptions to the old version are refused.
        let other = portal.org("Other").await;
        let refused = process::run(&db, &["org", "set-plan", other.id.as_str(), first["id"].as_str().unwrap()]);
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("archived"));
        process::json(&db, &["org", "set-plan", other.id.as_str(), "tiny", "--json"]);
        let response = portal.get(&other.live, "/v1/customers").await;
        assert_eq!((response.header("tollgate-quota-remaining"), response.header("x-ratelimit-limit"), response.header("x-ratelimit-remaining")), ("2", "8", "7"));
        assert!(response.header("ratelimit-policy").starts_with("\"key\";q=8;w=") && response.header("ratelimit").starts_with("\"key\";r=7;"));
        assert_eq!(portal.get(&org.live, "/v1/customers").await.header("tollgate-quota-remaining"), "6");
        assert_eq!(db.number("select count(*) from events where type = 'subscription.updated'").await, 2);
        db.expect_events_of_the_catalogue(&["subscription.updated"]).await;
    }

    async fn wrong_plans_are_refused_and_the_default_one_stays(db: TestDb) {
        for (args, word) in [
            (vec!["plan", "create", "X", "--included", "10", "--tiers", "[]"], "tiers"),
            (vec!["plan", "create", "X", "--included", "10", "--tiers", r#"[{"up_to":null,"unit_price":"1"}]"#], "included"),
            (vec!["plan", "create", "X", "--included", "10", "--overage=-1"], "overage"),
            (vec!["plan", "create", "X", "--included", "10", "--price", "9.999"], "price"),
            (vec!["plan", "create", " ", "--included", "10"], "name"),
            (vec!["plan", "archive", "Free"], "default"),
            (vec!["plan", "archive", "Nothing"], "plan"),
            (vec!["org", "set-plan", "org_01h2xcejqtf2nbrexx3vqjhp41", "Growth"], "organisation"),
            (vec!["org", "set-limit", "org_01h2xcejqtf2nbrexx3vqjhp41", "--key", "0/1"], "CALLS/SECONDS"),
        ] {
            let output = process::run(&db, &args);
            let printed = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && printed.contains(word), "{args:?}: {printed}");
        }
        assert_eq!(process::json(&db, &["plan", "archive", "Growth", "--json"])["name"], "Growth");
        // Another default plan applies to organisations without a subscription.
        process::json(&db, &["plan", "create", "Starter", "--included", "50", "--default", "--json"]);
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        assert_eq!(portal.get(&org.live, "/v1/customers").await.header("tollgate-quota-remaining"), "49");
    }

    async fn members_with_billing_permission_switch_plans_and_set_the_cap(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let page = Visitor::value(&ada.submit("plan", &[]).await);
        assert_eq!((&page["plan"]["name"], &page["units"], &page["spend_cap"]), (&json!("Free"), &json!(0), &json!(null)));
        let offer = |name: &str| page["offers"].as_array().unwrap().iter().find(|plan| plan["name"] == name).unwrap()["id"].as_str().unwrap().to_owned();
        let growth = offer("Growth");
        assert_eq!(ada.submit("choose_plan", &[("plan_id", &growth)]).await.status, 200);
        assert_eq!(ada.submit("set_spend_cap", &[("cap", "12.5")]).await.status, 200);
        for bad in ["-1", "1.234", "much"] {
            assert_eq!(ada.submit("set_spend_cap", &[("cap", bad)]).await.status, 422, "{bad}");
        }
        let page = Visitor::value(&ada.submit("plan", &[]).await);
        assert_eq!((&page["plan"]["name"], &page["spend_cap"]), (&json!("Growth"), &json!(1250)));
        assert_eq!(ada.submit("set_spend_cap", &[("cap", "")]).await.status, 200);
        assert_eq!(Visitor::value(&ada.submit("plan", &[]).await)["spend_cap"], json!(null));
        // A plan that is not offered cannot be chosen.
        let private = process::json(&db, &["plan", "create", "Ours", "--included", "9", "--private", "--json"]);
        assert_eq!(ada.submit("choose_plan", &[("plan_id", private["id"].as_str().unwrap())]).await.status, 404);
        let acts = db.texts("select action from audit_entries where action like '%spend_cap%' or action like 'subscription%' order by id").await;
        assert_eq!(acts, ["subscription.changed", "org.spend_cap_set", "org.spend_cap_set"]);
        // The trail shows a cap as money, not in cents.
        let trail = Visitor::value(&ada.submit("list_audit", &[]).await);
        let values = |entry: usize, side: &str| serde_json::from_str::<Value>(trail["data"][entry][side].as_str().unwrap()).unwrap();
        assert_eq!(values(0, "before")["spend_cap"], Currency::default().amount(1_250));
        assert_eq!(values(0, "after")["spend_cap"], Value::Null);
        let html = ada.page("/dashboard/plan").await;
        assert_eq!(html.status, 200);
        for words in ["100,000 included units", "Change to Free", "2.00 USD per 1,000", "Spend cap"] {
            assert!(html.text.contains(words), "{words}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developer_sees_the_plan_and_cannot_change_it() {
    let db = TestDb::sqlite();
    let portal = Portal::start(&db).await;
    let mut ada = Visitor::signed_up(&portal, "ada").await;
    let growth = Visitor::value(&ada.submit("plan", &[]).await)["offers"][1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    db.texts("update members set role = 'developer' returning role").await;
    assert_eq!(ada.submit("plan", &[]).await.status, 200);
    assert_eq!(ada.submit("choose_plan", &[("plan_id", &growth)]).await.status, 403);
    assert_eq!(ada.submit("set_spend_cap", &[("cap", "1")]).await.status, 403);
}
