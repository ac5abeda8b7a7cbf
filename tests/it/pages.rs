//! Pages as the server renders them.

use reqwest::Method;

use crate::admin_tokens::operator;
use crate::support::{Portal, TestDb, on_both};

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

    async fn a_page_about_a_product_that_is_not_there_is_not_found(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut operator = operator(&portal, &db).await;
        for page in ["", "/diff", "/plans"] {
            let path = format!("/admin/products/prod_of_nobody{page}");
            assert_eq!(operator.page(&path).await.status, 404, "{path}");
        }
    }
}
