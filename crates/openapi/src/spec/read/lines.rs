//! Finds the lines of values by their pointers. A document with errors is read a second time for
//! this, so that documents without errors need no memory for it.

use std::collections::HashMap;

/// The wanted pointers as a tree, and the reader's position in it.
pub struct Lines {
    nodes: Vec<Node>,
    /// The nodes from the root to the current value. None below a value that is not wanted.
    path: Vec<Option<usize>>,
}

#[derive(Default)]
struct Node {
    children: HashMap<String, usize>,
    line: Option<usize>,
}

impl Lines {
    pub fn new<'p>(pointers: impl Iterator<Item = &'p str>) -> Self {
        let mut nodes = vec![Node::default()];
        for pointer in pointers {
            let mut at = 0;
            for key in keys(pointer) {
                let next = nodes.len();
                let Some(node) = nodes.get_mut(at) else { break };
                at = *node.children.entry(key).or_insert(next);
                if at == next {
                    nodes.push(Node::default());
                }
            }
        }
        Self { nodes, path: vec![Some(0)] }
    }

    /// The value at `key` of the current value begins at `line`.
    pub fn enter(&mut self, key: &str, line: usize) {
        let node = self
            .path
            .last()
            .copied()
            .flatten()
            .and_then(|at| self.nodes.get(at)?.children.get(key).copied());
        if let Some(node) = node.and_then(|at| self.nodes.get_mut(at)) {
            node.line.get_or_insert(line);
        }
        self.path.push(node);
    }

    pub fn leave(&mut self) {
        self.path.pop();
    }

    /// The line of the value, or of the nearest one around it, because a copy by an alias has no
    /// line. `None` for the whole document.
    pub fn line(&self, pointer: &str) -> Option<u32> {
        let (mut node, mut line) = (self.nodes.first()?, None);
        for key in keys(pointer) {
            let Some(next) = node.children.get(&key).and_then(|&at| self.nodes.get(at)) else {
                break;
            };
            line = next.line.or(line);
            node = next;
        }
        line.and_then(|line| u32::try_from(line).ok())
    }
}

fn keys(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~"))
}
