//! Compiles keywords with schemas in them.

use std::collections::HashMap;

use serde_json::Value;

use super::{Compiler, Keywords, UNREADABLE_PATTERN};
use crate::schemas::choose::pins;
use crate::schemas::named;
use crate::schemas::node::{
    Bound, Branches, Check, Conditional, Contains, Fields, Items, Node, Pins,
};

impl Compiler<'_> {
    pub(super) fn parts(&mut self, keywords: &Keywords, depth: usize, checks: &mut Vec<Check>) {
        self.fields(keywords, depth, checks);
        if let Some(schema) = keywords.get("propertyNames") {
            checks.push(Check::Names(Box::new(
                self.at("propertyNames", |own| own.node(schema, depth + 1)),
            )));
        }
        let mut items = Items::default();
        if let Some(first) = keywords.get("prefixItems") {
            match self.list(keywords, "prefixItems", depth, false) {
                Some(nodes) => items.first = nodes,
                None if first.as_array().is_some_and(Vec::is_empty) => {}
                None => checks.push(self.refuse("prefixItems", "This must be a list of schemas.")),
            }
        }
        items.others =
            keywords.get("items").map(|schema| self.at("items", |own| own.node(schema, depth + 1)));
        if !items.first.is_empty() || items.others.is_some() {
            checks.push(Check::Items(Box::new(items)));
        }
        if let Some(schema) = keywords.get("contains") {
            let bound = self.bound(keywords, "minContains", "maxContains", checks);
            let node = self.at("contains", |own| own.node(schema, depth + 1));
            checks.push(Check::Contains(Box::new(Contains {
                node,
                bound: Bound { least: bound.least.or(Some(1)), ..bound },
            })));
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            let Some(by_name) = keywords.get(keyword).and_then(Value::as_object) else {
                if keyword == "dependentSchemas" && keywords.contains_key(keyword) {
                    checks.push(self.refuse(keyword, "This must be an object of schemas."));
                }
                continue;
            };
            let own: Vec<(&String, &Value)> = by_name
                .iter()
                .filter(|(_, schema)| keyword == "dependentSchemas" || !schema.is_array())
                .collect();
            let nodes: Vec<(String, Node)> = self.at(keyword, |own_| {
                own.into_iter()
                    .map(|(name, schema)| {
                        (name.clone(), own_.at(name, |own_| own_.node(schema, depth + 1)))
                    })
                    .collect()
            });
            if !nodes.is_empty() {
                checks.push(Check::DependentSchemas(nodes));
            }
        }
    }

    fn fields(&mut self, keywords: &Keywords, depth: usize, checks: &mut Vec<Check>) {
        let mut fields = Fields::default();
        match keywords.get("properties") {
            Some(Value::Object(named)) => {
                fields.named = self.at("properties", |own| {
                    named
                        .iter()
                        .map(|(name, schema)| {
                            (name.clone(), own.at(name, |own| own.node(schema, depth + 1)))
                        })
                        .collect::<HashMap<_, _>>()
                });
            }
            Some(_) => checks.push(self.refuse("properties", "This must be an object of schemas.")),
            None => {}
        }
        match keywords.get("patternProperties") {
            Some(Value::Object(by_pattern)) => {
                for (pattern, schema) in by_pattern {
                    let node = self.at("patternProperties", |own| {
                        own.at(pattern, |own| own.node(schema, depth + 1))
                    });
                    match self.schemas.pattern(pattern) {
                        Some(compiled) => fields.by_pattern.push((compiled, node)),
                        None => {
                            fields.is_partly_unreadable = true;
                            checks.push(self.at("patternProperties", |own| {
                                own.refuse(pattern, UNREADABLE_PATTERN)
                            }));
                        }
                    }
                }
            }
            Some(_) => {
                checks.push(self.refuse("patternProperties", "This must be an object of schemas."))
            }
            None => {}
        }
        fields.others = keywords
            .get("additionalProperties")
            .map(|schema| self.at("additionalProperties", |own| own.node(schema, depth + 1)));
        if !fields.named.is_empty() || !fields.by_pattern.is_empty() || fields.others.is_some() {
            checks.push(Check::Fields(Box::new(fields)));
        }
    }

    /// `None` if it is not a list, or an empty one.
    fn list(
        &mut self,
        keywords: &Keywords,
        keyword: &str,
        depth: usize,
        is_whole: bool,
    ) -> Option<Vec<Node>> {
        let schemas = keywords.get(keyword)?.as_array().filter(|schemas| !schemas.is_empty())?;
        Some(self.at(keyword, |own| {
            schemas
                .iter()
                .enumerate()
                .map(|(index, schema)| {
                    own.is_whole = is_whole;
                    own.at(&index.to_string(), |own| own.node(schema, depth + 1))
                })
                .collect()
        }))
    }

    pub(super) fn choices(
        &mut self,
        keywords: &Keywords,
        depth: usize,
        is_whole: bool,
        checks: &mut Vec<Check>,
    ) {
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let Some(value) = keywords.get(keyword) else { continue };
            let is_part = is_whole && keyword == "allOf";
            let Some(nodes) = self.list(keywords, keyword, depth, is_part) else {
                // JSON Schema forbids an empty list. It is ignored.
                if !value.as_array().is_some_and(Vec::is_empty) {
                    checks.push(self.refuse(keyword, "This must be a list of schemas."));
                }
                continue;
            };
            if keyword == "allOf" {
                checks.push(Check::AllOf(nodes));
                continue;
            }
            let root = self.schemas.root();
            let pins: Vec<Pins> =
                value.as_array().into_iter().flatten().map(|branch| pins(root, branch)).collect();
            let named = self.schemas.families().branches(root, keywords, keyword);
            let named = named.map(|named| named::branches(named, &pins));
            let branches = Box::new(Branches { nodes, pins, named });
            checks.push(if keyword == "anyOf" {
                Check::AnyOf(branches)
            } else {
                Check::OneOf(branches)
            });
        }
        if let Some(schema) = keywords.get("not") {
            checks.push(Check::Not(Box::new(self.at("not", |own| own.node(schema, depth + 1)))));
        }
        if let Some(condition) = keywords.get("if") {
            let condition = self.at("if", |own| own.node(condition, depth + 1));
            let mut branch = |keyword: &str| {
                keywords
                    .get(keyword)
                    .map(|schema| self.at(keyword, |own| own.node(schema, depth + 1)))
            };
            let (then, otherwise) = (branch("then"), branch("else"));
            checks.push(Check::If(Box::new(Conditional { condition, then, otherwise })));
        }
    }
}
