//! Receivers that verify, in eight languages, by the libraries of Standard Webhooks.

use crate::types::docs::SampleView;

const SAMPLES: [(&str, &str, &str); 8] = [
    ("javascript", "JavaScript", include_str!("samples/javascript.txt")),
    ("python", "Python", include_str!("samples/python.txt")),
    ("rust", "Rust", include_str!("samples/rust.txt")),
    ("go", "Go", include_str!("samples/go.txt")),
    ("java", "Java", include_str!("samples/java.txt")),
    ("php", "PHP", include_str!("samples/php.txt")),
    ("ruby", "Ruby", include_str!("samples/ruby.txt")),
    ("csharp", "C#", include_str!("samples/csharp.txt")),
];

pub fn samples() -> Vec<SampleView> {
    SAMPLES
        .map(|(language, label, code)| SampleView { language: language.into(), label: label.into(), code: code.trim_end().into() })
        .into()
}
