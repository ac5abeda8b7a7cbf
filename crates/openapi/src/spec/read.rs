//! Parses JSON or YAML to a JSON value, with the line of each error.

mod compact;
mod json;
mod json5;
mod lines;
mod tabs;
mod yaml;

use std::borrow::Cow;

use serde_json::Value;

use super::Fault;

/// Maximum size of a document in bytes, as its author wrote it.
pub const MAX_DOCUMENT: usize = 32 * 1024 * 1024;
/// Maximum size of a document in bytes as JSON without spaces. Published documents are often
/// indented, which may double their size but needs no memory.
pub const MAX_COMPACT: usize = 10 * 1024 * 1024;
/// Maximum nesting of objects and lists. Recursive functions over a document rely on it. It is less
/// than the limit of `serde_json` (128).
pub const MAX_DEPTH: usize = 100;
/// Maximum number of values in a document, including copies by YAML aliases, so that a small text
/// cannot fill the memory.
pub const MAX_VALUES: usize = 750_000;
/// Maximum length of a message in bytes, because it may contain a part of the document.
const MAX_MESSAGE: usize = 400;

/// The format of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Yaml,
}

/// A document as written: its value, and its text, to find the lines of errors later.
pub struct Source<'a> {
    pub value: Value,
    /// Deviations that the parser would refuse.
    pub warnings: Vec<Fault>,
    text: Cow<'a, str>,
    format: Format,
}

impl<'a> Source<'a> {
    /// # Errors
    /// The first reason why the bytes are not one JSON or YAML value within the bounds.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        if bytes.len() > MAX_DOCUMENT {
            let limit = MAX_DOCUMENT / (1024 * 1024);
            return Err(fault(
                None,
                format!("the document has {} bytes; at most {limit} MiB are allowed", bytes.len()),
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
            fault(Some(line), "the document is not UTF-8; save it as UTF-8".to_owned())
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let read = match parse(text) {
            Ok((value, format)) => {
                Self { value, warnings: Vec::new(), text: Cow::Borrowed(text), format }
            }
            Err(fault) => {
                let (value, text, warning) = tabs::read(text).ok_or(fault)?;
                Self {
                    value,
                    warnings: vec![warning],
                    text: Cow::Owned(text),
                    format: Format::Yaml,
                }
            }
        };
        if text.len() > MAX_COMPACT && !compact::fits(&read.value, MAX_COMPACT) {
            let limit = MAX_COMPACT >> 20;
            let message = format!(
                "the document is larger than {limit} MiB without spaces and line breaks; split it"
            );
            return Err(fault(None, message));
        }
        Ok(read)
    }

    /// Adds the lines to the errors.
    pub fn locate(&self, faults: &mut [Fault]) {
        let mut lines = lines::Lines::new(faults.iter().map(|fault| fault.pointer.as_str()));
        match self.format {
            Format::Json => json::locate(&self.text, &mut lines),
            Format::Yaml => yaml::locate(&self.text, &mut lines),
        }
        for fault in faults {
            fault.line = fault.line.or_else(|| lines.line(&fault.pointer));
        }
    }
}

fn parse(text: &str) -> Result<(Value, Format), Fault> {
    let start = text.trim_start();
    match start.as_bytes().first() {
        None => Err(fault(None, "the document is empty".to_owned())),
        Some(b'{' | b'[') => match json::read(text) {
            Ok(value) => Ok((value, Format::Json)),
            // YAML also allows braces, with comments and without quotes. Text with quotes is JSON
            // with a mistake: YAML would parse it to another value than the intended one.
            Err(json::Error::Syntax(error)) if json5::is_meant_as_json(start) => {
                Err(json5::explain(text, error.line).unwrap_or(error))
            }
            Err(json::Error::Syntax(error)) => {
                yaml::read(text).map(|value| (value, Format::Yaml)).map_err(|_| error)
            }
            Err(json::Error::Bound(error)) => Err(error),
        },
        Some(b'/') if json5::is_meant_as_json(start) => Err(json5::explain(text, None)
            .unwrap_or_else(|| fault(None, "this is not JSON".to_owned()))),
        Some(_) => yaml::read(text).map(|value| (value, Format::Yaml)),
    }
}

/// An error in the text, which has no pointer yet.
fn fault(line: Option<usize>, mut message: String) -> Fault {
    message.truncate(message.floor_char_boundary(MAX_MESSAGE));
    Fault { pointer: String::new(), line: line.and_then(|line| u32::try_from(line).ok()), message }
}

/// Whether a value that was not parsed from text is within the limit of nesting.
pub fn is_shallow(value: &Value, levels: usize) -> bool {
    match value {
        Value::Object(fields) => {
            levels > 0 && fields.values().all(|value| is_shallow(value, levels - 1))
        }
        Value::Array(items) => {
            levels > 0 && items.iter().all(|value| is_shallow(value, levels - 1))
        }
        _ => true,
    }
}
