//! Merges references, `allOf`, and one branch of each `oneOf`, `anyOf` and `if` into one plain
//! schema.

mod apart;
mod merge;
mod subtype;

use serde_json::{Map, Value, json};

use super::Flat;
use crate::schemas::Schemas;
use crate::spec::{pointer_of, resolve};
use merge::merge;

/// Maximum nesting of schemas for one value.
const MAX_HOPS: usize = 40;
/// Maximum number of schemas for one value: schemas that contain each other twice grow
/// exponentially.
const MAX_STEPS: usize = 2_000;
/// How often a reference that only adds to other schemas may occur on one path. Shared base schemas
/// are not a circle.
const MAX_SHARED: usize = 3;

/// Selects branches. One number enumerates all combinations.
pub struct Choice {
    rest: usize,
    combinations: usize,
}

impl Choice {
    pub fn new(number: usize) -> Self {
        Self { rest: number, combinations: 1 }
    }

    pub fn combinations(&self) -> usize {
        self.combinations
    }

    fn of(&mut self, count: usize) -> usize {
        let index = self.rest % count;
        self.rest /= count;
        self.combinations = self.combinations.saturating_mul(count);
        index
    }
}

struct Flattening<'a> {
    schemas: &'a Schemas,
    choice: &'a mut Choice,
    /// References of the surrounding values.
    outer: &'a [String],
    refs: &'a mut Vec<String>,
    /// The schemas of the document that are being merged, outermost first.
    chain: Vec<String>,
    /// The property and the name that identify a branch, if the branches define them.
    known_by: Option<(String, String)>,
    steps: usize,
}

/// `None` if no value can be valid, or if there is a circle. The followed references are added to
/// `refs`.
pub fn flatten(
    schemas: &Schemas,
    schema: &Value,
    choice: &mut Choice,
    outer: &[String],
    refs: &mut Vec<String>,
) -> Option<Flat> {
    Flattening { schemas, choice, outer, refs, chain: Vec::new(), known_by: None, steps: 0 }
        .flat(schema, true, 0)
}

impl<'a> Flattening<'a> {
    fn flat(&mut self, schema: &Value, direct: bool, hops: usize) -> Option<Flat> {
        self.steps += 1;
        if hops > MAX_HOPS || self.steps > MAX_STEPS {
            return None;
        }
        let map = match schema {
            Value::Bool(true) => return Some(Flat::new()),
            Value::Object(map) => map,
            _ => return None,
        };
        let mut flat = plain_part(map);
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            flat = merge(self.referred(reference, direct, hops)?, flat)?;
        }
        for part in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            flat = merge(flat, self.flat(part, false, hops + 1)?)?;
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = map.get(keyword).and_then(Value::as_array) {
                flat = self.with_branch(flat, map, branches, keyword, direct, hops)?;
            }
        }
        if map.contains_key("discriminator") && !self.is_in_base() {
            flat = self.with_mapped(flat, map, hops)?;
        }
        self.with_condition(flat, map, hops)
    }

    fn referred(&mut self, reference: &str, direct: bool, hops: usize) -> Option<Flat> {
        let met = self.outer.iter().filter(|known| *known == reference).count();
        if met >= if direct { 1 } else { MAX_SHARED } {
            return None;
        }
        let pointer = pointer_of(reference)?;
        let target = self.schemas.root().pointer(&pointer)?;
        self.refs.push(reference.to_owned());
        let known_by = self.known_by.take();
        let mut flat = self.with_subtype(&pointer, target, direct, hops)?;
        if let Some((property, name)) = known_by {
            flat = self.named(flat, &property, &name)?;
        }
        Some(flat)
    }

    fn with_branch(
        &mut self,
        flat: Flat,
        map: &Map<String, Value>,
        branches: &[Value],
        keyword: &str,
        direct: bool,
        hops: usize,
    ) -> Option<Flat> {
        let root = self.schemas.root();
        let mut order: Vec<&Value> = branches.iter().collect();
        order.sort_by_key(|branch| is_null(root, branch));
        // Branches of which several may match are tried again with each excluded from the others.
        let rounds = if keyword == "oneOf" && order.len() > 1 { 2 } else { 1 };
        let number = self.choice.of((order.len() * rounds).max(1));
        let branch = *order.get(number % order.len().max(1))?;
        let named = self.schemas.families().branches(root, map, keyword);
        self.known_by = named.and_then(|named| {
            let index = branches.iter().position(|other| std::ptr::eq(other, branch))?;
            Some((named.property.clone(), named.name_of(index)?.to_owned()))
        });
        let mut chosen = self.flat(branch, direct, hops + 1)?;
        if number >= order.len() {
            for other in order.iter().filter(|other| !std::ptr::eq(**other, branch)) {
                if let Some(other) = self.flat(other, false, hops + 1) {
                    apart::keep_apart(root, &mut chosen, &other);
                }
            }
        }
        merge(flat, chosen)
    }

    /// A value that matches the condition, or one that does not.
    fn with_condition(
        &mut self,
        flat: Flat,
        map: &Map<String, Value>,
        hops: usize,
    ) -> Option<Flat> {
        let Some(condition) = map.get("if") else { return Some(flat) };
        if self.choice.of(2) == 0 {
            let met = merge(flat, self.flat(condition, false, hops + 1)?)?;
            map.get("then")
                .map_or(Some(met.clone()), |then| merge(met, self.flat(then, false, hops + 1)?))
        } else {
            let unmet = merge(flat, Flat::from_iter([("not".to_owned(), condition.clone())]))?;
            map.get("else").map_or(Some(unmet.clone()), |otherwise| {
                merge(unmet, self.flat(otherwise, false, hops + 1)?)
            })
        }
    }
}

fn plain_part(map: &Map<String, Value>) -> Flat {
    const APPLIED: [&str; 8] =
        ["$ref", "allOf", "oneOf", "anyOf", "if", "then", "else", "discriminator"];
    map.iter()
        .filter(|(key, _)| !APPLIED.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn is_null(root: &Value, branch: &Value) -> bool {
    resolve(root, branch).is_some_and(|schema| {
        schema.get("type") == Some(&json!("null")) || schema.get("const") == Some(&Value::Null)
    })
}

/// `flat` with the content of one keyword of another schema.
pub fn merged_field(flat: Flat, key: &str, more: Option<&Value>) -> Option<Flat> {
    match more {
        Some(more) => merge(flat, Flat::from_iter([(key.to_owned(), more.clone())])),
        None => Some(flat),
    }
}
