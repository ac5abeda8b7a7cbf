//! JSON documents: why one cannot be parsed, and the lines of its values.

use serde_json::Value;

use super::lines::Lines;
use super::{MAX_DEPTH, MAX_VALUES, fault};
use crate::json::{self, Bounds, Kind, Step};
use crate::spec::Fault;

/// Maximum length of a key in a message, in characters.
const MAX_KEY: usize = 80;

pub enum Error {
    /// It is not JSON.
    Syntax(Fault),
    /// It is JSON, but too large or ambiguous.
    Bound(Fault),
}

pub fn read(text: &str) -> Result<Value, Error> {
    json::read(text.as_bytes(), Bounds { values: MAX_VALUES, depth: MAX_DEPTH }).map_err(
        |json::Fault { kind, error }| {
            let bound = |message: String| Error::Bound(fault(Some(error.line()), message));
            match kind {
                Kind::Syntax => {
                    let message = error.to_string();
                    let message = message
                        .rsplit_once(" at line ")
                        .map_or(message.as_str(), |(message, _)| message);
                    Error::Syntax(fault(Some(error.line()), format!("this is not JSON: {message}")))
                }
                Kind::Doubled(path) => {
                    let key: String = match path.last() {
                        Some(Step::Name(name)) => name.chars().take(MAX_KEY).collect(),
                        _ => String::new(),
                    };
                    bound(format!("the key `{key}` occurs twice; remove one"))
                }
                Kind::TooDeep => bound(format!(
                    "objects and lists are nested more than {MAX_DEPTH} levels deep; flatten them"
                )),
                Kind::TooManyValues => {
                    bound(format!("the document has more than {MAX_VALUES} values; split it"))
                }
            }
        },
    )
}

/// Reports to `lines` where the values of `text`, which is JSON, begin.
pub fn locate(text: &str, lines: &mut Lines) {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, line: 1 };
    scanner.value(lines, MAX_DEPTH);
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' | b',' | b':' => {}
                other => return Some(other),
            }
            self.at += 1;
        }
        None
    }

    /// Skips one value, whose line was already reported. In valid JSON, commas and colons can be
    /// skipped like spaces.
    fn value(&mut self, lines: &mut Lines, levels: usize) {
        match self.peek() {
            Some(b'{') if levels > 0 => {
                self.at += 1;
                while self.peek().is_some_and(|byte| byte != b'}') {
                    let line = self.line;
                    let key = self.scalar();
                    lines.enter(&serde_json::from_slice::<String>(key).unwrap_or_default(), line);
                    self.value(lines, levels - 1);
                    lines.leave();
                }
                self.at += 1;
            }
            Some(b'[') if levels > 0 => {
                self.at += 1;
                let mut index = 0_usize;
                while self.peek().is_some_and(|byte| byte != b']') {
                    lines.enter(&index.to_string(), self.line);
                    self.value(lines, levels - 1);
                    lines.leave();
                    index += 1;
                }
                self.at += 1;
            }
            Some(_) => {
                self.scalar();
            }
            None => {}
        }
    }

    /// Skips a string, number or word, and returns its text.
    fn scalar(&mut self) -> &[u8] {
        let start = self.at;
        let is_string = self.bytes.get(start) == Some(&b'"');
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'"' if is_string => {
                    self.at += 1;
                    break;
                }
                b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' if !is_string => break,
                _ => {}
            }
            self.at += 1;
        }
        self.bytes.get(start..self.at.min(self.bytes.len())).unwrap_or_default()
    }
}
