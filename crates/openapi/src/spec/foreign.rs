//! Documents of other kinds, which people confuse with OpenAPI documents: each is named as what it
//! is, with the remedy.

use serde_json::Value;

use super::model::Fault;
use super::walk::join;

/// What is read of a text to recognise it, in bytes.
const HEAD: usize = 4096;

const CONVERT: &str = "convert it to OpenAPI 3 first";
const DESCRIBE: &str = "describe the HTTP operations in an OpenAPI document";

/// Formats by a field of their root, with a remedy.
const BY_FIELD: [(&str, &str, &str); 10] = [
    ("asyncapi", "an AsyncAPI document, which describes messages", DESCRIBE),
    ("swaggerVersion", "a Swagger 1 document", CONVERT),
    ("arazzo", "an Arazzo document, which describes workflows", "use the document of its API"),
    ("overlay", "an OpenAPI overlay", "apply it to its document first, and use the result"),
    ("openrpc", "an OpenRPC document", DESCRIBE),
    ("smithy", "a Smithy model", CONVERT),
    ("__schema", "a GraphQL schema", DESCRIBE),
    ("discoveryVersion", "a Google API discovery document", CONVERT),
    ("_type", "an Insomnia export", CONVERT),
    ("log", "a HAR file, which records calls", "use the document of its API"),
];

/// Formats by a text near their start, in lower case.
const BY_TEXT: [(&str, &str, &str); 12] = [
    ("#%raml", "a RAML document", CONVERT),
    ("format: 1a", "an API Blueprint document", CONVERT),
    ("<!doctype html", "an HTML page", PAGE),
    ("<html", "an HTML page", PAGE),
    ("schemas.xmlsoap.org/wsdl", "a WSDL document, which describes SOAP services", DESCRIBE),
    ("www.w3.org/ns/wsdl", "a WSDL document, which describes SOAP services", DESCRIBE),
    ("wadl.dev.java.net", "a WADL document", CONVERT),
    ("edmx:edmx", "an OData metadata document", CONVERT),
    ("syntax = \"proto", "a Protocol Buffers file", DESCRIBE),
    ("syntax=\"proto", "a Protocol Buffers file", DESCRIBE),
    ("import \"@typespec/", "a TypeSpec file", "compile it to OpenAPI 3 first"),
    ("%pdf-", "a PDF file", PAGE),
];

const PAGE: &str = "use the document itself, whose address often ends in .json or .yaml";

/// The first words of definitions in GraphQL's schema language.
const GRAPHQL: [&str; 9] =
    ["type", "schema", "extend", "input", "interface", "enum", "union", "scalar", "directive"];

/// The error for a document of another kind. `value` is its content if it could be read. `None` if
/// it is an OpenAPI document, or the kind is unknown.
pub fn recognise(bytes: &[u8], value: Option<&Value>) -> Option<Fault> {
    let is_ours = |value: &Value| value.get("openapi").is_some() || value.get("swagger").is_some();
    if value.is_some_and(is_ours) {
        return None;
    }
    let by_value = value.and_then(of_value);
    let (pointer, what, remedy) =
        by_value.or_else(|| of_text(bytes).map(|(what, remedy)| (String::new(), what, remedy)))?;
    let message = format!("this is {what}, not an OpenAPI document; {remedy}");
    Some(Fault { pointer, line: None, message })
}

fn of_value(value: &Value) -> Option<(String, &'static str, &'static str)> {
    let fields = value.as_object()?;
    let found = BY_FIELD.iter().find(|(field, ..)| fields.contains_key(*field));
    if let Some(&(field, what, remedy)) = found {
        return Some((join("", field), what, remedy));
    }
    let info = fields.get("info")?;
    let schema = info.get("schema").and_then(Value::as_str).unwrap_or_default();
    let is_postman = info.get("_postman_id").is_some() || schema.contains("getpostman.com");
    is_postman.then(|| ("/info".to_owned(), "a Postman collection", CONVERT))
}

fn of_text(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    match bytes {
        [b'P', b'K', 3 | 5, ..] => {
            return Some(("a ZIP archive", "unpack it, and use the document in it"));
        }
        [0x1f, 0x8b, ..] => return Some(("a compressed file", "unpack it first")),
        _ => {}
    }
    let head = bytes.get(..HEAD.min(bytes.len())).unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lower = text.to_ascii_lowercase();
    let is_markup = text.starts_with('<');
    let found = BY_TEXT.iter().find(|(mark, ..)| {
        // Other documents may mention these in a description.
        if is_markup { lower.contains(mark) } else { lower.starts_with(mark) }
    });
    if let Some(&(_, what, remedy)) = found {
        return Some((what, remedy));
    }
    if is_markup {
        return Some(("an XML document", "OpenAPI documents are JSON or YAML"));
    }
    is_graphql(text).then_some(("a GraphQL schema", DESCRIBE))
}

/// Whether the first line that is not a comment begins a definition: `type Query {`.
fn is_graphql(text: &str) -> bool {
    let mut is_description = false;
    let first = text.lines().map(str::trim).find(|line| {
        let quotes = line.matches("\"\"\"").count();
        let was_description = is_description;
        is_description ^= quotes % 2 == 1;
        !(was_description || quotes > 0 || line.is_empty() || line.starts_with('#'))
    });
    let mut words = first.unwrap_or_default().split_whitespace();
    words.next().is_some_and(|word| GRAPHQL.contains(&word))
        && words.next().is_some_and(|word| !word.starts_with(':'))
}
