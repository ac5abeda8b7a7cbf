//! Finds the bases of a document and the schemas that include them.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{Families, Family, component, component_name, discriminator_of};
use crate::spec::model::pointer_of;
use crate::spec::normalise::is_annotation;

/// Maximum number of members of all families. Further families are left out.
const MAX_MEMBERS: usize = 50_000;
/// Maximum nesting of `allOf` in one schema.
const MAX_DEPTH: usize = 16;

pub fn families(root: &Value) -> Families {
    let mut families = Families::default();
    let Some(schemas) = root.pointer("/components/schemas").and_then(Value::as_object) else {
        return families;
    };
    let bases: Vec<(String, &Value)> = schemas
        .iter()
        .filter_map(|(name, schema)| Some((component(name), own_discriminator(schema, 0)?)))
        .collect();
    if bases.is_empty() {
        return families;
    }
    let graph = Graph::of(schemas);
    let mut left = MAX_MEMBERS;
    for (base, discriminator) in bases {
        let Some(family) = Family::read(root, discriminator, &base) else { continue };
        let Some(members) = graph.members(&base, &family) else { continue };
        let Some(rest) = left.checked_sub(members.included.len()) else { break };
        left = rest;
        for pointer in members.included {
            families.included.entry(pointer).or_default().push(base.clone());
        }
        let family = with_names(family, &base, members.subtypes);
        if !family.names.is_empty() || family.otherwise.is_some() {
            families.by_base.insert(base, family);
        }
    }
    families
}

/// The discriminator of a base, which may be in an `allOf` of it.
fn own_discriminator(schema: &Value, depth: usize) -> Option<&Value> {
    let fields = schema.as_object().filter(|_| depth < MAX_DEPTH)?;
    let parts = fields.get("allOf").and_then(Value::as_array).into_iter().flatten();
    discriminator_of(fields)
        .or_else(|| parts.into_iter().find_map(|part| own_discriminator(part, depth + 1)))
}

/// Adds the names of schemas. Every schema has its own name as well as those of `mapping`.
fn with_names(mut family: Family, base: &str, subtypes: Vec<String>) -> Family {
    if subtypes.is_empty() && family.names.is_empty() {
        return family;
    }
    let mut known: HashSet<String> = family.names.iter().map(|(name, _)| name.clone()).collect();
    let mapped: Vec<String> = family.names.iter().map(|(_, to)| to.clone()).collect();
    for pointer in mapped.into_iter().chain(subtypes).chain([base.to_owned()]) {
        if let Some(name) = component_name(&pointer).filter(|name| known.insert(name.clone())) {
            family.names.push((name, pointer));
        }
    }
    family
}

/// Which named schemas include which others.
struct Graph<'a> {
    schemas: &'a Map<String, Value>,
    /// By pointer: the schemas that it includes, and those that include it.
    down: HashMap<String, Vec<String>>,
    up: HashMap<String, Vec<String>>,
}

struct Members {
    /// In the order of the document.
    subtypes: Vec<String>,
    /// All schemas between the base and its subtypes.
    included: Vec<String>,
}

impl<'a> Graph<'a> {
    fn of(schemas: &'a Map<String, Value>) -> Self {
        let (mut down, mut up) = (HashMap::new(), HashMap::<String, Vec<String>>::new());
        for (name, schema) in schemas {
            let mut targets = Vec::new();
            included(schema, &mut targets, 0);
            let pointer = component(name);
            for target in &targets {
                up.entry(target.clone()).or_default().push(pointer.clone());
            }
            down.insert(pointer, targets);
        }
        Self { schemas, down, up }
    }

    /// `None` if there are too many.
    fn members(&self, base: &str, family: &Family) -> Option<Members> {
        let above = reached(&self.up, [base.to_owned()])?;
        let is_mapped = |pointer: &str| family.names.iter().any(|(_, to)| to == pointer);
        let subtypes: Vec<String> = self
            .schemas
            .iter()
            .map(|(name, schema)| (component(name), schema))
            .filter(|(pointer, _)| pointer != base && above.contains(pointer))
            .filter(|(pointer, schema)| {
                is_mapped(pointer)
                    || !is_other_name(schema)
                        && (family.names.is_empty() || !is_only_all_of(schema))
            })
            .map(|(pointer, _)| pointer)
            .collect();
        let below = reached(&self.down, subtypes.clone())?;
        let included = above.into_iter().filter(|pointer| below.contains(pointer));
        let included = included.filter(|pointer| pointer != base).collect();
        Some(Members { subtypes, included })
    }
}

fn reached(
    edges: &HashMap<String, Vec<String>>,
    from: impl IntoIterator<Item = String>,
) -> Option<HashSet<String>> {
    let mut open: Vec<String> = from.into_iter().collect();
    let mut reached: HashSet<String> = open.iter().cloned().collect();
    while let Some(pointer) = open.pop() {
        for next in edges.get(&pointer).into_iter().flatten() {
            if reached.insert(next.clone()) {
                open.push(next.clone());
            }
        }
        if reached.len() > MAX_MEMBERS {
            return None;
        }
    }
    Some(reached)
}

/// The named schemas that a schema includes by `$ref` and `allOf`.
fn included(schema: &Value, targets: &mut Vec<String>, depth: usize) {
    let Some(fields) = schema.as_object().filter(|_| depth < MAX_DEPTH) else { return };
    let target = fields.get("$ref").and_then(Value::as_str).and_then(pointer_of);
    targets.extend(target.filter(|target| component_name(target).is_some()));
    for part in fields.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        included(part, targets, depth + 1);
    }
}

/// A reference and nothing else: another name of the same schema.
fn is_other_name(schema: &Value) -> bool {
    conditions(schema).eq(["$ref"])
}

/// `allOf` with one schema and nothing else: a description of a base, or a subtype without own
/// fields. It is a subtype if the document does not list the subtypes.
fn is_only_all_of(schema: &Value) -> bool {
    let is_single =
        schema.get("allOf").and_then(Value::as_array).is_some_and(|parts| parts.len() == 1);
    is_single && conditions(schema).all(|key| matches!(key, "allOf" | "type"))
}

fn conditions(schema: &Value) -> impl Iterator<Item = &str> {
    let keys = schema.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    keys.filter(|key| !is_annotation(key))
}
