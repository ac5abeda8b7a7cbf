//! Finds the references that close circles of keywords that cannot be removed: without them, every
//! check ends.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Address, Edge, circles, edges};
use crate::spec::walk::{Kind, walk_all};

/// A keyword that leads back to a schema that is being checked against the same value.
pub struct Back<'a> {
    /// The location of the schema with the keyword.
    pub schema: &'a str,
    pub keyword: &'static str,
    /// Whether the schemas allow the same values without it: a value matches `a` and itself if it
    /// matches `a`.
    pub is_exact: bool,
}

/// Calls `visit` for all of them, in the order of the document.
pub fn endless(root: &Value, visit: &mut dyn FnMut(Back<'_>)) {
    let circles = circles(root, false);
    if circles.is_empty() {
        return;
    }
    let mut search = Search {
        root,
        circles: &circles,
        states: HashMap::new(),
        back: HashMap::new(),
        inexact: HashSet::new(),
    };
    walk_all(root, &mut |kind, value, _| {
        if kind == Kind::Schema && circles.contains_key(&std::ptr::from_ref(value)) {
            search.from(value);
        }
    });
    let Search { mut back, inexact, .. } = search;
    walk_all(root, &mut |kind, value, schema| {
        let address = std::ptr::from_ref(value);
        if kind == Kind::Schema
            && let Some(keywords) = back.remove(&address)
        {
            let is_exact = circles.get(&address).is_none_or(|circle| !inexact.contains(circle));
            keywords.into_iter().for_each(|keyword| visit(Back { schema, keyword, is_exact }));
        }
    });
}

/// A search in depth within the circles. Not recursive, because a circle may be as long as the
/// document.
struct Search<'a> {
    root: &'a Value,
    circles: &'a HashMap<Address, usize>,
    /// Whether a schema that was reached is still on the way from the first one.
    states: HashMap<Address, bool>,
    /// The keywords that lead back, by their schemas.
    back: HashMap<Address, Vec<&'static str>>,
    /// Circles with `not` or `if`, which are more than a repetition.
    inexact: HashSet<usize>,
}

impl<'a> Search<'a> {
    fn from(&mut self, first: &'a Value) {
        if self.states.contains_key(&std::ptr::from_ref(first)) {
            return;
        }
        let mut way = vec![self.enter(first)];
        while let Some((address, edges)) = way.last_mut() {
            let address = *address;
            let Some(edge) = edges.pop() else {
                self.states.insert(address, false);
                way.pop();
                continue;
            };
            match self.states.get(&std::ptr::from_ref(edge.target)) {
                None => {
                    let next = self.enter(edge.target);
                    way.push(next);
                }
                Some(true) => self.back.entry(address).or_default().push(edge.keyword),
                Some(false) => {}
            }
        }
    }

    fn enter(&mut self, schema: &'a Value) -> (Address, Vec<Edge<'a>>) {
        let address = std::ptr::from_ref(schema);
        self.states.insert(address, true);
        let circle = self.circles.get(&address);
        let edges: Vec<Edge<'a>> = edges(self.root, schema)
            .into_iter()
            .filter(|edge| {
                !edge.is_choice && self.circles.get(&std::ptr::from_ref(edge.target)) == circle
            })
            .rev()
            .collect();
        if edges.iter().any(|edge| !matches!(edge.keyword, "$ref" | "allOf")) {
            self.inexact.extend(circle);
        }
        (address, edges)
    }
}
