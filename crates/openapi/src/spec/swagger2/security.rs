//! `securityDefinitions`.

use serde_json::{Map, Value, json};

use super::context::{Fields, kept};

pub fn scheme(written: &Value) -> Value {
    let Value::Object(fields) = written else { return written.clone() };
    let mut scheme = kept(fields, &["description"]);
    match fields.get("type").and_then(Value::as_str) {
        Some("basic") => {
            scheme.insert("type".to_owned(), json!("http"));
            scheme.insert("scheme".to_owned(), json!("basic"));
        }
        Some("oauth2") => {
            scheme.insert("type".to_owned(), json!("oauth2"));
            scheme.insert("flows".to_owned(), flows(fields));
        }
        _ => return written.clone(),
    }
    Value::Object(scheme)
}

fn flows(fields: &Fields) -> Value {
    let flow = fields.get("flow").and_then(Value::as_str).unwrap_or("implicit");
    let (name, urls): (&str, &[&str]) = match flow {
        "accessCode" => ("authorizationCode", &["authorizationUrl", "tokenUrl"]),
        "application" => ("clientCredentials", &["tokenUrl"]),
        "password" => ("password", &["tokenUrl"]),
        _ => ("implicit", &["authorizationUrl"]),
    };
    let mut flow: Map<String, Value> = urls
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), fields.get(*key)?.clone())))
        .collect();
    flow.insert("scopes".to_owned(), fields.get("scopes").cloned().unwrap_or_else(|| json!({})));
    json!({ name: flow })
}
