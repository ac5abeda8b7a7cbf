//! Finds the references that close circles of keywords that cannot be removed: without them, every
//! check ends.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Address, Edge, circles, edges};
use crate::spec::walk::{Kind, walk_all};

/// A keyword that leads back to a schema that is being checked against the same value.
pub struct Back {
    /// The location of the schema with the keyword.
    pub schema: String,
    pub keyword: &'static str,
    /// Whether the schemas allow the same values without it: a value matches `a` and itself if it
    /// matches `a`.
    pub is_exact: bool,
}

/// All of them, in the order of the document.
pub fn endless(root: &Value) -> Vec<Back> {
    let circles = circles(root, false);
    if circles.is_empty() {
        return Vec::new();
    }
    let mut search = Search { root, circles: &circles, states: HashMap::new(), back: Vec::new() };
    let mut places: HashMap<Address, String> = HashMap::new();
    walk_all(root, &mut |kind, value, pointer| {
        let address = std::ptr::from_ref(value);
        if kind == Kind::Schema && circles.contains_key(&address) {
            places.entry(address).or_insert_with(|| pointer.to_owned());
            search.from(value);
        }
    });
    // A circle with `not` or `if` is more than a repetition.
    let inexact: HashSet<usize> = places
        .values()
        .filter_map(|pointer| root.pointer(pointer))
        .flat_map(|schema| edges(root, schema).into_iter().map(move |edge| (schema, edge)))
        .filter(|(_, edge)| !matches!(edge.keyword, "$ref" | "allOf") && !edge.is_choice)
        .filter_map(|(schema, edge)| {
            let circle = circles.get(&std::ptr::from_ref(schema))?;
            (circles.get(&std::ptr::from_ref(edge.target)) == Some(circle)).then_some(*circle)
        })
        .collect();
    let found = search.back.into_iter().filter_map(|(address, keyword)| {
        let schema = places.get(&address)?.clone();
        let is_exact = circles.get(&address).is_some_and(|circle| !inexact.contains(circle));
        Some(Back { schema, keyword, is_exact })
    });
    found.collect()
}

/// A search in depth within the circles. Not recursive, because a circle may be as long as the
/// document.
struct Search<'a> {
    root: &'a Value,
    circles: &'a HashMap<Address, usize>,
    /// Whether a schema that was reached is still on the way from the first one.
    states: HashMap<Address, bool>,
    back: Vec<(Address, &'static str)>,
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
                Some(true) => self.back.push((address, edge.keyword)),
                Some(false) => {}
            }
        }
    }

    fn enter(&mut self, schema: &'a Value) -> (Address, Vec<Edge<'a>>) {
        let address = std::ptr::from_ref(schema);
        self.states.insert(address, true);
        let circle = self.circles.get(&address);
        let edges = edges(self.root, schema)
            .into_iter()
            .filter(|edge| {
                !edge.is_choice && self.circles.get(&std::ptr::from_ref(edge.target)) == circle
            })
            .rev()
            .collect();
        (address, edges)
    }
}
