//! JSON with comments or trailing commas (JSONC, JSON5), which JSON does not allow (RFC 8259).

use super::fault;
use crate::spec::Fault;

const TRAILING: &str =
    "the last comma of an object or list is followed by nothing, which JSON does not allow";

/// Whether a text that is not JSON was meant as JSON, and not as YAML with braces: the first thing
/// in it is a quoted name or a comment.
pub fn is_meant_as_json(start: &str) -> bool {
    let is_comment = |text: &str| text.starts_with("//") || text.starts_with("/*");
    let inside = start.get(1..).unwrap_or_default().trim_start();
    is_comment(start) || inside.starts_with('"') || is_comment(inside)
}

/// The first comment or trailing comma up to `last`, the line at which the text stopped being JSON.
pub fn explain(text: &str, last: Option<u32>) -> Option<Fault> {
    let mut bytes = text.bytes().peekable();
    // The line of a comma after which no other value was found yet.
    let (mut line, mut comma) = (1, None);
    while let Some(byte) = bytes.next() {
        let found = match byte {
            b'\n' => {
                line += 1;
                continue;
            }
            byte if byte.is_ascii_whitespace() => continue,
            b'/' if matches!(bytes.peek(), Some(b'/' | b'*')) => {
                Some((line, "a comment begins here, which JSON does not allow"))
            }
            b'}' | b']' => comma.map(|line| (line, TRAILING)),
            _ => None,
        };
        if let Some((line, what)) = found {
            let is_before = last.is_none_or(|last| u32::try_from(line).is_ok_and(|at| at <= last));
            let message = format!("this is not JSON: {what}; remove it, or save the file as YAML");
            return is_before.then(|| fault(Some(line), message));
        }
        comma = (byte == b',').then_some(line);
        if byte == b'"' {
            while let Some(byte) = bytes.next() {
                match byte {
                    b'"' => break,
                    b'\\' => {
                        bytes.next();
                    }
                    b'\n' => line += 1,
                    _ => {}
                }
            }
        }
    }
    None
}
