//! All schemas that describe one value (`$ref`, `allOf`, and the schema itself) as one type.

use std::collections::HashSet;

use serde_json::Value;

use super::convert::{At, Form, MAX_DEPTH, Models};
use super::family::Tag;
use super::shape::{Fields, Shape};
use super::tables::{choices, kinds, reference, schemas, texts, unaliased};
use super::{Docs, Literal, Style, Type};
use crate::samples::is_binary;

/// Maximum number of named schemas that are written in place, because a class cannot extend them.
const MAX_INLINED: usize = 64;

/// What was found of one value.
#[derive(Clone, Default)]
pub struct Parts<'a> {
    /// Pointers of named schemas.
    pub bases: Vec<String>,
    known: HashSet<String>,
    pub fields: Fields<'a>,
    pub tags: Vec<Tag<'a>>,
    /// The lists of `oneOf` and `anyOf`.
    choices: Vec<&'a Vec<Value>>,
    /// Types that are not objects with named fields.
    others: Vec<Type<'a>>,
    is_object: bool,
    /// The schema of other fields.
    values: Option<&'a Value>,
    pub is_open: bool,
    /// Whether it is one of several choices. Choices within it are left out.
    is_branch: bool,
}

/// Where a type is needed.
#[derive(Clone, Copy, PartialEq)]
pub enum Place {
    /// As the body of a declaration.
    Declaration,
    Inline,
}

impl Parts<'_> {
    pub fn add_base(&mut self, pointer: String) {
        if self.known.insert(pointer.clone()) {
            self.bases.push(pointer);
        }
    }

    const fn has_fields(&self) -> bool {
        !self.fields.all.is_empty() || !self.tags.is_empty()
    }
}

impl<'a> Models<'a> {
    /// The type of a value that all these schemas describe.
    pub(super) fn merged(&mut self, schemas: &[&'a Value], at: &At) -> Type<'a> {
        if at.depth > MAX_DEPTH || !self.afford(schemas.len()) {
            return Type::Any;
        }
        let mut parts = Parts::default();
        for schema in schemas {
            self.gather(schema, &mut parts, at, 0);
        }
        let key = schemas.iter().map(|schema| std::ptr::from_ref(*schema).addr()).collect();
        let docs = schemas.first().map(|schema| Docs::of(schema)).unwrap_or_default();
        self.assembled(parts, key, docs, at, Place::Inline)
    }

    pub(super) fn gather(
        &mut self,
        schema: &'a Value,
        parts: &mut Parts<'a>,
        at: &At,
        depth: usize,
    ) {
        if *schema == Value::Bool(false) {
            parts.others.push(Type::Never);
        }
        if depth > MAX_DEPTH || !schema.is_object() || !self.afford(1) {
            return;
        }
        if let Some(pointer) = reference(self.spec, schema) {
            parts.add_base(pointer);
        }
        for part in schemas(schema, "allOf") {
            self.gather(part, parts, at, depth + 1);
        }
        parts.choices.extend(choices(schema));
        if let Some(value) = schema.get("const") {
            parts.others.push(Type::Literals(vec![Literal::of(value)]));
        } else if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            if self.afford(values.len()) {
                parts.others.push(Type::Literals(values.iter().map(Literal::of).collect()));
            }
        } else {
            self.gather_own(schema, parts, at);
        }
    }

    /// What the schema says without its compositions.
    fn gather_own(&mut self, schema: &'a Value, parts: &mut Parts<'a>, at: &At) {
        let kinds = kinds(schema);
        match kinds.as_slice() {
            [] => parts.fields.required.extend(texts(schema, "required")),
            ["object"] => gather_object(schema, parts),
            [kind] => {
                let kind = self.of_kind(kind, schema, at);
                parts.others.push(kind);
            }
            kinds => {
                let kinds = kinds.iter().map(|kind| self.of_kind(kind, schema, at)).collect();
                parts.others.push(Type::union(kinds));
            }
        }
    }

    fn of_kind(&mut self, kind: &str, schema: &'a Value, at: &At) -> Type<'a> {
        match kind {
            "string" if is_binary(schema) => Type::Bytes,
            "string" => Type::Text,
            "integer" => Type::Int,
            "number" => Type::Float,
            "boolean" => Type::Bool,
            "null" => Type::Null,
            "array" => {
                let items = schemas(schema, "prefixItems").chain(schema.get("items"));
                let items = items.map(|item| self.merged(&[item], &at.deeper("Item"))).collect();
                Type::List(Box::new(Type::union(items)))
            }
            "object" => {
                let mut parts = Parts::default();
                gather_object(schema, &mut parts);
                let key = vec![std::ptr::from_ref(schema).addr()];
                self.assembled(parts, key, Docs::of(schema), at, Place::Inline)
            }
            _ => Type::Any,
        }
    }

    /// One type for all parts. `key` identifies them, so that they are written in place only once.
    pub(super) fn assembled(
        &mut self,
        mut parts: Parts<'a>,
        key: Vec<usize>,
        docs: Docs<'a>,
        at: &At,
        place: Place,
    ) -> Type<'a> {
        let value_form = Form { side: at.side, is_base: false };
        if self.is_name(&parts)
            && let Some(name) = parts.bases.first()
        {
            return self.named(name, value_form);
        }
        if self.style == Style::Nominal {
            self.inline(&mut parts, at);
        }
        let (mut records, mut others) = (Vec::new(), Vec::new());
        for pointer in std::mem::take(&mut parts.bases) {
            let target = unaliased(self.spec, pointer.clone());
            match self.shapes.shape(&target) {
                Shape::Record(_) => records.push(target),
                Shape::Plain => parts.is_object = true,
                Shape::Other => others.push(self.named(&pointer, value_form)),
            }
        }
        let is_record = parts.has_fields() || !records.is_empty();
        if self.style == Style::Nominal && is_record && !parts.is_branch {
            if let Some(branches) = parts.choices.pop() {
                parts.bases = records;
                return self.distributed(parts, branches, &key, at);
            }
        } else if self.style == Style::Structural || !is_record {
            for branches in std::mem::take(&mut parts.choices) {
                let choice = self.choice(branches, at);
                if choice != Type::Any {
                    // The branches say it more exactly.
                    parts.others.retain(|kind| !kind.is_scalar());
                    others.push(choice);
                }
            }
        }
        others.append(&mut parts.others);
        others.retain(|kind| *kind != Type::Any);
        let (is_object, values) = (parts.is_object, parts.values);
        if is_record {
            let record = self.record(parts, &records, key, docs, at, place);
            if others.is_empty() || self.style == Style::Nominal {
                return record;
            }
            others.insert(0, record);
        }
        match (others.len(), self.style) {
            (0, _) if is_object => {
                let kind = values.map(|values| self.merged(&[values], &at.deeper("Value")));
                Type::Map(Box::new(kind.unwrap_or(Type::Any)))
            }
            (0 | 1, _) => others.pop().unwrap_or(Type::Any),
            (_, Style::Structural) => Type::Both(others),
            (_, Style::Nominal) => most_exact(others),
        }
    }

    fn choice(&mut self, branches: &'a [Value], at: &At) -> Type<'a> {
        let kinds = branches.iter().enumerate().map(|(index, branch)| {
            self.merged(&[branch], &at.deeper(&format!("Choice{}", index + 1)))
        });
        Type::union(kinds.collect())
    }

    /// Whether a name is all that was found.
    fn is_name(&mut self, parts: &Parts<'a>) -> bool {
        let [pointer] = parts.bases.as_slice() else { return false };
        if parts.has_fields() || !parts.others.is_empty() || !parts.choices.is_empty() {
            return false;
        }
        let target = unaliased(self.spec, pointer.clone());
        match self.shapes.shape(&target) {
            Shape::Record(fields) => parts.fields.required.is_subset(&fields.required),
            Shape::Plain | Shape::Other => true,
        }
    }

    /// Adds what named schemas say that are no objects with fields: a class cannot extend them.
    fn inline(&mut self, parts: &mut Parts<'a>, at: &At) {
        let spec = self.spec;
        for _ in 0..MAX_INLINED {
            let found = parts.bases.iter().position(|pointer| {
                let target = unaliased(spec, pointer.clone());
                matches!(self.shapes.shape(&target), Shape::Other)
            });
            let Some(found) = found else { return };
            let pointer = parts.bases.remove(found);
            if let Some(schema) = spec.root.pointer(&pointer) {
                self.gather(schema, parts, at, 0);
            }
        }
    }

    /// An object with choices as a choice between objects.
    fn distributed(
        &mut self,
        mut parts: Parts<'a>,
        branches: &'a [Value],
        key: &[usize],
        at: &At,
    ) -> Type<'a> {
        parts.choices.clear();
        parts.is_branch = true;
        let mut kinds = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            if !self.afford(1 + parts.fields.all.len() + parts.bases.len()) {
                return Type::Any;
            }
            let at = at.deeper(&format!("Choice{}", index + 1));
            let mut parts = parts.clone();
            self.gather(branch, &mut parts, &at, 0);
            // An object is no text or number.
            if parts.others.is_empty() {
                let mut key = key.to_vec();
                key.push(std::ptr::from_ref(branch).addr());
                kinds.push(self.assembled(parts, key, Docs::of(branch), &at, Place::Inline));
            }
        }
        Type::union(kinds)
    }
}

/// The fields of an object.
fn gather_object<'a>(schema: &'a Value, parts: &mut Parts<'a>) {
    let values = schema.get("additionalProperties");
    parts.fields.add_own(schema);
    parts.is_object = true;
    parts.is_open |= values.is_some_and(|values| *values != Value::Bool(false));
    parts.values = values.filter(|values| values.is_object()).or(parts.values);
}

/// Of several types that a language cannot combine.
fn most_exact(kinds: Vec<Type>) -> Type {
    let rank = |kind: &Type| match kind {
        Type::Literals(values) => (0, values.len()),
        Type::Union(_) | Type::List(_) => (1, 0),
        Type::Named(_) => (2, 0),
        _ => (3, 0),
    };
    kinds.into_iter().min_by_key(rank).unwrap_or(Type::Any)
}
