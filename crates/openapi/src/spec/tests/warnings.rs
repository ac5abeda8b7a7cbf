//! Documents with deviations that do no harm: each is reported with its location, its fixed reading
//! and its remedy, and the document is read so. A strict reader refuses each of them.

mod paths;
mod schemas;
mod serving;
mod texts;

use crate::spec::{Spec, Strictness};

/// A document, the location of its only warning, a part of the message, and whether the document is
/// read as the message says.
type Case<'a> = (&'a str, &'a str, &'a str, fn(&Spec) -> bool);

/// A document of version 3.0 with these lines (YAML) after its header.
fn old(rest: &str) -> String {
    format!("openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\n{rest}")
}

/// Asserts that the document has exactly this warning and reading, and that a strict reader refuses
/// it for the same reason.
fn check(text: &str, (_, pointer, message, is_read): Case<'_>) {
    let spec =
        Spec::read(text.as_bytes()).unwrap_or_else(|faults| panic!("refused: {faults:#?}\n{text}"));
    let [warning] = spec.warnings.as_slice() else {
        panic!("wanted {pointer}: {message}\nfound {:#?}\nin {text}", spec.warnings)
    };
    assert_eq!((warning.pointer.as_str(), spec.more_warnings), (pointer, 0), "{text}\n{warning:?}");
    assert!(warning.message.contains(message), "wanted {message}\nfound {}", warning.message);
    // What is wrong, how it is read, and what to do.
    assert!(warning.message.matches("; ").count() >= 2, "{}", warning.message);
    assert!(warning.line.is_some() || pointer.is_empty(), "{text}\n{warning:?}");
    assert!(is_read(&spec), "{}\nin {text}\nbecame {:#}", warning.message, spec.root);
    let refused = Spec::read_with(text.as_bytes(), Strictness::Strict);
    assert_eq!(refused.expect_err(text), spec.warnings, "{text}");
}

/// Checks documents of version 3.1.
fn check_all(cases: &[Case<'_>]) {
    for case in cases {
        check(&super::document(case.0), *case);
    }
}

/// Checks documents of version 3.0.
fn check_all_old(cases: &[Case<'_>]) {
    for case in cases {
        check(&old(case.0), *case);
    }
}
