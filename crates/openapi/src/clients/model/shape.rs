//! The fields of schemas that describe an object, including those of the schemas that they extend.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use super::tables::{choices, kinds, reference, schemas, texts, unaliased};
use crate::spec::Spec;

/// Maximum number of schemas in a row that extend each other.
const MAX_DEPTH: usize = 100;

/// Fields in the order of the document, each with all schemas that describe it.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a> {
    pub all: Vec<(&'a str, Vec<&'a Value>)>,
    index: HashMap<&'a str, usize>,
    pub required: HashSet<&'a str>,
}

impl<'a> Fields<'a> {
    pub fn add(&mut self, name: &'a str, schema: &'a Value) {
        let known = self.index.get(name).and_then(|index| self.all.get_mut(*index));
        match known {
            // The same schema can be reached in several ways.
            Some((_, schemas)) => {
                if !schemas.iter().any(|known| std::ptr::eq(*known, schema)) {
                    schemas.push(schema);
                }
            }
            None => {
                self.index.insert(name, self.all.len());
                self.all.push((name, vec![schema]));
            }
        }
    }

    /// The fields that a schema describes itself.
    pub fn add_own(&mut self, schema: &'a Value) {
        let fields = schema.get("properties").and_then(Value::as_object);
        fields.into_iter().flatten().for_each(|(name, field)| self.add(name, field));
        self.required.extend(texts(schema, "required"));
    }

    pub fn merge(&mut self, other: &Self) {
        for (name, schemas) in &other.all {
            schemas.iter().for_each(|schema| self.add(name, schema));
        }
        self.required.extend(&other.required);
    }

    pub fn get(&self, name: &str) -> Option<&[&'a Value]> {
        let (_, schemas) = self.all.get(*self.index.get(name)?)?;
        Some(schemas)
    }
}

#[derive(Clone)]
pub enum Shape<'a> {
    /// An object with named fields.
    Record(Rc<Fields<'a>>),
    /// Any object, or any value.
    Plain,
    /// A text, a list, a choice …
    Other,
}

/// Shapes by pointer, each found once.
pub struct Shapes<'a> {
    spec: &'a Spec,
    known: HashMap<String, Shape<'a>>,
    left: usize,
}

impl<'a> Shapes<'a> {
    pub fn of(spec: &'a Spec, left: usize) -> Self {
        Self { spec, known: HashMap::new(), left }
    }

    /// Whether the limit of steps was reached, so that some shapes are unknown.
    pub const fn is_cut(&self) -> bool {
        self.left == 0
    }

    pub fn shape(&mut self, pointer: &str) -> Shape<'a> {
        self.find(pointer, 0)
    }

    fn find(&mut self, pointer: &str, depth: usize) -> Shape<'a> {
        if let Some(known) = self.known.get(pointer) {
            return known.clone();
        }
        // The answer to a circle.
        self.known.insert(pointer.to_owned(), Shape::Other);
        let mut fields = Fields::default();
        let schema = self.spec.root.pointer(pointer);
        let shape = match schema.map(|schema| self.collect(schema, &mut fields, depth)) {
            Some(true) if fields.all.is_empty() => Shape::Plain,
            Some(true) => Shape::Record(Rc::new(fields)),
            _ => Shape::Other,
        };
        self.known.insert(pointer.to_owned(), shape.clone());
        shape
    }

    /// Adds the fields of a schema. Whether it describes nothing else.
    fn collect(&mut self, schema: &'a Value, fields: &mut Fields<'a>, depth: usize) -> bool {
        if *schema == Value::Bool(true) {
            return true;
        }
        let own = schema.get("properties").and_then(Value::as_object).map_or(0, |own| own.len());
        self.left = self.left.saturating_sub(1 + own);
        if depth > MAX_DEPTH || self.left == 0 || !schema.is_object() {
            return false;
        }
        if let Some(target) = reference(self.spec, schema) {
            let target = unaliased(self.spec, target);
            match self.find(&target, depth + 1) {
                Shape::Record(shape) => {
                    self.left = self.left.saturating_sub(shape.all.len());
                    fields.merge(&shape);
                }
                Shape::Plain => {}
                Shape::Other => return false,
            }
        }
        let is_other = schema.get("enum").is_some()
            || schema.get("const").is_some()
            || kinds(schema).iter().any(|kind| *kind != "object")
            || choices(schema).next().is_some();
        if is_other || !schemas(schema, "allOf").all(|part| self.collect(part, fields, depth + 1)) {
            return false;
        }
        fields.add_own(schema);
        true
    }
}
