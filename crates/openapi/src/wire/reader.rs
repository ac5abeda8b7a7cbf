//! Converts texts to values, as the schema expects them.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::brackets::{Branches, Tree};
use super::content;
use super::fault::Fault;
use super::pairs::Pair;
use super::shape::{self, Kinds, kinds_of};
use super::text;
use crate::json::Step;
use crate::schemas::Schemas;

/// Maximum number of values that are tried for one parameter or body, over all branches of schemas.
const MAX_TRIALS: usize = 20_000;

pub struct Reader<'a> {
    pub schemas: &'a Schemas,
    trials: Cell<usize>,
}

type Read = Result<Value, Fault>;

impl<'a> Reader<'a> {
    pub fn new(schemas: &'a Schemas) -> Self {
        Self { schemas, trials: Cell::new(MAX_TRIALS) }
    }

    pub fn root(&self) -> &'a Value {
        self.schemas.root()
    }

    /// The first candidate that the schema accepts, otherwise the first one.
    pub fn choose(&self, schema: &Value, candidates: Vec<Value>) -> Value {
        let fitting = if candidates.len() < 2 || schema.is_null() {
            None
        } else {
            candidates.iter().position(|candidate| self.schemas.accepts(schema, candidate))
        };
        candidates.into_iter().nth(fitting.unwrap_or_default()).unwrap_or_default()
    }

    pub fn single(&self, schema: &Value, text: &str) -> Value {
        text::read(self.schemas, schema, text)
    }

    pub fn list(&self, schema: &Value, texts: &[String]) -> Value {
        let item = |(index, text): (usize, &String)| {
            self.nested(shape::item_of(self.root(), schema, index), text)
        };
        texts.iter().enumerate().map(item).collect()
    }

    /// Fields with one text each.
    pub fn object(&self, schema: &Value, fields: &[(String, String)]) -> Value {
        self.of_branch(schema, &|branch| {
            let field = |(name, text): &(String, String)| {
                let property = self.property(branch, schema, name);
                (name.clone(), self.nested(property, text))
            };
            Ok(Value::Object(fields.iter().map(field).collect::<Map<_, _>>()))
        })
        .unwrap_or_default()
    }

    /// A value in a list or an object, for which OpenAPI defines no style: JSON if it is not a
    /// single value.
    pub fn nested(&self, schema: &Value, text: &str) -> Value {
        let kinds = kinds_of(self.root(), schema);
        if kinds.is_single() {
            return self.single(schema, text);
        }
        let json = Self::nested_json(text);
        self.choose(schema, json.into_iter().chain(self.one_text(schema, kinds, text)).collect())
    }

    fn nested_json(text: &str) -> Option<Value> {
        if text.starts_with(['[', '{']) { content::json(text).ok() } else { None }
    }

    /// The readings of one text for a schema that allows lists or objects.
    fn one_text(&self, schema: &Value, kinds: Kinds, text: &str) -> Vec<Value> {
        let mut candidates = Vec::new();
        if kinds.single {
            candidates.push(self.single(schema, text));
        }
        if text.is_empty() {
            candidates.extend(kinds.array.then(|| Value::Array(Vec::new())));
            candidates.extend(kinds.object.then(|| Value::Object(Map::new())));
        }
        if kinds.array {
            candidates.push(self.list_of_one(schema, text));
        }
        if candidates.is_empty() || text.is_empty() {
            candidates.push(self.single(schema, text));
        }
        candidates
    }

    fn list_of_one(&self, schema: &Value, text: &str) -> Value {
        Value::Array(vec![self.nested(shape::item_of(self.root(), schema, 0), text)])
    }

    /// # Errors
    /// Fails if a value that is not a list is given several times, or JSON is malformed.
    pub fn tree(&self, schema: &Value, tree: &Tree) -> Read {
        self.trials.set(self.trials.get().saturating_sub(1));
        match tree {
            Tree::Texts(pairs) => self.texts(schema, pairs),
            Tree::Named(branches) => self.branches(schema, branches),
        }
    }

    fn texts(&self, schema: &Value, pairs: &[&Pair]) -> Read {
        let kinds = kinds_of(self.root(), schema);
        match pairs {
            [one] if one.is_json => {
                let value = match content::json(&one.text) {
                    Ok(value) => value,
                    // A text of this media type.
                    Err(_) if kinds.single && self.accepts_text(schema, &one.text) => {
                        Value::String(one.text.clone())
                    }
                    Err(fault) => return Err(fault),
                };
                let list = kinds.array.then(|| Value::Array(vec![value.clone()]));
                Ok(self.choose(schema, [value].into_iter().chain(list).collect()))
            }
            [one] if !kinds.array => Ok(self.nested(schema, &one.text)),
            // A list that is repeated for each item may have one item.
            [one] => {
                let mut candidates = self.one_text(schema, kinds, &one.text);
                candidates.extend(Self::nested_json(&one.text));
                Ok(self.choose(schema, candidates))
            }
            many if kinds.array => {
                let item = |(index, pair): (usize, &&Pair)| {
                    let item = shape::item_of(self.root(), schema, index);
                    if !pair.is_json {
                        return Ok(self.nested(item, &pair.text));
                    }
                    self.texts(item, &[*pair]).map_err(|fault| fault.within(Step::Index(index)))
                };
                many.iter().enumerate().map(item).collect()
            }
            _ => Err(Fault::REPEATED_FIELD),
        }
    }

    fn accepts_text(&self, schema: &Value, text: &str) -> bool {
        self.schemas.accepts(schema, &Value::String(text.to_owned()))
    }

    fn branches(&self, schema: &Value, branches: &Branches) -> Read {
        let kinds = kinds_of(self.root(), schema);
        let items = branches.items();
        let is_list = items.is_some() && (kinds.array || !kinds.object);
        if let Some(items) = items.filter(|_| is_list) {
            let item = |(index, tree): (usize, &&Tree)| {
                self.tree(shape::item_of(self.root(), schema, index), tree)
                    .map_err(|fault| fault.within(Step::Index(index)))
            };
            let list = items.iter().enumerate().map(item).collect::<Read>()?;
            if !kinds.object || self.schemas.accepts(schema, &list) {
                return Ok(list);
            }
        }
        self.of_branch(schema, &|branch| {
            let mut fields = Map::new();
            for (name, tree) in &branches.all {
                let value = self
                    .tree(self.property(branch, schema, name), tree)
                    .map_err(|fault| fault.within(Step::Name(name.clone())))?;
                fields.insert(name.clone(), value);
            }
            Ok(Value::Object(fields))
        })
    }

    /// The schema of a property: that of a branch, otherwise that of the whole.
    pub fn property<'s>(
        &self,
        branch: Option<&'s Value>,
        schema: &'s Value,
        name: &str,
    ) -> &'s Value
    where
        'a: 's,
    {
        let own = branch.map(|branch| shape::property_of(self.root(), branch, name));
        own.filter(|own| !own.is_null())
            .unwrap_or_else(|| shape::property_of(self.root(), schema, name))
    }

    /// The value as `read` returns it, first for the schema as a whole, then for each of its
    /// branches until one is accepted.
    ///
    /// # Errors
    /// Fails if `read` fails for the schema as a whole.
    pub fn of_branch(&self, schema: &Value, read: &dyn Fn(Option<&Value>) -> Read) -> Read {
        let whole = read(None)?;
        let branches = shape::branches_of(self.root(), schema);
        if branches.is_empty() || self.schemas.accepts(schema, &whole) {
            return Ok(whole);
        }
        for branch in branches {
            if self.trials.get() == 0 {
                break;
            }
            self.trials.set(self.trials.get().saturating_sub(1));
            if let Ok(value) = read(Some(branch))
                && self.schemas.accepts(schema, &value)
            {
                return Ok(value);
            }
        }
        Ok(whole)
    }
}
