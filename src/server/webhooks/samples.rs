//! Receivers that verify, in eight languages, by the libraries of Standard Webhooks.

use crate::types::webhook_check::Sample;

const SAMPLES: [(&str, &str); 8] = [
    ("JavaScript", include_str!("samples/javascript.txt")),
    ("Python", include_str!("samples/python.txt")),
    ("Rust", include_str!("samples/rust.txt")),
    ("Go", include_str!("samples/go.txt")),
    ("Java", include_str!("samples/java.txt")),
    ("PHP", include_str!("samples/php.txt")),
    ("Ruby", include_str!("samples/ruby.txt")),
    ("C#", include_str!("samples/csharp.txt")),
];

pub fn samples() -> Vec<Sample> {
    SAMPLES.map(|(language, code)| Sample { language: language.into(), code: code.trim_end().into() }).into()
}
