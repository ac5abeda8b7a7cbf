//! The session's cookie. `__Host-` makes browsers refuse it unless it is secure, for this host only
//! and for every path, so that no neighbouring host can plant one.

use axum::http::{HeaderMap, HeaderValue, header};

use super::LIFETIME;
use super::token::Token;
use crate::types::time::SECOND;

const NAME: &str = "__Host-tollgate_session";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

pub fn read(headers: &HeaderMap) -> Option<Token> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    let value = pairs.filter_map(|pair| pair.trim().split_once('=')).find_map(|(name, value)| (name == NAME).then_some(value));
    value.and_then(Token::parse)
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
        assert!(text.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000"), "{text}");

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
