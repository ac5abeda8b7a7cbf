//! Ids of created objects: different for each call, in the style of the document's examples.

use serde_json::{Map, Value};

use super::{Shape, text};
use crate::mock::Seed;
use crate::mock::generate::uuid;
use crate::mock::response::ResponseContext;
use crate::mock::state::Shelf;

/// Maximum number of ids that are tried. Otherwise the id of the sample is used.
const MAX_TRIES: u64 = 8;
/// Texts with fewer letters and digits are not changed, because ids would collide.
const ENOUGH: usize = 8;

pub fn renew(context: &ResponseContext, shape: &mut Shape, shelf: Shelf) {
    let Some(shown) = shape.id() else { return };
    let before = shape.value.clone();
    for turn in 0..MAX_TRIES {
        for candidate in candidates(&shown, context.seed.child("id").nth(turn)) {
            if context.store.is_taken(shelf, &text(&candidate), context.seed) {
                continue;
            }
            shape.overlay(context, &Map::from_iter([(shape.id_field.clone(), candidate.clone())]));
            if shape.id().as_ref() == Some(&candidate) {
                return;
            }
            shape.value.clone_from(&before);
        }
    }
}

/// From the most specific style to the most general one.
fn candidates(shown: &Value, seed: Seed) -> Vec<Value> {
    let Value::String(shown) = shown else {
        return [9_000_000, 30_000, 1_000, 100]
            .into_iter()
            .map(|end| Value::from(seed.below(end) + end / 10))
            .collect();
    };
    let (prefix, rest) = split(shown);
    let restyled = format!("{prefix}{}", restyled(rest, seed));
    let is_uuid = shown.len() == 36 && shown.bytes().filter(|byte| *byte == b'-').count() == 4;
    let mut candidates = Vec::new();
    if is_uuid {
        candidates.push(uuid(seed));
    } else if rest.chars().filter(char::is_ascii_alphanumeric).count() >= ENOUGH {
        candidates.push(restyled.clone());
    }
    if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        candidates.push((1_000_000 + seed.below(9_000_000)).to_string());
    }
    candidates.extend([
        format!("{prefix}{:012x}", seed.number() >> 16),
        uuid(seed),
        (1_000 + seed.below(9_000)).to_string(),
        restyled,
    ]);
    candidates.into_iter().map(Value::String).collect()
}

/// `cus_123` and `AC012…` start with the kind of the object.
fn split(id: &str) -> (&str, &str) {
    let at = match id.rfind('_') {
        Some(at) => at + 1,
        None => id.bytes().take_while(u8::is_ascii_uppercase).count().min(3),
    };
    if at < id.len() { id.split_at(at) } else { ("", id) }
}

/// Replaces letters and digits with others of the same kind.
fn restyled(text: &str, seed: Seed) -> String {
    let pick = |at: usize, of: &str| {
        let letters: Vec<char> = of.chars().collect();
        seed.nth(at as u64).pick(&letters).copied().unwrap_or('0')
    };
    let is_hex = text.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
    let one = |(at, letter): (usize, char)| match letter {
        '0'..='9' | 'a'..='f' if is_hex => pick(at, "0123456789abcdef"),
        '0'..='9' => pick(at, "0123456789"),
        'a'..='z' => pick(at, "abcdefghijklmnopqrstuvwxyz"),
        'A'..='Z' => pick(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        other => other,
    };
    text.chars().enumerate().map(one).collect()
}
