//! The session cookie. With `__Host-`, browsers accept it only if it is secure, for this host only
//! and for all paths, so that no other host can set one.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::server::accounts::BROWSER_KNOWN_FOR;
use crate::server::accounts::sessions::{LIFETIME, Token};
use crate::types::time::SECOND;

const NAME: &str = "__Host-tollgate_session";
const KNOWN: &str = "__Host-tollgate_known";
/// Longer than any value that is set.
const MAX_KNOWN: usize = 512;
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

pub fn read(headers: &HeaderMap) -> Option<Token> {
    value(headers, NAME).and_then(Token::parse)
}

/// The known-browser cookie; empty if its value cannot be valid.
pub fn read_known(headers: &HeaderMap) -> &str {
    value(headers, KNOWN).filter(|text| text.len() <= MAX_KNOWN).unwrap_or_default()
}

fn value<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let pairs = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then_some(value))
}

/// Kept when the session ends: it grants no access.
pub fn set_known(value: &str) -> Option<HeaderValue> {
    header_value(&format!("{KNOWN}={value}; {ATTRIBUTES}; Max-Age={}", BROWSER_KNOWN_FOR / SECOND))
}

pub fn set(token: &Token) -> Option<HeaderValue> {
    header_value(&format!("{NAME}={}; {ATTRIBUTES}; Max-Age={}", token.expose(), LIFETIME / SECOND))
}

pub fn clear() -> Option<HeaderValue> {
    header_value(&format!("{NAME}=; {ATTRIBUTES}; Max-Age=0"))
}

fn header_value(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_that_is_set_is_the_one_that_is_read() {
        let token = Token::new();
        let set = set(&token).unwrap();
        let text = set.to_str().unwrap();
        assert!(
            text.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000"),
            "{text}"
        );

        let mut headers = HeaderMap::new();
        let sent = format!("theme=dark; {}; x=y", text.split(';').next().unwrap());
        headers.insert(header::COOKIE, HeaderValue::from_str(&sent).unwrap());
        assert_eq!(read(&headers).unwrap().hash(), token.hash());
    }

    #[test]
    fn a_cookie_without_the_prefix_is_not_a_session() {
        let mut headers = HeaderMap::new();
        let sent = format!("tollgate_session={}", Token::new().expose());
        headers.insert(header::COOKIE, HeaderValue::from_str(&sent).unwrap());
        assert!(read(&headers).is_none());
    }
}
