use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::mock::{Call, MockFault, MockResponse, NOTE_HEADER, Store, respond};
use crate::schemas::Schemas;
use crate::spec::Spec;

/// The sandbox of one document, called like an API.
pub struct Sandbox {
    pub schemas: Schemas,
    pub store: Store,
    pub org: &'static str,
}

impl Sandbox {
    pub fn of(document: Value) -> Self {
        let spec = Spec::from_value(document).unwrap_or_else(|faults| panic!("{faults:?}"));
        Self {
            schemas: Schemas::of_responses(Arc::new(spec)),
            store: Store::default(),
            org: "org_1",
        }
    }

    pub fn call(
        &self,
        id: &str,
        params: &[(&str, &str)],
        query: Option<&str>,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<MockResponse, MockFault> {
        let operation = self.schemas.spec().operation(id).unwrap_or_else(|| panic!("no {id}"));
        let path_params: Vec<_> =
            params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::try_from(*name).expect("a name"),
                    HeaderValue::try_from(*value).expect("a value"),
                )
            })
            .collect();
        let call = Call {
            org: self.org,
            product: "pets",
            path_params: &path_params,
            query,
            headers: &headers,
            body,
        };
        let answer = respond(&self.schemas, operation, &call, &self.store)?;
        if answer.headers.iter().all(|(name, _)| name != NOTE_HEADER) {
            self.assert_valid(id, &answer);
        }
        Ok(answer)
    }

    pub fn json(&self, id: &str, params: &[(&str, &str)], body: Value) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = self
            .call(id, params, None, &[("content-type", "application/json")], &body)
            .expect("an answer");
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// A response without a note is valid whatever was put into it.
    fn assert_valid(&self, id: &str, answer: &MockResponse) {
        let operation = self.schemas.spec().operation(id).expect("known");
        let status = answer.status.to_string();
        let response = operation
            .responses
            .iter()
            .find(|one| one.status == status)
            .or_else(|| operation.responses.iter().find(|one| one.status == "default"));
        let media = response.and_then(|one| {
            one.content.iter().find(|one| Some(&one.content_type) == answer.content_type.as_ref())
        });
        if let Some(media) = media.filter(|media| media.content_type.contains("json")) {
            let value: Value = serde_json::from_slice(&answer.body).expect("JSON");
            assert_eq!(
                super::faults(&self.schemas, &media.schema, &value),
                Vec::<String>::new(),
                "{id} {status}: {value}"
            );
        }
    }
}

fn pets() -> Sandbox {
    let pet = json!({"$ref": "#/components/schemas/Pet"});
    let response_of = |schema: &Value| json!({"description": "", "content": {"application/json": {"schema": schema}}});
    let missing = response_of(&json!({"$ref": "#/components/schemas/Error"}));
    let id = json!({"name": "petId", "in": "path", "required": true, "schema": {"type": "string"}});
    Sandbox::of(json!({
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets": {
                "get": {"operationId": "list", "responses": {"200": response_of(&json!({"type": "object", "required": ["data"], "properties": {
                    "data": {"type": "array", "items": pet}, "total": {"type": "integer"}}}))}},
                "post": {"operationId": "create", "requestBody": {"content": {"application/json": {"schema": pet}}}, "responses": {
                    "201": {"description": "", "headers": {"Location": {"schema": {"type": "string"}}}, "content": {"application/json": {"schema": pet}}},
                    "429": missing}},
            },
            "/pets/{petId}": {
                "parameters": [id],
                "get": {"operationId": "show", "responses": {"200": response_of(&pet), "404": missing, "5XX": missing}},
                "patch": {"operationId": "change", "responses": {"200": response_of(&pet)}},
                "delete": {"operationId": "delete", "responses": {"204": {"description": ""}, "404": missing}},
            },
        },
        "components": {"schemas": {
            "Pet": {"type": "object", "required": ["id", "name"], "additionalProperties": false, "properties": {
                "id": {"type": "string", "readOnly": true, "pattern": "^pet_[a-z0-9]{12}$", "examples": ["pet_000000000000"]},
                "name": {"type": "string", "maxLength": 20},
                "age": {"type": "integer", "minimum": 0},
                "home": {"type": "object", "properties": {"city": {"type": "string"}, "zip": {"type": "string"}}},
                "secret": {"type": "string", "writeOnly": true}}},
            "Error": {"type": "object", "required": ["code", "message"], "properties": {"code": {"type": "integer"}, "message": {"type": "string"}}},
        }},
    }))
}

#[test]
fn what_is_created_can_be_read_listed_changed_and_deleted() {
    let sandbox = pets();
    let (status, created) = sandbox.json(
        "create",
        &[],
        json!({"name": "Rex", "age": 3, "secret": "s", "unknown": true}),
    );
    assert_eq!((status, &created["name"], &created["age"]), (201, &json!("Rex"), &json!(3)));
    assert_eq!(created.get("secret"), None);
    let id = created["id"].as_str().expect("an id").to_owned();
    assert_ne!(id, "pet_000000000000", "every example has this id");

    assert_eq!(sandbox.json("show", &[("petId", &id)], Value::Null), (200, created.clone()));
    let (_, list) = sandbox.json("list", &[], Value::Null);
    assert_eq!(list["data"][0], created);

    let (_, second) = sandbox.json("create", &[], json!({"name": "Tom"}));
    let (_, list) = sandbox.json("list", &[], Value::Null);
    assert_eq!((&list["data"][0], &list["data"][1]), (&second, &created), "newest first");

    let (_, changed) = sandbox.json(
        "change",
        &[("petId", &id)],
        json!({"name": "Max", "id": "pet_other", "home": {"city": "Bonn"}}),
    );
    assert_eq!(
        (&changed["name"], &changed["id"], &changed["age"]),
        (&json!("Max"), &json!(id), &json!(3))
    );
    assert_eq!(changed["home"]["city"], json!("Bonn"));
    assert_eq!(changed["home"]["zip"], created["home"]["zip"], "a patch leaves the rest");
    assert_eq!(sandbox.json("show", &[("petId", &id)], Value::Null).1, changed);

    assert_eq!(sandbox.json("delete", &[("petId", &id)], Value::Null), (204, Value::Null));
    let (status, missing) = sandbox.json("show", &[("petId", &id)], Value::Null);
    assert_eq!((status, &missing["code"]), (404, &json!(404)));
    assert_eq!(sandbox.json("delete", &[("petId", &id)], Value::Null).0, 404);
    let (_, list) = sandbox.json("list", &[], Value::Null);
    assert_eq!(list["data"][0], second);
    assert!(
        list["data"].as_array().is_some_and(|pets| pets.iter().all(|pet| pet["id"] != json!(id)))
    );
}

#[test]
fn invalid_values_are_left_out_of_the_response() {
    let (status, created) = pets().json(
        "create",
        &[],
        json!({"name": "a name that is much too long for a pet", "age": "old", "id": 7}),
    );
    assert_eq!(status, 201);
    assert!(
        created["age"].is_number()
            && created["name"] != json!("a name that is much too long for a pet")
    );
}

#[test]
fn another_organisation_sees_nothing_of_it() {
    let mut sandbox = pets();
    let (_, created) = sandbox.json("create", &[], json!({"name": "Rex"}));
    sandbox.org = "org_2";
    let (_, list) = sandbox.json("list", &[], Value::Null);
    assert!(list["data"].as_array().is_some_and(|pets| !pets.contains(&created)));
    let (_, read) =
        sandbox.json("show", &[("petId", created["id"].as_str().expect("an id"))], Value::Null);
    assert_ne!(read["name"], json!("Rex"));
}

#[test]
fn the_same_call_has_the_same_response_and_another_id_another() {
    let (one, other) = (pets(), pets());
    let read = |sandbox: &Sandbox, id: &str| {
        sandbox.call("show", &[("petId", id)], None, &[], b"").expect("an answer").body
    };
    assert_eq!(read(&one, "pet_aaaaaaaaaaaa"), read(&other, "pet_aaaaaaaaaaaa"));
    assert_ne!(read(&one, "pet_aaaaaaaaaaaa"), read(&one, "pet_bbbbbbbbbbbb"));
    let body = json!({"name": "Rex"});
    assert_eq!(one.json("create", &[], body.clone()), one.json("create", &[], body.clone()));
    assert_eq!(one.json("create", &[], body.clone()), other.json("create", &[], body));
    let (_, echoed) = one.json("show", &[("petId", "pet_aaaaaaaaaaaa")], Value::Null);
    assert_eq!(echoed["id"], json!("pet_aaaaaaaaaaaa"));
}

#[test]
fn a_created_object_has_a_location_header_if_one_is_declared() {
    let sandbox = pets();
    let answer = sandbox.call("create", &[], None, &[], br#"{"name": "Rex"}"#).expect("an answer");
    let created: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let location = format!("pets/{}", created["id"].as_str().expect("an id"));
    assert_eq!(answer.headers, [("Location".to_owned(), location)]);
}

#[test]
fn a_failure_is_forced_by_header_and_changes_nothing() {
    let sandbox = pets();
    let force = |id: &str, status: &str| {
        sandbox.call(
            id,
            &[("petId", "pet_1")],
            None,
            &[("tollgate-mock-status", status)],
            br#"{"name": "Rex"}"#,
        )
    };
    let answer = force("create", "429").expect("declared");
    assert_eq!(answer.status, 429);
    assert_eq!(serde_json::from_slice::<Value>(&answer.body).expect("JSON")["code"], json!(429));
    let wait = [("Retry-After".to_owned(), "1".to_owned())];
    assert_eq!(answer.headers, wait);
    let away = force("show", "503").expect("in 5XX");
    assert_eq!((away.status, away.headers.as_slice()), (503, wait.as_slice()));
    assert_eq!(force("show", "404").expect("declared").headers, []);
    assert!(
        sandbox.json("list", &[], Value::Null).1["data"]
            .as_array()
            .is_some_and(|pets| pets.iter().all(|pet| pet["name"] != json!("Rex")))
    );
    for wrong in ["500", "abc", "", "99", "1000", "5XX"] {
        let fault = force("create", wrong).expect_err("not declared");
        assert!(fault.message.contains("201, 429"), "{}", fault.message);
    }
}

#[test]
fn no_object_is_listed_twice() {
    // Because of the only example of an id, all sample items of a list are equal.
    let (_, list) = pets().json("list", &[], Value::Null);
    let ids: Vec<&Value> =
        list["data"].as_array().expect("a list").iter().map(|pet| &pet["id"]).collect();
    assert_eq!(ids, [&json!("pet_000000000000")]);
}

#[test]
fn lists_keep_to_the_limit() {
    let sandbox = pets();
    for name in ["a", "b", "c"] {
        sandbox.json("create", &[], json!({"name": name}));
    }
    let names = |query: &str| -> Vec<String> {
        let answer = sandbox.call("list", &[], Some(query), &[], b"").expect("an answer");
        let list: Value = serde_json::from_slice(&answer.body).expect("JSON");
        list["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|pet| pet["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(names("limit=2"), ["c", "b"]);
    assert_eq!(names("limit=2&offset=1"), ["b", "a"]);
    assert_eq!(names("limit=1&page=2"), ["b"]);
}
