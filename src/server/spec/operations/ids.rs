//! Ids of operations that are fit for scopes (`{product}:{id}`) and URLs, whatever the document calls them.

use std::collections::{HashMap, HashSet};

use crate::server::spec::model::Operation;

/// How long an id may be, in bytes: a scope has 128 with the product's name.
const MAX_ID: usize = 80;

/// What a scope says instead of an operation: an id of that name would be allowed along with many others.
const RESERVED: [&str; 2] = ["read", "write"];

/// Gives every operation an id of its own. One that is fit as written stays; others give way.
pub fn make(operations: &mut [Operation]) {
    let mut taken: HashSet<String> = HashSet::new();
    let mut next = HashMap::new();
    let kept: Vec<bool> = operations.iter().map(|operation| is_fit(&operation.id) && taken.insert(operation.id.clone())).collect();
    for (operation, _) in operations.iter_mut().zip(kept).filter(|(_, is_kept)| !is_kept) {
        let mut id = safe(&operation.id);
        if !is_fit(&id) {
            id = from_path(&operation.method, &operation.path);
        }
        operation.id = unique(id, &mut taken, &mut next);
    }
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

/// `id`, or with the first number that makes it unique; `next` knows which numbers of an id were tried.
fn unique(id: String, taken: &mut HashSet<String>, next: &mut HashMap<String, usize>) -> String {
    if taken.insert(id.clone()) {
        return id;
    }
    let number = next.entry(id.clone()).or_insert(1);
    loop {
        *number += 1;
        let suffix = format!("-{number}");
        let candidate = id.get(..MAX_ID.saturating_sub(suffix.len())).unwrap_or(&id).to_owned() + &suffix;
        if taken.insert(candidate.clone()) {
            return candidate;
        }
    }
}
