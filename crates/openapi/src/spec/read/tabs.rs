//! YAML with tabs where the parser does not allow them: as indentation (YAML 1.2.2 §6.1 forbids it,
//! because a tab has no fixed width), and after the colon of a key. If all usual widths that can be
//! read lead to the same value, it is taken.

use serde_json::Value;

use super::{MAX_DOCUMENT, fault, yaml};
use crate::spec::Fault;

/// Numbers of spaces that a tab may stand for. The first that can be read is used.
const WIDTHS: [usize; 3] = [4, 2, 8];

/// The value of a text that is not YAML only because of its tabs, the text with spaces instead, and
/// a warning. `None` if there are no tabs, or if the value depends on their width.
pub fn read(text: &str) -> Option<(Value, String, Fault)> {
    // Text in braces is JSON with a mistake.
    if text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut tabbed = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.split_at(indent(line)).0.contains('\t') || line.contains(":\t"));
    let (first, _) = tabbed.next()?;
    let others = tabbed.count();
    let mut found: Option<(Value, String)> = None;
    for width in WIDTHS {
        let spaced = spaced(text, width)?;
        match (yaml::read(&spaced), &found) {
            (Err(_), _) => {}
            (Ok(value), None) => found = Some((value, spaced)),
            (Ok(value), Some((known, _))) if is_same(known, &value) => {}
            (Ok(_), Some(_)) => return None,
        }
    }
    let (value, spaced) = found?;
    let lines = match others {
        0 => "this line is".to_owned(),
        1 => "this line and one other are".to_owned(),
        others => format!("this line and {others} others are"),
    };
    let message = format!(
        "{lines} indented or divided with tabs, which cannot be read as YAML; they are read as \
         spaces; use spaces"
    );
    Some((value, spaced, fault(Some(first + 1), message)))
}

/// The length of what determines a line's level: white space, and dashes of list items.
fn indent(line: &str) -> usize {
    let bytes = line.as_bytes();
    let is_blank = |at: usize| matches!(bytes.get(at), Some(b' ' | b'\t'));
    let mut at = 0;
    while is_blank(at) || bytes.get(at) == Some(&b'-') && is_blank(at + 1) {
        at += 1;
    }
    at
}

/// `None` if it becomes too large.
fn spaced(text: &str, width: usize) -> Option<String> {
    let spaces = " ".repeat(width);
    let mut spaced = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (indent, rest) = line.split_at(indent(line));
        spaced.push_str(&indent.replace('\t', &spaces));
        let mut after_colon = false;
        spaced.extend(rest.chars().map(|character| {
            let is_divider = after_colon && character == '\t';
            after_colon = character == ':' || is_divider;
            if is_divider { ' ' } else { character }
        }));
        if spaced.len() > MAX_DOCUMENT {
            return None;
        }
    }
    Some(spaced)
}

/// Whether the values differ at most in the white space of their texts.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            one.split_whitespace().eq(other.split_whitespace())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|((key, value), (other_key, other))| {
                    key == other_key && is_same(value, other)
                })
        }
        _ => one == other,
    }
}
