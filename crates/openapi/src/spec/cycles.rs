//! Schemas that refer to themselves. Through a property or an item, this describes trees.
//! Otherwise, a value would be checked against the same schema endlessly. By `$ref` and `allOf`
//! this is a mistake; by `oneOf` and `anyOf` it is common: base schemas list their subtypes, which
//! include the base.

mod back;
mod cut;

use std::collections::HashMap;

use serde_json::Value;

use super::model::pointer_of;
use super::walk::{Kind, walk_all};

pub use back::endless;
pub use cut::cut_choices;

/// A schema by its address in memory, because it has many long pointers.
type Address = *const Value;

/// A schema that is checked against the same value as the schema that contains it.
struct Edge<'a> {
    target: &'a Value,
    keyword: &'static str,
    /// Whether its keyword can be removed without refusing values that were allowed.
    is_choice: bool,
}

fn edges<'a>(root: &'a Value, schema: &'a Value) -> Vec<Edge<'a>> {
    let mut edges = Vec::new();
    let Value::Object(fields) = schema else { return edges };
    if let Some(target) = fields
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(pointer_of)
        .and_then(|pointer| root.pointer(&pointer))
    {
        edges.push(Edge { target, keyword: "$ref", is_choice: false });
    }
    for (keyword, is_choice) in [("allOf", false), ("oneOf", true), ("anyOf", true)] {
        let items = fields.get(keyword).and_then(Value::as_array).into_iter().flatten();
        edges.extend(items.map(|target| Edge { target, keyword, is_choice }));
    }
    for keyword in ["not", "if", "then", "else"] {
        edges.extend(fields.get(keyword).map(|target| Edge { target, keyword, is_choice: false }));
    }
    let dependent = fields.get("dependentSchemas").and_then(Value::as_object).into_iter().flatten();
    edges.extend(dependent.map(|(_, target)| Edge {
        target,
        keyword: "dependentSchemas",
        is_choice: true,
    }));
    edges
}

/// Each schema in a circle, with the number of the circle: Tarjan's strongly connected components.
/// Not recursive, because a chain of references may be as long as the document.
fn circles(root: &Value, with_choices: bool) -> HashMap<Address, usize> {
    let mut search = Search {
        root,
        with_choices,
        nodes: HashMap::new(),
        open: Vec::new(),
        circles: HashMap::new(),
    };
    walk_all(root, &mut |kind, value, _| {
        if kind == Kind::Schema && !search.nodes.contains_key(&std::ptr::from_ref(value)) {
            search.from(value);
        }
    });
    search.circles
}

struct Search<'a> {
    root: &'a Value,
    with_choices: bool,
    nodes: HashMap<Address, Node>,
    /// Nodes whose component is not known yet.
    open: Vec<Address>,
    circles: HashMap<Address, usize>,
}

struct Node {
    index: usize,
    /// The earliest open node that can be reached.
    low: usize,
    is_open: bool,
}

/// A schema on the path from the first one, with its remaining edges.
struct Step<'a> {
    address: Address,
    edges: Vec<Edge<'a>>,
    is_own_neighbour: bool,
}

impl<'a> Search<'a> {
    fn from(&mut self, first: &'a Value) {
        let mut way = vec![self.enter(first)];
        while let Some(step) = way.last_mut() {
            let Some(edge) = step.edges.pop() else {
                let (address, is_own_neighbour) = (step.address, step.is_own_neighbour);
                way.pop();
                let low = self.leave(address, is_own_neighbour);
                if let Some(parent) = way.last().and_then(|step| self.nodes.get_mut(&step.address))
                {
                    parent.low = parent.low.min(low);
                }
                continue;
            };
            let (from, to) = (step.address, std::ptr::from_ref(edge.target));
            step.is_own_neighbour |= from == to;
            match self.nodes.get(&to) {
                None => {
                    let next = self.enter(edge.target);
                    way.push(next);
                }
                Some(node) if node.is_open => {
                    let index = node.index;
                    if let Some(from) = self.nodes.get_mut(&from) {
                        from.low = from.low.min(index);
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn enter(&mut self, schema: &'a Value) -> Step<'a> {
        let address = std::ptr::from_ref(schema);
        let index = self.nodes.len();
        self.nodes.insert(address, Node { index, low: index, is_open: true });
        self.open.push(address);
        let edges = edges(self.root, schema)
            .into_iter()
            .filter(|edge| self.with_choices || !edge.is_choice)
            .collect();
        Step { address, edges, is_own_neighbour: false }
    }

    /// Closes the component that ends with this node, if there is one.
    fn leave(&mut self, address: Address, is_own_neighbour: bool) -> usize {
        let Some((index, low)) = self.nodes.get(&address).map(|node| (node.index, node.low)) else {
            return usize::MAX;
        };
        if low == index {
            let start = self.open.iter().rposition(|open| *open == address).unwrap_or(0);
            let members = self.open.split_off(start);
            for member in &members {
                if let Some(node) = self.nodes.get_mut(member) {
                    node.is_open = false;
                }
                if members.len() > 1 || is_own_neighbour {
                    self.circles.insert(*member, index);
                }
            }
        }
        low
    }
}
