//! One method for each operation.

use std::fmt::Write;

use serde_json::json;

use super::super::bounds::{TooLarge, check};
use super::super::calls::Wire;
use super::super::model::{Declaration, Docs};
use super::super::names::{Names, camel};
use super::super::signatures::{Argument, Returned, Signature};
use super::comment;
use super::types::{Written, key, text};
use crate::samples::{Encoding, quoted};

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
    /// The fields of the interface of errors.
    pub errors: String,
    /// A call for an example.
    pub first: String,
    /// A method and a status with a described error, as arguments.
    pub error: Option<String>,
}

/// The methods of a class.
///
/// # Errors
/// They would be too long.
pub fn methods(
    signatures: &[Signature],
    declarations: &[Declaration],
) -> Result<Methods, TooLarge> {
    let mut names = Names::reserving(RESERVED);
    let mut methods = Methods::default();
    for signature in signatures {
        let name = names.take(camel(&signature.call.operation.id, "call"));
        let mut arguments = Names::reserving(&["query", "headers", "body", "__proto__"]);
        let in_path: Vec<String> = signature
            .in_path
            .iter()
            .map(|argument| arguments.take(argument.parameter.name.clone()))
            .collect();
        _ = write!(
            methods.code,
            "\n  {name}(args, options) {{\n    return this._call({}, args, options);\n  }}\n",
            described(signature, &name, &in_path)
        );
        let method =
            Method { signature, name: &name, written: Written { declarations, indent: 2 } };
        let (declaration, example) = method.declaration(&in_path);
        methods.declarations.push_str(&declaration);
        if methods.first.is_empty() {
            methods.first = format!("{name}({example})");
        }
        let errors = method.errors();
        if let Some((status, _)) = signature.errors.first().filter(|_| methods.error.is_none()) {
            methods.error = Some(format!("{}, {}", quoted(&name), status_key(status)));
        }
        methods.errors.push_str(&errors);
        check(&methods.code)?;
        check(&methods.declarations)?;
        check(&methods.errors)?;
    }
    Ok(methods)
}

/// The data that the runtime needs, as a literal.
fn described(signature: &Signature, name: &str, in_path: &[String]) -> String {
    let list = |arguments: &[Argument]| -> Vec<serde_json::Value> {
        let wire = |argument: &Argument| {
            let Wire { name, style, explode, is_json } = Wire::of(argument.parameter);
            json!([name, style, explode, is_json])
        };
        arguments.iter().map(wire).collect()
    };
    let mut path = list(&signature.in_path);
    for (parameter, argument) in path.iter_mut().zip(in_path) {
        if let Some(fields) = parameter.as_array_mut() {
            fields.push(json!(argument));
        }
    }
    let mut parts = vec![
        format!("id: {}", quoted(name)),
        format!("method: {}", quoted(&signature.call.operation.method)),
        format!("template: {}", quoted(signature.call.path)),
    ];
    for (name, parameters) in [
        ("path", path),
        ("query", list(&signature.in_query)),
        ("headers", list(&signature.in_headers)),
    ] {
        if !parameters.is_empty() {
            parts.push(format!("{name}: {}", literal(&json!(parameters))));
        }
    }
    if let Some(body) = &signature.call.body {
        let mut list = vec![json!(body.encoding.name()), json!(body.content_type)];
        list.extend((!body.media.deep.is_empty()).then(|| json!(body.media.deep)));
        parts.push(format!("body: {}", literal(&json!(list))));
    }
    if !signature.accept.is_empty() {
        parts.push(format!("accept: {}", quoted(&signature.accept)));
    }
    let line = parts.join(", ");
    if line.len() < 80 {
        return format!("{{ {line} }}");
    }
    let lines: String = parts.iter().map(|part| format!("      {part},\n")).collect();
    format!("{{\n{lines}    }}")
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

struct Method<'m> {
    signature: &'m Signature<'m>,
    name: &'m str,
    written: Written<'m>,
}

impl Method<'_> {
    /// The declarations of the method, and the arguments of an example.
    fn declaration(&self, in_path: &[String]) -> (String, String) {
        let Signature { call, body, .. } = self.signature;
        let nested = Written { indent: 6, ..self.written };
        let inner = Written { indent: 4, ..self.written };
        let (mut fields, mut example) = (Vec::new(), Vec::new());
        let mut is_required = !in_path.is_empty();
        for (name, argument) in in_path.iter().zip(&self.signature.in_path) {
            fields.push(described_field(name, true, argument, &inner));
            example.push(format!("{}: /* … */", key(name)));
        }
        for (name, arguments) in
            [("query", &self.signature.in_query), ("headers", &self.signature.in_headers)]
        {
            if arguments.is_empty() {
                continue;
            }
            let needs = arguments.iter().any(|argument| argument.parameter.required);
            is_required |= needs;
            let lines: String = arguments
                .iter()
                .map(|argument| {
                    let Argument { parameter, .. } = argument;
                    described_field(&parameter.name, parameter.required, argument, &nested)
                })
                .collect();
            fields.push(format!("    {name}{}: {{\n{lines}    }};\n", optional(needs)));
            if needs {
                example.push(format!("{name}: {{ /* … */ }}"));
            }
        }
        if let Some(sent) = &call.body {
            is_required |= sent.is_required;
            let kind = match (body, sent.encoding) {
                (Some(kind), Encoding::Json | Encoding::Form | Encoding::Parts) => inner.of(kind),
                _ => "Blob | ArrayBuffer | Uint8Array | string".to_owned(),
            };
            fields.push(format!("    body{}: {kind};\n", optional(sent.is_required)));
            if sent.is_required {
                example.push("body: { /* … */ }".to_owned());
            }
        }
        let arguments = if fields.is_empty() {
            "{}".to_owned()
        } else {
            format!("{{\n{}  }}", fields.concat())
        };
        let docs = Docs { text: &call.text(), is_deprecated: call.operation.deprecated };
        let doc = comment(&text(docs), "  ");
        let mark = optional(is_required);
        let mut out = "\n".to_owned();
        for result in self.signature.results.iter().skip(1) {
            let absent = if is_required { "" } else { " | undefined" };
            let names: Vec<String> = result.names.iter().map(|name| quoted(name)).collect();
            let doc = comment(&format!("Returns {}.", result.names.join(" or ")), "  ");
            _ = writeln!(
                out,
                "{doc}  {}(args: {arguments}{absent}, options: CallOptions & {{ accept: {} }}): \
                 Promise<{}>;",
                self.name,
                names.join(" | "),
                self.returned(result)
            );
        }
        if let Some(result) = self.signature.results.first() {
            _ = writeln!(
                out,
                "{doc}  {}(args{mark}: {arguments}, options?: CallOptions): Promise<{}>;",
                self.name,
                self.returned(result)
            );
        }
        let example = if example.is_empty() {
            String::new()
        } else {
            format!("{{ {} }}", example.join(", "))
        };
        (out, example)
    }

    fn returned(&self, result: &Returned) -> String {
        let mut kinds: Vec<String> =
            result.kinds.iter().map(|kind| self.written.of(kind)).collect();
        kinds.extend(result.can_be_empty.then(|| "undefined".to_owned()));
        self.written.union(kinds)
    }

    /// The field of this method in the interface of errors.
    fn errors(&self) -> String {
        let inner = Written { indent: 4, ..self.written };
        let errors = self.signature.errors.iter();
        let lines: String = errors
            .map(|(status, kind)| format!("    {}: {};\n", status_key(status), inner.of(kind)))
            .collect();
        if lines.is_empty() {
            return String::new();
        }
        format!("  {}: {{\n{lines}  }};\n", key(self.name))
    }
}

/// A parameter as a field, with its description.
fn described_field(
    name: &str,
    is_required: bool,
    argument: &Argument,
    written: &Written,
) -> String {
    let indent = " ".repeat(written.indent);
    let parameter = argument.parameter;
    let docs = Docs { text: parameter.description.trim(), is_deprecated: parameter.deprecated };
    let doc = comment(&text(docs), &indent);
    let kind = written.of(&argument.kind);
    format!("{doc}{indent}{}{}: {kind};\n", key(name), optional(is_required))
}

const fn optional(is_required: bool) -> &'static str {
    if is_required { "" } else { "?" }
}

/// `404`, `"4XX"` or `default`.
fn status_key(status: &str) -> String {
    if status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit()) {
        status.to_owned()
    } else {
        quoted(status)
    }
}
