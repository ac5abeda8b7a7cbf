//! Reads the fields of a form, and collects what is wrong with them.

use std::fmt::Display;

use serde::{Deserialize, Deserializer};

use crate::error::FieldError;

/// Collects the errors of all fields, so that a caller can fix them together.
#[derive(Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    pub fn add(&mut self, field: &str, code: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, code, message));
    }

    /// Parses a field's text. Without a valid value, the error is added with this message, and the
    /// default is returned.
    pub fn read<T: Default, E, M: Into<String>>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl Fn(&str) -> Result<T, E>,
        message: impl Fn(E) -> M,
    ) -> T {
        parse(text.trim()).unwrap_or_else(|error| {
            self.add(field, "invalid_format", message(error));
            T::default()
        })
    }

    /// [`read`](Self::read), where an empty text means the default.
    pub fn optional<T: Default, E, M: Into<String>>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl Fn(&str) -> Result<T, E>,
        message: impl Fn(E) -> M,
    ) -> T {
        if text.trim().is_empty() { T::default() } else { self.read(field, text, parse, message) }
    }

    /// The field's value, or its error and the default.
    pub fn take<T: Default>(&mut self, value: Result<T, FieldError>) -> T {
        value.unwrap_or_else(|error| {
            self.0.push(error);
            T::default()
        })
    }

    /// # Errors
    /// All errors, if there is one.
    pub fn end(self) -> Result<(), Vec<FieldError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// `Not an amount: …`
pub fn not<E: Display>(what: &str) -> impl Fn(E) -> String {
    move |error| format!("Not {what}: {error}.")
}

/// Deserialises a check box, `true` or `false`. In a flattened form, all values are texts, which
/// serde does not convert.
pub fn checked<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}
