//! From text to values: the meaning of YAML and JSON, and refused documents with the line of the
//! error.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::spec::read::{MAX_DEPTH, MAX_DOCUMENT, MAX_VALUES, Source};
use crate::spec::{Spec, Strictness};

fn value(text: &str) -> Value {
    Source::read(text.as_bytes())
        .map_or_else(|fault| panic!("{fault:?}\n{text}"), |source| source.value)
}

/// The line and message of the error.
fn refused(bytes: &[u8]) -> (Option<u32>, String) {
    let begun = Instant::now();
    let fault = Source::read(bytes)
        .err()
        .unwrap_or_else(|| panic!("read: {:?}", String::from_utf8_lossy(bytes)));
    assert!(begun.elapsed() < Duration::from_secs(60), "{fault:?} took {:?}", begun.elapsed());
    assert_eq!(fault.pointer, "");
    (fault.line, fault.message)
}

#[test]
fn yaml_scalars_mean_what_the_core_schema_says() {
    let text = "\
        a: [~, null, NULL, '', \"null\", true, False, yes, no, on, off, 'true', y]\n\
        b: [0, -7, +7, 007, 0x1F, 0o17, 0b1, 12_000, 1:30, 18446744073709551615, 18446744073709551616, -9223372036854775808]\n\
        c: [1.0, .5, 1., -1e3, 1e+3, 1.5E-2, 1.2.3, 1e, e1, '.', '1', +, '-']\n\
        d: [2024-01-31, 2024-01-31T10:00:00Z, 3.0.3, '@', .info]\n\
        e: [!!str 1, !!int 2, !!float 2, !!null '', ! 3, !!binary aGk=]\n\
        f:\n";
    let expected = json!({
        "a": [null, null, null, "", "null", true, false, "yes", "no", "on", "off", "true", "y"],
        "b": [0, -7, 7, 7, 31, 15, "0b1", "12_000", "1:30", 18_446_744_073_709_551_615_u64, 18_446_744_073_709_551_616_f64, i64::MIN],
        "c": [1.0, 0.5, 1.0, -1000.0, 1000.0, 0.015, "1.2.3", "1e", "e1", ".", "1", "+", "-"],
        "d": ["2024-01-31", "2024-01-31T10:00:00Z", "3.0.3", "@", ".info"],
        "e": ["1", 2, 2, null, "3", "aGk="],
        "f": null,
    });
    assert_eq!(value(text), expected);
}

#[test]
fn keys_are_texts_in_the_order_they_are_written() {
    let read =
        value("200: a\n'404': b\ndefault: c\n4XX: d\n1.0: e\ntrue: f\nnull: g\n? long\n: h\n");
    let keys: Vec<&str> = read.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["200", "404", "default", "4XX", "1.0", "true", "null", "long"]);
}

#[test]
fn block_texts_keep_their_lines() {
    assert_eq!(
        value("a: |\n  x\n  y\nb: >-\n  x\n  y\nc: \"x\\n\\u00e9\"\nd: 'it''s'\n"),
        json!({"a": "x\ny\n", "b": "x y", "c": "x\né", "d": "it's"})
    );
}

#[test]
fn anchors_aliases_and_merge_keys_are_written_out() {
    let text = "\
        base: &base {a: 1, b: {c: 2}}\n\
        more: &more {a: 9, d: 4}\n\
        alias: *base\n\
        merged:\n  <<: *base\n  b: own\n\
        several:\n  z: 0\n  <<: [*base, *more]\n\
        quoted: {'<<': 1}\n\
        &k key: *k\n\
        *k : again\n";
    let expected = json!({
        "base": {"a": 1, "b": {"c": 2}}, "more": {"a": 9, "d": 4}, "alias": {"a": 1, "b": {"c": 2}},
        "merged": {"b": "own", "a": 1}, "several": {"z": 0, "a": 1, "b": {"c": 2}, "d": 4},
        "quoted": {"<<": 1},
    });
    assert_eq!(
        refused(text.as_bytes()),
        (Some(12), "the key `key` occurs twice; remove one".to_owned())
    );
    let shorter = text.rsplit_once("&k").unwrap().0;
    assert_eq!(value(shorter), expected);
}

#[test]
fn json_is_read_with_or_without_a_byte_order_mark_and_braces_may_be_yaml() {
    let expected = json!({"a": [1, "x"], "b": null});
    for text in [
        "{\"a\": [1, \"x\"], \"b\": null}",
        "\u{feff}  {\"a\": [1, \"x\"], \"b\": null}\n",
        "{a: [1, x], # note\n b: }",
        "\u{feff}a: [1, x]\nb:\n",
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line() {
    let cases: [(&[u8], Option<u32>, &str); 21] = [
        (b"", None, "the document is empty"),
        (b" \n\n ", None, "the document is empty"),
        (b"# nothing but a note\n", None, "the document is empty"),
        (b"a: 1\nb: \xff\n", Some(2), "not UTF-8"),
        (b"\xff\xfea\x00:\x00", Some(1), "not UTF-8"),
        (b"{\"a\": 1,\n \"b\": }", Some(2), "not JSON"),
        (b"{\"a\": 1", Some(1), "not JSON"),
        (b"{\"a\": 1,\n\"a\": 2}", Some(2), "`a` occurs twice"),
        (b"{\"a\": 1} x", Some(1), "not JSON"),
        (b"a: 1\nb: 2\na: 3\n", Some(3), "`a` occurs twice"),
        (b"a: 1\n---\nb: 2\n", Some(2), "second YAML document"),
        (b"a: [1\nb: 2\n", Some(2), "not YAML"),
        (b"a:\n  b:\n    c: 1\n\td: 1\n", Some(3), "not YAML"),
        (b"a: 'open\n", None, "not YAML"),
        (b"a: *nobody\n", Some(1), "not YAML"),
        (b"a: &a [*a]\n", Some(1), "an alias is inside the value that it repeats"),
        (b"a: .inf\n", Some(1), "`.inf` cannot be written in JSON"),
        (b"a: 1e999\n", Some(1), "too large"),
        (b"a:\n  <<: 1\n", None, "`<<`"),
        (b"a: !include b.yaml\n", Some(1), "the tag `!include`"),
        (b"? [a, b]\n: 1\n", Some(1), "keys must be strings"),
    ];
    for (bytes, line, message) in cases {
        let (found_line, found) = refused(bytes);
        assert!(found.contains(message), "{found} for {}", String::from_utf8_lossy(bytes));
        assert!(
            line.is_none() || line == found_line,
            "line {found_line:?} for {}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn a_small_text_that_unfolds_to_billions_is_refused_quickly() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, next) in ('a'..='y').zip('b'..='z') {
        text.push_str(&format!(
            "{next}: &{next} [{}]\n",
            [format!("*{name}").as_str(); 10].join(", ")
        ));
    }
    let (line, message) = refused(text.as_bytes());
    assert!(
        line.is_some_and(|line| line < 8) && message.contains(&MAX_VALUES.to_string()),
        "{line:?} {message}"
    );
    // By merge keys, too.
    let mut text = "a: &a {x0: 1, x1: 1, x2: 1}\n".to_owned();
    for (name, next) in ('a'..='y').zip('b'..='z') {
        text.push_str(&format!(
            "{next}: &{next} {{p: *{name}, q: *{name}, <<: [*{name}, *{name}, *{name}]}}\n"
        ));
    }
    assert!(refused(text.as_bytes()).1.contains(&MAX_VALUES.to_string()));
}

#[test]
fn many_values_and_many_bytes_are_refused() {
    let many = format!("[{}1]", "1,".repeat(MAX_VALUES));
    assert!(refused(many.as_bytes()).1.contains("split it"));
    let long = format!("a: {}", "x".repeat(MAX_DOCUMENT));
    assert!(refused(long.as_bytes()).1.contains("at most 10 MiB"));
}

#[test]
fn a_yaml_list_in_brackets_that_the_parser_would_have_to_keep_is_refused() {
    assert!(
        refused(format!("- [{}]", "a: b, ".repeat(400_000)).as_bytes()).1.contains("block style")
    );
    assert_eq!(
        value(&format!("a: {}", "x".repeat(1_000_000)))["a"].as_str().map(str::len),
        Some(1_000_000)
    );
}

#[test]
fn deep_nesting_is_refused_whatever_it_is_written_in() {
    let blocks: String =
        (0..=MAX_DEPTH).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let aliases: String =
        (1..60).map(|level| format!("- &a{level} [[[*a{}]]]\n", level - 1)).collect();
    let texts = [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        "[".repeat(MAX_DEPTH + 1) + &"]".repeat(MAX_DEPTH + 1),
        blocks + " x: 1",
        format!("- &a0 x\n{aliases}"),
    ];
    for text in texts {
        let (_, message) = refused(text.as_bytes());
        assert!(message.contains("deep") || message.contains("recursion limit"), "{message}");
    }
    value(&("[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH)));
}

#[test]
fn a_huge_key_is_shown_in_part_only() {
    let key = "k".repeat(1_000_000);
    for text in [format!("{{\"{key}\": 1, \"{key}\": 2}}"), format!("? {key}\n: 1\n? {key}\n: 2\n")]
    {
        assert!(refused(text.as_bytes()).1.len() < 200);
    }
}

#[test]
fn faults_have_the_lines_of_their_values_in_json_and_in_yaml() {
    let yaml = "openapi: 3.1.0\ninfo:\n  title: T\n  version: 1\npaths:\n  /a:\n    get:\n      parameters:\n        - name: x\n          in: nowhere\n  b: {}\n";
    let json = "{\"openapi\": \"3.1.0\",\n\"info\": {\"title\": \"T \\\" {\", \"version\": \"1\"},\n\"paths\": {\n\"/a\": {\n\"get\": {\"parameters\": [\n{\"name\": \"x\",\n \"in\": \"nowhere\"}]}},\n\"b\": {}}}";
    for (text, lines) in [(yaml, [10, 11]), (json, [7, 8])] {
        let faults = Spec::read_with(text.as_bytes(), Strictness::Strict).unwrap_err();
        let found: Vec<(&str, Option<u32>)> =
            faults.iter().map(|fault| (fault.pointer.as_str(), fault.line)).collect();
        assert_eq!(
            found,
            [("/paths/~1a/get/parameters/0/in", Some(lines[0])), ("/paths/b", Some(lines[1]))]
        );
    }
}

#[test]
fn faults_in_what_an_alias_repeats_have_the_line_of_the_alias() {
    let text = "openapi: 3.1.0\ninfo: {title: T, version: 1}\nx-one: &one\n  get: {operationId: 7}\npaths:\n  /a: *one\n";
    let faults = Spec::read_with(text.as_bytes(), Strictness::Strict).unwrap_err();
    assert_eq!(
        faults.first().map(|fault| (fault.pointer.as_str(), fault.line)),
        Some(("/paths/~1a/get/operationId", Some(6)))
    );
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "(?s)[ \\n\\-\\[\\]{}:,&*!|>'\"%@#?a-c0-9.~<\\\\\t]{0,60}") {
        let _ = Spec::read(text.as_bytes());
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = Spec::read(&bytes);
    }

    #[test]
    fn what_serde_json_writes_is_read_as_the_same(value in json_values()) {
        let value = json!({"v": value});
        prop_assert_eq!(super::reading::value(&value.to_string()), value.clone());
        prop_assert_eq!(super::reading::value(&serde_json::to_string_pretty(&value).unwrap()), value);
    }
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|x| Value::from(f64::from(x) / 4.0)),
        ".*".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(".{0,5}", inner, 0..6)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}
