//! The text of an idempotency key.

const MAX: usize = 255;

/// 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Parses the header value: bare, as most clients send it, or as a string of RFC 9651, as the
    /// draft requires. Both forms of one text are the same key.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let text = match text.strip_prefix('"') {
            Some(rest) => unquote(rest)?,
            None => text.to_owned(),
        };
        let is_key = (1..=MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        is_key.then_some(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text before the closing quote, which must be the end.
fn unquote(rest: &str) -> Option<String> {
    let (mut text, mut letters) = (String::new(), rest.chars());
    loop {
        match letters.next()? {
            '"' => return letters.next().is_none().then_some(text),
            '\\' => text.push(letters.next().filter(|letter| matches!(letter, '"' | '\\'))?),
            letter => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Option<String> {
        IdempotencyKey::parse(value.as_bytes()).map(|key| key.0)
    }

    #[test]
    fn a_key_is_read_bare_or_quoted() {
        assert_eq!(parse("order-42").as_deref(), Some("order-42"));
        assert_eq!(parse("\"order-42\"").as_deref(), Some("order-42"));
        assert_eq!(parse(r#""a\"b\\c""#).as_deref(), Some(r#"a"b\c"#));
        assert_eq!(parse(&"x".repeat(255)).map(|key| key.len()), Some(255));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for bad in [
            "",
            "\"\"",
            "\"open",
            "\"a\"b\"",
            "\"a\";p=1",
            r#""a\b""#,
            "two words",
            "\"two words\"",
            "tab\t",
            "größe",
            "\"",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse(&"x".repeat(256)), None);
        assert_eq!(IdempotencyKey::parse(b"\xff"), None);
    }
}
