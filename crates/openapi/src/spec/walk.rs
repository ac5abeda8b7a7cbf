//! The structure of OpenAPI documents: one table of objects for all functions that visit a whole
//! document. It distinguishes a schema from an example that looks like one.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::model::pointer_of;

/// The kinds of objects in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Document,
    Components,
    PathItem,
    Operation,
    Parameter,
    Header,
    Body,
    Response,
    Media,
    Encoding,
    Example,
    Link,
    Callback,
    Security,
    Schema,
}

/// How a field contains others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    One,
    List,
    /// By name; any name.
    Map,
    /// By name; `x-…` are extensions.
    Named,
    /// An object or a list: `items` of older drafts.
    OneOrList,
}

use Kind::{
    Body, Callback, Encoding, Example, Header, Link, Media, Operation, Parameter, PathItem,
    Response, Schema, Security,
};
use Shape::{List, Map as ByName, Named, One, OneOrList};

type Field = (&'static str, Shape, Kind);

/// The methods for which path items have a field. `query` is of OpenAPI 3.2.
pub const METHODS: [&str; 9] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

const DOCUMENT: &[Field] = &[
    ("paths", Named, PathItem),
    ("webhooks", ByName, PathItem),
    ("components", One, Kind::Components),
];
const COMPONENTS: &[Field] = &[
    ("schemas", ByName, Schema),
    ("responses", ByName, Response),
    ("parameters", ByName, Parameter),
    ("examples", ByName, Example),
    ("requestBodies", ByName, Body),
    ("headers", ByName, Header),
    ("securitySchemes", ByName, Security),
    ("links", ByName, Link),
    ("callbacks", ByName, Callback),
    ("pathItems", ByName, PathItem),
    ("mediaTypes", ByName, Media),
];
const PATH_ITEM: &[Field] = &[
    ("parameters", List, Parameter),
    ("get", One, Operation),
    ("put", One, Operation),
    ("post", One, Operation),
    ("delete", One, Operation),
    ("options", One, Operation),
    ("head", One, Operation),
    ("patch", One, Operation),
    ("trace", One, Operation),
    ("query", One, Operation),
    ("additionalOperations", ByName, Operation),
];
const OPERATION: &[Field] = &[
    ("parameters", List, Parameter),
    ("requestBody", One, Body),
    ("responses", Named, Response),
    ("callbacks", ByName, Callback),
];
const PARAMETER: &[Field] =
    &[("schema", One, Schema), ("content", ByName, Media), ("examples", ByName, Example)];
const BODY: &[Field] = &[("content", ByName, Media)];
const RESPONSE: &[Field] =
    &[("headers", ByName, Header), ("content", ByName, Media), ("links", ByName, Link)];
const MEDIA: &[Field] = &[
    ("schema", One, Schema),
    ("itemSchema", One, Schema),
    ("examples", ByName, Example),
    ("encoding", ByName, Encoding),
    ("prefixEncoding", List, Encoding),
    ("itemEncoding", One, Encoding),
];
const ENCODING: &[Field] = &[
    ("headers", ByName, Header),
    ("encoding", ByName, Encoding),
    ("prefixEncoding", List, Encoding),
    ("itemEncoding", One, Encoding),
];
const SCHEMA: &[Field] = &[
    ("properties", ByName, Schema),
    ("items", OneOrList, Schema),
    ("allOf", List, Schema),
    ("anyOf", List, Schema),
    ("oneOf", List, Schema),
    ("not", One, Schema),
    ("additionalProperties", One, Schema),
    ("patternProperties", ByName, Schema),
    ("$defs", ByName, Schema),
    ("definitions", ByName, Schema),
    ("dependentSchemas", ByName, Schema),
    ("prefixItems", List, Schema),
    ("if", One, Schema),
    ("then", One, Schema),
    ("else", One, Schema),
    ("contains", One, Schema),
    ("propertyNames", One, Schema),
    ("contentSchema", One, Schema),
    ("unevaluatedItems", One, Schema),
    ("unevaluatedProperties", One, Schema),
    ("additionalItems", One, Schema),
];

impl Kind {
    pub fn fields(self) -> &'static [Field] {
        match self {
            Kind::Document => DOCUMENT,
            Kind::Components => COMPONENTS,
            PathItem => PATH_ITEM,
            Operation => OPERATION,
            Parameter | Header => PARAMETER,
            Body => BODY,
            Response => RESPONSE,
            Media => MEDIA,
            Encoding => ENCODING,
            Schema => SCHEMA,
            Example | Link | Callback | Security => &[],
        }
    }

    /// The kind of objects in a field of this kind. All fields of a callback are path items.
    pub fn field(self, key: &str) -> Option<(Shape, Kind)> {
        if self == Callback {
            return (!key.starts_with("x-")).then_some((One, PathItem));
        }
        self.fields().iter().find(|(name, ..)| *name == key).map(|&(_, shape, kind)| (shape, kind))
    }

    /// Whether a `$ref` is allowed instead of the object.
    pub fn can_be_reference(self) -> bool {
        !matches!(self, Kind::Document | Kind::Components | Operation | Encoding)
    }

    /// The name that OpenAPI uses.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Document => "document",
            Kind::Components => "components object",
            PathItem => "path item",
            Operation => "operation",
            Parameter => "parameter",
            Header => "header",
            Body => "request body",
            Response => "response",
            Media => "media type",
            Encoding => "encoding",
            Example => "example",
            Link => "link",
            Callback => "callback",
            Security => "security scheme",
            Schema => "schema",
        }
    }
}

/// Fields next to a reference are ignored, except in schemas and path items.
fn is_alone(kind: Kind, fields: &Map<String, Value>) -> bool {
    !matches!(kind, Schema | PathItem)
        && kind.can_be_reference()
        && fields.get("$ref").is_some_and(Value::is_string)
}

/// Calls `visit` for `value` and all objects in it that the table knows, in the order of the
/// document, each with its pointer. Objects in a value for which `visit` returns `false` are
/// skipped. References are visited but not followed, so this always ends. The depth is limited by
/// [`super::read::MAX_DEPTH`].
fn walk<'a>(
    value: &'a Value,
    kind: Kind,
    pointer: &mut String,
    visit: &mut dyn FnMut(Kind, &'a Value, &str) -> bool,
) {
    if !visit(kind, value, pointer) {
        return;
    }
    let Value::Object(fields) = value else { return };
    if is_alone(kind, fields) {
        return;
    }
    for (key, value) in fields {
        let Some((shape, kind)) = kind.field(key) else { continue };
        let length = pointer.len();
        push(pointer, key);
        let mut inner = |key: &str, value: &'a Value, pointer: &mut String| {
            let length = pointer.len();
            push(pointer, key);
            walk(value, kind, pointer, visit);
            pointer.truncate(length);
        };
        match (shape, value) {
            (_, Value::Null) => {}
            (List | OneOrList, Value::Array(items)) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, item)| inner(&index.to_string(), item, pointer));
            }
            (ByName | Named, Value::Object(named)) => {
                let counted =
                    named.iter().filter(|(name, _)| shape == ByName || !name.starts_with("x-"));
                counted.for_each(|(name, value)| inner(name, value, pointer));
            }
            (One | OneOrList, value) => walk(value, kind, pointer, visit),
            _ => {}
        }
        pointer.truncate(length);
    }
}

/// Like [`walk`], for changes; inner objects first.
pub fn walk_mut(value: &mut Value, kind: Kind, visit: &mut dyn FnMut(Kind, &mut Value)) {
    if let Value::Object(fields) = value
        && !is_alone(kind, fields)
    {
        for (key, value) in fields.iter_mut() {
            match (kind.field(key), value) {
                (None, _) | (_, Value::Null) => {}
                (Some((List | OneOrList, kind)), Value::Array(items)) => {
                    items.iter_mut().for_each(|item| walk_mut(item, kind, visit))
                }
                (Some((shape @ (ByName | Named), kind)), Value::Object(named)) => named
                    .iter_mut()
                    .filter(|(name, _)| shape == ByName || !name.starts_with("x-"))
                    .for_each(|(_, value)| walk_mut(value, kind, visit)),
                (Some((One | OneOrList, kind)), value) => walk_mut(value, kind, visit),
                _ => {}
            }
        }
    }
    visit(kind, value);
}

/// Calls `visit` for all objects in a document that the table knows, each with its pointer, and for
/// targets of references in other places, such as `#/definitions/…`. Returns these places.
pub fn walk_all<'a>(
    root: &'a Value,
    visit: &mut dyn FnMut(Kind, &'a Value, &str),
) -> Vec<(String, Kind)> {
    let (mut found, mut strays) = (vec![(String::new(), Kind::Document)], Vec::new());
    let mut known: HashSet<(String, Kind)> = HashSet::new();
    // These objects may be parts of each other. Each is visited once.
    let mut visited: HashSet<(*const Value, Kind)> = HashSet::new();
    while let Some((pointer, kind)) = found.pop() {
        let is_stray = kind != Kind::Document;
        let Some(value) = root.pointer(&pointer) else { continue };
        walk(value, kind, &mut pointer.clone(), &mut |kind, value, pointer| {
            if is_stray && !visited.insert((std::ptr::from_ref(value), kind)) {
                return false;
            }
            visit(kind, value, pointer);
            if kind.can_be_reference()
                && let Some(target) = value.get("$ref").and_then(Value::as_str).and_then(pointer_of)
                && !is_walked(&target)
                && root.pointer(&target).is_some_and(Value::is_object)
                && known.insert((target.clone(), kind))
            {
                found.push((target, kind));
            }
            true
        });
        if is_stray {
            strays.push((pointer, kind));
        }
    }
    strays
}

/// Calls `visit` for `schema` and all schemas in it, each with its pointer. Names of properties and
/// values of `enum`, `const`, `default` and examples are not schemas, whatever they look like.
pub fn schemas_in<'a>(schema: &'a Value, visit: &mut dyn FnMut(&'a Value, &str)) {
    walk(schema, Schema, &mut String::new(), &mut |kind, value, pointer| {
        if kind == Schema {
            visit(value, pointer);
        }
        true
    });
}

/// The same for all schemas of a document.
pub fn all_schemas_in<'a>(root: &'a Value, visit: &mut dyn FnMut(&'a Value, &str)) {
    walk_all(root, &mut |kind, value, pointer| {
        if kind == Schema {
            visit(value, pointer);
        }
    });
}

fn is_walked(pointer: &str) -> bool {
    let mut steps = pointer.split('/').skip(1);
    match steps.next() {
        Some("components") => {
            steps.next().is_some_and(|section| Kind::Components.field(section).is_some())
        }
        Some(first) => Kind::Document.field(first).is_some(),
        // The whole document is not a part of itself.
        None => true,
    }
}

/// Adds one step to a JSON pointer.
pub fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    for character in key.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// `pointer` with one more step.
pub fn join(pointer: &str, key: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + key.len() + 1);
    joined.push_str(pointer);
    push(&mut joined, key);
    joined
}
