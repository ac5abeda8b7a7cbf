//! Which operations use references that lead nowhere, directly or through other parts.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::findings::shown;
use crate::spec::model::pointer_of;
use crate::spec::walk::{METHODS, join, walk_all};

/// Maximum number of references that are listed for one operation.
const MAX_LISTED: usize = 10;

/// The references that lead nowhere, and which of them each part uses, by its location: an
/// operation, a path, a component.
#[derive(Default)]
pub struct Unresolved {
    references: Vec<String>,
    used: HashMap<String, Vec<usize>>,
    /// The former locations of parts that were renamed.
    former: HashMap<String, String>,
}

impl Unresolved {
    /// `dangling` has the locations of the references, each with its text.
    pub fn of(root: &Value, dangling: &[(String, String)]) -> Self {
        if dangling.is_empty() {
            return Self::default();
        }
        let mut parts = Parts::of(root);
        let starts: Vec<usize> =
            dangling.iter().map(|(pointer, _)| parts.number(part(pointer))).collect();
        let mut used: Vec<Vec<usize>> = vec![Vec::new(); parts.users.len()];
        for (reference, start) in starts.into_iter().enumerate() {
            let mut seen = HashSet::new();
            let mut open = vec![start];
            while let Some(part) = open.pop() {
                if !seen.insert(part) {
                    continue;
                }
                used.get_mut(part).into_iter().for_each(|used| used.push(reference));
                open.extend(parts.users.get(part).into_iter().flatten());
            }
        }
        let references = dangling.iter().map(|(_, reference)| shown(reference)).collect();
        let used = parts.numbers.into_iter().filter_map(|(part, number)| {
            let used = used.get_mut(number).map(std::mem::take)?;
            (!used.is_empty()).then_some((part, used))
        });
        Self { used: used.collect(), references, former: HashMap::new() }
    }

    /// The last name in the location is now `to`.
    pub fn rename(&mut self, pointer: &str, to: &str) {
        if let Some((above, _)) = pointer.rsplit_once('/')
            && !self.used.is_empty()
        {
            self.former.insert(join(above, to), pointer.to_owned());
        }
    }

    /// Those of the operation at the location, and of its path.
    pub fn of_operation(&self, pointer: &str) -> Vec<String> {
        let (path, method) = pointer.rsplit_once('/').unwrap_or_default();
        let path = self.former.get(path).map_or(path, String::as_str);
        let used = [self.used.get(&format!("{path}/{method}")), self.used.get(path)];
        let used = used.into_iter().flatten().flatten();
        let mut all: Vec<String> = Vec::new();
        for reference in used.filter_map(|index| self.references.get(*index)) {
            if all.len() < MAX_LISTED && !all.contains(reference) {
                all.push(reference.clone());
            }
        }
        all
    }
}

/// The parts of a document, with numbers, and for each number the parts that refer to it.
#[derive(Default)]
struct Parts {
    numbers: HashMap<String, usize>,
    users: Vec<HashSet<usize>>,
}

impl Parts {
    fn of(root: &Value) -> Self {
        let mut parts = Self::default();
        walk_all(root, &mut |_, value, pointer| {
            let target = value.get("$ref").and_then(Value::as_str).and_then(pointer_of);
            if let Some(target) = target {
                let (to, from) = (parts.number(part(&target)), parts.number(part(pointer)));
                parts.users.get_mut(to).into_iter().for_each(|users| {
                    users.insert(from);
                });
            }
        });
        parts
    }

    fn number(&mut self, part: &str) -> usize {
        if let Some(number) = self.numbers.get(part) {
            return *number;
        }
        let number = self.users.len();
        self.users.push(HashSet::new());
        self.numbers.insert(part.to_owned(), number);
        number
    }
}

/// The location of the part that contains this location: `/components/{section}/{name}`,
/// `/definitions/{name}`, an operation, or a path item, whose parameters count for all its
/// operations.
fn part(pointer: &str) -> &str {
    let item = if pointer.starts_with("/paths/") {
        2
    } else if pointer.starts_with("/components/pathItems/") {
        3
    } else if pointer.starts_with("/components/") {
        return steps(pointer, 3);
    } else {
        return steps(pointer, 2);
    };
    let operation = steps(pointer, item + 1);
    match operation.rsplit('/').next() {
        Some("additionalOperations") => steps(pointer, item + 2),
        Some(method) if METHODS.contains(&method) => operation,
        _ => steps(pointer, item),
    }
}

/// The first steps of a pointer.
fn steps(pointer: &str, count: usize) -> &str {
    let end = pointer.match_indices('/').nth(count).map_or(pointer.len(), |(at, _)| at);
    pointer.get(..end).unwrap_or(pointer)
}
