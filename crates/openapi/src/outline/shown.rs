//! The texts and values of a schema, as far as a page allows.

use serde_json::Value;
use tollgate_types::docs::{Cut, SchemaNode};

use super::{Child, Parts, Tree, extras};
use crate::markdown::clip;

/// Maximum number of values of one schema, and of all schemas of a tree.
const MAX_VALUES: usize = 300;
pub const MAX_ALL_VALUES: usize = 5_000;
/// Maximum length of a description in bytes, and of that of a schema on its own page.
pub const MAX_ABOUT: usize = 4_000;
pub const MAX_OWN_ABOUT: usize = 64 * 1024;

impl Tree<'_> {
    /// Marks a schema whose parts, or some of them, are on its own page.
    pub(super) fn cut(&mut self, node: &mut SchemaNode, child: &Child) {
        node.cut = Some(Cut::TooMuch);
        if let Some(schema) = child.schemas.first().filter(|_| node.at.is_empty()) {
            node.at = self.places.find(schema);
        }
    }

    pub(super) fn about(&self, parts: &Parts) -> String {
        let text = extras::description(parts);
        let max = if self.open.len() == self.base { self.max_about } else { MAX_ABOUT };
        if text.trim().is_empty() { String::new() } else { (self.describe)(&text, max) }
    }

    pub(super) fn list(
        &mut self,
        values: &[&Value],
        parts: &Parts,
        child: &Child,
        node: &mut SchemaNode,
    ) {
        let is_root = self.open.len() == self.base;
        let room = if is_root { self.values_left } else { MAX_VALUES.min(self.values_left) };
        node.values = listed(values, room);
        node.meanings = extras::meanings(parts, values.get(..room).unwrap_or(values));
        self.values_left -= values.len().min(room);
        if values.len() > room {
            self.cut(node, child);
        }
    }
}

fn listed(values: &[&Value], room: usize) -> Vec<String> {
    let mut listed: Vec<String> =
        values.iter().take(room).map(|value| clip(&value.to_string(), 200)).collect();
    if values.len() > room {
        listed.push(format!("… {} more", values.len() - room));
    }
    listed
}
