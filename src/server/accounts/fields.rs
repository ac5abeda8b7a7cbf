//! The edge of every form: texts become types here, and what cannot is told field by field.

use crate::server::{Error, Result};
use crate::types::error::FieldError;

const MAX_EMAIL: usize = 254;
const MAX_NAME: usize = 80;
const MIN_PASSWORD: usize = 12;
const MAX_PASSWORD: usize = 128;

/// A mail address in lower case, which is how accounts are told apart.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = text.trim().to_lowercase();
        let is_address = text.len() <= MAX_EMAIL
            && text.bytes().filter(|b| *b == b'@').count() == 1
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
            && text.parse::<lettre::Address>().is_ok();
        if is_address {
            Ok(Self(text))
        } else {
            Err(FieldError::new("email", "invalid", "Enter an e-mail address, such as ada@example.com."))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough for its owner to know it again, and not enough for anybody else to write to it.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or_default();
        format!("{}***@{domain}", local.chars().next().unwrap_or('*'))
    }
}

/// A password somebody wants to have. No `Debug`, so that it cannot end up in a log.
pub struct Password(String);

impl Password {
    /// Length is what makes a password hard to guess; rules about its characters do not.
    pub fn parse(text: &str, field: &str) -> Result<Self, FieldError> {
        match text.chars().count() {
            n if n < MIN_PASSWORD => Err(FieldError::new(
                field,
                "too_short",
                format!("A password needs at least {MIN_PASSWORD} characters; a few words are a good one."),
            )),
            n if n > MAX_PASSWORD => Err(FieldError::new(field, "too_long", format!("A password has at most {MAX_PASSWORD} characters."))),
            _ => Ok(Self(text.to_owned())),
        }
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The name of a person or an organisation.
pub fn name(text: &str, field: &str) -> Result<String, FieldError> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(FieldError::new(field, "required", "Enter a name.")),
        n if n > MAX_NAME => Err(FieldError::new(field, "too_long", format!("A name has at most {MAX_NAME} characters."))),
        _ if text.contains(char::is_control) => Err(FieldError::new(field, "invalid", "A name is one line of text.")),
        _ => Ok(text.to_owned()),
    }
}

/// Collects what is wrong with a form, so that all of it is told at once.
#[derive(Default)]
pub struct Form(Vec<FieldError>);

impl Form {
    pub fn check<T>(&mut self, parsed: Result<T, FieldError>) -> Option<T> {
        parsed.map_err(|error| self.0.push(error)).ok()
    }

    pub fn into_error(self) -> Error {
        Error::fields(self.0)
    }
}

/// For a form's only field.
pub fn only<T>(parsed: Result<T, FieldError>) -> Result<T> {
    parsed.map_err(|error| Error::fields(vec![error]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_in_lower_case() {
        assert_eq!(Email::parse("  Ada@Example.COM ").ok().unwrap().as_str(), "ada@example.com");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(250));
        for bad in ["", "ada", "@example.com", "ada@", "a@b@c", "ada lovelace@example.com", "ada@example.com\r\nBcc: x@y.z", long.as_str()]
        {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_masked_address_shows_its_first_letter_and_domain() {
        assert_eq!(Email::parse("ada@example.com").ok().unwrap().masked(), "a***@example.com");
    }

    #[test]
    fn a_password_has_twelve_to_128_characters_of_any_kind() {
        let code = |text: &str| Password::parse(text, "password").err().map(|e| e.code);
        assert_eq!(code("elevenchars").as_deref(), Some("too_short"));
        assert_eq!(code(&"ä".repeat(12)), None);
        assert_eq!(code(&"ä".repeat(128)), None);
        assert_eq!(code(&"a".repeat(129)).as_deref(), Some("too_long"));
    }

    #[test]
    fn a_name_is_one_line_that_is_not_empty() {
        assert_eq!(name("  Ada ", "name").unwrap(), "Ada");
        for bad in ["", "   ", "a\nb", &"a".repeat(81)] {
            assert!(name(bad, "name").is_err(), "{bad}");
        }
    }
}
