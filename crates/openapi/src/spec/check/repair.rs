//! Changes that give a document with warnings its fixed reading.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::spec::normalise::{is_kept_by_references, leave_out};

pub enum Repair {
    /// This value is at the location, instead of another or of none.
    Put(Value),
    /// The list at the location, which may not exist yet, has one more item.
    Append(Value),
    /// The field at the location does not exist.
    Remove,
    /// The field of the object that contains it is named differently. No field has this name yet.
    Rename(String),
    /// Values are not checked against this keyword of the schema at the location.
    LeaveOut { keyword: String, why: String },
    /// The schema at the location does not refer to another one. If there is a reason, values are
    /// not checked against it.
    Unlink { why: Option<String> },
}

/// New names of fields by their names, of each object. Without a new name, the field is removed.
type Edits = HashMap<String, HashMap<String, Option<String>>>;

/// Makes the changes. Their locations do not depend on each other: no change moves a value, except
/// edits of fields, which come last.
pub fn apply(root: &mut Value, repairs: Vec<(String, Repair)>) {
    let is_3_0 = root
        .get("openapi")
        .and_then(Value::as_str)
        .is_some_and(|version| version.starts_with("3.0"));
    let mut edits = Edits::new();
    let mut edit = |pointer: &str, to: Option<String>| {
        if let Some((above, key)) = pointer.rsplit_once('/') {
            edits.entry(above.to_owned()).or_default().insert(unescaped(key), to);
        }
    };
    for (pointer, repair) in repairs {
        match repair {
            Repair::Put(value) => put(root, &pointer, value),
            Repair::Append(value) => append(root, &pointer, value),
            Repair::Remove => edit(&pointer, None),
            Repair::Rename(to) => edit(&pointer, Some(to)),
            Repair::LeaveOut { keyword, why } => {
                if let Some(Value::Object(fields)) = root.pointer_mut(&pointer) {
                    leave_out(fields, &keyword, &why);
                }
            }
            Repair::Unlink { why } => {
                if let Some(Value::Object(fields)) = root.pointer_mut(&pointer) {
                    unlink(fields, why, is_3_0);
                }
            }
        }
    }
    edit_fields(root, edits);
}

fn unescaped(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}

/// The object or list that contains the location, and its last step.
fn parent<'a>(root: &'a mut Value, pointer: &str) -> Option<(&'a mut Value, String)> {
    let (above, key) = pointer.rsplit_once('/')?;
    Some((root.pointer_mut(above)?, unescaped(key)))
}

fn put(root: &mut Value, pointer: &str, value: Value) {
    match parent(root, pointer) {
        Some((Value::Object(fields), key)) => {
            fields.insert(key, value);
        }
        Some((Value::Array(items), key)) => {
            if let Some(item) = key.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                *item = value;
            }
        }
        _ => {}
    }
}

fn append(root: &mut Value, pointer: &str, value: Value) {
    match root.pointer_mut(pointer) {
        Some(Value::Array(items)) => items.push(value),
        Some(Value::Null) | None => put(root, pointer, Value::Array(vec![value])),
        Some(_) => {}
    }
}

fn unlink(fields: &mut Map<String, Value>, why: Option<String>, is_3_0: bool) {
    if is_3_0 {
        fields.retain(|key, _| is_kept_by_references(key));
    }
    match why {
        Some(why) => leave_out(fields, "$ref", &why),
        None => {
            fields.shift_remove("$ref");
        }
    }
}

/// Renames and removes fields, all of one object together, because each keeps its place.
fn edit_fields(root: &mut Value, edits: Edits) {
    let mut edits: Vec<_> = edits.into_iter().collect();
    // Inner objects first, because a new name changes the locations in it.
    edits.sort_by_key(|(pointer, _)| std::cmp::Reverse(pointer.len()));
    for (pointer, mut names) in edits {
        let Some(Value::Object(fields)) = root.pointer_mut(&pointer) else { continue };
        let edited = std::mem::take(fields).into_iter().filter_map(|(key, value)| {
            match names.remove(&key) {
                None => Some((key, value)),
                Some(to) => to.map(|to| (to, value)),
            }
        });
        *fields = edited.collect();
    }
}
