//! Receivers that verify signatures, in eight languages, with the Standard Webhooks libraries.

use tollgate_types::docs::SampleView;

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
    SampleView::all(SAMPLES)
}
