//! One method for each operation.

use std::fmt::Write;

use serde_json::json;

use super::super::calls::{Call, Result};
use super::super::names::{Names, camel};
use super::comment;
use super::types::{Types, key, union};
use crate::samples::{Encoding, quoted};
use crate::spec::{Parameter, Spec};

/// Names that objects and classes already have. `then` would make the client a promise.
const RESERVED: &[&str] = &[
    "constructor",
    "prototype",
    "then",
    "toString",
    "toJSON",
    "toLocaleString",
    "valueOf",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "_call",
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
];

#[derive(Default)]
pub struct Methods {
    /// JavaScript.
    pub code: String,
    /// TypeScript.
    pub declarations: String,
    /// The name of a method for an example.
    pub first: String,
}

pub fn methods(spec: &Spec, types: &Types) -> Methods {
    let mut names = Names::reserving(RESERVED);
    let mut methods = Methods::default();
    for operation in &spec.operations {
        let call = Call::of(operation);
        let name = names.take(camel(&operation.id, "call"));
        if methods.first.is_empty() {
            methods.first.clone_from(&name);
        }
        let mut arguments = Names::reserving(&["query", "headers", "body", "__proto__"]);
        let in_path: Vec<(String, &Parameter)> = call
            .in_path
            .iter()
            .map(|parameter| (arguments.take(parameter.name.clone()), *parameter))
            .collect();
        _ = write!(
            methods.code,
            "\n  {name}(args, options) {{\n    return this._call({}, args, options);\n  }}\n",
            described(&call, &in_path)
        );
        _ = write!(methods.declarations, "\n{}", declaration(&call, &name, &in_path, types));
    }
    methods
}

/// The data that the runtime needs, as a literal.
fn described(call: &Call, in_path: &[(String, &Parameter)]) -> String {
    let list = |parameters: &[&Parameter]| {
        let all = parameters.iter().map(|parameter| {
            let Parameter { name, style, explode, content_type, .. } = parameter;
            json!([name, style, explode, content_type.is_some()])
        });
        all.collect::<Vec<_>>()
    };
    let path: Vec<_> = in_path
        .iter()
        .map(|(argument, parameter)| {
            json!([
                parameter.name,
                parameter.style,
                parameter.explode,
                parameter.content_type.is_some(),
                argument
            ])
        })
        .collect();
    let mut described =
        format!("{{ method: {}, template: {}", quoted(&call.operation.method), quoted(call.path));
    for (name, parameters) in
        [("path", path), ("query", list(&call.in_query)), ("headers", list(&call.in_headers))]
    {
        if !parameters.is_empty() {
            _ = write!(described, ", {name}: {}", literal(&json!(parameters)));
        }
    }
    if let Some(body) = &call.body {
        let mut list = vec![json!(body.encoding.name()), json!(body.content_type)];
        list.extend((!body.media.deep.is_empty()).then(|| json!(body.media.deep)));
        _ = write!(described, ", body: {}", literal(&json!(list)));
    }
    described + " }"
}

/// JSON on one line, without invisible characters.
fn literal(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

fn declaration(call: &Call, name: &str, in_path: &[(String, &Parameter)], types: &Types) -> String {
    let field = |name: &str, is_required: bool, kind: &str| {
        format!("{}{}: {kind}", key(name), if is_required { "" } else { "?" })
    };
    let group = |parameters: &[&Parameter]| {
        let fields: Vec<String> = parameters
            .iter()
            .map(|parameter| {
                field(&parameter.name, parameter.required, &types.type_of(&parameter.schema))
            })
            .collect();
        let is_required = parameters.iter().any(|parameter| parameter.required);
        (!fields.is_empty()).then(|| (is_required, format!("{{ {} }}", fields.join("; "))))
    };
    let mut fields: Vec<String> = in_path
        .iter()
        .map(|(argument, parameter)| field(argument, true, &types.type_of(&parameter.schema)))
        .collect();
    let mut is_required = !fields.is_empty();
    for (name, parameters) in [("query", &call.in_query), ("headers", &call.in_headers)] {
        if let Some((needs, kind)) = group(parameters) {
            is_required |= needs;
            fields.push(field(name, needs, &kind));
        }
    }
    if let Some(body) = &call.body {
        is_required |= body.is_required;
        let kind = match body.encoding {
            Encoding::Raw => "Blob | ArrayBuffer | Uint8Array | string".to_owned(),
            _ => types.type_of(&body.media.schema),
        };
        fields.push(field("body", body.is_required, &kind));
    }
    let arguments =
        if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join("; ")) };
    let results = call.results().into_iter().map(|result| match result {
        Result::Json(schema) => types.type_of(schema),
        Result::Text => "string".to_owned(),
        Result::Bytes => "Blob".to_owned(),
        Result::Nothing => "undefined".to_owned(),
    });
    let deprecated = if call.operation.deprecated { "\n\n@deprecated" } else { "" };
    let doc = comment(&(call.text() + deprecated), "  ");
    let mark = if is_required { "" } else { "?" };
    format!(
        "{doc}  {name}(args{mark}: {arguments}, options?: CallOptions): Promise<{}>;\n",
        union(results.collect())
    )
}
