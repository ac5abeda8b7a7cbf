//! Validation of forms: texts become types here, and every faulty field gets an error.

use tollgate_types::error::FieldError;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::Score;

use crate::{Error, Result, names};

const MAX_EMAIL: usize = 254;
const MIN_PASSWORD: usize = 12;
const MAX_PASSWORD: usize = 128;
/// The maximum UTF-8 length of a password with the maximum number of characters.
const MAX_PASSWORD_BYTES: usize = 4 * MAX_PASSWORD;
/// Words of a person's name and address that are searched for in their password.
const MAX_KNOWN_WORDS: usize = 20;
/// The name of the portal, in the form of [`letters`].
const PORTAL: &str = "tollgate";
/// A password may contain shorter names: they are part of many words.
const MIN_NAME: usize = 4;
/// Characters of a password that are checked for guessability.
const MAX_ESTIMATED: usize = 64;

/// A mail address in lower case, which identifies an account.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = text.trim().to_lowercase();
        let is_address = text.len() <= MAX_EMAIL
            && text.bytes().filter(|b| *b == b'@').count() == 1
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
            && !names::has_hidden(&text)
            && text.parse::<lettre::Address>().is_ok();
        if is_address {
            Ok(Self(text))
        } else {
            Err(FieldError::new(
                "email",
                "invalid",
                "Enter an e-mail address, such as ada@example.com.",
            ))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough for its owner to recognise it, but not enough for others to write to it.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or_default();
        format!("{}***@{domain}", local.chars().next().unwrap_or('*'))
    }
}

/// A new password. Without `Debug`, so that it cannot appear in a log.
pub struct Password(String);

impl Password {
    /// Parses a new password in Unicode's compatibility form (NFKC), so that it is the same on
    /// every keyboard. Its length makes it hard to guess, unless it is a common password or
    /// contains the portal's name or the person's; rules about its characters do not help (NIST SP
    /// 800-63B). `about` is what else is known of the person, such as their name and address.
    pub fn parse(text: &str, field: &str, about: &[&str]) -> Result<Self, FieldError> {
        let too_long = || {
            let message = format!(
                "A password may have at most {MAX_PASSWORD} characters and {MAX_PASSWORD_BYTES} bytes."
            );
            Err(FieldError::new(field, "too_long", message))
        };
        // Normalisation can make a text longer, but never short enough again.
        if text.len() > 2 * MAX_PASSWORD_BYTES {
            return too_long();
        }
        let password = normalised(text);
        match password.chars().count() {
            n if n < MIN_PASSWORD => Err(FieldError::new(
                field,
                "too_short",
                format!(
                    "A password needs at least {MIN_PASSWORD} characters. A few words make a good one."
                ),
            )),
            n if n > MAX_PASSWORD || password.len() > MAX_PASSWORD_BYTES => too_long(),
            _ if letters(&password).contains(PORTAL) => Err(FieldError::new(
                field,
                "contains_name",
                "A password must not contain the portal's name, Tollgate: it would be guessed first. Use a few unrelated words.",
            )),
            _ if contains_own_name(&password, about) => Err(FieldError::new(
                field,
                "contains_name",
                "A password must not contain your e-mail address or the part before its @: it would be guessed first. Use a few unrelated words.",
            )),
            _ if is_common(&password, about) => Err(FieldError::new(
                field,
                "too_common",
                "This password is too easy to guess: it is a common password, or consists of common words, names or patterns. Use a few unrelated words.",
            )),
            _ => Ok(Self(password)),
        }
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The form in which a password is hashed, however it was typed.
pub fn normalised(password: &str) -> String {
    password.nfkc().collect()
}

/// A text without case and separators.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a password contains the local part of an address in `about`, without its tag (`+tag`).
fn contains_own_name(password: &str, about: &[&str]) -> bool {
    let password = letters(password);
    let locals = about
        .iter()
        .filter_map(|text| text.split_once('@'))
        .filter_map(|(local, _)| local.split('+').next());
    locals.map(letters).any(|name| name.chars().count() >= MIN_NAME && password.contains(&name))
}

/// Whether a password is easy to guess. zxcvbn knows 30,000 common passwords, words and names, and
/// common variations: letters as digits, keys in a row, years, repetition. A list alone would have
/// few entries of the required length.
fn is_common(password: &str, about: &[&str]) -> bool {
    // Also without separators: two consecutive names count as one word then.
    let joined: Vec<String> =
        about.iter().map(|text| text.chars().filter(|c| c.is_alphanumeric()).collect()).collect();
    let portal = std::iter::once(PORTAL);
    let words =
        about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([*text]));
    let known: Vec<&str> = portal
        .chain(joined.iter().map(String::as_str))
        .chain(words)
        .filter(|word| (3..=MAX_EMAIL).contains(&word.len()))
        .take(MAX_KNOWN_WORDS)
        .collect();
    // The time grows with the square of the length. A hard prefix of this length is enough.
    let beginning: String = password.chars().take(MAX_ESTIMATED).collect();
    zxcvbn::zxcvbn(&beginning, &known).score() < Score::Two
}

/// The name of a person or an organisation.
pub fn name(text: &str, field: &str) -> Result<String, FieldError> {
    names::field(text, field)
}

/// Collects the errors of a form, so that all are returned together.
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

/// For the only field of a form.
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
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@c",
            "ada lovelace@example.com",
            "ada@example.com\r\nBcc: x@y.z",
            "a\u{202e}da@example.com",
            "ada@exam\u{200b}ple.com",
            long.as_str(),
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_masked_address_shows_its_first_letter_and_domain() {
        assert_eq!(Email::parse("ada@example.com").ok().unwrap().masked(), "a***@example.com");
    }

    #[test]
    fn a_password_has_twelve_to_128_characters_of_any_kind() {
        let code = |text: &str| Password::parse(text, "password", &[]).err().map(|e| e.code);
        let of =
            |length: usize| "äöü ßéñçøåœž λжщ".chars().cycle().take(length).collect::<String>();
        assert_eq!(code("elevenchars").as_deref(), Some("too_short"));
        assert_eq!(code(&of(12)), None);
        assert_eq!(code(&of(128)), None);
        assert_eq!(code(&of(129)).as_deref(), Some("too_long"));
        // Characters that expand to eighteen characters of two bytes each.
        assert_eq!(code(&"\u{fdfa}".repeat(40)).as_deref(), Some("too_long"));
        assert_eq!(code(&"\u{1f600}".repeat(100_000)).as_deref(), Some("too_long"));
    }

    #[test]
    fn passwords_that_are_guessed_first_are_refused() {
        let about = ["Ada Lovelace", "ada.lovelace@engines.example", "Difference Engines"];
        for bad in [
            "password1234",
            "Password123!",
            "P@ssw0rd1234",
            "123456789012",
            "qwertyuiop12",
            "qwertyuiopasdf",
            "iloveyou1234",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "passwordpassword",
            "lovelaceengines",
            "t0llgate1234",
            "ｐａｓｓｗｏｒｄ１２３４",
        ] {
            assert_eq!(
                Password::parse(bad, "password", &about).err().map(|e| e.code).as_deref(),
                Some("too_common"),
                "{bad}"
            );
        }
        for good in [
            "correct horse battery",
            "three blind mice",
            "a better password",
            "vK3#pQz8!mRt",
            "Grüße aus Köln am Rhein",
        ] {
            assert!(Password::parse(good, "password", &about).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_password_contains_neither_the_portals_name_nor_the_persons_address() {
        for (password, email, is_refused) in [
            ("tollgate1234", "ada@example.com", true),
            ("Tollgate is my portal", "ada@example.com", true),
            ("TOLL-gate 2026 summer", "ada@example.com", true),
            ("ｔｏｌｌｇａｔｅ and more", "ada@example.com", true),
            ("grace.hopper rocks 77", "grace.hopper@navy.example", true),
            ("GraceHopper and cobol", "grace.hopper@navy.example", true),
            ("grace.hopper@navy.example", "grace.hopper@navy.example", true),
            ("gracehopper and cobol", " Grace.Hopper+portal@navy.example", true),
            ("grace and cobol and mark", "grace.hopper@navy.example", false),
            // A short name is part of many words.
            ("canada in winter time", "ada@example.com", false),
            ("correct horse battery", "@example.com", false),
            ("correct horse battery", "", false),
        ] {
            let code = Password::parse(password, "password", &["Somebody", email])
                .err()
                .map(|error| error.code);
            assert_eq!(
                code.as_deref(),
                is_refused.then_some("contains_name"),
                "{password} of {email}"
            );
        }
    }
}
