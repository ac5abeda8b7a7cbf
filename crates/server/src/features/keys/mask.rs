//! Masks keys and tokens in texts that are stored or shown and should not contain any: a path, a
//! query, a user agent.

use std::borrow::Cow;

/// The prefixes of keys and tokens.
const BEGIN: &str = "tg_";
const KINDS: [&str; 3] = ["sandbox_", "live_", "admin_"];
/// The id, which may be shown together with its prefix.
const ID: usize = 12;
const MASK: &str = "***";

/// `text` with each secret replaced by `***`; the visible part of a key stays. Percent-encoding
/// hides none: encoded letters, digits and underscores are decoded, which means the same in a URL
/// (RFC 3986, 6.2.2.2).
pub fn masked(text: &str) -> Cow<'_, str> {
    if text.contains('%') {
        return Cow::Owned(masked_plain(&decoded(text)).into_owned());
    }
    masked_plain(text)
}

fn decoded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let byte = from.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (shown, length) =
            match byte.filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
                Some(byte) => (char::from(byte), 3),
                None => ('%', 1),
            };
        plain.push(shown);
        rest = &from[length..];
    }
    plain.push_str(rest);
    plain
}

fn masked_plain(text: &str) -> Cow<'_, str> {
    // Nearly all texts have none, and each call has two or three texts.
    if !text.contains(BEGIN) {
        return Cow::Borrowed(text);
    }
    let (mut safe, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(BEGIN) {
        let (before, from) = rest.split_at(at);
        safe.push_str(before);
        let (shown, hidden) = parts(from);
        safe.push_str(&from[..shown]);
        if hidden > 0 {
            safe.push_str(MASK);
        }
        rest = &from[shown + hidden..];
    }
    safe.push_str(rest);
    Cow::Owned(safe)
}

/// How many bytes of a possible key are shown, and how many after them are masked.
fn parts(from: &str) -> (usize, usize) {
    let Some(kind) = KINDS.iter().find(|kind| from[BEGIN.len()..].starts_with(**kind)) else {
        return (BEGIN.len(), 0);
    };
    let start = BEGIN.len() + kind.len();
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let length = from[start..].bytes().take_while(|b| is_part(*b)).count();
    let shown = length.min(ID);
    // The prefix alone, as pages show it, is not a secret.
    let hidden = if length <= ID + 1 { 0 } else { length - ID };
    if hidden == 0 { (start + length, 0) } else { (start + shown, hidden) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::PlainKey;
    use tollgate_types::environment::Environment;

    #[test]
    fn a_complete_key_is_masked_anywhere_in_a_text() {
        for environment in Environment::ALL {
            let key = PlainKey::generate(environment);
            let (text, prefix) = (key.expose(), key.prefix().to_string());
            for (around, expected) in [
                (format!("/v1/{text}/x"), format!("/v1/{prefix}***/x")),
                (format!("key={text}&a=b"), format!("key={prefix}***&a=b")),
                (
                    format!("client/1 ({text}) {text}"),
                    format!("client/1 ({prefix}***) {prefix}***"),
                ),
                (text.to_owned(), format!("{prefix}***")),
                (format!("/v1/{}", text.replace('_', "%5F")), format!("/v1/{prefix}***")),
                (
                    format!("a=%20{}%zz%", text.replacen('t', "%74", 1).replace('_', "%5f")),
                    format!("a=%20{prefix}***%zz%"),
                ),
            ] {
                assert_eq!(masked(&around), expected);
            }
        }
        let token = format!("tg_admin_{}_{}", "a".repeat(12), "b".repeat(38));
        assert_eq!(masked(&token), format!("tg_admin_{}***", "a".repeat(12)));
    }

    #[test]
    fn what_is_no_key_stays_and_a_part_of_a_key_is_hidden_as_well() {
        for text in [
            "",
            "/v1/customers",
            "tg_",
            "tg_live_",
            "tg_live_abc",
            "tg_test_abcdefghijklmnop",
            "stg_x",
            "tg_live_abcdefghijkl",
            "größe tg_ü",
        ] {
            assert_eq!(masked(text), text);
            assert!(matches!(masked(text), Cow::Borrowed(_)) || text.contains("tg_"));
        }
        assert_eq!(masked("tg_live_abcdefghijkl_mn"), "tg_live_abcdefghijkl***");
        assert_eq!(masked("tg_live_abcdefghijklmnopq"), "tg_live_abcdefghijkl***");
        assert_eq!(masked("tg_tg_live_abcdefghijkl_secret"), "tg_tg_live_abcdefghijkl***");
    }
}
