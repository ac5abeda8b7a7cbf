//! Checks `format` for the formats that JSON Schema defines. Other formats are annotations.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::budget::{Budget, Over};
use super::truth::Truth;

/// Maximum length of a checked text. Texts with a format are short; longer ones are not checked.
const MAX_BYTES: usize = 64 * 1024;
/// Maximum length of an expression that is parsed to check the format `regex`.
const MAX_EXPRESSION: usize = 4_096;
const BYTES_PER_STEP: usize = 16;

const CHECKED: [&str; 18] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

static FORMATS: LazyLock<HashMap<&'static str, Arc<Validator>>> = LazyLock::new(|| {
    let compiled = |name: &&'static str| {
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .offline()
            .should_validate_formats(true);
        Some((*name, Arc::new(options.build(&json!({ "format": name })).ok()?)))
    };
    CHECKED.iter().filter_map(compiled).collect()
});

/// Whether values are checked for the format. Other formats are annotations.
pub fn is_format_checked(name: &str) -> bool {
    CHECKED.contains(&name)
}

pub struct Format {
    pub name: String,
    validator: Arc<Validator>,
}

impl Format {
    /// `None` if the format is not checked.
    pub fn named(name: &str) -> Option<Self> {
        FORMATS
            .get(name)
            .map(|validator| Self { name: name.to_owned(), validator: Arc::clone(validator) })
    }

    pub fn fits(&self, text: &str, budget: &mut Budget) -> Result<Truth, Over> {
        let most = if self.name == "regex" { MAX_EXPRESSION } else { MAX_BYTES };
        if text.len() > most {
            return Ok(Truth::Unknown);
        }
        budget.spend(2 + (text.len() / BYTES_PER_STEP) as u64)?;
        Ok(self.validator.is_valid(&Value::String(text.to_owned())).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::Seed;
    use crate::mock::generate::generate;
    use crate::schemas::Schemas;
    use crate::schemas::tests::spec_of;

    #[test]
    fn every_listed_format_is_checked_and_the_mock_generates_it() {
        let schemas = Schemas::of_responses(spec_of(json!({})));
        for name in CHECKED {
            assert!(Format::named(name).is_some(), "{name}");
            let schema = json!({"type": "string", "format": name});
            assert!(generate(&schemas, &schema, Seed::of(&[])).is_some(), "{name}");
        }
    }
}
