//! Products and their plans as operators' programs, or the command line, manage them.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::types::product::ProductId;

use crate::support::{Portal, TestDb, TestResponse, on_both, process};

const PETS: &str = r##"
openapi: 3.0.3
info: {title: Pets, version: "1.0"}
servers: [{url: "https://pets.example.com"}]
paths:
  /pets:
    get:
      operationId: listPets
      responses: {"200": {description: All pets}}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: A pet}}
"##;

fn without_get_pet() -> String {
    PETS.split("  /pets/{id}:").next().unwrap().replace("\"1.0\"", "\"2.0\"")
}

fn file(db: &TestDb, text: &str) -> String {
    let path = db.data_dir().join("document.yaml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

struct Program<'a> {
    portal: &'a Portal,
    token: String,
}

impl<'a> Program<'a> {
    fn new(portal: &'a Portal, db: &TestDb) -> Self {
        let token = process::json(db, &["admin-token", "create", "--json"])["token"]
            .as_str()
            .unwrap()
            .to_owned();
        Self { portal, token }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> TestResponse {
        let request =
            self.portal.request(method, &format!("/admin/api/v1/{path}")).bearer_auth(&self.token);
        self.portal
            .send(match body {
                Some(body) => request.json(body),
                None => request,
            })
            .await
    }

    async fn get(&self, path: &str) -> TestResponse {
        self.call(Method::GET, path, None).await
    }

    async fn put(&self, path: &str, body: &Value) -> TestResponse {
        self.call(Method::PUT, path, Some(body)).await
    }
}

#[test]
fn no_page_occupies_the_path_of_a_possible_product() {
    let (routes, server) =
        (include_str!("../../src/app.rs"), include_str!("../../src/web/router.rs"));
    let mut found = 0;
    for before in ["path!(\"products/", "\"/admin/products/", "\"/apis/", "\"/api/"] {
        for source in [routes, server] {
            for rest in source.split(before).skip(1) {
                let segment = rest.split(['"', '/']).next().unwrap();
                if segment.starts_with([':', '{']) {
                    continue;
                }
                found += 1;
                let refused = segment.parse::<ProductId>().map_or(true, |id| id.is_page());
                assert!(refused, "a product called {segment} could not be reached");
            }
        }
    }
    assert!(found >= 2, "the routes have moved");
}

on_both! {
    async fn no_product_takes_the_place_of_a_page(db: TestDb) {
        let portal = Portal::start(&db).await;
        let program = Program::new(&portal, &db);
        for id in ["new", "edit", "import", "all"] {
            let refused = program.put(&format!("products/{id}"), &json!({ "document": PETS })).await.problem(422, "validation_failed");
            assert_eq!(refused["errors"][0]["code"], "reserved", "{refused}");
            let output = process::run(&db, &["product", "import", &file(&db, PETS), "--id", id]);
            assert!(!output.status.success(), "{id}");
            assert!(String::from_utf8_lossy(&output.stderr).contains("address of a page"), "{output:?}");
        }
        assert_eq!(program.put("products/newer", &json!({ "document": PETS })).await.status, 201);
        // It still is an id, so that one from before this rule can be read and removed.
        program.get("products/new").await.problem(404, "not_found");
    }

    async fn a_product_is_put_changed_compared_and_removed(db: TestDb) {
        let portal = Portal::start(&db).await;
        let program = Program::new(&portal, &db);
        let made = program.put("products/pets", &json!({ "document": PETS, "tags": ["animals"], "sandbox_url": null })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let product = &made.json()["product"];
        assert_eq!((&product["name"], &product["operations"], &product["base_url"]), (&json!("Pets"), &json!(2), &json!("https://pets.example.com")));
        let changed = program.put("products/pets", &json!({ "name": "Animals", "settings": { "validation": "warn" } })).await.json();
        assert_eq!((&changed["is_changed"], &changed["product"]["name"], &changed["product"]["tags"]), (&json!(false), &json!("Animals"), &json!(["animals"])));
        let newer = program.put("products/pets", &json!({ "document": without_get_pet() })).await.json();
        assert_eq!((&newer["is_changed"], &newer["diff"]["to"], &newer["diff"]["changes"][0]["breaking"]), (&json!(true), &json!(2), &json!(true)));
        assert_eq!(newer["diff"]["changes"][0]["operation"], "getPet");
        let diff = program.get("products/pets/diff?from=2&to=1").await.json();
        assert!(diff["changes"].as_array().unwrap().iter().all(|change| change["breaking"] == false), "{diff}");
        program.get("products/pets/diff?from=7").await.problem(404, "not_found");
        let versions = program.get("products/pets/versions").await.json();
        assert_eq!((&versions[0]["revision"], &versions[0]["is_active"], &versions[1]["version"]), (&json!(2), &json!(true), &json!("1.0")));
        let document = program.get("products/pets/versions/1/document").await;
        assert_eq!((document.text.as_str(), document.header("content-type")), (PETS, "application/yaml"));
        assert_eq!(program.call(Method::DELETE, "products/pets", None).await.status, 204);
        program.get("products/pets").await.problem(404, "not_found");
        assert_eq!(program.get("products").await.json(), json!([]));
    }

    async fn a_document_with_harmless_deviations_is_registered_with_warnings(db: TestDb) {
        let portal = Portal::start(&db).await;
        let program = Program::new(&portal, &db);
        let document = PETS.replace("operationId: getPet", "operationId: listPets");
        let strict = json!({ "document": document, "strict": true });
        program.put("products/pets", &strict).await.problem(422, "validation_failed");
        let registered = program.put("products/pets", &json!({ "document": document })).await.json();
        let warnings = registered["warnings"].as_array().unwrap();
        assert_eq!((warnings.len(), &registered["more_warnings"]), (1, &json!(0)), "{registered}");
        assert_eq!(warnings[0]["pointer"], "/paths/~1pets~1{id}/get/operationId");
        assert!(warnings[0]["line"].is_u64(), "{registered}");
        assert!(warnings[0]["message"].as_str().unwrap().contains("`listPets-2`"), "{registered}");
    }

    async fn a_faulty_document_is_refused_with_each_place_and_the_old_one_stays(db: TestDb) {
        let portal = Portal::start(&db).await;
        let program = Program::new(&portal, &db);
        program.put("products/pets", &json!({ "document": PETS })).await;
        let faulty = PETS.replace("{description: A pet}", "{}").replace("in: path", "in: nowhere");
        let strict = json!({ "document": faulty, "strict": true });
        let refused = program.put("products/pets", &strict).await;
        let problem = refused.problem(422, "validation_failed");
        let errors = problem["errors"].as_array().unwrap();
        assert!(errors.iter().all(|error| error["location"].as_str().unwrap().starts_with("body.document#/paths")), "{problem}");
        assert!(errors.len() >= 2 && errors[0]["message"].as_str().unwrap().starts_with("line "), "{problem}");
        assert_eq!(program.get("products/pets").await.json()["revision"], 1);
        for (path, body, code) in [
            ("products/PETS", json!({ "document": PETS }), "validation_failed"),
            ("products/keys", json!({ "document": PETS }), "validation_failed"),
            ("products/new", json!({ "name": "No document" }), "not_found"),
            ("products/pets", json!({ "nmae": "Pets" }), "validation_failed"),
            ("products/pets", json!({ "base_url": "ftp://x" }), "validation_failed"),
            ("products/pets", json!({ "base_url": "http://169.254.169.254/latest" }), "validation_failed"),
            ("products/pets", json!({ "base_url": "https://pets.example.com/?key=1" }), "validation_failed"),
            ("products/pets", json!({ "sandbox_url": "http://[::ffff:169.254.169.254]/" }), "validation_failed"),
            ("products/pets", json!({ "sandbox_url": "https://user@pets.example.com" }), "validation_failed"),
            ("products/pets", json!({ "source_url": "http://127.0.0.1/openapi.json" }), "validation_failed"),
        ] {
            let response = program.put(path, &body).await;
            response.problem(if code == "not_found" { 404 } else { 422 }, code);
        }
    }

    async fn plans_of_a_product_are_made_listed_and_archived(db: TestDb) {
        let portal = Portal::start(&db).await;
        let program = Program::new(&portal, &db);
        program.put("products/pets", &json!({ "document": PETS })).await;
        let plan = json!({ "name": "Starter", "monthly_price": 4900, "included_units": 10_000, "overage": "0.3", "key_rate": { "calls": 20, "seconds": 1 } });
        let made = program.call(Method::POST, "products/pets/plans", Some(&plan)).await;
        assert_eq!((made.status, &made.json()["is_hard"], &made.json()["prices"][1]["unit_price"]), (201, &json!(false), &json!("0.3")));
        let wrong = json!({ "name": "X", "monthly_price": 0, "included_units": 1, "key_rate": { "calls": 0, "seconds": 1 } });
        let problem = program.call(Method::POST, "products/pets/plans", Some(&wrong)).await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["location"], "body.key_rate");
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let archived = program.call(Method::POST, &format!("plans/{id}/archive"), None).await.json();
        assert!(archived["archived_at"].is_string());
        assert_eq!(program.get("products/pets/plans").await.json().as_array().unwrap().len(), 1);
        assert_eq!(program.get("products/platform/plans").await.json().as_array().unwrap().len(), 3);
        program.get("products/nothing/plans").await.problem(404, "not_found");
    }

    async fn the_command_line_imports_lists_compares_and_removes(db: TestDb) {
        let path = file(&db, PETS);
        let args = ["product", "import", &path, "--id", "pets", "--tags", "a,b", "--sandbox-url", "mock", "--validation", "enforce", "--allow-undeclared", "--json"];
        let made = process::json(&db, &args);
        assert_eq!((&made["is_new"], &made["product"]["settings"]["validation"], &made["product"]["settings"]["allow_undeclared"]), (&json!(true), &json!("enforce"), &json!(true)));
        let path = file(&db, &without_get_pet());
        let again = process::json(&db, &["product", "import", &path, "--id", "pets", "--allow-undeclared=false", "--json"]);
        let settings = &again["product"]["settings"];
        assert_eq!((&again["is_changed"], &settings["validation"], &settings["allow_undeclared"]), (&json!(true), &json!("enforce"), &json!(false)));
        assert_eq!(process::json(&db, &["product", "show", "pets", "--json"])["version"], "2.0");
        assert_eq!(process::json(&db, &["product", "versions", "pets", "--json"]).as_array().unwrap().len(), 2);
        assert_eq!(process::json(&db, &["product", "diff", "pets", "--json"])["changes"][0]["operation"], "getPet");
        assert!(process::run(&db, &["product", "list"]).stdout.starts_with(b"pets"));

        let path = file(&db, &PETS.replace("{description: A pet}", "{}").replace("in: path", "in: nowhere"));
        let output = process::run(&db, &["product", "import", &path, "--id", "pets", "--strict"]);
        let printed = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && printed.matches("#/paths").count() >= 2 && printed.contains("line "), "{printed}");
        let output = process::run(&db, &["product", "import", &path, "--id", "pets", "--strict", "--json"]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["code"], "validation_failed");
        assert_eq!(process::json(&db, &["product", "show", "pets", "--json"])["version"], "2.0");

        let plan = process::json(&db, &["plan", "create", "Basic", "--product", "pets", "--included", "5", "--json"]);
        assert_eq!(plan["product"], "pets");
        let org = process::json(&db, &["org", "create", "Acme", "--json"])["id"].as_str().unwrap().to_owned();
        assert_eq!(process::json(&db, &["org", "set-plan", &org, "basic", "--product", "pets", "--json"])["plan"]["name"], "Basic");
        assert!(!process::run(&db, &["plan", "create", "Basic", "--product", "nothing", "--included", "5"]).status.success());
        assert_eq!(process::json(&db, &["product", "remove", "pets", "--json"])["removed"], true);
        assert!(!process::run(&db, &["product", "show", "pets"]).status.success());
    }

    async fn a_form_that_is_refused_without_scripts_comes_back_with_what_was_typed(db: TestDb) {
        let portal = Portal::start(&db).await;
        Program::new(&portal, &db).put("products/pets", &json!({ "document": PETS })).await;
        let mut operator = crate::admin_tokens::operator(&portal, &db).await;
        let page = "/admin/products/pets";
        let settings = |base_url: &'static str| {
            [("id", "pets"), ("name", "Animals <at> home"), ("description", "Long.\nVery."), ("status", "beta"), ("base_url", base_url),
             ("validation", "enforce"), ("allow_undeclared", "true"), ("connect_timeout_ms", "2000"), ("timeout_ms", "999999")]
        };
        let (to, refused) = operator.refused_plain(page, "admin_update_product", &settings("ftp://nowhere")).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        for part in ["Animals &lt;at&gt; home", "Long.\nVery.", "ftp://nowhere", "999999", "must begin with http", "milliseconds.", "value=\"enforce\" selected", "value=\"beta\" selected"] {
            assert!(refused.text.contains(part), "{part} in {}", refused.text);
        }
        assert!(!refused.text.contains("modulepreload"));
        // Sent again from the returned page.
        let mut mended = settings("https://pets.example.com").to_vec();
        mended[8].1 = "5000";
        let saved = operator.submit_plain(&to, "admin_update_product", &mended).await;
        assert_eq!((saved.status, saved.header("location")), (302, format!("{}{page}", portal.url).as_str()));
        assert!(operator.page(page).await.text.contains("Animals &lt;at&gt; home"));

        let plan = [("product", "pets"), ("name", "Starter"), ("currency", "EUR"), ("price", "4.999"), ("included", "10"), ("private", "true")];
        let (to, refused) = operator.refused_plain("/admin/products/pets/plans", "admin_create_plan", &plan).await;
        assert!(refused.status == 422 && refused.text.contains("4.999") && refused.text.contains("EUR") && refused.text.contains("Not an amount"), "{}", refused.text);
        let mended = plan.map(|(name, value)| (name, if name == "price" { "4.99" } else { value }));
        let saved = operator.submit_plain(&to, "admin_create_plan", &mended).await;
        assert_eq!((saved.status, saved.header("location")), (302, format!("{}/admin/products/pets/plans", portal.url).as_str()));
        assert_eq!(db.texts("select currency from plans where product = 'pets'").await, ["eur"]);
    }

    async fn operators_find_products_by_name_and_id(db: TestDb) {
        let portal = Portal::start(&db).await;
        let program = Program::new(&portal, &db);
        program.put("products/pets", &json!({ "document": PETS, "name": "Animals at home" })).await;
        program.put("products/orders", &json!({ "document": PETS, "name": "Straße" })).await;
        let mut operator = crate::admin_tokens::operator(&portal, &db).await;
        for (text, pets, orders) in
            [("", true, true), ("pet", true, false), ("HOME+animals", true, false), ("STRASSE", false, true), ("ord", false, true), ("nothing", false, false)]
        {
            let page = operator.page(&format!("/admin/products?q={text}")).await.text;
            let (shown, _) = page.split_once("</main>").expect("a page");
            let is_listed = |id: &str| shown.contains(&format!("href=\"/admin/products/{id}\""));
            assert_eq!((is_listed("pets"), is_listed("orders")), (pets, orders), "{text}: {shown}");
            assert_eq!(shown.contains("No products match this filter"), !pets && !orders, "{text}");
        }
    }

    async fn a_document_whose_affected_callers_cannot_be_notified_is_refused(db: TestDb) {
        let portal = Portal::start(&db).await;
        let program = Program::new(&portal, &db);
        program.put("products/pets", &json!({ "document": PETS })).await;
        let org = portal.org("Acme").await;
        let insert = format!(
            "insert into usage_daily (org_id, environment, day, product, operation, key_id, calls, errors, units, billed_units)
             values ('{}', 'sandbox', {}, 'pets', 'getPet', '{}', 3, 0, 3, 0)", org.id, portal.now().start_of_day().0, org.sandbox.view.id
        );
        db.execute(insert.leak()).await;
        db.execute("alter table notices rename to notices_away").await;
        let response = program.put("products/pets", &json!({ "document": without_get_pet() })).await;
        response.problem(500, "internal");
        assert_eq!(program.get("products/pets").await.json()["version"], "1.0");
        db.execute("alter table notices_away rename to notices").await;
        assert_eq!(program.put("products/pets", &json!({ "document": without_get_pet() })).await.json()["product"]["version"], "2.0");
        assert_eq!(db.texts("select org_id from notices").await, [org.id.to_string()]);
    }

    async fn callers_of_what_a_new_document_breaks_are_notified_once(db: TestDb) {
        let portal = Portal::start(&db).await;
        let program = Program::new(&portal, &db);
        program.put("products/pets", &json!({ "document": PETS })).await;
        let mut ada = crate::support::Visitor::signed_up(&portal, "ada").await;
        let token = ada.mailed_token("ada@example.com").await;
        assert_eq!(ada.submit("verify_email", &[("token", &token)]).await.status, 200);
        let org = db.texts("select id from orgs").await.remove(0);
        let key = portal.key(&org.parse().unwrap(), tollgate::types::environment::Environment::Sandbox, &["pets:read"]).await;
        let bystander = portal.org("Bystander").await;
        // What the journal's applier writes for calls.
        let called = |org: &str, key: &str, operation: &str| {
            format!("('{org}', 'sandbox', {}, 'pets', '{operation}', '{key}', 3, 0, 3, 0)", portal.now().start_of_day().0)
        };
        let rows = [called(&org, key.view.id.as_str(), "getPet"), called(bystander.id.as_str(), bystander.sandbox.view.id.as_str(), "listPets")];
        let insert = format!(
            "insert into usage_daily (org_id, environment, day, product, operation, key_id, calls, errors, units, billed_units) values {}",
            rows.join(", ")
        );
        db.execute(insert.leak()).await;
        let diff = program.put("products/pets", &json!({ "document": without_get_pet() })).await.json();
        assert_eq!(diff["diff"]["affected"].as_array().unwrap().len(), 1, "{diff}");
        assert_eq!((&diff["diff"]["affected"][0]["org_id"], &diff["diff"]["affected"][0]["calls"]), (&json!(org), &json!(3)));
        assert_eq!(db.texts("select org_id from notices").await, std::slice::from_ref(&org));
        assert_eq!(db.texts("select recipient from mails where subject like '%breaks%'").await, ["ada@example.com"]);
        // Going back and forth creates new versions, with new notices; the same document does not.
        program.put("products/pets", &json!({ "document": without_get_pet() })).await;
        assert_eq!(db.number("select count(*) from notices").await, 1);

        let notices = crate::support::Visitor::value(&ada.submit("list_notices", &[]).await);
        assert!(notices[0]["body"].as_str().unwrap().contains("getPet") && notices[0]["title"].as_str().unwrap().contains("breaks"), "{notices}");
        let mut other = crate::support::Visitor::signed_up(&portal, "eve").await;
        let id = notices[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(other.submit("dismiss_notice", &[("id", &id)]).await.status, 404);
        assert_eq!(ada.submit("dismiss_notice", &[("id", &id)]).await.status, 200);
        assert_eq!(crate::support::Visitor::value(&ada.submit("list_notices", &[]).await), json!([]));
    }

    async fn the_demo_has_a_product_with_plans_and_a_token_that_works(db: TestDb) {
        let demo = process::json(&db, &["demo", "--json"]);
        assert_eq!(demo, process::json(&db, &["demo", "--json"]));
        let portal = Portal::start(&db).await;
        let token = demo["operator"]["admin_token"].as_str().unwrap();
        let get = |path: &str| portal.send(portal.request(Method::GET, &format!("/admin/api/v1/{path}")).bearer_auth(token));
        let product = get("products/logistics").await.json();
        assert_eq!((&product["operations"], &product["sandbox_url"]), (&json!(10), &Value::Null));
        let plans = get("products/logistics/plans").await.json();
        let listed: Vec<(&str, u64, u64, bool, u64, &Value)> = plans.as_array().unwrap().iter().map(|plan| {
            let price = plan["prices"].as_array().unwrap().last().unwrap();
            (plan["name"].as_str().unwrap(), plan["monthly_price"].as_u64().unwrap(), plan["included_units"].as_u64().unwrap(), plan["is_hard"].as_bool().unwrap(), plan["org_rate"]["calls"].as_u64().unwrap(), &price["unit_price"])
        }).collect();
        assert_eq!(listed, [("Free", 0, 500, true, 2, &json!("0")), ("Starter", 4900, 10_000, false, 20, &json!("0.3")), ("Enterprise", 29_900, 100_000, false, 100, &json!("0.15"))]);
        process::json(&db, &["product", "remove", "logistics", "--end-subscriptions", "--json"]);
        assert_ne!(demo, process::json(&db, &["demo", "--json"]));
        assert_eq!(db.number("select count(*) from plans where product = 'logistics'").await, 3);
    }
}
