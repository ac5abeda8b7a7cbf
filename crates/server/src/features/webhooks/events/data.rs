//! The data of a partner's own event: a JSON object that is stored, signed and delivered as it was
//! sent, except for white space between its tokens.

use std::collections::HashSet;

use tollgate_types::error::FieldError;

/// The maximum nesting of objects and lists. Pages and programs support about twice as much.
pub const MAX_DEPTH: usize = 64;
/// The maximum number of characters of a name in an error.
const SHOWN: usize = 100;

/// Parses one JSON value that the body's parser has already accepted.
///
/// # Errors
/// For a value that is not an object, is nested too deeply, or has a duplicate name in one object,
/// which parsers interpret differently.
pub fn compact(json: &str) -> Result<String, FieldError> {
    if !json.trim_start().starts_with('{') {
        return Err(FieldError::new("data", "invalid_type", "The data must be a JSON object."));
    }
    let mut out = String::with_capacity(json.len());
    // The names of each open object; `None` for a list.
    let mut open: Vec<Option<HashSet<String>>> = Vec::new();
    let mut is_name = false;
    let mut rest = json;
    while let Some(c) = rest.chars().next() {
        let token = if c == '"' { text(rest) } else { &rest[..c.len_utf8()] };
        rest = &rest[token.len()..];
        match c {
            '{' | '[' => {
                if open.len() == MAX_DEPTH {
                    let message = format!(
                        "Objects and lists in the data may be nested at most {MAX_DEPTH} deep."
                    );
                    return Err(FieldError::new("data", "too_deep", message));
                }
                is_name = c == '{';
                open.push(is_name.then(HashSet::new));
            }
            '}' | ']' => {
                open.pop();
                is_name = false;
            }
            ',' => is_name = matches!(open.last(), Some(Some(_))),
            '"' if is_name => {
                is_name = false;
                // Compared without escapes.
                let name = serde_json::from_str(token).unwrap_or_else(|_| token.to_owned());
                if let Some(Some(names)) = open.last_mut()
                    && !names.insert(name)
                {
                    let shown: String = token.chars().take(SHOWN).collect();
                    let message = format!(
                        "The name {shown} appears twice in one object. Send each name once."
                    );
                    return Err(FieldError::new("data", "duplicate_name", message));
                }
            }
            _ => {}
        }
        if !c.is_ascii_whitespace() {
            out.push_str(token);
        }
    }
    Ok(out)
}

/// The string at the start of `json`, including quotes.
fn text(json: &str) -> &str {
    let mut is_escaped = false;
    for (i, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return &json[..=i],
            _ => {}
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn code(json: &str) -> String {
        compact(json).unwrap_err().code
    }

    #[test]
    fn what_was_written_stays_but_for_white_space_between_tokens() {
        let written = " { \"big\" : 123456789012345678901234567890 ,\n\"price\":1.10, \"e\" : -1.0E+2, \"text\": \"a , \\\" { \\u00e4\", \"list\" : [ 1 , 2 ] } ";
        let kept = r#"{"big":123456789012345678901234567890,"price":1.10,"e":-1.0E+2,"text":"a , \" { \u00e4","list":[1,2]}"#;
        assert_eq!(compact(written).unwrap(), kept);
    }

    #[test]
    fn duplicate_names_of_an_object_are_refused_however_they_are_escaped() {
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"b":{},"c":1,"b":2}]}"#,
            r#"{"":1,"":2}"#,
        ] {
            assert_eq!(code(bad), "duplicate_name", "{bad}");
        }
        for good in
            [r#"{"a":{"a":{"a":1}},"b":["a","a"],"c":"a"}"#, r#"{"a":[{"b":1},{"b":2}]}"#, "{}"]
        {
            assert!(compact(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn data_are_an_object_of_bounded_depth() {
        for bad in ["[]", "1", "null", "\"{\""] {
            assert_eq!(code(bad), "invalid_type", "{bad}");
        }
        let nested =
            |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(compact(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(code(&nested(MAX_DEPTH + 1)), "too_deep");
        assert_eq!(code(&nested(100_000)), "too_deep");
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_taken_away(pairs in proptest::collection::hash_map(".{0,8}", ".{0,8}", 0..8)) {
            let value: Value = pairs.into_iter().map(|(name, text)| (name, Value::String(text))).collect::<serde_json::Map<_, _>>().into();
            let kept = compact(&serde_json::to_string_pretty(&value).unwrap()).unwrap();
            prop_assert_eq!(kept, serde_json::to_string(&value).unwrap());
        }
    }
}
