//! The schema at a location in the document.

use tollgate_types::docs::SchemaNode;

use super::shown::{MAX_ABOUT, MAX_OWN_ABOUT};
use super::{Tree, is_internal};
use crate::spec::Spec;

/// Like [`tree`](super::tree), for the schema at a JSON pointer: parts that are not unfolded have
/// their location. `None` if there is no schema, or if it is internal.
pub fn tree_at(
    spec: &Spec,
    pointer: &str,
    budget: usize,
    describe: fn(&str, usize) -> String,
) -> Option<SchemaNode> {
    unfolded_at(spec, pointer, budget, describe, MAX_ABOUT)
}

/// Like [`tree_at`], for the page of the schema, which has its whole description.
pub fn page_at(
    spec: &Spec,
    pointer: &str,
    budget: usize,
    describe: fn(&str, usize) -> String,
) -> Option<SchemaNode> {
    unfolded_at(spec, pointer, budget, describe, MAX_OWN_ABOUT)
}

fn unfolded_at(
    spec: &Spec,
    pointer: &str,
    budget: usize,
    describe: fn(&str, usize) -> String,
    max_about: usize,
) -> Option<SchemaNode> {
    let schema = spec.root.pointer(pointer)?;
    if !(schema.is_object() || schema.is_boolean()) || is_internal(schema) {
        return None;
    }
    let mut tree = Tree::new(spec, describe);
    tree.places.enter(schema, pointer.to_owned());
    // A schema inside itself is shown as such, also if it is the whole tree.
    tree.open.push(pointer.to_owned());
    (tree.base, tree.max_about) = (1, max_about);
    Some(tree.node(schema, budget.max(1)).0)
}
