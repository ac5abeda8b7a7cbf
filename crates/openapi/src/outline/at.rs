//! The schema at a location in the document.

use tollgate_types::docs::SchemaNode;

use super::shown::{MAX_ABOUT, MAX_OWN_ABOUT};
use super::{Child, Role, Tree, is_internal};
use crate::schemas::Direction;
use crate::spec::Spec;

/// Number of schemas that are unfolded on the page of a schema.
const PAGE: usize = 600;

/// Like [`tree`](super::tree), for the schema at a JSON pointer: parts that are not unfolded have
/// their location. With a direction, fields that are not sent in it are left out. `None` if there
/// is no schema, or if it is internal.
pub fn tree_at(
    spec: &Spec,
    pointer: &str,
    direction: Option<Direction>,
    budget: usize,
    describe: fn(&str, usize) -> String,
) -> Option<SchemaNode> {
    unfolded_at(spec, pointer, direction, budget, describe, MAX_ABOUT)
}

/// Like [`tree_at`], for the page of the schema: with its whole description, and with all of its
/// direct parts if they are at most 4,800.
pub fn page_at(
    spec: &Spec,
    pointer: &str,
    describe: fn(&str, usize) -> String,
) -> Option<SchemaNode> {
    let unfolded = |budget| unfolded_at(spec, pointer, None, budget, describe, MAX_OWN_ABOUT);
    let mut node = unfolded(PAGE)?;
    // A larger budget only if it is needed for the direct parts.
    for budget in [2 * PAGE, 4 * PAGE, 8 * PAGE] {
        if node.cut.is_none() {
            break;
        }
        node = unfolded(budget)?;
    }
    Some(node)
}

fn unfolded_at(
    spec: &Spec,
    pointer: &str,
    direction: Option<Direction>,
    budget: usize,
    describe: fn(&str, usize) -> String,
    max_about: usize,
) -> Option<SchemaNode> {
    let schema = spec.root.pointer(pointer)?;
    if !(schema.is_object() || schema.is_boolean()) || is_internal(schema) {
        return None;
    }
    let mut tree = Tree::new(spec, direction, describe);
    tree.places.enter(schema, pointer.to_owned());
    // A schema inside itself is shown as such, also if it is the whole tree.
    tree.open.push(pointer.to_owned());
    (tree.base, tree.max_about) = (1, max_about);
    Some(tree.node(&Child::of(Role::Choice(""), schema), budget.max(1)).0)
}
