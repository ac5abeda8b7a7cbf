//! Discriminators: which schemas are choices between others, and the values that mark each of them
//! (OpenAPI 3.1, section 4.8.25).

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::tables::{COMPONENTS, components, reference, schemas, unaliased};
use crate::spec::{Spec, all_schemas_in, join, pointer_of};

/// Maximum number of relations between schemas.
const MAX_STEPS: usize = 1_000_000;

#[derive(Default)]
pub struct Family<'a> {
    /// The subtypes of schemas that have a discriminator and no choices of their own.
    members: HashMap<String, Vec<String>>,
    /// By schema: each discriminating field, with the values that mark this schema.
    tags: HashMap<String, Vec<Tag<'a>>>,
    names: HashMap<String, &'a str>,
    steps: usize,
}

#[derive(Clone, Debug)]
pub struct Tag<'a> {
    pub field: &'a str,
    pub values: Vec<&'a str>,
}

impl<'a> Family<'a> {
    /// `None` if the document describes too many relations.
    pub fn of(spec: &'a Spec) -> Option<Self> {
        let children = children(spec);
        let mut family = Self::default();
        for (name, pointer, _) in components(spec) {
            family.names.insert(pointer, name);
        }
        for (_, pointer, schema) in components(spec) {
            let has_choices =
                schemas(schema, "oneOf").chain(schemas(schema, "anyOf")).next().is_some();
            let Some(discriminator) = Discriminator::of(spec, schema).filter(|_| !has_choices)
            else {
                continue;
            };
            let members = family.subtypes(&pointer, &children, &discriminator)?;
            if members.iter().any(|member| *member != pointer) {
                family.mark(&discriminator, &members)?;
                family.members.insert(pointer, members);
            }
        }
        let mut choices = Vec::new();
        all_schemas_in(&spec.root, &mut |schema, _| {
            choices.extend(Discriminator::of(spec, schema).map(|found| (schema, found)));
        });
        for (schema, discriminator) in choices {
            let branches = schemas(schema, "oneOf").chain(schemas(schema, "anyOf"));
            let members: Vec<String> = branches
                .filter_map(|branch| reference(spec, branch))
                .map(|pointer| unaliased(spec, pointer))
                .collect();
            family.mark(&discriminator, &members)?;
        }
        Some(family)
    }

    /// The targets of the mapping, and the schemas that extend the base. A schema that others
    /// extend is only a subtype if it is mapped.
    fn subtypes(
        &mut self,
        base: &str,
        children: &HashMap<String, Vec<String>>,
        discriminator: &Discriminator<'a>,
    ) -> Option<Vec<String>> {
        let mapped: HashSet<&String> =
            discriminator.targets.iter().map(|(_, target)| target).collect();
        let (mut found, mut known) = (Vec::new(), HashSet::from([base.to_owned()]));
        let mut open: Vec<&String> = children.get(base).into_iter().flatten().rev().collect();
        while let Some(pointer) = open.pop() {
            self.spend(1)?;
            if !known.insert(pointer.clone()) {
                continue;
            }
            let own = children.get(pointer);
            if own.is_none() || mapped.is_empty() || mapped.contains(pointer) {
                found.push(pointer.clone());
            }
            open.extend(own.into_iter().flatten().rev());
        }
        let mut listed: HashSet<String> = found.iter().cloned().collect();
        for (_, target) in &discriminator.targets {
            self.spend(1)?;
            if listed.insert(target.clone()) {
                found.push(target.clone());
            }
        }
        Some(found)
    }

    /// Adds the values of a discriminator to its members.
    fn mark(&mut self, discriminator: &Discriminator<'a>, members: &[String]) -> Option<()> {
        let mut mapped: HashMap<&str, Vec<&'a str>> = HashMap::new();
        for (value, target) in &discriminator.targets {
            mapped.entry(target).or_default().push(value);
        }
        for member in members {
            let name = self.names.get(member).copied();
            let values = mapped.remove(member.as_str());
            let values = values.unwrap_or_else(|| name.into_iter().collect());
            let tags = self.tags.get(member).map_or(&[][..], Vec::as_slice);
            let known = tags.iter().map(|tag| tag.values.len()).sum::<usize>();
            self.spend(1 + values.len() + tags.len() + known)?;
            let tags = self.tags.entry(member.clone()).or_default();
            match tags.iter_mut().find(|tag| tag.field == discriminator.field) {
                Some(tag) => {
                    let known: HashSet<&str> = tag.values.iter().copied().collect();
                    tag.values.extend(values.into_iter().filter(|value| !known.contains(value)));
                }
                None => tags.push(Tag { field: discriminator.field, values }),
            }
        }
        Some(())
    }

    fn spend(&mut self, steps: usize) -> Option<()> {
        self.steps += steps;
        (self.steps <= MAX_STEPS).then_some(())
    }

    /// The subtypes of a base, if it is one.
    pub fn members(&self, pointer: &str) -> Option<&[String]> {
        self.members.get(pointer).map(Vec::as_slice)
    }

    /// Each base with each of its subtypes.
    pub fn relations(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members.iter().flat_map(|(base, members)| {
            members.iter().map(move |member| (base.as_str(), member.as_str()))
        })
    }

    pub fn tags(&self, pointer: &str) -> &[Tag<'a>] {
        self.tags.get(pointer).map(Vec::as_slice).unwrap_or_default()
    }
}

struct Discriminator<'a> {
    field: &'a str,
    /// The values of `mapping`, and the pointers of their schemas.
    targets: Vec<(&'a str, String)>,
}

impl<'a> Discriminator<'a> {
    fn of(spec: &Spec, schema: &'a Value) -> Option<Self> {
        let discriminator = schema.get("discriminator")?;
        let field = discriminator.get("propertyName")?.as_str()?;
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let targets = mapping.into_iter().flatten().filter_map(|(value, target)| {
            let target = target.as_str()?;
            let pointer = pointer_of(target).unwrap_or_else(|| join(COMPONENTS, target));
            spec.root.pointer(&pointer)?;
            Some((value.as_str(), unaliased(spec, pointer)))
        });
        Some(Self { field, targets: targets.collect() })
    }
}

/// By schema, the components that extend it by `allOf`.
fn children(spec: &Spec) -> HashMap<String, Vec<String>> {
    let mut children: HashMap<String, Vec<String>> = HashMap::new();
    for (_, pointer, schema) in components(spec) {
        let mut open: Vec<&Value> = schemas(schema, "allOf").collect();
        let mut parents = HashSet::new();
        while let Some(part) = open.pop() {
            let parent = reference(spec, part).map(|parent| unaliased(spec, parent));
            if let Some(parent) = parent.filter(|parent| parents.insert(parent.clone())) {
                children.entry(parent).or_default().push(pointer.clone());
            }
            open.extend(schemas(part, "allOf"));
        }
    }
    children
}
