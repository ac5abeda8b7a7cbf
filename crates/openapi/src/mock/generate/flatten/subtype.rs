//! Bases whose discriminator selects a subtype, and the names that select it.

use serde_json::{Map, Value, json};

use super::{Flattening, merge::merge};
use crate::mock::generate::Flat;
use crate::spec::Family;

impl Flattening<'_> {
    /// The schema at `pointer`. If it is a base, with one of its subtypes, unless it is a part of
    /// one. A subtype gets the name that selects it.
    pub(super) fn with_subtype(
        &mut self,
        pointer: &str,
        target: &Value,
        direct: bool,
        hops: usize,
    ) -> Option<Flat> {
        let schemas = self.schemas;
        let families = schemas.families();
        let family = families.of_base(pointer).filter(|_| !self.is_part_of(pointer));
        let offered = family.map(|family| family.offered(pointer)).unwrap_or_default();
        let mut flat = match (family, offered.as_slice()) {
            (Some(family), [_, ..]) => {
                let (name, to) = *offered.get(self.choice.of(offered.len()))?;
                let flat = self.selected(pointer, target, to, direct, hops)?;
                self.named(flat, &family.property, name)?
            }
            _ => self.alone(pointer, target, direct, hops)?,
        };
        for base in families.bases_of(pointer) {
            let family = families.of_base(base).filter(|_| !self.is_part_of(base));
            let named = family.and_then(|family| Some((family, family.name_of(pointer)?)));
            if let Some((family, name)) = named {
                flat = self.named(flat, &family.property, name)?;
            }
        }
        Some(flat)
    }

    /// A subtype of the base at `base`. A subtype that does not include the base is merged with it.
    fn selected(
        &mut self,
        base: &str,
        schema: &Value,
        to: &str,
        direct: bool,
        hops: usize,
    ) -> Option<Flat> {
        let schemas = self.schemas;
        if to == base {
            return self.alone(base, schema, direct, hops);
        }
        let target = schemas.root().pointer(to)?;
        self.refs.push(format!("#{to}"));
        if schemas.families().includes(to, base) {
            return self.alone(to, target, direct, hops + 1);
        }
        let own = self.alone(base, schema, direct, hops)?;
        merge(own, self.alone(to, target, direct, hops + 1)?)
    }

    fn alone(&mut self, pointer: &str, target: &Value, direct: bool, hops: usize) -> Option<Flat> {
        self.chain.push(pointer.to_owned());
        let flat = self.flat(target, direct, hops + 1);
        self.chain.pop();
        flat
    }

    fn is_part_of(&self, base: &str) -> bool {
        self.chain.iter().any(|outer| self.schemas.families().includes(outer, base))
    }

    /// Whether the discriminator of the current schema belongs to a base of the document.
    pub(super) fn is_in_base(&self) -> bool {
        self.chain.last().is_some_and(|outer| self.schemas.families().of_base(outer).is_some())
    }

    /// A schema that is not a component, with a subtype of its `mapping`.
    pub(super) fn with_mapped(
        &mut self,
        flat: Flat,
        map: &Map<String, Value>,
        hops: usize,
    ) -> Option<Flat> {
        let Some(family) = Family::of_mapping(self.schemas.root(), map, "") else {
            return Some(flat);
        };
        let offered = family.offered("");
        if offered.is_empty() {
            return Some(flat);
        }
        let (name, to) = *offered.get(self.choice.of(offered.len()))?;
        let flat = match self.schemas.root().pointer(to).filter(|_| !to.is_empty()) {
            Some(target) => merge(flat, self.alone(to, target, false, hops)?)?,
            None => flat,
        };
        self.named(flat, &family.property, name)
    }

    /// Sets the name in the discriminator property, unless its schema refuses the name.
    pub(super) fn named(&self, flat: Flat, property: &str, name: &str) -> Option<Flat> {
        let known = flat.get("properties").and_then(|properties| properties.get(property));
        // Some documents use numbers.
        let plain = serde_json::from_str::<Value>(name).ok();
        let plain = plain.filter(|plain| plain.is_number() || plain.is_boolean());
        let accepted = std::iter::once(Value::from(name))
            .chain(plain)
            .find(|name| known.is_none_or(|known| self.schemas.accepts(known, name)));
        let Some(name) = accepted else { return Some(flat) };
        match json!({ "properties": { property: { "const": name } }, "required": [property] }) {
            Value::Object(by_name) => merge(flat, by_name),
            _ => Some(flat),
        }
    }
}
