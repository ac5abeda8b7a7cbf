//! Documents with properties named like keywords, and documents with unreadable parts: the former
//! are validated like any other, the latter are reported to the operator.

use reqwest::Client;
use serde_json::{Value, json};
use tollgate::types::environment::Environment;
use tollgate::types::product::{ProductSettings, Validation};

use crate::products::{echo, register};
use crate::support::{Portal, TestDb, on_both, process};

fn document(server: &str) -> Value {
    let small = json!({"$ref": "#/components/schemas/Small"});
    let named = json!({"type": "object", "required": ["default", "other"], "allOf": [], "$anchor": "not an anchor!", "properties": {
        "default": small, "example": small, "const": small, "$ref": {"type": "string"}, "enum": {"type": "array", "items": small},
        "readOnly": {"type": "boolean"}, "required": {"type": "array", "items": {"type": "string"}}, "other": {"type": "integer"}}});
    let unreadable = json!({"type": "object", "properties": {"default": {"type": "string", "pattern": "(?<"}, "other": {"type": "integer"}}});
    let operation = |id: &str, schema: Value| {
        let content = json!({"application/json": {"schema": schema}});
        json!({"post": {"operationId": id, "requestBody": {"required": true, "content": content}, "responses": {"200": {"description": "ok"}}}})
    };
    json!({"openapi": "3.0.3", "info": {"title": "Names", "version": "1"}, "servers": [{"url": server}],
        "paths": {"/inline": operation("inline", named.clone()), "/byref": operation("byref", json!({"$ref": "#/components/schemas/Odd"})),
            "/patterns": operation("patterns", unreadable)},
        "components": {"schemas": {"Small": {"type": "integer", "maximum": 9}, "Odd": named}}})
}

const PLACE: &str = "/paths/~1patterns/post/requestBody/content/application~1json/schema/properties/default/pattern";

on_both! {
    async fn properties_called_like_keywords_are_checked(db: TestDb) {
        let portal = Portal::start(&db).await;
        let settings = ProductSettings { validation: Validation::Enforce, ..ProductSettings::default() };
        register(&portal, "names", &document(&echo().await), |wanted| wanted.settings = Some(settings)).await;
        let org = portal.org("Acme").await.id;
        let key = portal.key(&org, Environment::Live, &["names:*"]).await;
        for path in ["/api/names/inline", "/api/names/byref"] {
            let right = json!({"default": 9, "other": 1, "example": 1, "const": 2, "$ref": "#/x", "enum": [1], "readOnly": true, "required": ["a"]});
            assert_eq!(portal.post(&key, path, &right).await.status, 200, "{path}");
            for name in ["default", "example", "const"] {
                let mut wrong = right.clone();
                wrong[name] = json!(10);
                let problem = portal.post(&key, path, &wrong).await.problem(422, "validation_failed");
                assert_eq!(problem["errors"][0]["location"], format!("body.{name}"), "{path}");
            }
            let mut wrong = right.clone();
            wrong["enum"] = json!([1, 10]);
            let problem = portal.post(&key, path, &wrong).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["location"], "body.enum[1]", "{path}");
            portal.post(&key, path, &json!({"other": 1})).await.problem(422, "validation_failed");
        }
    }

    async fn what_cannot_be_read_leaves_the_rest_checked_and_is_counted(db: TestDb) {
        let portal = Portal::start(&db).await;
        let settings = ProductSettings { validation: Validation::Enforce, ..ProductSettings::default() };
        register(&portal, "names", &document(&echo().await), |wanted| wanted.settings = Some(settings)).await;
        let org = portal.org("Acme").await.id;
        let key = portal.key(&org, Environment::Live, &["names:*"]).await;
        portal.post(&key, "/api/names/patterns", &json!({"default": "a", "other": "x"})).await.problem(422, "validation_failed");
        let whole = portal.post(&key, "/api/names/patterns", &json!({"other": 1})).await;
        assert_eq!((whole.status, whole.header("tollgate-validation")), (200, ""));
        assert_eq!(portal.app.unchecked.of("names").unreadable, 0);
        let open = portal.post(&key, "/api/names/patterns", &json!({"default": "a", "other": 1})).await;
        assert_eq!((open.status, open.header("tollgate-validation")), (200, "body not_checked"));
        assert_eq!((portal.app.unchecked.of("names").unreadable, portal.app.unchecked.of("names").over_budget), (1, 0));
    }

    async fn what_cannot_be_read_is_listed_at_import_and_by_doctor(db: TestDb) {
        let path = db.data_dir().join("names.json");
        std::fs::write(&path, document("http://127.0.0.1:9").to_string()).unwrap();
        let import = ["product", "import", path.to_str().unwrap(), "--id", "names", "--validation", "enforce"];
        let output = process::run(&db, &import);
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains(PLACE), "{}", String::from_utf8_lossy(&output.stdout));
        let output = process::json(&db, &[&import[..], &["--json"]].concat());
        assert_eq!(output["problems"].as_array().unwrap().len(), 1, "{output}");
        assert_eq!(output["problems"][0]["pointer"], PLACE);
        let checks: Value = serde_json::from_slice(&process::run(&db, &["doctor", "--json"]).stdout).unwrap();
        let schemas = checks.as_array().unwrap().iter().find(|check| check["name"] == "schemas").expect("a check of schemas");
        assert_eq!(schemas["outcome"], "warning", "{schemas}");
        assert!(schemas["detail"].as_str().unwrap().contains(PLACE), "{schemas}");
        let demo = process::json(&db, &["demo", "--json"]);
        let server = process::Process::start(&db).await;
        let put = Client::new().put(format!("{}/admin/api/v1/products/names", server.url)).bearer_auth(demo["operator"]["admin_token"].as_str().unwrap());
        let body = json!({"document": document("http://127.0.0.1:9").to_string()});
        let response: Value = put.json(&body).send().await.unwrap().json().await.unwrap();
        assert_eq!(response["problems"][0]["pointer"], PLACE, "{response}");
    }
}
