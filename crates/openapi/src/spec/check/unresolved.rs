//! Which operations use references that lead nowhere, directly or through other parts.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::findings::{MAX_FAULTS, shown};
use crate::spec::model::pointer_of;
use crate::spec::walk::{METHODS, walk_all};

/// Maximum number of references that are listed for one operation.
const MAX_LISTED: usize = 10;

/// The references that lead nowhere, by the location of the part that uses them: an operation, a
/// path, a component.
#[derive(Default)]
pub struct Unresolved(HashMap<String, Vec<String>>);

impl Unresolved {
    /// `dangling` has the locations of the references, each with its text. Only the first
    /// [`MAX_FAULTS`] are followed.
    pub fn of(root: &Value, dangling: &[(String, String)]) -> Self {
        let mut unresolved = Self::default();
        if dangling.is_empty() {
            return unresolved;
        }
        let users = users(root);
        for (pointer, reference) in dangling.iter().take(MAX_FAULTS) {
            let reference = shown(reference);
            let mut seen: HashSet<&str> = HashSet::new();
            let mut open = vec![part(pointer)];
            while let Some(part) = open.pop() {
                if !seen.insert(part) {
                    continue;
                }
                let listed = unresolved.0.entry(part.to_owned()).or_default();
                if listed.len() < MAX_LISTED && !listed.contains(&reference) {
                    listed.push(reference.clone());
                }
                open.extend(users.get(part).into_iter().flatten().map(String::as_str));
            }
        }
        unresolved
    }

    /// Those of the operation at the location, and of its path.
    pub fn of_operation(&self, pointer: &str) -> Vec<String> {
        let path = pointer.rsplit_once('/').map_or("", |(path, _)| path);
        let mut all: Vec<String> = Vec::new();
        for reference in [pointer, path].iter().filter_map(|at| self.0.get(*at)).flatten() {
            if !all.contains(reference) {
                all.push(reference.clone());
            }
        }
        all
    }
}

/// For each part, the parts that refer to it.
fn users(root: &Value) -> HashMap<String, HashSet<String>> {
    let mut users: HashMap<String, HashSet<String>> = HashMap::new();
    walk_all(root, &mut |_, value, pointer| {
        let target = value.get("$ref").and_then(Value::as_str).and_then(pointer_of);
        if let Some(target) = target {
            let (to, from) = (part(&target).to_owned(), part(pointer).to_owned());
            users.entry(to).or_default().insert(from);
        }
    });
    users
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
    let is_operation = operation.rsplit('/').next().is_some_and(|method| METHODS.contains(&method));
    if is_operation { operation } else { steps(pointer, item) }
}

/// The first steps of a pointer.
fn steps(pointer: &str, count: usize) -> &str {
    let end = pointer.match_indices('/').nth(count).map_or(pointer.len(), |(at, _)| at);
    pointer.get(..end).unwrap_or(pointer)
}
