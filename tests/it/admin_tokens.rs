//! Who may operate the portal: operators, tokens of the admin API, and networks.

use reqwest::Method;
use serde_json::Value;
use tollgate::server::access::Operator;
use tollgate::server::admin;

use crate::support::{Portal, TestDb, TestResponse, Visitor, on_both, process};

/// A token from the command line.
fn token(db: &TestDb) -> Value {
    process::json(db, &["admin-token", "create", "--name", "CI", "--json"])
}

async fn get(portal: &Portal, token: &str, path: &str) -> TestResponse {
    portal
        .send(portal.request(Method::GET, &format!("/admin/api/v1/{path}")).bearer_auth(token))
        .await
}

on_both! {
    async fn a_strange_id_is_never_a_fault_of_the_server(db: TestDb) {
        let portal = Portal::start(&db).await;
        let token = admin::create_token(&portal.app.db, &Operator::command_line(), "test", portal.now()).await.unwrap().token;
        for id in ["%00", "a%00b", "%ff", "x", "%F0%9F%98%80", "99999999999999999999"] {
            for path in ["products/{}", "products/{}/plans", "products/{}/versions", "products/{}/diff", "products/{}/versions/{}/document", "tokens/{}"] {
                for method in [Method::GET, Method::PUT, Method::DELETE] {
                    let path = format!("/admin/api/v1/{}", path.replace("{}", id));
                    let response = portal.send(portal.request(method.clone(), &path).bearer_auth(&token)).await;
                    assert!((400..500).contains(&response.status), "{method} {path}: {} {}", response.status, response.text);
                }
            }
        }
    }

    async fn a_token_works_until_it_is_revoked_and_only_its_hash_is_stored(db: TestDb) {
        let portal = Portal::start(&db).await;
        let made = token(&db);
        let (id, text) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        assert!(text.starts_with(&format!("{}_", made["prefix"].as_str().unwrap())) && text.len() == 60, "{text}");
        let listed = get(&portal, text, "tokens").await;
        assert_eq!((listed.status, &listed.json()[0]["name"]), (200, &Value::from("CI")));
        assert!(!listed.text.contains(text));
        let listed = process::json(&db, &["admin-token", "list", "--json"]);
        assert!(listed[0]["last_used_at"].is_string() && listed[0]["revoked_at"].is_null());
        process::json(&db, &["admin-token", "revoke", id, "--json"]);
        get(&portal, text, "tokens").await.problem(401, "invalid_key");
        let actions = db.texts("select action from audit_entries where action like 'admin%' order by id").await;
        assert_eq!(actions, ["admin_token.created", "admin_token.revoked"]);
    }

    async fn a_token_can_revoke_itself_and_the_trail_says_which_it_was(db: TestDb) {
        let portal = Portal::start(&db).await;
        let made = token(&db);
        let (id, text) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        let path = format!("/admin/api/v1/tokens/{id}/revoke");
        let revoked = portal.send(portal.request(Method::POST, &path).bearer_auth(text)).await;
        assert!(revoked.json()["revoked_at"].is_string());
        let trail = db.texts("select actor_kind || ' ' || actor_id from audit_entries where action = 'admin_token.revoked'").await;
        assert_eq!(trail, [format!("admin_token {id}")]);
    }

    async fn neither_keys_nor_sessions_nor_wrong_texts_open_the_admin_api(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let operator = operator(&portal, &db).await;
        let cookie = portal.send(operator.request("/admin/api/v1/products")).await;
        cookie.problem(401, "missing_key");
        assert!(cookie.header("www-authenticate").starts_with("Bearer"));
        get(&portal, &org.live.key, "products").await.problem(401, "invalid_key");
        let text = token(&db)["token"].as_str().unwrap().to_owned();
        get(&portal, &text[..59], "products").await.problem(401, "invalid_key");
        // The token is not a key.
        portal.send(portal.request(Method::GET, "/v1/customers").bearer_auth(&text)).await.problem(401, "invalid_key");
        assert_eq!(get(&portal, &text, "products").await.status, 200);
    }

    async fn a_caller_who_keeps_failing_is_refused(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-failed-auth", "3/60"]).await;
        for _ in 0..3 {
            get(&portal, "tg_admin_guess", "products").await.problem(401, "invalid_key");
        }
        let refused = get(&portal, "tg_admin_guess", "products").await;
        refused.problem(429, "rate_limited");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    }

    async fn elsewhere_than_in_the_listed_networks_nothing_of_it_opens(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--admin-networks", "10.0.0.0/8", "--trusted-proxies", "127.0.0.0/8"]).await;
        let text = token(&db)["token"].as_str().unwrap().to_owned();
        let mut operator = operator(&portal, &db).await;
        get(&portal, &text, "products").await.problem(403, "ip_not_allowed");
        get(&portal, "", "openapi.json").await.problem(403, "ip_not_allowed");
        let refused = operator.submit("admin_products", &[]).await;
        assert_eq!((refused.status, &refused.json()["code"]), (403, &Value::from("ip_not_allowed")));
        assert_eq!(operator.page("/admin").await.status, 403);
        let inside = portal.request(Method::GET, "/admin/api/v1/products").bearer_auth(&text).header("x-forwarded-for", "10.1.2.3");
        assert_eq!(portal.send(inside).await.status, 200);
    }

    async fn who_is_no_operator_gets_neither_pages_nor_functions(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        assert_eq!(ada.page("/admin/products").await.status, 403);
        assert_eq!(ada.submit("admin_remove_product", &[("id", "pets"), ("typed", "pets")]).await.status, 403);
        let mut nobody = Visitor::new(&portal);
        let sent = nobody.page("/admin/products").await;
        assert!(sent.status == 302 || sent.status == 303, "{}", sent.status);
        assert!(sent.header("location").starts_with("/login?next=%2Fadmin"));
        assert_eq!(nobody.submit("admin_products", &[]).await.status, 401);
        assert_eq!(db.number("select count(*) from admin_tokens").await, 0);
    }

    async fn the_document_of_the_admin_api_names_every_route(db: TestDb) {
        let portal = Portal::start(&db).await;
        let response = get(&portal, "", "openapi.json").await;
        let document = response.json();
        assert_eq!(document["openapi"], "3.1.0");
        let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        assert!(paths.len() >= 9 && paths.iter().all(|path| path.starts_with("/admin/api/v1/")), "{paths:?}");
        let text = token(&db)["token"].as_str().unwrap().to_owned();
        get(&portal, &text, "nothing").await.problem(404, "not_found");
        let wrong = portal.send(portal.request(Method::PATCH, "/admin/api/v1/products").bearer_auth(&text)).await;
        wrong.problem(405, "method_not_allowed");
        assert!(wrong.header("allow").contains("GET"), "{}", wrong.header("allow"));
    }
}

/// A signed-in operator.
pub async fn operator<'a>(portal: &'a Portal, db: &TestDb) -> Visitor<'a> {
    let visitor = Visitor::signed_up(portal, "operator").await;
    db.execute("update users set is_operator = true where email = 'operator@example.com'").await;
    visitor
}
