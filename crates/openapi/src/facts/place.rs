//! Finds the objects of an operation in its document: the model does not keep all of their fields.

use std::collections::HashMap;

use serde_json::Value;

use crate::spec::{self, Operation, Spec, join, pointer_of};

/// An object of a document, with its JSON pointer.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    pub value: &'a Value,
    pub at: String,
}

/// Maximum number of references in a row.
const MAX_HOPS: usize = 64;

impl<'a> Place<'a> {
    fn of(spec: &'a Spec, mut at: String) -> Option<Self> {
        for _ in 0..MAX_HOPS {
            let value = spec.root.pointer(&at)?;
            match value.get("$ref").and_then(Value::as_str) {
                Some(reference) => at = pointer_of(reference)?,
                None => return Some(Self { value, at }),
            }
        }
        None
    }

    fn inner(&self, spec: &'a Spec, key: &str) -> Option<Self> {
        Self::of(spec, join(&self.at, key))
    }
}

pub fn operation<'a>(spec: &'a Spec, operation: &Operation) -> Option<Place<'a>> {
    Place::of(spec, operation.pointer.clone())
}

/// The path item that contains the operation.
pub fn item_of<'a>(spec: &'a Spec, operation: &Operation) -> Option<&'a Value> {
    spec.root.pointer(item_at(operation)?)
}

fn item_at(operation: &Operation) -> Option<&str> {
    let (item, _) = operation.pointer.rsplit_once('/')?;
    Some(item.strip_suffix("/additionalOperations").unwrap_or(item))
}

/// The body of a request.
pub fn body<'a>(spec: &'a Spec, operation: &Operation) -> Option<Place<'a>> {
    self::operation(spec, operation)?.inner(spec, "requestBody")
}

/// The response with a status as the model has it.
pub fn response<'a>(spec: &'a Spec, operation: &Operation, status: &str) -> Option<Place<'a>> {
    let responses = self::operation(spec, operation)?.inner(spec, "responses")?;
    let mut names = responses.value.as_object()?.keys();
    let written = names.find(|name| name.eq_ignore_ascii_case(status))?;
    responses.inner(spec, written)
}

/// A media type of a body or response.
pub fn media<'a>(spec: &'a Spec, holder: &Place<'a>, content_type: &str) -> Option<Place<'a>> {
    holder.inner(spec, "content")?.inner(spec, content_type)
}

/// The parameters of an operation and its path, as written: by `query size`.
#[derive(Debug, Default)]
pub struct Parameters<'a>(HashMap<String, Place<'a>>);

impl<'a> Parameters<'a> {
    pub fn of(spec: &'a Spec, operation: &Operation) -> Self {
        let mut found = HashMap::new();
        let item = item_at(operation).unwrap_or_default();
        // Those of the operation replace those of its path.
        for holder in [item, operation.pointer.as_str()] {
            let list = join(holder, "parameters");
            let count = spec.root.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
            for index in 0..count {
                let Some(place) = Place::of(spec, join(&list, &index.to_string())) else {
                    continue;
                };
                let text = |key| place.value.get(key).and_then(Value::as_str);
                if let (Some(within), Some(name)) = (text("in"), text("name")) {
                    found.insert(format!("{within} {name}"), place);
                }
            }
        }
        Self(found)
    }

    pub fn get(&self, parameter: &spec::Parameter) -> Option<&Place<'a>> {
        let within = match parameter.place {
            spec::Place::Path => "path",
            spec::Place::Query => "query",
            spec::Place::Header => "header",
            spec::Place::Cookie => "cookie",
        };
        self.0.get(&format!("{within} {}", parameter.name))
    }
}

impl Place<'_> {
    /// The pointer of the schema that it has, if any.
    pub fn schema_at(&self) -> Option<String> {
        let key = ["schema", "itemSchema"].into_iter().find(|key| self.value.get(key).is_some())?;
        Some(join(&self.at, key))
    }
}
