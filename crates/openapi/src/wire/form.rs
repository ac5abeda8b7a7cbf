//! Reads the fields of a form, or of a multipart body, as one object.

use std::cell::RefCell;
use std::collections::HashSet;

use serde_json::{Map, Value};

use super::fault::Fault;
use super::pairs::Pairs;
use super::query::{Given, in_query};
use super::reader::Reader;
use super::shape;
use super::writing::Writing;
use crate::json::Step;
use crate::spec::Media;

pub const FORM: &str = "application/x-www-form-urlencoded";
pub const MULTIPART: &str = "multipart/form-data";

/// The object that the pairs describe, by the schema and the `encoding` of `media`.
///
/// # Errors
/// Returns the fields that cannot be read.
pub fn form(reader: &Reader, media: &Media, pairs: &Pairs) -> Result<Value, Vec<Fault>> {
    let root = reader.root();
    let schema = &media.schema;
    let names = shape::names_of(root, schema);
    let mut known: HashSet<&str> = HashSet::new();
    for name in &names {
        let writing = field(reader, media, name, None);
        known.extend([name, writing.base()]);
        if writing.explode && !writing.is_nested() {
            known.extend(shape::names_of(root, writing.schema));
        }
    }
    let others: Vec<&str> = pairs.bases().filter(|base| !known.contains(base)).collect();
    let faults = RefCell::new(Vec::new());
    let read = |branch: Option<&Value>| {
        let mut object = Map::new();
        let mut insert = |name: &str, value: Result<Option<Value>, Fault>| match value {
            Ok(Some(value)) => _ = object.insert(name.to_owned(), value),
            Ok(None) => {}
            Err(fault) if branch.is_none() => {
                faults.borrow_mut().push(fault.within(Step::Name(name.to_owned())));
            }
            Err(_) => {}
        };
        for name in &names {
            let given = in_query(reader, &field(reader, media, name, branch), false, pairs);
            insert(name, given.map(|given| given.and_then(Given::value)));
        }
        for name in &others {
            let property = reader.property(branch, schema, name);
            let tree = pairs.tree(name);
            let value =
                tree.and_then(|tree| tree.map(|tree| reader.tree(property, &tree)).transpose());
            insert(name, value);
        }
        Ok(Value::Object(object))
    };
    let value = reader.of_branch(schema, &read);
    let faults = faults.take();
    match value {
        Ok(value) if faults.is_empty() => Ok(value),
        Ok(_) => Err(faults),
        Err(fault) => Err(vec![fault]),
    }
}

fn field<'f>(
    reader: &Reader<'f>,
    media: &'f Media,
    name: &'f str,
    branch: Option<&'f Value>,
) -> Writing<'f> {
    let property = reader.property(branch, &media.schema, name);
    Writing::of_field(name, property, media.encoding_of(name))
}
