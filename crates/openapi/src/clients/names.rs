//! Converts names of documents to names in programs: ASCII, allowed, and unique.

use std::collections::HashMap;

/// `getHTTPPetBy_id` → `get`, `HTTP`, `Pet`, `By`, `id`.
fn words(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    for (index, character) in characters.iter().copied().enumerate() {
        if !character.is_ascii_alphanumeric() {
            begins = true;
            continue;
        }
        let before =
            index.checked_sub(1).and_then(|before| characters.get(before)).copied().unwrap_or(' ');
        let is_last_capital = before.is_ascii_uppercase()
            && characters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        begins |=
            character.is_ascii_uppercase() && (!before.is_ascii_uppercase() || is_last_capital);
        match words.last_mut() {
            Some(word) if !begins => word.push(character),
            _ => words.push(character.to_string()),
        }
        begins = false;
    }
    words
}

/// Lower-case words joined by `between`; `fallback` if no words remain.
pub fn joined(text: &str, between: &str, fallback: &str) -> String {
    let words: Vec<String> = words(text).iter().map(|word| word.to_ascii_lowercase()).collect();
    safe_start(if words.is_empty() { fallback.to_owned() } else { words.join(between) })
}

pub fn pascal(text: &str, fallback: &str) -> String {
    let words: String = words(text).iter().map(|word| capitalised(word)).collect();
    safe_start(if words.is_empty() { fallback.to_owned() } else { words })
}

/// Returns the text unchanged if it is a valid name.
pub fn camel(text: &str, fallback: &str) -> String {
    if is_name(text) {
        return text.to_owned();
    }
    let mut words = words(text).into_iter();
    let first =
        words.next().map(|word| word.to_ascii_lowercase()).unwrap_or_else(|| fallback.to_owned());
    safe_start(words.fold(first, |name, word| name + &capitalised(&word)))
}

fn capitalised(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(initial) = word.get_mut(..1) {
        initial.make_ascii_uppercase();
    }
    word
}

fn safe_start(name: String) -> String {
    if name.starts_with(|character: char| character.is_ascii_digit()) {
        format!("n{name}")
    } else {
        name
    }
}

/// Whether it is a valid name in both languages, apart from keywords.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_alphabetic() || character == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Names in use, with the next number that makes a repetition of each unique.
#[derive(Default)]
pub struct Names(HashMap<String, u64>);

impl Names {
    pub fn reserving(names: &[&str]) -> Self {
        Self(names.iter().map(|name| ((*name).to_owned(), 2)).collect())
    }

    /// `name`, or `name` with the first number that makes it unique.
    pub fn take(&mut self, name: String) -> String {
        let mut number = self.0.get(&name).copied().unwrap_or(1);
        let mut taken = name.clone();
        while self.0.contains_key(&taken) {
            taken = format!("{name}{number}");
            number += 1;
        }
        self.0.insert(name, number.max(2));
        self.0.insert(taken.clone(), 2);
        taken
    }
}
