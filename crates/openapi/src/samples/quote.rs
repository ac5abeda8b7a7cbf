//! Texts as literals. Characters that could change how a program reads (line breaks, marks that
//! change the direction of writing) are always escaped, because the texts come from others'
//! documents and are copied.

use std::fmt::Write;

use serde_json::Value;

/// Characters that must not occur in a program unescaped.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A literal that is valid in JSON, JavaScript, Python and Go.
pub fn double(text: &str) -> String {
    // All invisible characters have four digits.
    escaped(text, "", |out, character| _ = write!(out, "\\u{:04x}", u32::from(character)))
}

/// Java reads its source in the platform's encoding, which may not be UTF-8.
pub fn java(text: &str) -> String {
    let literal = double(text);
    let mut ascii = String::with_capacity(literal.len());
    for character in literal.chars() {
        let mut units = [0; 2];
        match character {
            ' '..='~' => ascii.push(character),
            other => other
                .encode_utf16(&mut units)
                .iter()
                .for_each(|unit| _ = write!(ascii, "\\u{unit:04x}")),
        }
    }
    ascii
}

pub fn rust(text: &str) -> String {
    escaped(text, "", braced)
}

/// Between single quotes, a shell treats only the quote itself specially.
pub fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

pub fn php(text: &str) -> String {
    single(text).unwrap_or_else(|| lines(text, |line| escaped(line, "$", braced), "\n        . "))
}

pub fn ruby(text: &str) -> String {
    single(text).unwrap_or_else(|| lines(text, |line| escaped(line, "#", braced), " \\\n  "))
}

/// A plain literal in PHP and Ruby, which may contain line breaks. `None` if characters must be
/// escaped.
fn single(text: &str) -> Option<String> {
    let is_plain = text.chars().all(|character| character == '\n' || !is_hidden(character));
    is_plain.then(|| format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'")))
}

/// The escapes of Rust, PHP and Ruby.
fn braced(out: &mut String, character: char) {
    _ = write!(out, "\\u{{{:x}}}", u32::from(character));
}

fn escaped(text: &str, special: &str, hidden: fn(&mut String, char)) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' | '\\' => out.extend(['\\', character]),
            other if special.contains(other) => out.extend(['\\', other]),
            other if is_hidden(other) => hidden(&mut out, other),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Indented JSON without invisible characters.
pub fn json(value: &Value) -> String {
    tree(value, &Words { null: "null", yes: "true", no: "false" }, 0)
}

/// The same as a Python literal.
pub fn python(value: &Value, indent: usize) -> String {
    tree(value, &Words { null: "None", yes: "True", no: "False" }, indent)
}

struct Words {
    null: &'static str,
    yes: &'static str,
    no: &'static str,
}

/// Maximum nesting of a value. `serde_json` reads no deeper value.
const MAX_DEPTH: usize = 128;

fn tree(value: &Value, words: &Words, indent: usize) -> String {
    let inner = "  ".repeat(indent + 1);
    let lines: Vec<String> = match value {
        Value::Null => return words.null.to_owned(),
        Value::Bool(yes) => return if *yes { words.yes } else { words.no }.to_owned(),
        Value::Number(number) => return number.to_string(),
        Value::String(text) => return double(text),
        _ if indent > MAX_DEPTH => return words.null.to_owned(),
        Value::Array(items) if items.is_empty() => return "[]".to_owned(),
        Value::Object(fields) if fields.is_empty() => return "{}".to_owned(),
        Value::Array(items) => {
            items.iter().map(|item| format!("{inner}{}", tree(item, words, indent + 1))).collect()
        }
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| {
                format!("{inner}{}: {}", double(name), tree(field, words, indent + 1))
            })
            .collect(),
    };
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    format!("{open}\n{}\n{}{close}", lines.join(",\n"), "  ".repeat(indent))
}

/// One literal per line, joined by the language's operator.
pub fn lines(text: &str, literal: fn(&str) -> String, joint: &str) -> String {
    let lines: Vec<String> = text.split_inclusive('\n').map(literal).collect();
    if lines.is_empty() { literal("") } else { lines.join(joint) }
}

/// `text` with all lines except the first indented, for literals that start further to the right.
pub fn indented(text: &str, indent: usize) -> String {
    text.replace('\n', &format!("\n{}", " ".repeat(indent)))
}
