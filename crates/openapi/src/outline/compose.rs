//! Composed schemas: fields that several parts describe, and subtypes that a discriminator selects.

use std::collections::HashMap;

use serde_json::{Map, Value};
use tollgate_types::docs::SchemaNode;

use super::{Child, Parts, Role, Tree, children, name_of};
use crate::spec::{Families, Family};

/// A choice that is shown for a subtype of a base, whose own fields are shown above it.
pub struct Subtype {
    pub base: String,
    /// Its location.
    pub at: String,
}

impl<'a> Tree<'a> {
    /// The family of a base, unless it is a part of a subtype.
    pub(super) fn family(&self, parts: &Parts) -> Option<(String, Family)> {
        parts.find("discriminator")?;
        let families = self.families.get_or_init(|| Families::of(&self.spec.root));
        let is_part = |base: &String| parts.pointers.iter().any(|at| families.includes(at, base));
        let named = parts.pointers.iter().find_map(|base| {
            let family = families.of_base(base).filter(|_| !is_part(base))?;
            Some((base.clone(), family.clone()))
        });
        let is_inline = |schema: &&&Map<String, Value>| schema.contains_key("discriminator");
        named.or_else(|| {
            let is_base = |at: &String| families.of_base(at).is_some();
            let inline = parts.schemas.iter().find(is_inline);
            let inline = inline.filter(|_| !parts.pointers.iter().any(is_base))?;
            Some((String::new(), Family::of_mapping(&self.spec.root, inline, "")?))
        })
    }

    /// The parts of a value, without the fields that are not sent in this direction.
    pub(super) fn children(
        &self,
        parts: &Parts<'a>,
        family: Option<&(String, Family)>,
    ) -> Vec<Child<'a>> {
        let mut children = children(parts);
        if let Some(direction) = self.direction {
            let hides = |schema: &&Value| direction.hides(&self.spec.root, schema);
            children.retain(|child| {
                !matches!(child.role, Role::Field { .. })
                    || !child.schemas.iter().any(|one| hides(&one))
            });
        }
        for (keyword, title) in [("oneOf", "One of"), ("anyOf", "Any of")] {
            name_branches(&self.spec.root, parts, keyword, title, &mut children);
        }
        let Some((base, family)) = family else { return children };
        for (name, at) in family.offered(base) {
            let Some(target) = self.spec.root.pointer(at).filter(|_| at != base) else { continue };
            children.push(Child {
                role: Role::Choice("One of"),
                schemas: vec![target],
                note: Some(selected_by(&family.property, name)),
                subtype: Some(Subtype { base: base.clone(), at: at.to_owned() }),
            });
        }
        children
    }

    /// The schemas of a child. Those of a base are left out of its subtypes.
    pub(super) fn parts_of(&self, child: &Child<'a>) -> Parts<'a> {
        let mut parts = Parts::default();
        if let Some(subtype) = &child.subtype {
            parts.name = name_of(&subtype.at);
            parts.is_open = self.open.contains(&subtype.at);
            parts.left_out = Some(subtype.base.clone()).filter(|base| !base.is_empty());
            parts.pointers.push(subtype.at.clone());
        }
        for schema in &child.schemas {
            self.collect(schema, &mut parts, 0);
        }
        parts
    }
}

/// Adds the name that selects each branch.
fn name_branches(root: &Value, parts: &Parts, keyword: &str, title: &str, children: &mut [Child]) {
    for schema in parts.schemas.iter().filter(|schema| schema.contains_key("discriminator")) {
        let Some(named) = Families::default().branches(root, schema, keyword) else { continue };
        let branches = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
        for (index, branch) in branches.enumerate() {
            let is_branch = |child: &&mut Child| {
                matches!(child.role, Role::Choice(of) if of == title)
                    && child.schemas.iter().any(|schema| std::ptr::eq(*schema, branch))
            };
            if let (Some(child), Some(name)) =
                (children.iter_mut().find(is_branch), named.name_of(index))
            {
                child.note = Some(selected_by(&named.property, name));
            }
        }
    }
}

fn selected_by(property: &str, name: &str) -> String {
    format!("if {} is {}", super::clip(property, 100), super::clip(name, 100))
}

/// The shared conditions of several schemas for one field, in the order of the first ones.
pub fn by_name<'a>(
    fields: impl Iterator<Item = (&'a String, &'a Value)>,
) -> Vec<(&'a String, Vec<&'a Value>)> {
    let mut places: HashMap<&String, usize> = HashMap::new();
    let mut merged: Vec<(&String, Vec<&Value>)> = Vec::new();
    for (name, schema) in fields {
        match places.get(name).and_then(|place| merged.get_mut(*place)) {
            Some((_, schemas)) => schemas.push(schema),
            None => {
                places.insert(name, merged.len());
                merged.push((name, vec![schema]));
            }
        }
    }
    merged
}

/// The values that all parts allow.
pub fn values<'a>(parts: &Parts<'a>) -> Vec<&'a Value> {
    let mut lists = parts.all("enum").filter_map(Value::as_array);
    let first: Vec<&Value> = lists.next().into_iter().flatten().collect();
    lists.fold(first, |mut all, list| {
        all.retain(|value| list.contains(value));
        all
    })
}

/// The strictest of several bounds: the largest minimum or the smallest maximum.
pub fn bound<'a>(parts: &Parts<'a>, key: &str) -> Option<&'a Value> {
    let is_minimum = key.to_ascii_lowercase().contains("min");
    let numbers = parts.all(key).filter(|value| value.is_number());
    numbers.reduce(|one, other| {
        let is_less = other.as_f64() < one.as_f64();
        if is_less == is_minimum { one } else { other }
    })
}

/// A subtype without own fields has the kind of its base.
pub fn with_kind(mut node: SchemaNode, base: &str) -> SchemaNode {
    if node.kind == "any" {
        base.clone_into(&mut node.kind);
    }
    node
}
