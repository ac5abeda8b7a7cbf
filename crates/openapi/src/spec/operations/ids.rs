//! Creates ids of operations that are valid in scopes (`{product}:{id}`) and URLs, from any text in
//! the document.

use std::collections::{HashMap, HashSet};

use crate::spec::model::Operation;

/// Maximum length of an id in bytes. A scope with the product's name has at most 128.
const MAX_ID: usize = 80;

/// Words that scopes use instead of an operation. An id with this name would be allowed together
/// with many others.
const RESERVED: [&str; 2] = ["read", "write"];

/// Ids that are taken.
#[derive(Default)]
pub struct Ids {
    taken: HashSet<String>,
    /// The next number to try for each id.
    next: HashMap<String, usize>,
}

impl Ids {
    /// Takes an id as written, and the valid one that is made of it.
    pub fn reserve(&mut self, id: &str, method: &str, path: &str) {
        self.taken.insert(id.to_owned());
        self.taken.insert(valid(id, method, path));
    }

    /// A valid id that nobody has: `id`, or `id` with the first number that makes it unique.
    pub fn another(&mut self, id: &str, method: &str, path: &str) -> String {
        unique(valid(id, method, path), &mut self.taken, &mut self.next)
    }
}

/// Gives every operation a unique id. A valid id stays as written; others get a number.
pub fn make(operations: &mut [Operation]) {
    let mut ids = Ids::default();
    let kept: Vec<bool> = operations
        .iter()
        .map(|operation| is_fit(&operation.id) && ids.taken.insert(operation.id.clone()))
        .collect();
    for (operation, _) in operations.iter_mut().zip(kept).filter(|(_, is_kept)| !is_kept) {
        operation.id = ids.another(&operation.id, &operation.method, &operation.path);
    }
}

fn valid(id: &str, method: &str, path: &str) -> String {
    if is_fit(id) {
        return id.to_owned();
    }
    let id = safe(id);
    if is_fit(&id) { id } else { from_path(method, path) }
}

fn is_fit(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= MAX_ID
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        // `.` and `..` are steps in a URL.
        && id.bytes().any(|byte| byte != b'.')
        && !RESERVED.contains(&id)
}

/// `users/list all` → `users-list-all`.
fn safe(id: &str) -> String {
    let mut safe = String::new();
    for character in id.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '_' | '.') {
            safe.push(character);
        } else if !safe.ends_with('-') {
            safe.push('-');
        }
    }
    let mut safe = safe.trim_matches('-').to_owned();
    safe.truncate(MAX_ID);
    safe
}

/// `GET /pets/{petId}` → `getPetsPetId`.
fn from_path(method: &str, path: &str) -> String {
    let mut id = method.to_ascii_lowercase();
    for word in path.split(|character: char| !character.is_ascii_alphanumeric()) {
        let (first, rest) = word.split_at(word.len().min(1));
        id.push_str(&first.to_ascii_uppercase());
        id.push_str(rest);
    }
    id.truncate(MAX_ID);
    id
}

/// `id`, or `id` with the first number that makes it unique. `next` has the next number to try for
/// each id.
fn unique(id: String, taken: &mut HashSet<String>, next: &mut HashMap<String, usize>) -> String {
    if taken.insert(id.clone()) {
        return id;
    }
    let number = next.entry(id.clone()).or_insert(1);
    loop {
        *number += 1;
        let suffix = format!("-{number}");
        let candidate =
            id.get(..MAX_ID.saturating_sub(suffix.len())).unwrap_or(&id).to_owned() + &suffix;
        if taken.insert(candidate.clone()) {
            return candidate;
        }
    }
}
