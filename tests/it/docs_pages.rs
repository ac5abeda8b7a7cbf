//! Products' pages as everybody sees them: without scripts, without an account.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::Operator;
use tollgate::server::products::{self, Registration};
use tollgate::types::docs::{schema_page, webhook_page};
use tollgate::types::product::ProductStatus;
use tollgate_openapi::facts;
use tollgate_openapi::spec::Spec;

use crate::support::{Portal, TestDb, TestResponse, on_both};

/// The maximum size of a page in bytes, however large the document is.
const MAX_PAGE: usize = 1_500_000;

async fn register(portal: &Portal, id: &str, wanted: Registration) {
    let id = id.parse().expect("an id");
    products::register(&portal.app.db, &Operator::command_line(), &id, wanted, portal.now())
        .await
        .expect("registers");
}

async fn register_json(portal: &Portal, id: &str, document: &Value) {
    let wanted = Registration {
        document: Some(document.to_string().into_bytes()),
        base_url: Some("https://upstream.example".into()),
        ..Registration::default()
    };
    register(portal, id, wanted).await;
}

async fn page(portal: &Portal, path: &str) -> TestResponse {
    portal.send(portal.request(Method::GET, path)).await
}

fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Parcels", "version": "2.1", "description": "Sends **parcels**.\n\n<script>alert(1)</script> [x](javascript:alert(2))" },
        "tags": [{ "name": "Parcels <b>", "description": "<img src=x onerror=alert(3)>" }],
        "paths": { "/parcels/{id}": { "post": {
            "operationId": "sendParcel", "summary": "Send </title><script>alert(4)</script>", "tags": ["Parcels <b>"],
            "description": "See ![i](https://evil.example/pixel.png) <iframe src=//evil.example></iframe>",
            "deprecated": true, "x-sunset": "2027-01-31", "x-tollgate-units": 5, "x-tollgate-idempotency": "required",
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "minLength": 3 }, "example": "p_1" }],
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Parcel" } } } },
            "responses": { "201": { "description": "Sent", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Parcel" } } } } },
        } } },
        "components": { "schemas": { "Parcel": { "type": "object", "required": ["weight"], "properties": {
            "weight": { "type": "number", "exclusiveMinimum": 0, "description": "<svg onload=alert(5)>" },
            "inside": { "type": "array", "items": { "$ref": "#/components/schemas/Parcel" } },
        } } } },
    })
}

/// The visible part of a page, without the data for its script.
fn body(page: &TestResponse) -> &str {
    let start = page.text.find("<main").expect("a main part");
    let end = page.text.find("</main>").expect("its end");
    &page.text[start..end]
}

/// On one database: pages are created from memory, and there are many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_of_every_document_has_a_page() {
    let db = TestDb::sqlite();
    let portal = Portal::start(&db).await;
    let (mut pages, mut largest, mut slowest) = (0, (0, String::new()), (0, String::new()));
    for entry in std::fs::read_dir("tests/specs").expect("documents") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        let id = format!(
            "p-{}",
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .to_lowercase()
                .replace(['.', '_'], "-")
        );
        let id = &id[..id.len().min(40)].trim_end_matches('-');
        let spec = Spec::read(&bytes).expect("a right document");
        let wanted = Registration {
            document: Some(bytes),
            base_url: Some("https://upstream.example".into()),
            ..Registration::default()
        };
        register(&portal, id, wanted).await;
        let mut paths = vec![format!("/apis/{id}")];
        let public = spec.operations.iter().filter(|known| facts::is_public(&spec, known));
        paths.extend(public.map(|operation| format!("/apis/{id}/{}", operation.id)));
        let schemas = facts::schemas(&spec);
        paths.extend(schemas.iter().map(|at| format!("/apis/{id}/{}", schema_page(at, ""))));
        let webhooks = facts::webhooks(&spec);
        paths.extend(
            webhooks.iter().map(|(name, _)| format!("/apis/{id}/{}", webhook_page(name, ""))),
        );
        for path in paths {
            let begun = std::time::Instant::now();
            let page = page(&portal, &path).await;
            let took = begun.elapsed().as_millis();
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text.contains("</html>") && page.text.contains("<h1"), "{path}");
            assert!(page.text.len() < MAX_PAGE, "{path}: {}", page.text.len());
            largest = largest.max((page.text.len(), path.clone()));
            slowest = slowest.max((took, path));
            pages += 1;
        }
    }
    println!("{pages} pages; the largest {largest:?} bytes, the slowest {slowest:?} ms");
    assert!(pages > 300, "{pages}");
    for code in ["platform", "platform/createCustomer", "platform/listKeys"] {
        assert_eq!(page(&portal, &format!("/apis/{code}")).await.status, 200, "{code}");
    }
}

on_both! {
    async fn what_a_stranger_wrote_into_a_document_does_nothing_on_a_page(db: TestDb) {
        let portal = Portal::start(&db).await;
        register_json(&portal, "parcels", &document()).await;
        for path in ["/apis", "/apis/parcels", "/apis/parcels/sendParcel", "/search?q=parcels"] {
            let page = page(&portal, path).await;
            assert_eq!(page.status, 200, "{path}");
            for bad in ["<script>alert", "<img src=x", "<iframe", "<svg onload", "href=\"javascript:", "src=\"https://evil", "</title><script>alert"] {
                assert!(!page.text.contains(bad), "{bad} on {path}");
            }
        }
        let search = page(&portal, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E").await;
        assert!(search.status == 200 && !search.text.contains("<script>alert"));
    }

    async fn an_operations_page_says_all_there_is_to_know(db: TestDb) {
        let portal = Portal::start(&db).await;
        register_json(&portal, "parcels", &document()).await;
        let page = page(&portal, "/apis/parcels/sendParcel").await;
        let text = body(&page);
        for part in [
            "/api/parcels/parcels/{id}", "removed on 2027-01-31", "parcels:write", "parcels:sendParcel", "parcels:*", "5 units", "Idempotency-Key",
            "at least 3 characters", "more than 0", "array of Parcel", "same schema as above", "/docs/errors/rate_limited", "YOUR_SANDBOX_KEY", "curl", "urllib.request",
        ] {
            // Text is separated by marks that the browser's script looks for.
            assert!(text.contains(part) || text.replace("<!>", "").contains(part), "{part}");
        }
    }

    async fn schemas_and_webhooks_have_pages_and_markdown(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut document = document();
        document["webhooks"] = json!({ "parcel.sent": { "post": { "summary": "A parcel was sent", "requestBody": { "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Parcel" }, "example": { "weight": 7 },
        } } }, "responses": { "200": { "description": "Received" } } } } });
        document["components"]["schemas"]["Secret"] = json!({ "type": "object", "x-internal": true });
        document["paths"]["/hidden"] = json!({ "get": { "operationId": "hidden", "x-internal": true, "responses": { "200": { "description": "" } } } });
        register_json(&portal, "parcels", &document).await;
        let at = "%2Fcomponents%2Fschemas%2FParcel%2Fproperties%2Fweight";
        for (path, part) in [
            ("/apis/parcels", "/apis/parcels/schemas/Parcel"), ("/apis/parcels", "/apis/parcels/webhooks/parcel.sent"), ("/apis/parcels/schemas/Parcel", "weight"),
            ("/apis/parcels/webhooks/parcel.sent", "A parcel was sent"), ("/apis/parcels/sendParcel", "/apis/parcels/schemas/Parcel"),
        ] {
            let page = page(&portal, path).await;
            assert!(page.status == 200 && body(&page).contains(part), "{part} on {path}");
        }
        for (path, part) in [
            ("/apis/parcels/schemas/Parcel.md".to_owned(), "`weight`"), ("/apis/parcels/webhooks/parcel.sent.md".to_owned(), "\"weight\": 7"),
            (format!("/apis/parcels/schemas/weight.md?at={at}"), "more than 0"), ("/apis/parcels.md".to_owned(), "/apis/parcels/schemas/Parcel.md"),
        ] {
            let page = page(&portal, &path).await;
            assert!(page.status == 200 && page.text.contains(part), "{part} in {path}: {}", page.text);
        }
        let inner = page(&portal, &format!("/apis/parcels/schemas/weight?at={at}")).await;
        assert!(inner.status == 200 && body(&inner).contains("more than 0"));
        for path in ["/apis/parcels/hidden", "/apis/parcels/schemas/Secret", "/apis/parcels/schemas/Nothing", "/apis/parcels/webhooks/none", "/apis/parcels/schemas/Nothing.md"] {
            assert_eq!(page(&portal, path).await.status, 404, "{path}");
        }
        for path in ["/apis/parcels", "/apis/parcels.md", "/search?q=hidden"] {
            let text = page(&portal, path).await.text;
            assert!(!text.contains("/apis/parcels/hidden") && !text.contains("schemas/Secret"), "{path}");
        }
    }

    async fn the_catalogue_is_searched_and_filtered_by_its_address(db: TestDb) {
        let portal = Portal::start(&db).await;
        register_json(&portal, "parcels", &document()).await;
        let wanted = Registration {
            category: Some("Logistics".into()), tags: Some(vec!["fast".into()]), status: Some(ProductStatus::Beta), name: Some("Zürich Parcels".into()),
            ..Registration::default()
        };
        register(&portal, "parcels", wanted).await;
        let links = |page: &TestResponse| body(page).matches("href=\"/apis/parcels\"").count();
        let all = page(&portal, "/apis").await;
        assert!(body(&all).contains("href=\"/apis/platform\"") && links(&all) == 1);
        assert!(body(&all).contains(">beta<") && body(&all).contains("Sends parcels."));
        for found in ["/apis?q=zurich", "/apis?q=FAST+parcels", "/apis?category=Logistics", "/apis?q=parcels&category=Logistics"] {
            let page = page(&portal, found).await;
            assert_eq!((links(&page), body(&page).contains("href=\"/apis/platform\"")), (1, false), "{found}");
        }
        for none in ["/apis?q=nosuchthing", "/apis?category=Nowhere", "/apis?q=zurich&category=Platform"] {
            let page = page(&portal, none).await;
            assert!(page.status == 200 && links(&page) == 0 && body(&page).contains("No matching APIs"), "{none}");
        }
    }

    async fn what_does_not_exist_is_not_found(db: TestDb) {
        let portal = Portal::start(&db).await;
        for path in ["/apis/nowhere", "/apis/platform/noSuchOperation", "/apis/nowhere/listCustomers", "/apis/%3Cb%3E/x", "/apis/platform/listCustomers/more"] {
            let page = page(&portal, path).await;
            assert_eq!(page.status, 404, "{path}");
            assert!(page.text.contains("Page not found"), "{path}");
        }
    }

    async fn search_finds_operations_by_name_path_and_beginning(db: TestDb) {
        let portal = Portal::start(&db).await;
        register_json(&portal, "parcels", &document()).await;
        for (query, href) in [("sendparcel", "/apis/parcels/sendParcel"), ("send+parc", "/apis/parcels/sendParcel"), ("customers", "/apis/platform/listCustomers"), ("quota_exc", "/docs/errors/quota_exceeded")] {
            let page = page(&portal, &format!("/search?q={query}")).await;
            assert!(body(&page).contains(&format!("href=\"{href}\"")), "{query}");
        }
        let none = page(&portal, "/search?q=nosuchthing").await;
        assert!(body(&none).contains("Nothing found"));
        assert_eq!(page(&portal, "/search").await.status, 200);
        // Changes are found immediately.
        let mut changed = document();
        changed["paths"]["/parcels/{id}"]["post"]["operationId"] = json!("dispatchParcel");
        register_json(&portal, "parcels", &changed).await;
        let page = page(&portal, "/search?q=dispatchparcel").await;
        assert!(body(&page).contains("href=\"/apis/parcels/dispatchParcel\""));
    }
}
