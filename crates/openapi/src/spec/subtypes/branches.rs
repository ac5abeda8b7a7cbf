//! The branches of a choice that a discriminator names.

use serde_json::{Map, Value};

use super::{Families, component_name, mapped};
use crate::spec::model::pointer_of;

/// A `oneOf` or `anyOf` whose branches are named by a property of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBranches {
    pub property: String,
    /// Values of the property with the indexes of branches: those of `mapping` first.
    pub names: Vec<(String, usize)>,
    /// The branch for values without a name: `defaultMapping` (OpenAPI 3.2).
    pub otherwise: Option<usize>,
    /// Whether other values are refused, because `mapping` lists the names.
    pub is_closed: bool,
}

impl NamedBranches {
    /// The first name of a branch.
    pub fn name_of(&self, index: usize) -> Option<&str> {
        self.names.iter().find(|(_, branch)| *branch == index).map(|(name, _)| name.as_str())
    }
}

impl Families {
    /// The names of the branches in `keyword`. If the schema has no discriminator itself, but all
    /// branches are subtypes of one base, the discriminator of the base names them.
    pub fn branches(
        &self,
        root: &Value,
        schema: &Map<String, Value>,
        keyword: &str,
    ) -> Option<NamedBranches> {
        let branches = schema.get(keyword)?.as_array()?;
        let places: Vec<Option<String>> =
            branches.iter().map(|branch| pointer_of(branch.get("$ref")?.as_str()?)).collect();
        let named = match schema.get("discriminator") {
            Some(discriminator) => by_discriminator(root, discriminator, &places),
            None => self.by_base(&places),
        };
        named.filter(|named| !named.names.is_empty() || named.otherwise.is_some())
    }

    fn by_base(&self, places: &[Option<String>]) -> Option<NamedBranches> {
        let named = || places.iter().flatten();
        let is_member = |pointer: &str, base: &str| pointer == base || self.includes(pointer, base);
        let first = named().next()?;
        let mut bases = self.bases_of(first).chain([first.as_str()]);
        let base = bases.find(|base| {
            self.of_base(base).is_some() && named().all(|pointer| is_member(pointer, base))
        })?;
        let family = self.of_base(base)?;
        let names = family.names.iter().filter_map(|(name, to)| {
            let index = places.iter().position(|place| place.as_ref() == Some(to))?;
            Some((name.clone(), index))
        });
        Some(NamedBranches {
            property: family.property.clone(),
            names: names.collect(),
            otherwise: None,
            is_closed: false,
        })
    }
}

fn by_discriminator(
    root: &Value,
    discriminator: &Value,
    places: &[Option<String>],
) -> Option<NamedBranches> {
    let property = discriminator.get("propertyName")?.as_str()?.to_owned();
    let index_of = |to: &str| {
        let pointer = mapped(root, to)?;
        places.iter().position(|place| place.as_ref() == Some(&pointer))
    };
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    let mut names: Vec<(String, usize)> = Vec::new();
    let mut is_complete = mapping.is_some_and(|mapping| !mapping.is_empty());
    for (name, to) in mapping.into_iter().flatten() {
        match to.as_str().and_then(index_of) {
            Some(index) => names.push((name.clone(), index)),
            None => is_complete = false,
        }
    }
    for (index, place) in places.iter().enumerate() {
        let name = place.as_deref().and_then(component_name);
        if let Some(name) = name.filter(|name| names.iter().all(|(known, _)| known != name)) {
            names.push((name, index));
        }
    }
    let otherwise = discriminator.get("defaultMapping").and_then(Value::as_str).and_then(index_of);
    let is_closed = is_complete && otherwise.is_none();
    Some(NamedBranches { property, names, otherwise, is_closed })
}
