//! Files next to products' pages: documents, Markdown, clients and feeds.

use reqwest::Method;
use reqwest::header::{ETAG, IF_NONE_MATCH};
use serde_json::json;
use tollgate::server::products::Registration;
use tollgate_openapi::spec::Spec;

use crate::support::{Portal, TestDb, TestResponse, on_both};

const YAML: &str = "openapi: 3.0.3\ninfo: { title: 'Shop & <Co>', version: '1' }\nservers: [{ url: 'https://upstream.example' }]\npaths:\n  /items:\n    get:\n      operationId: listItems\n      security: [{ own: [] }]\n      responses: { '200': { description: Items } }\n  /items/{id}:\n    delete:\n      operationId: openapi.json\n      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]\n      responses: { '204': { description: Gone } }\n";

async fn register(portal: &Portal, id: &str, document: &str) {
    let wanted = Registration {
        document: Some(document.into()),
        base_url: Some("https://upstream.example".into()),
        ..Registration::default()
    };
    portal.register(id, wanted).await;
}

async fn get(portal: &Portal, path: &str) -> TestResponse {
    portal.send(portal.request(Method::GET, path)).await
}

on_both! {
    async fn a_document_can_be_downloaded_as_published_and_for_this_gateway(db: TestDb) {
        let portal = Portal::start(&db).await;
        let json = json!({
            "openapi": "3.0.0", "info": { "title": "Shop", "version": "1" }, "servers": [{ "url": "https://upstream.example" }],
            "paths": { "/items": { "get": { "operationId": "listItems", "security": [{ "own": [] }], "responses": { "200": { "description": "Items" } } } } },
        });
        register(&portal, "shop", &json.to_string()).await;
        let given = get(&portal, "/apis/shop/openapi.json").await;
        assert_eq!((given.status, given.header("content-type"), given.text.as_str()), (200, "application/json", json.to_string().as_str()));
        assert_eq!(get(&portal, "/apis/shop/openapi").await.text, json.to_string());
        assert_eq!(get(&portal, "/apis/shop/openapi.yaml").await.status, 404);
        let own = get(&portal, "/apis/shop/openapi-3.1.json").await.json();
        assert_eq!(own["servers"], json!([{ "url": format!("{}/api/shop", portal.app.config.base_url()) }]));
        let scope = json!(["shop:read"]);
        assert_eq!(own["openapi"], "3.1.0");
        assert_eq!(own["paths"]["/items"]["get"]["security"], json!([{ "tollgate": scope }, { "tollgate_header": scope }]));
        assert!(Spec::from_value(own).is_ok());

        register(&portal, "yaml", YAML).await;
        let given = get(&portal, "/apis/yaml/openapi.yaml").await;
        assert_eq!((given.header("content-type"), given.text.as_str()), ("application/yaml", YAML));
        // A page with the same address has priority.
        assert!(get(&portal, "/apis/yaml/openapi.json").await.text.contains("</html>"));
        assert_eq!(get(&portal, "/apis/platform/openapi.json").await.json()["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
        assert_eq!(get(&portal, "/apis/nowhere/openapi.json").await.status, 404);
    }

    async fn every_page_has_its_markdown(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "yaml", YAML).await;
        let catalogue = portal.app.products.catalogue(&portal.app.db).await;
        let mut twins = 0;
        for product in catalogue.all() {
            let whole = get(&portal, &format!("/apis/{}.md", product.id)).await;
            assert_eq!((whole.status, whole.header("content-type")), (200, "text/markdown; charset=utf-8"));
            for operation in &product.operations {
                let twin = get(&portal, &format!("/apis/{}/{}.md", product.id, operation.id)).await;
                assert_eq!(twin.status, 200, "{}", operation.id);
                assert!(twin.text.starts_with("# ") && twin.text.contains(&portal.app.config.base_url()), "{}", operation.id);
                assert!(whole.text.contains(&format!("/apis/{}/{}.md", product.id, operation.id)));
                twins += 1;
            }
        }
        assert!(twins > 10, "{twins}");
        let twin = get(&portal, "/apis/yaml/listItems.md").await;
        assert!(twin.text.contains("- Scope: `yaml:read` or `yaml:listItems` or `yaml:*`\n"), "{}", twin.text);
        let all = get(&portal, "/llms.txt").await;
        assert!(all.status == 200 && all.text.contains("/apis/yaml.md") && all.text.contains("/apis/platform/listCustomers.md"));
        for missing in ["/apis/nowhere.md", "/apis/yaml/nothing.md", "/apis/nowhere/listItems.md"] {
            assert_eq!(get(&portal, missing).await.status, 404, "{missing}");
        }
    }

    async fn a_file_that_is_known_is_not_sent_again(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "yaml", YAML).await;
        for path in ["/llms.txt", "/apis/yaml.md", "/apis/yaml/openapi.yaml", "/apis/yaml/changelog.xml", "/apis/yaml/clients/python.tar.gz"] {
            let first = get(&portal, path).await;
            assert_eq!((first.status, first.header("cache-control")), (200, "public, max-age=60"), "{path}");
            let tag = first.headers[ETAG].clone();
            let again = portal.send(portal.request(Method::GET, path).header(IF_NONE_MATCH, &tag)).await;
            assert_eq!((again.status, again.text.len()), (304, 0), "{path}");
            let other = portal.send(portal.request(Method::GET, path).header(IF_NONE_MATCH, "\"x\"")).await;
            assert_eq!(other.status, 200, "{path}");
        }
    }

    async fn client_packages_are_archives_that_call_this_gateway(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "yaml", YAML).await;
        for language in ["typescript", "python"] {
            let response = portal.request(Method::GET, &format!("/apis/yaml/clients/{language}.tar.gz")).send().await.unwrap();
            assert_eq!(response.headers()["content-type"], "application/gzip");
            assert_eq!(response.headers()["content-disposition"], format!("attachment; filename=\"yaml-{language}-1.tar.gz\"").as_str());
            let bytes = response.bytes().await.unwrap();
            let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
            let mut text = String::new();
            for entry in archive.entries().unwrap() {
                std::io::Read::read_to_string(&mut entry.unwrap(), &mut text).unwrap();
            }
            assert!(text.contains(&format!("{}/api/yaml", portal.app.config.base_url())), "{language}");
        }
        assert_eq!(get(&portal, "/apis/yaml/clients/cobol.tar.gz").await.status, 404);
    }

    async fn the_feed_names_what_breaks_with_each_version(db: TestDb) {
        let portal = Portal::start(&db).await;
        register(&portal, "yaml", YAML).await;
        let first = get(&portal, "/apis/yaml/changelog.xml").await;
        assert_eq!(first.header("content-type"), "application/rss+xml; charset=utf-8");
        assert!(first.text.contains("<title>Shop &amp; &lt;Co&gt;</title>") && first.text.contains("Published with 2 operations."), "{}", first.text);
        register(&portal, "yaml", &YAML.replace("version: '1'", "version: '2'").replace("  /items:", "  /things:")).await;
        let second = get(&portal, "/apis/yaml/changelog.xml").await;
        assert_eq!(second.text.matches("<item>").count(), 2);
        let (newest, _) = second.text.split_once("</item>").unwrap();
        assert!(newest.contains("Breaking:") && newest.contains("listItems") && newest.contains("&lt;Co&gt; 2</title>"), "{newest}");
        let own = get(&portal, "/apis/platform/changelog.xml").await;
        assert!(own.status == 200 && own.text.matches("<item>").count() == 1 && own.text.contains(env!("CARGO_PKG_VERSION")), "{}", own.text);
    }
}
