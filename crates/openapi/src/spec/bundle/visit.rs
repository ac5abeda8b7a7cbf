//! Follows the references of a part, in the file that it is in.

use serde_json::{Map, Value, json};

use super::{Bundler, Part};
use crate::spec::check::MAX_FAULTS;
use crate::spec::model::MAX_HOPS;
use crate::spec::reference;
use crate::spec::walk::{Kind, Shape, join};

/// A place in a file, and the same place in the bundled document.
#[derive(Clone, Default)]
pub struct At {
    pub file: usize,
    pub pointer: String,
    pub converted: String,
}

impl At {
    fn inside(&self, key: &str) -> Self {
        Self {
            file: self.file,
            pointer: join(&self.pointer, key),
            converted: join(&self.converted, key),
        }
    }
}

impl Bundler<'_> {
    pub fn visit(&mut self, value: &mut Value, kind: Kind, at: &At) {
        let reference = value.get("$ref").and_then(Value::as_str).map(str::to_owned);
        if let Some(reference) = reference.filter(|_| is_followed(kind)) {
            let has_target = self.follow(value, &reference, kind, at);
            // Fields next to other references are ignored.
            if has_target || !matches!(kind, Kind::Schema | Kind::PathItem | Kind::Operation) {
                return;
            }
        }
        let Value::Object(fields) = value else { return };
        for (key, value) in fields.iter_mut() {
            let Some((shape, inner)) = self.field(kind, key) else { continue };
            let at = match kind {
                Kind::Document | Kind::Components => {
                    self.containers.place(at, join(&at.converted, key), key)
                }
                _ => at.inside(key),
            };
            match (shape, value) {
                (Shape::List | Shape::OneOrList, Value::Array(items)) => {
                    for (index, item) in items.iter_mut().enumerate() {
                        self.visit(item, inner, &at.inside(&index.to_string()));
                    }
                }
                (Shape::Map | Shape::Named, Value::Object(named)) => {
                    let is_part = |name: &str| shape == Shape::Map || !name.starts_with("x-");
                    for (name, value) in named.iter_mut().filter(|(name, _)| is_part(name)) {
                        self.visit(value, inner, &at.inside(name));
                    }
                }
                (Shape::One | Shape::OneOrList, value) => self.visit(value, inner, &at),
                _ => {}
            }
        }
        if kind == Kind::Schema {
            self.discriminator(fields, at);
        }
    }

    /// The fields of OpenAPI 3, and those that only Swagger 2.0 has.
    fn field(&self, kind: Kind, key: &str) -> Option<(Shape, Kind)> {
        let of_swagger2 = match (kind, key) {
            (Kind::Document, "definitions") => Some((Shape::Map, Kind::Schema)),
            (Kind::Document, "parameters") => Some((Shape::Map, Kind::Parameter)),
            (Kind::Document, "responses") => Some((Shape::Map, Kind::Response)),
            (Kind::Response, "schema") => Some((Shape::One, Kind::Schema)),
            _ => None,
        };
        of_swagger2.filter(|_| self.is_swagger2).or_else(|| kind.field(key))
    }

    /// Replaces the reference, or the value by its target. True in the second case.
    fn follow(&mut self, value: &mut Value, reference: &str, kind: Kind, at: &At) -> bool {
        let (file, pointer) = match self.loaded.follow(at.file, reference) {
            Ok(target) => target,
            Err(error) => {
                if self.faults.len() < MAX_FAULTS {
                    self.faults.push((at.file, error.placed(&join(&at.pointer, "$ref"))));
                }
                return false;
            }
        };
        if file == 0 {
            // The root's own references stay as written.
            if at.file != 0 || !reference.starts_with('#') {
                self.relink(value, &reference::to(&pointer));
            }
            return false;
        }
        match self.section(kind).filter(|_| !is_written_out(kind)) {
            Some(section) => {
                let link = self.named(file, pointer, kind, section);
                self.relink(value, &link);
                false
            }
            None => {
                self.write_out(value, (file, pointer), kind, at);
                true
            }
        }
    }

    fn relink(&mut self, value: &mut Value, link: &str) {
        self.is_changed = true;
        if let Value::Object(fields) = value {
            fields.insert("$ref".to_owned(), json!(link));
        }
    }

    /// The reference to a part, which becomes a component.
    fn named(&mut self, file: usize, pointer: String, kind: Kind, section: String) -> String {
        if let Some(link) = self.parts.get(&(file, pointer.clone(), kind)) {
            return link.clone();
        }
        let name = self.names.name(&section, self.loaded.path(file), &pointer);
        self.part(file, pointer, kind, section, name)
    }

    /// Makes a part a component of this name. Returns the reference to it.
    pub fn part(
        &mut self,
        file: usize,
        pointer: String,
        kind: Kind,
        section: String,
        name: String,
    ) -> String {
        self.is_changed = true;
        let link = reference::to(&join(&section, &name));
        self.parts.insert((file, pointer.clone(), kind), link.clone());
        self.queue.push_back(Part { file, pointer, kind, section, name });
        link
    }

    /// Replaces a reference by its target.
    fn write_out(&mut self, value: &mut Value, target: (usize, String), kind: Kind, at: &At) {
        let is_circular = self.open.contains(&target);
        if is_circular || self.open.len() >= MAX_HOPS {
            let message = format!(
                "the reference to a {} leads back to itself; write the {} in one of the places",
                kind.name(),
                kind.name()
            );
            return self.fault(at.file, &join(&at.pointer, "$ref"), message);
        }
        let (file, pointer) = target.clone();
        let found = self.loaded.value(file).and_then(|value| value.pointer(&pointer));
        let mut copy = found.map(|found| self.copies.copy(found)).unwrap_or_default();
        if self.copies.are_too_many() {
            return;
        }
        let there = At { file, pointer, converted: at.converted.clone() };
        self.places.insert(there.converted.clone(), target.clone());
        self.open.push(target);
        self.visit(&mut copy, kind, &there);
        self.open.pop();
        self.is_changed = true;
        // Fields next to the reference take precedence.
        let mut own: Map<String, Value> = match value.take() {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        own.shift_remove("$ref");
        let mut own = Value::Object(own);
        self.visit(&mut own, kind, at);
        match (&mut copy, own) {
            (Value::Object(fields), Value::Object(own)) => fields.extend(own),
            _ => {
                let message =
                    format!("the reference leads to something that is not a {}", kind.name());
                self.fault(at.file, &join(&at.pointer, "$ref"), message);
            }
        }
        *value = copy;
    }

    /// `mapping` and `defaultMapping` refer to schemas by name or by reference.
    fn discriminator(&mut self, fields: &mut Map<String, Value>, at: &At) {
        let Some(Value::Object(discriminator)) = fields.get_mut("discriminator") else { return };
        let is_reference = |text: &str| {
            text.contains(['/', '#'])
                || [".yaml", ".yml", ".json"].iter().any(|end| text.ends_with(end))
        };
        let mut links: Vec<&mut Value> = Vec::new();
        for (key, value) in discriminator.iter_mut() {
            match (key.as_str(), value) {
                ("mapping", Value::Object(mapping)) => links.extend(mapping.values_mut()),
                ("defaultMapping", link) => links.push(link),
                _ => {}
            }
        }
        for link in links {
            let Some(text) = link.as_str().filter(|text| is_reference(text)) else { continue };
            let mut schema = json!({ "$ref": text });
            let place = at.inside("discriminator");
            self.visit(&mut schema, Kind::Schema, &place);
            if let Some(Value::String(reference)) = schema.get("$ref") {
                *link = json!(reference);
            }
        }
    }
}

fn is_followed(kind: Kind) -> bool {
    kind.can_be_reference() || kind == Kind::Operation
}

/// Whether the target is written where it is used, and does not become a component.
fn is_written_out(kind: Kind) -> bool {
    matches!(kind, Kind::PathItem | Kind::Operation | Kind::Media)
}
