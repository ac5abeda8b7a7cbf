//! What a document says besides its operations and schemas, as lists that pages and Markdown share.

use serde::{Deserialize, Serialize};

use crate::link::encode;

/// One entry: a server, a licence, a security scheme, a link of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Plain text, as are `text` and `href`.
    pub label: String,
    /// Empty if there is only a description.
    pub text: String,
    /// The address that `text` leads to: `https:`, `http:` or `mailto:`.
    pub href: Option<String>,
    /// Safe HTML on a page, Markdown in its twin.
    pub about: String,
}

/// Entries of one kind. Never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub title: String,
    /// An explanation by the portal, plain text.
    pub note: String,
    pub facts: Vec<Fact>,
}

/// The page of the schema at a JSON pointer, relative to its product's page; `end` is empty, or
/// `.md` for its twin. A named schema has the address `schemas/{name}`, others have their pointer
/// in the query.
pub fn schema_page(at: &str, end: &str) -> String {
    let named = at.strip_prefix("/components/schemas/").filter(|name| !name.contains('/'));
    let last = at.rsplit('/').next().unwrap_or_default();
    let name = encode(&named.unwrap_or(last).replace("~1", "/").replace("~0", "~"));
    let name = if name.is_empty() { "schema".to_owned() } else { name };
    match named {
        Some(_) => format!("schemas/{name}{end}"),
        None => format!("schemas/{name}{end}?at={}", encode(at)),
    }
}

/// The page of a webhook, like [`schema_page`].
pub fn webhook_page(name: &str, end: &str) -> String {
    format!("webhooks/{}{end}", encode(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schema_has_an_address() {
        let cases = [
            ("/components/schemas/Pet", "schemas/Pet.md"),
            ("/components/schemas/a~1b c", "schemas/a%2Fb%20c.md"),
            (
                "/components/schemas/Pet/properties/tag",
                "schemas/tag.md?at=%2Fcomponents%2Fschemas%2FPet%2Fproperties%2Ftag",
            ),
            ("", "schemas/schema.md?at="),
        ];
        for (at, page) in cases {
            assert_eq!(schema_page(at, ".md"), page);
        }
        assert_eq!(webhook_page("pet.gone", ""), "webhooks/pet.gone");
    }
}
