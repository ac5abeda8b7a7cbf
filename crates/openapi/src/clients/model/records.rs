//! Objects with named fields.

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::Value;

use super::assemble::{Parts, Place};
use super::convert::{At, Form, Models};
use super::family::Tag;
use super::shape::{Fields, Shape};
use super::{Docs, Field, Literal, Record, Side, Style, Type};
use crate::spec::Spec;

/// Maximum number of fields that are repeated only because some of them are required.
const MAX_COPIED: usize = 50_000;

impl<'a> Models<'a> {
    /// An object that extends those of `bases`, written in place or as a declaration.
    pub(super) fn record(
        &mut self,
        parts: Parts<'a>,
        bases: &[String],
        key: Vec<usize>,
        docs: Docs<'a>,
        at: &At,
        place: Place,
    ) -> Type<'a> {
        if self.style == Style::Structural || place == Place::Declaration {
            return Type::Record(self.fields(parts, bases, at));
        }
        let key = (key, at.side);
        if let Some(index) = self.hoisted.get(&key) {
            return Type::Named(*index);
        }
        let index = self.declare(at.name.clone(), docs);
        if !key.0.is_empty() {
            self.hoisted.insert(key, index);
        }
        let name = self.declarations.get(index).map(|known| known.name.clone());
        let at = At { name: name.unwrap_or_default(), ..at.clone() };
        let body = Type::Record(self.fields(parts, bases, &at));
        if let Some(declaration) = self.declarations.get_mut(index) {
            declaration.body = body;
        }
        Type::Named(index)
    }

    fn fields(&mut self, mut parts: Parts<'a>, bases: &[String], at: &At) -> Record<'a> {
        let (spec, side) = (self.spec, at.side);
        let shapes: Vec<Rc<Fields<'a>>> = bases
            .iter()
            .filter_map(|base| match self.shapes.shape(base) {
                Shape::Record(fields) => Some(fields),
                Shape::Plain | Shape::Other => None,
            })
            .collect();
        let (mut requires, unknown) = missing(spec, &parts, &shapes, side);
        let mut record = Record { is_open: parts.is_open, ..Record::default() };
        let is_flat = self.style == Style::Nominal
            && (self.overlap(&parts, &shapes) || (!requires.is_empty() && self.may_copy(&shapes)));
        if is_flat {
            let mut all = Fields::default();
            shapes.iter().for_each(|fields| all.merge(fields));
            all.merge(&parts.fields);
            parts.fields = all;
            requires.clear();
        } else {
            for base in bases {
                let base = self.named(base, Form { side, is_base: true });
                record.bases.extend(match base {
                    Type::Named(index) => Some(index),
                    _ => None,
                });
            }
        }
        record.requires = requires;
        let tags = std::mem::take(&mut parts.tags);
        let added = tags.iter().filter(|tag| parts.fields.get(tag.field).is_none());
        record.fields.extend(added.map(|tag| marked(tag, Docs::default())));
        for (name, schemas) in &parts.fields.all {
            if excluded(spec, schemas, side) || !self.afford(1) {
                continue;
            }
            let docs = schemas.iter().map(|schema| Docs::of(schema));
            let docs = docs.reduce(|all, docs| all.or(docs)).unwrap_or_default();
            record.fields.push(match tags.iter().find(|tag| tag.field == *name) {
                Some(tag) => marked(tag, docs),
                None => Field {
                    name,
                    is_required: parts.fields.required.contains(name),
                    docs,
                    kind: self.merged(schemas, &at.deeper(name)),
                },
            });
        }
        record.fields.extend(
            unknown.into_iter().filter(|name| !tags.iter().any(|tag| tag.field == *name)).map(
                |name| Field { name, is_required: true, docs: Docs::default(), kind: Type::Any },
            ),
        );
        record
    }

    /// Whether fields may be repeated only because some of them are required. Otherwise, they stay
    /// optional, so that the size of a package is linear in the document.
    fn may_copy(&mut self, shapes: &[Rc<Fields<'a>>]) -> bool {
        self.copied += shapes.iter().map(|fields| fields.all.len()).sum::<usize>();
        self.copied < MAX_COPIED
    }

    /// Whether a field would occur twice in a class that extends the others.
    fn overlap(&mut self, parts: &Parts<'a>, shapes: &[Rc<Fields<'a>>]) -> bool {
        let own = parts.fields.all.iter().map(|(name, _)| *name);
        let mut known: HashSet<&str> = own.chain(parts.tags.iter().map(|tag| tag.field)).collect();
        for fields in shapes {
            if !self.afford(fields.all.len()) {
                return false;
            }
            if !fields.all.iter().all(|(name, _)| known.insert(name)) {
                return true;
            }
        }
        false
    }

    /// The marks of a schema that agree with its own fields.
    pub(super) fn tags(&mut self, pointer: &str, side: Side) -> Vec<Tag<'a>> {
        let tags = self.family.tags(pointer).to_vec();
        let fields = match self.shapes.shape(pointer) {
            Shape::Record(fields) => fields,
            Shape::Plain => Rc::default(),
            Shape::Other => return Vec::new(),
        };
        let is_closed =
            self.spec.root.pointer(pointer).is_some_and(|schema| {
                schema.get("additionalProperties") == Some(&Value::Bool(false))
            });
        let spec = self.spec;
        let agrees = |tag: &Tag| match fields.get(tag.field) {
            Some(schemas) => {
                !excluded(spec, schemas, side)
                    && schemas.iter().all(|schema| allows(spec, schema, &tag.values))
            }
            None => !is_closed,
        };
        tags.into_iter().filter(agrees).collect()
    }
}

fn marked<'a>(tag: &Tag<'a>, docs: Docs<'a>) -> Field<'a> {
    let kind = Type::Literals(tag.values.iter().map(|value| Literal::Text(value)).collect());
    Field { name: tag.field, is_required: true, docs, kind }
}

/// The required fields that the parts do not describe: those of the bases that are optional there,
/// and those that nothing describes.
fn missing<'a>(
    spec: &Spec,
    parts: &Parts<'a>,
    shapes: &[Rc<Fields<'a>>],
    side: Side,
) -> (Vec<&'a str>, Vec<&'a str>) {
    let own = &parts.fields;
    let mut names: Vec<&str> =
        own.required.iter().copied().filter(|name| own.get(name).is_none()).collect();
    names.sort_unstable();
    let (mut requires, mut unknown) = (Vec::new(), Vec::new());
    for name in names {
        let described: Vec<_> =
            shapes.iter().filter_map(|fields| Some((fields, fields.get(name)?))).collect();
        if described.is_empty() {
            unknown.push(name);
        } else if !described.iter().any(|(fields, schemas)| {
            fields.required.contains(name) || excluded(spec, schemas, side)
        }) {
            requires.push(name);
        }
    }
    (requires, unknown)
}

/// Whether a field is not sent in this direction.
fn excluded(spec: &Spec, schemas: &[&Value], side: Side) -> bool {
    let has_mark = |schema: &Value| schema.get(side.excludes()) == Some(&Value::Bool(true));
    schemas.iter().any(|schema| has_mark(schema) || spec.resolve(schema).is_some_and(has_mark))
}

/// Whether the values of a mark agree with a field that does not mark its schema itself.
fn allows(spec: &Spec, schema: &Value, values: &[&str]) -> bool {
    let Some(schema) = spec.resolve(schema) else { return true };
    if schema.get("const").is_some() {
        return false;
    }
    match schema.get("enum").and_then(Value::as_array) {
        Some(allowed) => {
            allowed.len() > 1
                && values.iter().all(|value| allowed.iter().any(|known| known == value))
        }
        None => true,
    }
}
