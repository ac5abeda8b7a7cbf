//! JSON that is kept exactly as received: a number keeps its digits, a name its position.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One JSON value, as text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// # Errors
    /// If the text is not JSON.
    pub fn new(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// With line breaks and two spaces per level, for pages.
    pub fn pretty(&self) -> String {
        pretty(self.as_str())
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(2 * json.len());
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    let mut chars = json.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = chars.next() {
        if is_text {
            out.push(c);
            is_text = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {}
                match chars.next_if(|c| matches!(c, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => {
                is_text = c == '"';
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_again_as_it_was_read() {
        for text in [
            "12345678901234567890123456789",
            "1.10",
            "-0.0",
            "1E+2",
            r#"{"b":1e400,"a":[1.0,{}]}"#,
            r#""\u00e4\/""#,
        ] {
            let json: RawJson = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&json).unwrap(), text);
        }
        assert!(RawJson::new("{".into()).is_err());
    }

    #[test]
    fn it_is_laid_out_as_everybody_does() {
        for text in [
            r#"{"a":[1,2,{"b":"x,{\"}:[ y"}],"c":{},"d":[],"e":null}"#,
            r#" [ [ ] , { } , "\\" , true ] "#,
            "7",
            r#""""#,
        ] {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(pretty(text), serde_json::to_string_pretty(&value).unwrap());
        }
        assert_eq!(pretty(r#"{"n":1.10}"#), "{\n  \"n\": 1.10\n}");
    }
}
