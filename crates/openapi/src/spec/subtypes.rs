//! The schemas that a `discriminator` selects: the subtypes of a base, which include it by `allOf`,
//! and the branches of a choice (OpenAPI, Discriminator Object). Validator, mock, samples and pages
//! all read them here, so that they agree.

mod branches;
mod find;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

pub use branches::NamedBranches;

use super::model::pointer_of;
use super::walk::join;

/// The bases of a document with their subtypes. Schemas are identified by their JSON pointers.
#[derive(Debug, Default)]
pub struct Families {
    by_base: HashMap<String, Family>,
    /// The bases that a schema includes by `allOf`, also indirectly.
    included: HashMap<String, Vec<String>>,
}

/// A base with its subtypes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The property whose value names the subtype.
    pub property: String,
    /// Values of the property with the schemas that they select: those of `mapping` first, then the
    /// names of the schemas. A value that is mapped to another document selects the base.
    pub names: Vec<(String, String)>,
    /// The schema for values without a name: `defaultMapping` (OpenAPI 3.2).
    pub otherwise: Option<String>,
    /// Whether other values are refused, because the document lists the names in a `mapping`.
    pub is_closed: bool,
}

impl Families {
    /// The families of a document. Takes time in proportion to its schemas.
    pub fn of(root: &Value) -> Self {
        find::families(root)
    }

    pub fn of_base(&self, pointer: &str) -> Option<&Family> {
        self.by_base.get(pointer)
    }

    /// Whether the schema at `pointer` includes the base, so that its part `base` must not select a
    /// subtype again.
    pub fn includes(&self, pointer: &str, base: &str) -> bool {
        self.bases_of(pointer).any(|known| known == base)
    }

    /// The bases that the schema at `pointer` includes.
    pub fn bases_of(&self, pointer: &str) -> impl Iterator<Item = &str> {
        self.included.get(pointer).into_iter().flatten().map(String::as_str)
    }
}

impl Family {
    /// The family of a schema that is not a component: its `mapping`. `own` is selected by values
    /// that are mapped to another document.
    pub fn of_mapping(root: &Value, schema: &Map<String, Value>, own: &str) -> Option<Self> {
        let discriminator = discriminator_of(schema)?;
        let family = Self::read(root, discriminator, own)?;
        (!family.names.is_empty() || family.otherwise.is_some()).then_some(family)
    }

    fn read(root: &Value, discriminator: &Value, own: &str) -> Option<Self> {
        let property = discriminator.get("propertyName")?.as_str()?.to_owned();
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let names: Vec<(String, String)> = mapping
            .into_iter()
            .flatten()
            .filter_map(|(name, to)| Some((name.clone(), to.as_str()?)))
            .map(|(name, to)| (name, mapped(root, to).unwrap_or_else(|| own.to_owned())))
            .collect();
        let otherwise = discriminator.get("defaultMapping").and_then(Value::as_str);
        let otherwise = otherwise.and_then(|to| mapped(root, to));
        let is_closed = !names.is_empty() && otherwise.is_none();
        Some(Self { property, names, otherwise, is_closed })
    }

    /// The schemas that can be selected, each once with its first name. The base itself, at `own`,
    /// is one of them if `mapping` contains it.
    pub fn offered(&self, own: &str) -> Vec<(&str, &str)> {
        let mut known = HashSet::new();
        let names = self.names.iter().filter(|(name, to)| to != own || !is_name_of(name, own));
        names
            .filter(|(_, to)| known.insert(to.as_str()))
            .map(|(name, to)| (name.as_str(), to.as_str()))
            .collect()
    }

    /// The first name of the schema at `pointer`.
    pub fn name_of(&self, pointer: &str) -> Option<&str> {
        self.names.iter().find(|(_, to)| to == pointer).map(|(name, _)| name.as_str())
    }
}

/// A discriminator without a choice beside it: that of a base.
fn discriminator_of(schema: &Map<String, Value>) -> Option<&Value> {
    let is_choice =
        |key: &str| schema.get(key).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    schema.get("discriminator").filter(|_| !is_choice("oneOf") && !is_choice("anyOf"))
}

/// The pointer of a schema that a `mapping` names by reference or by name. `None` if it does not
/// exist in this document.
pub fn mapped(root: &Value, to: &str) -> Option<String> {
    let by_name = component(to);
    let pointer = if to.starts_with('#') { pointer_of(to)? } else { by_name };
    root.pointer(&pointer).map(|_| pointer)
}

/// The pointer of a named schema.
pub fn component(name: &str) -> String {
    join("/components/schemas", name)
}

/// The name of the schema at `pointer`, if it is a component.
pub fn component_name(pointer: &str) -> Option<String> {
    let name = pointer.strip_prefix("/components/schemas/").filter(|name| !name.contains('/'))?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

fn is_name_of(name: &str, pointer: &str) -> bool {
    component_name(pointer).is_some_and(|own| own == name)
}
