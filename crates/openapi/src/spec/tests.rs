//! Whole documents, valid and invalid.

mod changes;
mod checking;
mod documents;
mod modelling;
mod reading;
mod routes;
mod warnings;

use super::Spec;

/// A document of version 3.1 with these lines (YAML) after its header.
fn document(rest: &str) -> String {
    format!("openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\n{rest}")
}

fn spec(text: &str) -> Spec {
    Spec::read(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}\n{text}"))
}
