//! Documents with random changes: reading, checks, compilation, mock, samples and clients take them
//! without a panic, in bounded time, and a document that was accepted has a complete report.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{SMALL, config, json as any_json, pointers};
use crate::report::{Options, report};
use crate::spec::{Spec, join};

/// More than a report on one of these documents takes in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Remove,
    /// A copy of another value of the document.
    Copy(usize),
    /// A reference to another value of the document.
    Refer(usize),
    /// The value becomes a part of this keyword.
    Wrap(&'static str),
    Rename(String),
}

/// The number of the changed value, and the change.
fn changes() -> impl Strategy<Value = Vec<(usize, Change)>> {
    let change = prop_oneof![
        any_json().prop_map(Change::Replace),
        Just(Change::Remove),
        any::<usize>().prop_map(Change::Copy),
        any::<usize>().prop_map(Change::Refer),
        proptest::sample::select(vec!["allOf", "oneOf", "anyOf", "items", "not"])
            .prop_map(Change::Wrap),
        "[ -~]{0,8}|/[a-z{}]{0,8}".prop_map(Change::Rename),
    ];
    proptest::collection::vec((any::<usize>(), change), 1..4)
}

fn changed(mut root: Value, changes: &[(usize, Change)]) -> Value {
    for (number, change) in changes {
        let all = pointers(&root);
        let at = |number: usize| all[number % all.len()].clone();
        let pointer = at(*number);
        let Some((parent, name)) = pointer.rsplit_once('/') else { continue };
        let other = |number: usize| root.pointer(&at(number)).cloned().unwrap_or_default();
        let known = root.pointer(&pointer).cloned().unwrap_or_default();
        let value = match change {
            Change::Replace(value) => value.clone(),
            Change::Copy(number) => other(*number),
            Change::Refer(number) => json!({ "$ref": format!("#{}", at(*number)) }),
            Change::Wrap(keyword @ ("items" | "not")) => json!({ *keyword: known }),
            Change::Wrap(keyword) => json!({ *keyword: [known, {"description": "more"}] }),
            Change::Remove | Change::Rename(_) => known,
        };
        let name = name.replace("~1", "/").replace("~0", "~");
        match (root.pointer_mut(parent), change) {
            (Some(Value::Object(fields)), Change::Remove) => {
                fields.shift_remove(&name);
            }
            (Some(Value::Object(fields)), Change::Rename(new)) => {
                fields.shift_remove(&name);
                fields.insert(new.clone(), value);
            }
            (Some(Value::Object(fields)), _) => {
                fields.insert(name, value);
            }
            (Some(Value::Array(items)), change) => {
                let index = name.parse().unwrap_or(0);
                match change {
                    Change::Remove => {
                        items.remove(index);
                    }
                    _ => items[index] = value,
                }
            }
            _ => {}
        }
    }
    root
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn a_changed_document_has_a_report(changes in changes()) {
        let small = Spec::read(SMALL.as_bytes()).expect("a document").root;
        let root = changed(small, &changes);
        let bytes = serde_json::to_vec(&root).expect("JSON");
        let begun = Instant::now();
        let report = report(&bytes, &Options { clock: &Instant::now, limit: PATIENCE });
        prop_assert!(begun.elapsed() < PATIENCE, "it took {:?}", begun.elapsed());
        if report.is_accepted() {
            prop_assert_eq!(report.operations.len(), report.counts.operations);
            prop_assert_eq!(report.counts.skipped, 0);
        }
        prop_assert!(report.text(80).lines().count() <= 80);
    }

    /// The same document as JSON text and as a value gives the same errors.
    #[test]
    fn a_value_is_checked_like_its_text(changes in changes()) {
        let small = Spec::read(SMALL.as_bytes()).expect("a document").root;
        let root = changed(small, &changes);
        let text = serde_json::to_vec(&root).expect("JSON");
        let messages = |faults: Vec<crate::spec::Fault>| {
            let mut all: Vec<_> =
                faults.into_iter().map(|fault| (fault.pointer, fault.message)).collect();
            all.sort();
            all
        };
        let from_value = Spec::from_value(root).map(|spec| spec.root).map_err(messages);
        let from_text = Spec::read(&text).map(|spec| spec.root).map_err(messages);
        prop_assert_eq!(from_value, from_text);
    }
}

#[test]
fn each_change_alone_has_a_report() {
    let small = Spec::read(SMALL.as_bytes()).expect("a document").root;
    assert_eq!(join("/a", "b"), "/a/b");
    let mut accepted = 0;
    for number in 0..pointers(&small).len() {
        let root = changed(small.clone(), &[(number, Change::Remove)]);
        let bytes = serde_json::to_vec(&root).expect("JSON");
        let report = report(&bytes, &Options { clock: &Instant::now, limit: PATIENCE });
        accepted += usize::from(report.is_accepted());
    }
    assert!(accepted > 50, "{accepted}");
}
