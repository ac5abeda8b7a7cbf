//! The header `Prefer` (RFC 7240): which response the caller prefers. The names are those of other
//! mock servers: `code` and `example`. Others are ignored, as the RFC requires.

use http::HeaderMap;

pub const NAME: &str = "Prefer";

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `code=404`, as written.
    pub code: Option<String>,
    /// `example=cat`.
    pub example: Option<String>,
}

/// The first value of each preference counts. A header that is not UTF-8 is ignored.
pub fn read(headers: &HeaderMap) -> Preferences {
    let mut preferences = Preferences::default();
    let values = headers.get_all(NAME).iter();
    for value in values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok()) {
        for part in parts(value) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let place = match name.trim().to_ascii_lowercase().as_str() {
                "code" => &mut preferences.code,
                "example" => &mut preferences.example,
                _ => continue,
            };
            place.get_or_insert_with(|| unquoted(value.trim()));
        }
    }
    preferences
}

/// The preferences and their parameters, which callers often use for further preferences.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    value.split(move |letter: char| {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ',' | ';' => return !is_quoted,
            _ => {}
        }
        false
    })
}

fn unquoted(value: &str) -> String {
    let Some(quoted) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut is_escaped = false;
    quoted
        .chars()
        .filter(|letter| {
            is_escaped = *letter == '\\' && !is_escaped;
            !is_escaped
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> (Option<String>, Option<String>) {
        let headers = values.iter().map(|value| {
            (http::HeaderName::from_static("prefer"), http::HeaderValue::try_from(*value).unwrap())
        });
        let Preferences { code, example } = read(&headers.collect());
        (code, example)
    }

    #[test]
    fn the_first_value_of_each_preference_counts() {
        let cases: [(&[&str], Option<&str>, Option<&str>); 9] = [
            (&[], None, None),
            (&["respond-async, wait=10; foo"], None, None),
            (&["code=404; example=gone"], Some("404"), Some("gone")),
            (&["return=minimal, Example = cat ,example=dog", "code=500"], Some("500"), Some("cat")),
            (&[r#"example="a, \"b\"; c=\\""#], None, Some(r#"a, "b"; c=\"#)),
            (&["example="], None, Some("")),
            (&["example"], None, Some("")),
            (&[r#"example="open, code=404"#], None, Some(r#""open, code=404"#)),
            (&[";;,=,\"", "code=a=b"], Some("a=b"), None),
        ];
        for (values, code, example) in cases {
            let expected = (code.map(str::to_owned), example.map(str::to_owned));
            assert_eq!(of(values), expected, "{values:?}");
        }
    }
}
