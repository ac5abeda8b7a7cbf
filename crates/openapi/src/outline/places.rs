//! The locations of schemas that a tree does not unfold, so that a page can show them.

use std::collections::HashMap;

use serde_json::Value;

use crate::spec::schemas_in;

/// Maximum number of schemas whose location is remembered.
const MAX_PLACES: usize = 100_000;

/// Locations by address. A named schema is searched the first time that one of its parts is cut.
#[derive(Default)]
pub struct Places<'a> {
    /// The schemas that are unfolded around this location, with their pointers.
    open: Vec<(&'a Value, String)>,
    known: HashMap<*const Value, String>,
    searched: Vec<String>,
}

impl<'a> Places<'a> {
    pub fn enter(&mut self, schema: &'a Value, pointer: String) {
        self.open.push((schema, pointer));
    }

    pub fn depth(&self) -> usize {
        self.open.len()
    }

    pub fn leave(&mut self, depth: usize) {
        self.open.truncate(depth);
    }

    /// The pointer of a schema in the innermost open one. If it is not found, the pointer of that
    /// one; empty without any.
    pub fn find(&mut self, schema: &Value) -> String {
        let Some((around, pointer)) = self.open.last() else { return String::new() };
        if !self.searched.contains(pointer) {
            self.searched.push(pointer.clone());
            let known = &mut self.known;
            schemas_in(around, &mut |inner, steps| {
                if known.len() < MAX_PLACES {
                    known.insert(std::ptr::from_ref(inner), format!("{pointer}{steps}"));
                }
            });
        }
        self.known.get(&std::ptr::from_ref(schema)).unwrap_or(pointer).clone()
    }
}
