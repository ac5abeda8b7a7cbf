//! Changes that give a document with warnings its fixed reading.

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

/// Makes the changes. Their locations do not depend on each other: no change moves a value, except
/// new names, which come last.
pub fn apply(root: &mut Value, repairs: Vec<(String, Repair)>) {
    let is_3_0 = root
        .get("openapi")
        .and_then(Value::as_str)
        .is_some_and(|version| version.starts_with("3.0"));
    let mut renames = Vec::new();
    for (pointer, repair) in repairs {
        match repair {
            Repair::Put(value) => put(root, &pointer, value),
            Repair::Append(value) => append(root, &pointer, value),
            Repair::Remove => {
                if let Some((Value::Object(fields), key)) = parent(root, &pointer) {
                    fields.shift_remove(&key);
                }
            }
            Repair::Rename(to) => renames.push((pointer, to)),
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
    rename(root, renames);
}

/// The object or list that contains the location, and its last step.
fn parent<'a>(root: &'a mut Value, pointer: &str) -> Option<(&'a mut Value, String)> {
    let (above, key) = pointer.rsplit_once('/')?;
    Some((root.pointer_mut(above)?, key.replace("~1", "/").replace("~0", "~")))
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

/// Renames fields, all of one object together, because each keeps its place.
fn rename(root: &mut Value, renames: Vec<(String, String)>) {
    let mut by_object: Vec<(String, Map<String, Value>)> = Vec::new();
    for (pointer, to) in renames {
        let Some((above, key)) = pointer.rsplit_once('/') else { continue };
        let key = key.replace("~1", "/").replace("~0", "~");
        match by_object.iter_mut().find(|(object, _)| object == above) {
            Some((_, names)) => {
                names.insert(key, Value::String(to));
            }
            None => {
                let names = Map::from_iter([(key, Value::String(to))]);
                by_object.push((above.to_owned(), names));
            }
        }
    }
    // Inner objects first, because a new name changes the locations in it.
    by_object.sort_by_key(|(pointer, _)| std::cmp::Reverse(pointer.len()));
    for (pointer, names) in by_object {
        let Some(Value::Object(fields)) = root.pointer_mut(&pointer) else { continue };
        let renamed = std::mem::take(fields).into_iter().map(|(key, value)| {
            (names.get(&key).and_then(Value::as_str).map_or(key.clone(), str::to_owned), value)
        });
        *fields = renamed.collect();
    }
}
