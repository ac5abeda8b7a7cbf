//! Names of components, which OpenAPI restricts to `[a-zA-Z0-9._-]+`.

use std::collections::HashSet;

/// Maximum length of a name in bytes.
const MAX_NAME: usize = 120;

/// The names in use of one kind of component.
#[derive(Debug, Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// Marks a name as used. False if it already is.
    pub fn take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_owned())
    }

    /// The first of some names that is not in use, otherwise the last one with a number.
    pub fn first(&mut self, wanted: &[&str]) -> String {
        let free = wanted.iter().map(|name| safe(name)).find(|name| !self.0.contains(name));
        match (free, wanted.last()) {
            (Some(name), _) => {
                self.0.insert(name.clone());
                name
            }
            (None, last) => self.unique(last.copied().unwrap_or_default()),
        }
    }

    /// `wanted` as a valid name that was not in use: `Page«Pet»` → `Page_Pet`, then `Page_Pet_2`.
    pub fn unique(&mut self, wanted: &str) -> String {
        let name = safe(wanted);
        let mut candidate = name.clone();
        let mut number = 1_usize;
        while !self.0.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{name}_{number}");
        }
        candidate
    }
}

pub fn is_valid(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_allowed)
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

fn safe(wanted: &str) -> String {
    let mut name = String::new();
    for character in wanted.chars() {
        match u8::try_from(character) {
            Ok(byte) if is_allowed(byte) => name.push(character),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let mut name = name.trim_matches('_').to_owned();
    name.truncate(MAX_NAME);
    if name.is_empty() { "Part".to_owned() } else { name }
}
