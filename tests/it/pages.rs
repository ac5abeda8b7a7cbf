//! Pages as the server renders them.

use reqwest::Method;
use serde_json::json;

use crate::admin_tokens::operator;
use crate::support::{Portal, TestDb, Visitor, on_both};

on_both! {
    async fn public_pages_come_complete_with_headers_that_protect(db: TestDb) {
        let portal = Portal::start(&db).await;
        for path in ["/", "/login", "/signup", "/docs", "/docs/errors"] {
            let page = portal.send(portal.request(Method::GET, path)).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text.contains("<h1") && page.text.contains("</html>"), "{path}");
            let policy = page.header("content-security-policy");
            assert!(policy.contains("script-src 'nonce-") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            assert_eq!((page.header("x-content-type-options"), page.header("x-frame-options")), ("nosniff", "DENY"));
            assert!(page.request_id().starts_with("req_"));
        }
        let missing = portal.send(portal.request(Method::GET, "/no/such/page")).await;
        assert_eq!(missing.status, 404);
        assert!(missing.text.contains("<h1"));
    }

    async fn the_dashboard_sends_strangers_to_the_login_and_brings_them_back(db: TestDb) {
        let portal = Portal::start(&db).await;
        let page = portal.send(portal.request(Method::GET, "/dashboard/logs?env=live")).await;
        assert_eq!(page.status, 302, "{}", page.text);
        let to = page.header("location");
        assert!(to.starts_with("/login?next=") && to.contains("dashboard%2Flogs"), "{to}");
    }

    async fn a_form_sent_from_another_site_is_refused(db: TestDb) {
        let portal = Portal::start(&db).await;
        let post = || portal.request(Method::POST, "/_fn/log_in").header("content-type", "application/x-www-form-urlencoded").body("email=a%40b.co&password=x&next=");
        assert_eq!(portal.send(post().header("sec-fetch-site", "cross-site")).await.status, 403);
        assert_eq!(portal.send(post().header("origin", "https://evil.example")).await.status, 403);
        assert_ne!(portal.send(post().header("origin", portal.url.as_str())).await.status, 403);
    }

    async fn a_page_that_a_role_may_not_see_is_forbidden(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        db.execute("update users set email_verified_at = created_at").await;
        let org = portal.with_keys(Visitor::value(&ada.submit("me", &[]).await)["org"]["id"].as_str().unwrap().parse().unwrap()).await;
        let key = format!("/dashboard/keys/{}", org.sandbox.view.id);
        let endpoint = json!({ "url": "https://receiver.example/hook" });
        let made = portal.post(&org.sandbox, "/v1/webhook-endpoints", &endpoint).await.json();
        let rotate = format!("/dashboard/webhooks/{}/rotate", made["id"].as_str().unwrap());
        let open = ["/dashboard", "/dashboard/keys", &key, "/dashboard/try", "/dashboard/plan", "/dashboard/billing", "/dashboard/team", "/dashboard/settings"];
        let logs = ["/dashboard/logs", "/dashboard/events", "/dashboard/webhooks", "/dashboard/logs/req_01h2xcejqtf2nbrexx3vqjhp41"];
        let forms = ["/dashboard/keys/new", "/dashboard/webhooks/new", &rotate];
        for (role, logs_status, forms_status, audit_status) in
            [("owner", 200, 200, 200), ("admin", 200, 200, 200), ("developer", 200, 200, 403), ("viewer", 200, 403, 403), ("billing", 403, 403, 403)]
        {
            db.execute(match role {
                "owner" => "update members set role = 'owner'",
                "admin" => "update members set role = 'admin'",
                "developer" => "update members set role = 'developer'",
                "viewer" => "update members set role = 'viewer'",
                _ => "update members set role = 'billing'",
            })
            .await;
            let pages = open.map(|path| (path, 200)).into_iter().chain(logs.map(|path| (path, logs_status)));
            let pages = pages.chain(forms.map(|path| (path, forms_status))).chain([("/dashboard/audit", audit_status), ("/admin", 403), ("/admin/products", 403), ("/admin/audit", 403)]);
            for (path, status) in pages {
                let page = ada.page(path).await;
                let missing = path.contains("/req_") && status == 200;
                assert_eq!(page.status, if missing { 404 } else { status }, "{role} at {path}");
                // Without the data for the page's script.
                let shown = page.text.split("</main>").next().unwrap_or_default();
                assert_eq!(shown.contains("not allow this"), status == 403 && !path.starts_with("/admin"), "{role} at {path}");
            }
        }
    }

    async fn samples_name_the_key_of_the_chosen_environment(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        for (env, own, other) in [("sandbox", "YOUR_SANDBOX_KEY", "YOUR_LIVE_KEY"), ("live", "YOUR_LIVE_KEY", "YOUR_SANDBOX_KEY")] {
            let page = ada.page(&format!("/dashboard/try?env={env}")).await;
            let shown = page.text.split("</main>").next().unwrap_or_default();
            assert!(shown.contains(own) && !shown.contains(other), "{env}");
        }
    }

    async fn a_page_about_a_product_that_is_not_there_is_not_found(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut operator = operator(&portal, &db).await;
        for page in ["", "/diff", "/plans"] {
            let path = format!("/admin/products/prod_of_nobody{page}");
            assert_eq!(operator.page(&path).await.status, 404, "{path}");
        }
    }
}
