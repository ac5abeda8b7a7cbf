//! The last step: schemas and references everywhere in the converted document.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::context::Fields;
use crate::spec::model::pointer_of;
use crate::spec::origins::Origins;
use crate::spec::reference;
use crate::spec::walk::{Kind, join, walk_all, walk_mut};

/// How often new targets of references are looked for, in parts that only references lead to.
const ROUNDS: usize = 8;

pub fn finish(root: &mut Value, written: &Fields, origins: &Origins) {
    let mut finish = |kind: Kind, value: &mut Value| {
        let Value::Object(fields) = value else { return };
        if kind == Kind::Schema {
            schema(fields);
        }
        if kind.can_be_reference() {
            relink(fields, written, origins);
        }
    };
    walk_mut(root, Kind::Document, &mut finish);
    let mut known = HashSet::new();
    for _ in 0..ROUNDS {
        let mut strays = walk_all(root, &mut |_, _, _| {});
        strays.retain(|stray| known.insert(stray.clone()));
        if strays.is_empty() {
            break;
        }
        for (pointer, kind) in strays {
            if let Some(value) = root.pointer_mut(&pointer) {
                walk_mut(value, kind, &mut finish);
            }
        }
    }
}

fn schema(fields: &mut Fields) {
    if let Some(name @ Value::String(_)) = fields.get_mut("discriminator") {
        *name = json!({ "propertyName": name.take() });
    }
    if fields.get("type").is_some_and(|kind| kind == "file") {
        fields.insert("type".to_owned(), json!("string"));
        fields.insert("format".to_owned(), json!("binary"));
    }
    if let Some(is_nullable) = fields.shift_remove("x-nullable") {
        fields.entry("nullable").or_insert(is_nullable);
    }
    fields.shift_remove("collectionFormat");
}

fn relink(fields: &mut Fields, written: &Fields, origins: &Origins) {
    let Some(Value::String(reference)) = fields.get_mut("$ref") else { return };
    let Some(pointer) = pointer_of(reference) else {
        // Swagger 1 refers to models by name, and some documents still do.
        let definitions = written.get("definitions");
        if definitions.and_then(|named| named.get(reference.as_str())).is_some() {
            *reference = reference::to(&origins.converted(&join("/definitions", reference)));
        }
        return;
    };
    let moved = origins.converted(&pointer);
    if moved != pointer {
        *reference = reference::to(&moved);
    }
}
