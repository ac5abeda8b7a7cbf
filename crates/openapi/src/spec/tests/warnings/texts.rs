//! Deviations of the text, the order and number of warnings, and strict readers.

use super::{check, old};
use crate::spec::{Spec, Strictness};

#[test]
fn yaml_with_tabs_is_read_if_their_width_does_not_matter() {
    let tabbed = "openapi: 3.1.0\ninfo:\n\ttitle: T\n\tversion: '1'\npaths:\n\t/a:\n\t\tget:\n\
                  \t\t\tdescription: |\n\t\t\t\tOne\n\t\t\t\t\ttwo\n\t\t\ttags:\n\t\t\t-\ta\n";
    let text = tabbed.to_owned();
    let spec = Spec::read(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(spec.warnings.len(), 1, "{:#?}", spec.warnings);
    let warning = &spec.warnings[0];
    assert_eq!((warning.line, warning.pointer.as_str()), (Some(3), ""));
    assert!(
        warning.message.contains("this line and 8 others are indented or divided"),
        "{}",
        warning.message
    );
    assert_eq!(spec.operations[0].tags, ["a"]);
    assert_eq!(spec.operations[0].description.split_whitespace().count(), 2);
    let strict = Spec::read_with(text.as_bytes(), Strictness::Strict);
    assert_eq!(strict.expect_err("tabs"), spec.warnings);
    // With a tab of four spaces, `b` is a part of `a`; otherwise this is not YAML or another value.
    let mixed = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nx-a:\n  a:\n    c: 1\n\tb: 2\n";
    assert!(Spec::read(mixed.as_bytes()).is_err(), "{mixed:?}");
    // Tabs that are allowed, and JSON with a mistake.
    assert!(
        super::super::spec("openapi: 3.1.0 \t\ninfo: {title: \"T\tU\", version: 1}\n")
            .warnings
            .is_empty()
    );
    assert!(Spec::read(b"{\n\t\"openapi\": \"3.1.0\",\n\t\"info\": {},\n}").is_err());
}

#[test]
fn tabs_after_keys_are_read() {
    let text = "openapi:\t3.1.0\ninfo:\n  title:\t\tT\n  version: '1'\n  description: \"a\tb\"\n";
    let spec = super::super::spec(text);
    assert_eq!((spec.title.as_str(), spec.description.as_str()), ("T", "a\tb"));
    assert_eq!(spec.warnings.len(), 1, "{:?}", spec.warnings);
    assert!(spec.warnings[0].message.starts_with("this line and one other"));
}

#[test]
fn warnings_after_lines_with_tabs_have_their_lines() {
    let text = "openapi: 3.1.0\ninfo:\n\ttitle: T\n\tversion: '1'\npaths:\n\ta:\n\t\tget: {}\n";
    let spec = Spec::read(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let lines: Vec<_> = spec.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [Some(3), Some(6)]);
}

#[test]
fn warnings_are_in_the_order_of_their_lines() {
    let spec = super::super::spec(
        "openapi: 3.1.0\npaths:\n  /a:\n    get: {operationId: 7}\ninfo:\n  title: ''\n  version: ''\n",
    );
    let lines: Vec<_> = spec.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [Some(4), Some(6), Some(7)]);
}

#[test]
fn a_hundred_warnings_are_kept_and_the_others_are_counted() {
    let mut text = super::super::document("paths:\n");
    for index in 0..150 {
        text.push_str(&format!("  p{index}: {{get: {{}}}}\n"));
    }
    let spec = super::super::spec(&text);
    assert_eq!((spec.warnings.len(), spec.more_warnings), (100, 50));
    // Those without a warning are read in the same way.
    assert!(spec.operations.iter().all(|operation| operation.path.starts_with("/p")));
    let strict = Spec::read_with(text.as_bytes(), Strictness::Strict);
    assert_eq!(strict.expect_err("warnings").len(), 100);
}

#[test]
fn a_strict_reader_accepts_what_a_lenient_one_reads_without_warnings() {
    let text = old("paths: {/a: {get: {responses: {'200': {description: d}}}}}");
    let strict = Spec::read_with(text.as_bytes(), Strictness::Strict);
    assert!(strict.is_ok_and(|spec| spec.warnings.is_empty()));
}

#[test]
fn errors_are_refused_next_to_warnings() {
    let text = "openapi: 3.1.0\ninfo: {title: T}\npaths: {'/{a': {}}\n";
    let faults = Spec::read(text.as_bytes()).expect_err("a brace");
    assert_eq!(faults.len(), 1, "{faults:#?}");
    let strict = Spec::read_with(text.as_bytes(), Strictness::Strict).expect_err("both");
    assert_eq!(strict.len(), 2, "{strict:#?}");
    check("openapi: 3.1.0\ninfo: {title: T}\n", ("", "/info", "missing", |_| true));
}
