//! Strings: by the field's name and format if the result is valid, otherwise any valid string.

use serde_json::Value;

use super::object::count;
use super::{Flat, Run, Spot, format, names, pattern};
use crate::schemas::is_format_checked;

/// Longer strings are not generated.
const MAX_CHARS: usize = 16 * 1024;

pub fn text(run: &Run, flat: &Flat, spot: &Spot) -> Option<String> {
    let least = count(flat, "minLength").unwrap_or(0);
    let most = count(flat, "maxLength").unwrap_or(MAX_CHARS);
    if least > most || least > MAX_CHARS {
        return None;
    }
    let wanted = flat.get("pattern").and_then(Value::as_str);
    let named_format = flat.get("format").and_then(Value::as_str);
    let seed = spot.seed.nth(spot.tries as u64);
    let fits = |text: &String| {
        let length = text.chars().count();
        least <= length
            && length <= most
            && wanted.is_none_or(|pattern| run.schemas.matches(pattern, text))
    };
    let formatted =
        named_format.and_then(|format| format::of_format(format, &spot.name, seed, least, most));
    if let Some(text) = formatted.filter(|text| fits(text)) {
        return Some(text);
    }
    if named_format.is_none_or(|format| !is_format_checked(format))
        && let Some(text) =
            names::text(&spot.name, seed).filter(|text| spot.tries < 3 && fits(text))
    {
        return Some(text);
    }
    match wanted {
        Some(pattern) => {
            pattern::matching(pattern, seed, least, most, |text| run.schemas.matches(pattern, text))
        }
        None => Some(words(&spot.name, seed, least, most)),
    }
}

/// Words with a total length between the two bounds.
pub fn words(name: &str, seed: super::Seed, least: usize, most: usize) -> String {
    const WORDS: [&str; 12] = [
        "amber", "birch", "coral", "delta", "ember", "fjord", "grove", "harbor", "indigo",
        "juniper", "lagoon", "meadow",
    ];
    let word = seed.pick(&WORDS).copied().unwrap_or("amber");
    let mut text =
        if name.is_empty() { word.to_owned() } else { format!("{} {word}", names::spoken(name)) };
    if text.chars().count() > most {
        text = word.chars().take(most).collect();
    }
    let mut turn = 0;
    while text.chars().count() < least {
        turn += 1;
        text.push(' ');
        text.push_str(seed.nth(turn).pick(&WORDS).copied().unwrap_or("amber"));
    }
    let mut text: String = text.chars().take(most.max(least)).collect();
    if text.ends_with(' ') {
        text.pop();
        text.push('s');
    }
    text
}
