//! What a document says about itself: its title, its version, and its tags.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::findings::{Findings, shown};
use super::repair::Repair;
use crate::spec::walk::join;

/// The title of a document without one.
const TITLE: &str = "API";
/// The version of a document without one.
const VERSION: &str = "0";

pub fn check(root: &Value, found: &mut Findings) {
    match root.get("info") {
        Some(Value::Object(info)) => {
            for (key, default) in [("title", TITLE), ("version", VERSION)] {
                let at = join("/info", key);
                let (place, problem) = match info.get(key) {
                    Some(Value::String(text)) if !text.trim().is_empty() => continue,
                    Some(Value::Number(_)) => continue,
                    Some(Value::String(_)) => (at.as_str(), "is empty"),
                    Some(Value::Null) | None => ("/info", "is missing"),
                    Some(_) => (at.as_str(), "is not text"),
                };
                let message = format!("`{key}` {problem}; it is read as `{default}`; add it");
                found.correct(place, message, at.as_str(), Repair::Put(json!(default)));
            }
        }
        other => {
            let problem =
                if other.is_none_or(Value::is_null) { "is missing" } else { "is not an object" };
            let message = format!(
                "`info` {problem}; the title is read as `{TITLE}` and the version as `{VERSION}`; \
                 add an object with `title` and `version`"
            );
            let info = json!({ "title": TITLE, "version": VERSION });
            found.correct("", message, "/info", Repair::Put(info));
        }
    }
    tags(root, found);
}

fn tags(root: &Value, found: &mut Findings) {
    let tags = match root.get("tags") {
        Some(Value::Array(tags)) => tags,
        None | Some(Value::Null) => return,
        Some(_) => {
            let message = "`tags` is not a list; it is ignored; write a list of objects with a \
                           `name`";
            return found.replace("/tags", message, Repair::Remove);
        }
    };
    let mut seen = HashSet::new();
    for (index, tag) in tags.iter().enumerate() {
        let at = join("/tags", &index.to_string());
        let name = match tag {
            Value::String(name) => {
                let message = "the tag is text instead of an object; the text is read as its \
                               name; write `name: …`";
                found.replace(&at, message, Repair::Put(json!({ "name": name })));
                Some(name.as_str())
            }
            _ => tag.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()),
        };
        let Some(name) = name else {
            found.warn(at, "the tag has no `name`; it is ignored; add a name or remove the tag");
            continue;
        };
        if !seen.insert(name) {
            let message = format!(
                "the tag `{}` is declared twice; the first declaration counts; remove this one",
                shown(name)
            );
            found.warn(at, message);
        }
    }
}
