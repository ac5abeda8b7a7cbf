//! Checks whether a document can be used. Only errors that would make docs, mock or gateway wrong
//! are refused. Real documents have many irregularities that do no harm: each is reported as a
//! warning, and the document is changed to what the warning says.

mod findings;
mod ids;
mod info;
mod keywords;
mod objects;
mod paths;
mod references;
mod repair;
mod types;
mod unresolved;
mod version;

use serde_json::Value;

use super::read::is_shallow;
use super::walk::{join, walk_all};
use super::{cycles, read};
use repair::Repair;

pub use findings::{Findings, MAX_FAULTS};
pub use unresolved::Unresolved;
pub use version::plain;
use version::version;

/// Maximum length of a location in bytes, because messages and changes repeat it. Real ones have a
/// few hundred.
const MAX_POINTER: usize = 16 * 1024;

/// All errors and warnings, each up to [`MAX_FAULTS`]. Without errors, the document has its fixed
/// reading afterwards.
pub fn check(root: &mut Value) -> (Findings, Unresolved) {
    let mut found = Findings::default();
    if !is_shallow(root, read::MAX_DEPTH) {
        found.refuse("", "objects and lists are nested too deeply; flatten them");
        return (found, Unresolved::default());
    }
    if longest_pointer(root) > MAX_POINTER {
        let message = format!(
            "the names around a value have more than {} KiB together; shorten them",
            MAX_POINTER / 1024
        );
        found.refuse("", message);
        return (found, Unresolved::default());
    }
    let Some(version) = version(root, &mut found) else { return (found, Unresolved::default()) };
    info::check(root, &mut found);
    paths::check(root, version, &mut found);
    walk_all(root, &mut |kind, value, pointer| {
        objects::check(kind, value, pointer, version, &mut found);
        references::check(root, kind, value, pointer, &mut found);
    });
    if !found.faults.is_empty() {
        return (found, Unresolved::default());
    }
    let mut unresolved = Unresolved::of(root, &found.dangling);
    let repairs = found.take_repairs();
    for (pointer, repair) in &repairs {
        if let Repair::Rename(to) = repair {
            unresolved.rename(pointer, to);
        }
    }
    repair::apply(root, repairs);
    circles(root, &mut found);
    (found, unresolved)
}

/// Drops the references with which schemas lead back to themselves for the same value.
fn circles(root: &mut Value, found: &mut Findings) {
    const WHY: &str = "This leads back to the same schema for the same value.";
    cycles::endless(root, &mut |back| {
        let reading = if back.is_exact {
            "the reference is dropped, because it restricts nothing"
        } else {
            "the reference is dropped, and values are not checked against it"
        };
        let message = format!(
            "the schema refers back to itself by `$ref` or `allOf` without a property or item in \
             between, so a check would never end; {reading}; remove it"
        );
        let repair = match back.keyword {
            "$ref" => Repair::Unlink { why: (!back.is_exact).then(|| WHY.to_owned()) },
            keyword => Repair::LeaveOut { keyword: keyword.to_owned(), why: WHY.to_owned() },
        };
        found.correct(join(back.schema, back.keyword), message, back.schema, repair);
    });
    repair::apply(root, found.take_repairs());
}

/// The length of the longest location in bytes. The depth is limited before.
fn longest_pointer(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| 1 + key.len() + longest_pointer(value))
            .max()
            .unwrap_or_default(),
        Value::Array(items) => {
            items.iter().map(longest_pointer).max().map_or(0, |longest| longest + 7)
        }
        _ => 0,
    }
}
