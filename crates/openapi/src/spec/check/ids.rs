//! Ids of operations, which must differ. An operation whose id is taken gets another one.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::findings::{Findings, shown};
use super::repair::Repair;
use crate::spec::operations::Ids;
use crate::spec::walk::join;

/// An operation with an id, in the order of the document.
struct Named<'a> {
    id: &'a str,
    method: &'static str,
    path: &'a str,
    pointer: String,
}

#[derive(Default)]
pub struct All<'a>(Vec<Named<'a>>);

impl<'a> All<'a> {
    pub fn add(
        &mut self,
        written: Option<&'a Value>,
        method: &'static str,
        path: &'a str,
        pointer: &str,
        found: &mut Findings,
    ) {
        let at = || join(pointer, "operationId");
        match written {
            Some(Value::String(id)) if !id.trim().is_empty() => {
                self.0.push(Named { id, method, path, pointer: pointer.to_owned() });
            }
            Some(Value::Number(number)) => {
                let text = number.to_string();
                let message = format!(
                    "`operationId` is a number; it is read as the text `{text}`; write it in quotes"
                );
                found.replace(&at(), message, Repair::Put(json!(text)));
            }
            Some(Value::String(_) | Value::Null) | None => {}
            Some(_) => {
                let message = "`operationId` is not text; the operation gets an id from its \
                               method and path; write a text";
                found.replace(&at(), message, Repair::Remove);
            }
        }
    }

    /// Gives another id to each operation whose id an earlier one has.
    pub fn distinguish(&self, found: &mut Findings) {
        let mut ids = Ids::default();
        for named in &self.0 {
            ids.reserve(named.id, named.method, named.path);
        }
        let mut first: HashMap<&str, &str> = HashMap::new();
        for Named { id, method, path, pointer } in &self.0 {
            let Some(other) = first.get(id) else {
                first.insert(id, pointer);
                continue;
            };
            let new = ids.another(id, method, path);
            let message = format!(
                "`{}` is already the id of {}; this operation is named `{new}`; give each \
                 operation a different id",
                shown(id),
                shown(other)
            );
            found.replace(&join(pointer, "operationId"), message, Repair::Put(json!(new)));
        }
    }
}
