//! Response headers for caching, transport and sniffing.

use reqwest::Method;

use crate::support::{Portal, TestDb, on_both};

on_both! {
    async fn only_files_that_exist_may_be_cached(db: TestDb) {
        let site = tempfile::tempdir().unwrap();
        let folder = site.path().join("pkg");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("tollgate.abc.css"), "p{}").unwrap();
        let root = site.path().to_str().unwrap().to_owned();
        let portal = Portal::with_site(&db, &[], |_| {}, |site| site.leptos.site_root = root.into()).await;
        let get = |path: &'static str| portal.request(Method::GET, path);
        let cached = |response: &crate::support::TestResponse| response.header("cache-control").contains("immutable");

        let file = portal.send(get("/pkg/tollgate.abc.css")).await;
        assert!(file.status == 200 && cached(&file), "{:?}", file.headers);
        let part = portal.send(get("/pkg/tollgate.abc.css").header("range", "bytes=0-0")).await;
        assert!(part.status == 206 && cached(&part), "{:?}", part.headers);
        let same = portal.send(get("/pkg/tollgate.abc.css").header("if-modified-since", file.header("last-modified"))).await;
        assert!(same.status == 304 && cached(&same), "{:?}", same.headers);

        let beyond = get("/pkg/tollgate.abc.css").header("range", "bytes=900-");
        for (what, request, status) in [
            ("missing", get("/pkg/tollgate.old.css"), 404),
            ("beyond its end", beyond, 416),
            ("another method", portal.request(Method::POST, "/pkg/tollgate.abc.css"), 405),
            ("a missing file beside it", get("/favicon.nothing"), 404),
            ("a missing document", get("/apis/nothing/openapi.json"), 404),
            ("a missing client", get("/apis/nothing/clients/python.tar.gz"), 404),
        ] {
            let response = portal.send(request).await;
            assert_eq!((response.status, response.header("cache-control")), (status, "no-store"), "{what}");
        }
        // A folder is not a file.
        assert!(!cached(&portal.send(get("/pkg")).await) && !cached(&portal.send(get("/pkg/")).await));
    }

    async fn own_responses_are_neither_stored_nor_sniffed(db: TestDb) {
        let portal = Portal::start(&db).await;
        for path in ["/", "/login", "/no/such/page", "/healthz", "/readyz", "/v1/openapi.json", "/admin/api/v1/products", "/_fn/me", "/webhooks/stripe"] {
            let response = portal.send(portal.request(Method::GET, path)).await;
            assert_eq!((response.header("cache-control"), response.header("x-content-type-options")), ("no-store", "nosniff"), "{path}");
        }
        for path in ["/v1/customers", "/v1/nothing", "/api/nothing/at/all"] {
            let refused = portal.send(portal.request(Method::GET, path)).await;
            assert!(refused.status >= 400, "{path}");
            assert_eq!((refused.header("cache-control"), refused.header("x-content-type-options")), ("no-store", "nosniff"), "{path}");
        }
    }

    async fn browsers_stay_on_https_where_the_portal_is_reached_so(db: TestDb) {
        let paths = ["/", "/login", "/pkg/missing.js", "/healthz", "/v1/openapi.json", "/v1/customers", "/api/nothing/x", "/admin/api/v1/products"];
        let portal = Portal::with_flags(&db, &["--public-url", "https://portal.example.com"]).await;
        for path in paths {
            let response = portal.send(portal.request(Method::GET, path)).await;
            assert_eq!(response.header("strict-transport-security"), "max-age=31536000", "{path}");
        }
        portal.stop().await;
        let plain = Portal::with_flags(&db, &["--public-url", "http://portal.example.com"]).await;
        for path in paths {
            assert_eq!(plain.send(plain.request(Method::GET, path)).await.header("strict-transport-security"), "", "{path}");
        }
    }
}
