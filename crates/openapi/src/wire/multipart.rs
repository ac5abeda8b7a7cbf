//! Splits a multipart body into its parts (RFC 7578, RFC 2046 section 5.1).

use memchr::memmem::Finder;

use super::content::is_json;
use super::pairs::{MAX_PAIRS, Pair};

/// Maximum size of the headers of one part, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// Maximum length of a boundary (RFC 2046).
const MAX_BOUNDARY: usize = 70;

/// One field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    pub name: String,
    /// As it was sent.
    pub content_type: Option<String>,
    /// In the order of the part, with names in lower case.
    pub headers: Vec<(String, String)>,
    pub bytes: &'a [u8],
}

impl Part<'_> {
    /// As text; bytes that are not UTF-8 become one character each, so that a maximum length counts
    /// them.
    pub fn pair(&self) -> Pair<'static> {
        let text = match std::str::from_utf8(self.bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => self.bytes.iter().map(|byte| char::from(*byte)).collect(),
        };
        Pair {
            name: self.name.clone(),
            raw: None,
            text,
            is_json: self.content_type.as_deref().is_some_and(is_json),
        }
    }
}

/// The parts of a body with this `Content-Type`, at most one more than are read. `None` if the body
/// is malformed.
pub fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let boundary = parameter(content_type, "boundary")
        .filter(|boundary| (1..=MAX_BOUNDARY).contains(&boundary.len()))?;
    let first = format!("--{boundary}");
    let between = format!("\r\n{first}");
    let between = Finder::new(between.as_bytes());
    // A preamble is ignored.
    let mut rest = match body.strip_prefix(first.as_bytes()) {
        Some(rest) => rest,
        None => &body[between.find(body)? + first.len() + 2..],
    };
    let mut parts = Vec::new();
    while parts.len() <= MAX_PAIRS {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        // Spaces may follow a boundary.
        let line = memchr::memchr(b'\n', rest)?;
        if !rest[..line].iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
            return None;
        }
        let start = &rest[line + 1..];
        let end = match start.strip_prefix(b"\r\n") {
            // A part without headers has no name.
            Some(_) => return None,
            None => between.find(start)?,
        };
        parts.push(part(&start[..end])?);
        rest = &start[end + first.len() + 2..];
    }
    Some(parts)
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let shown = &bytes[..bytes.len().min(MAX_HEAD)];
    let end = memchr::memmem::find(shown, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]);
    let headers: Vec<(String, String)> = head
        .split("\r\n")
        .map(|line| line.split_once(':'))
        .map(|line| line.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned())))
        .collect::<Option<_>>()?;
    let header = |name: &str| headers.iter().find(|(known, _)| known == name);
    let (_, disposition) = header("content-disposition")?;
    let name = field_name(&parameter(disposition, "name")?);
    let content_type = header("content-type").map(|(_, value)| value.clone());
    Some(Part { name, content_type, headers, bytes: &bytes[end + 4..] })
}

/// As browsers write it: `"` and line breaks are percent-encoded (WHATWG HTML, "Multipart form
/// data"). Samples encode `=` and `\` in the same way.
fn field_name(name: &str) -> String {
    let marks = [("%22", "\""), ("%0A", "\n"), ("%0D", "\r"), ("%3D", "="), ("%5C", "\\")];
    marks.iter().fold(name.to_owned(), |name, (code, mark)| name.replace(code, mark))
}

/// A parameter of a header: a token or a quoted text.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = &header[header.find(';')?..];
    loop {
        rest = rest.strip_prefix(';')?.trim_start();
        let (key, after) = rest.split_once('=')?;
        let (value, after) = value(after);
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after.trim_start();
    }
}

/// The value and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            other => value.push(other),
        }
    }
    (value, "")
}
