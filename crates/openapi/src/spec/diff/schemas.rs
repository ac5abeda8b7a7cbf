//! Compares two schemas at the same location. Requests may become less strict, and responses may
//! become stricter; the opposite breaks callers.

use std::collections::HashSet;

use serde_json::Value;

use super::ChangeKind::{Breaking, Other};
use super::Changes;
use super::view::View;
use crate::spec::model::Spec;
use crate::spec::walk::join;

/// How deep properties and items are followed.
const MAX_DEPTH: usize = 40;
/// Maximum number of pairs of schemas that are compared.
const MAX_PAIRS: usize = 1_000_000;
/// Maximum number of values in a message.
const MAX_NAMED: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Request,
    Response,
}

use Direction::{Request, Response};

/// Two schemas by their addresses in memory.
type Pair = (*const Value, *const Value, Direction);

pub struct Compare<'a> {
    old: &'a Spec,
    new: &'a Spec,
    /// Pairs that are equal, including their parts. Many operations share most schemas.
    same: HashSet<Pair>,
    /// Pairs that are being compared, or were already compared at this location.
    seen: HashSet<Pair>,
    pairs_left: usize,
}

/// A location in words, and in the new document.
struct At<'l> {
    label: &'l str,
    path: String,
    pointer: String,
}

impl At<'_> {
    fn named(&self) -> String {
        if self.path.is_empty() {
            self.label.to_owned()
        } else {
            format!("{}: `{}`", self.label, self.path)
        }
    }

    fn property(&self, name: &str) -> Self {
        let path =
            if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { label: self.label, path, pointer: join(&join(&self.pointer, "properties"), name) }
    }

    fn below(&self, suffix: &str, keyword: &str) -> Self {
        Self {
            label: self.label,
            path: format!("{}{suffix}", self.path),
            pointer: join(&self.pointer, keyword),
        }
    }
}

impl<'a> Compare<'a> {
    pub fn new(old: &'a Spec, new: &'a Spec) -> Self {
        Self { old, new, same: HashSet::new(), seen: HashSet::new(), pairs_left: MAX_PAIRS }
    }

    /// Whether schemas were left out because of the limit.
    pub fn is_tired(&self) -> bool {
        self.pairs_left == 0
    }

    /// Compares the schemas at one location, which is called `label`.
    pub fn run(
        &mut self,
        direction: Direction,
        (old, new): (&Value, &Value),
        label: &str,
        pointer: &str,
        changes: &mut Changes,
    ) {
        let before = changes.len();
        self.pair(
            direction,
            old,
            new,
            &At { label, path: String::new(), pointer: pointer.to_owned() },
            0,
            changes,
        );
        let seen = std::mem::take(&mut self.seen);
        if changes.len() == before {
            self.same.extend(seen);
        }
    }

    fn pair(
        &mut self,
        direction: Direction,
        old: &Value,
        new: &Value,
        at: &At,
        depth: usize,
        changes: &mut Changes,
    ) {
        let pair = (std::ptr::from_ref(old), std::ptr::from_ref(new), direction);
        if depth > MAX_DEPTH
            || self.pairs_left == 0
            || self.same.contains(&pair)
            || !self.seen.insert(pair)
        {
            return;
        }
        self.pairs_left -= 1;
        let (old, new) = (View::of(self.old, old), View::of(self.new, new));
        let at = At {
            label: at.label,
            path: at.path.clone(),
            pointer: new.pointer.clone().unwrap_or_else(|| at.pointer.clone()),
        };
        let mut report = Report { direction, at: &at, changes };
        if !report.kinds(&old, &new) {
            // The type is different, so further differences are irrelevant.
            return;
        }
        report.values(&old, &new);
        report.limits(&old, &new);
        report.properties(&old, &new);
        report.choices(&old, &new);
        for (name, schema) in &old.properties {
            if let Some(now) = new.property(name) {
                self.pair(direction, schema, now, &at.property(name), depth + 1, changes);
            }
        }
        if let (Some(before), Some(now)) = (old.items, new.items) {
            self.pair(direction, before, now, &at.below("[]", "items"), depth + 1, changes);
        }
        if let (Some(before), Some(now)) = (old.additional, new.additional) {
            self.pair(
                direction,
                before,
                now,
                &at.below(".*", "additionalProperties"),
                depth + 1,
                changes,
            );
        }
        for (before, now) in paired(&old.choices, &new.choices) {
            self.pair(direction, before, now, &at, depth + 1, changes);
        }
    }
}

struct Report<'r> {
    direction: Direction,
    at: &'r At<'r>,
    changes: &'r mut Changes,
}

impl Report<'_> {
    /// A change that breaks callers if it is on this side.
    fn emit(&mut self, breaks: Direction, message: &str) {
        let kind = if self.direction == breaks { Breaking } else { Other };
        self.changes.add(kind, &self.at.pointer, format!("{} {message}", self.at.named()));
    }

    fn breaking(&mut self, message: &str) {
        self.changes.add(Breaking, &self.at.pointer, format!("{} {message}", self.at.named()));
    }

    /// Compares types. Returns false if none of the old types remains.
    fn kinds(&mut self, old: &View, new: &View) -> bool {
        if old.is_empty != new.is_empty {
            let (side, message) = if new.is_empty {
                (Request, "no longer accepts any value")
            } else {
                (Response, "has values now")
            };
            self.emit(side, message);
            return false;
        }
        let (before, now) = match (&old.types, &new.types) {
            (None, None) => return true,
            (Some(before), Some(now)) => (before, now),
            (None, Some(now)) => {
                self.emit(Request, &format!("is {} now, and was of any type", listed(now)));
                return true;
            }
            (Some(before), None) => {
                self.emit(Response, &format!("is of any type now, and was {}", listed(before)));
                return true;
            }
        };
        let includes = |types: &[&str], name: &str| {
            types.contains(&name) || (name == "integer" && types.contains(&"number"))
        };
        let gone: Vec<&str> = before.iter().copied().filter(|name| !includes(now, name)).collect();
        let added: Vec<&str> = now.iter().copied().filter(|name| !includes(before, name)).collect();
        let kept_a_type = before.iter().any(|name| *name != "null" && includes(now, name))
            || now.iter().any(|name| *name != "null" && includes(before, name));
        if !kept_a_type && !gone.is_empty() {
            self.breaking(&format!("is {} now, and was {}", listed(now), listed(before)));
            return false;
        }
        if !gone.is_empty() {
            self.emit(Request, &format!("is no longer {}", listed(&gone)));
        }
        if !added.is_empty() {
            self.emit(Response, &format!("can be {} now", listed(&added)));
        }
        true
    }

    fn values(&mut self, old: &View, new: &View) {
        let without = |all: &[&Value], others: &[&Value]| -> Vec<String> {
            all.iter().filter(|value| !others.contains(value)).map(|value| shown(value)).collect()
        };
        match (&old.values, &new.values) {
            (Some(before), Some(now)) => {
                let (gone, added) = (without(before, now), without(now, before));
                if !gone.is_empty() {
                    self.emit(Request, &format!("is no longer {}", some(&gone)));
                }
                if !added.is_empty() {
                    // Clients are expected to accept unknown values in responses.
                    self.changes.add(
                        Other,
                        &self.at.pointer,
                        format!("{} can be {} now", self.at.named(), some(&added)),
                    );
                }
            }
            (None, Some(now)) => {
                self.emit(Request, &format!("is only {} now", some(&without(now, &[]))))
            }
            (Some(_), None) => self.changes.add(
                Other,
                &self.at.pointer,
                format!("{} can have any value now", self.at.named()),
            ),
            (None, None) => {}
        }
    }

    fn limits(&mut self, old: &View, new: &View) {
        for (keyword, now) in &new.limits {
            let before = old.limit(keyword);
            if before == Some(now) {
                continue;
            }
            let message = match before {
                Some(before) => {
                    format!("has {keyword} {} now, and had {}", shown(now), shown(before))
                }
                None => format!("has {keyword} {} now", shown(now)),
            };
            let is_narrower = match (before.and_then(Value::as_f64), now.as_f64()) {
                (Some(before), Some(now))
                    if keyword.starts_with("max") || *keyword == "exclusiveMaximum" =>
                {
                    now < before
                }
                (Some(before), Some(now))
                    if keyword.starts_with("min") || *keyword == "exclusiveMinimum" =>
                {
                    now > before
                }
                _ => true,
            };
            match self.direction {
                Request if is_narrower => self.breaking(&message),
                // Clients parse responses by their format: a date is not a time.
                Response if *keyword == "format" && before.is_some() => self.breaking(&message),
                _ => {}
            }
        }
    }

    fn properties(&mut self, old: &View, new: &View) {
        if !old.is_closed() && new.is_closed() && self.direction == Request {
            self.breaking("no longer accepts other properties than those named");
        }
        for (name, _) in &old.properties {
            let at = self.at.property(name).named();
            let (was_required, is_required) =
                (old.required.contains(name), new.required.contains(name));
            if new.property(name).is_none() {
                let kind =
                    if self.direction == Response || new.is_closed() { Breaking } else { Other };
                self.changes.add(kind, &self.at.pointer, format!("{at} is removed"));
            } else if was_required && !is_required {
                match self.direction {
                    Response => self.changes.add(
                        Breaking,
                        &self.at.pointer,
                        format!("{at} can be missing now"),
                    ),
                    Request => self.changes.add(
                        Other,
                        &self.at.pointer,
                        format!("{at} is no longer required"),
                    ),
                }
            }
        }
        let mut named: Vec<&str> = Vec::new();
        for name in &new.required {
            // A required field without a description is still required.
            if self.direction == Request && !old.required.contains(name) && !named.contains(name) {
                named.push(name);
                let word = if old.property(name).is_some() {
                    "is required now"
                } else {
                    "is new and required"
                };
                self.changes.add(
                    Breaking,
                    &self.at.pointer,
                    format!("{} {word}", self.at.property(name).named()),
                );
            }
        }
        for (name, _) in new
            .properties
            .iter()
            .filter(|(name, _)| old.property(name).is_none() && !named.contains(name))
        {
            self.changes.add(
                Other,
                &self.at.pointer,
                format!("{} is new", self.at.property(name).named()),
            );
        }
    }

    fn choices(&mut self, old: &View, new: &View) {
        let (before, now) = (old.choices.len(), new.choices.len());
        match (before, now) {
            _ if before == now => {}
            (0, _) => self.emit(Request, "is a choice of schemas now (`oneOf`, `anyOf`)"),
            (_, 0) => self.emit(Response, "is no longer a choice of schemas (`oneOf`, `anyOf`)"),
            _ if now < before => self.emit(Request, "has fewer choices (`oneOf`, `anyOf`)"),
            // As for values: clients are expected to accept an unknown one.
            _ => self.changes.add(
                Other,
                &self.at.pointer,
                format!("{} has more choices (`oneOf`, `anyOf`)", self.at.named()),
            ),
        }
    }
}

/// Pairs the choices of both versions: by the name that they refer to and, if equally many are
/// left, by their order.
fn paired<'a>(old: &[&'a Value], new: &[&'a Value]) -> Vec<(&'a Value, &'a Value)> {
    let reference = |value: &'a Value| value.get("$ref").and_then(Value::as_str);
    let (mut pairs, mut before, mut now) = (Vec::new(), Vec::new(), new.to_vec());
    for choice in old {
        let same = reference(choice)
            .and_then(|name| now.iter().position(|other| reference(other) == Some(name)));
        match same {
            Some(at) => pairs.push((*choice, now.remove(at))),
            None => before.push(*choice),
        }
    }
    if before.len() == now.len() {
        pairs.extend(before.into_iter().zip(now));
    }
    pairs
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "of no type".to_owned() } else { names.join(" or ") }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    let cut: String = text.chars().take(60).collect();
    format!("`{cut}`")
}

fn some(values: &[String]) -> String {
    let named = values.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(" or ");
    match values.len().saturating_sub(MAX_NAMED) {
        0 => named,
        more => format!("{named} or {more} more"),
    }
}
