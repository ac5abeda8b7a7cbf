//! Alternatives of which the value of a property names one: OpenAPI's `discriminator`.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use serde_json::{Map, Value};

use super::Schemas;
use super::choose::pins;
use super::node::Pins;
use super::target::Target;
use super::types::Types;
use crate::spec::{Family, NamedBranches};

/// Maximum number of names in a message.
const SHOWN: usize = 20;

/// Alternatives with names: the indexes of branches, or schemas.
pub struct Named<T> {
    pub property: String,
    /// `None` for a name that does not select a single alternative.
    by_name: HashMap<String, Option<T>>,
    /// The alternative for all other values.
    otherwise: Option<T>,
    /// Whether other values are refused.
    is_closed: bool,
    /// The first names as JSON, for messages.
    pub shown: String,
}

/// What a value selects.
#[derive(Debug, PartialEq, Eq)]
pub enum Selected<T> {
    One(T),
    /// It is not named.
    Any,
    /// The value names an alternative that does not exist.
    None,
}

impl<T: Clone> Named<T> {
    /// What an object selects. `None` for other values.
    pub fn selected(&self, fields: Option<&Map<String, Value>>) -> Selected<T> {
        let Some(fields) = fields else { return Selected::Any };
        let or = |other: Selected<T>| self.otherwise.clone().map_or(other, Selected::One);
        let Some(name) = fields.get(&self.property).and_then(text) else {
            return or(Selected::Any);
        };
        match self.by_name.get(&name) {
            Some(Some(one)) => Selected::One(one.clone()),
            Some(None) => Selected::Any,
            None if self.is_closed => Selected::None,
            None => or(Selected::Any),
        }
    }

    /// Adds the values that an alternative allows for the property. A value that several of them
    /// allow selects none.
    fn add_allowed(&mut self, alternatives: impl Iterator<Item = (T, Vec<String>)>) {
        let mut allowed: HashMap<String, Option<T>> = HashMap::new();
        for (alternative, names) in alternatives {
            for name in names {
                allowed
                    .entry(name)
                    .and_modify(|known| *known = None)
                    .or_insert(Some(alternative.clone()));
            }
        }
        for (name, alternative) in allowed {
            self.by_name.entry(name).or_insert(alternative);
        }
    }
}

/// The branches of a choice, with the constraints of each.
pub fn branches(named: NamedBranches, pins: &[Pins]) -> Named<usize> {
    let is_named = |index: usize| named.name_of(index).is_some();
    let is_object = |pins: &Pins| pins.types.is_none_or(|types| types.has(Types::OBJECT));
    let mut all = Named {
        shown: shown((0..pins.len()).filter_map(|index| named.name_of(index))),
        is_closed: named.is_closed
            && pins.iter().enumerate().all(|(index, pins)| is_named(index) || !is_object(pins)),
        property: named.property,
        by_name: named.names.into_iter().map(|(name, index)| (name, Some(index))).collect(),
        otherwise: named.otherwise,
    };
    let property = all.property.clone();
    all.add_allowed(pins.iter().map(|pins| allowed(pins, &property)).enumerate());
    all
}

/// The subtypes of the base at `own`, whose schema is `base`.
pub fn subtypes(
    schemas: &Schemas,
    family: &Family,
    own: &str,
    base: &Value,
) -> Named<Weak<Target>> {
    let root = schemas.root();
    let target = |pointer: &str| (pointer != own).then(|| schemas.target(pointer));
    let offered = family.offered(own);
    let mut all = Named {
        property: family.property.clone(),
        by_name: family.names.iter().map(|(name, to)| (name.clone(), target(to))).collect(),
        otherwise: family.otherwise.as_deref().and_then(target),
        is_closed: family.is_closed,
        shown: shown(offered.iter().map(|(name, _)| *name)),
    };
    let of_base = allowed(&pins(root, base), &family.property);
    let allowed_by = |pointer: &str| {
        let pins = root.pointer(pointer).map(|schema| pins(root, schema)).unwrap_or_default();
        allowed(&pins, &family.property)
    };
    let subtypes = offered.iter().filter_map(|(_, to)| {
        let names = allowed_by(to);
        (names != of_base).then_some((target(to)?, names))
    });
    all.add_allowed(subtypes.collect::<Vec<_>>().into_iter());
    for name in of_base {
        all.by_name.entry(name).or_insert(None);
    }
    all
}

/// The values that a schema allows for a property, if it lists them.
fn allowed(pins: &Pins, property: &str) -> Vec<String> {
    let lists = pins.fixed.iter().filter(|(name, _)| name == property);
    let mut lists = lists.map(|(_, values)| values.iter().filter_map(text).collect::<Vec<_>>());
    let first = lists.next().unwrap_or_default();
    lists.fold(first, |mut all, list| {
        all.retain(|name| list.contains(name));
        all
    })
}

/// A name as text. Some documents use numbers.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn shown<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.take(SHOWN).map(|name| Value::from(name).to_string()).collect();
    names.join(", ")
}

impl Named<Weak<Target>> {
    /// The schema of the subtype that an object names.
    pub fn subtype(&self, fields: Option<&Map<String, Value>>) -> Selected<Arc<Target>> {
        match self.selected(fields) {
            Selected::One(target) => target.upgrade().map_or(Selected::Any, Selected::One),
            Selected::Any => Selected::Any,
            Selected::None => Selected::None,
        }
    }
}
