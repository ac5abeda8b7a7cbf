//! Servers that verify `Tollgate-Signature`, in seven languages, with each language's standard
//! library.

use tollgate_types::docs::SampleView;

const SAMPLES: [(&str, &str, &str); 7] = [
    ("javascript", "JavaScript", include_str!("upstream_samples/javascript.txt")),
    ("python", "Python", include_str!("upstream_samples/python.txt")),
    ("rust", "Rust", include_str!("upstream_samples/rust.txt")),
    ("go", "Go", include_str!("upstream_samples/go.txt")),
    ("java", "Java", include_str!("upstream_samples/java.txt")),
    ("php", "PHP", include_str!("upstream_samples/php.txt")),
    ("ruby", "Ruby", include_str!("upstream_samples/ruby.txt")),
];

pub fn upstream_samples() -> Vec<SampleView> {
    SampleView::all(SAMPLES)
}
