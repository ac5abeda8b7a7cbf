//! Removes the choices that lead back to their own schema for the same value, so that every check
//! ends.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{Address, circles};
use crate::spec::model::{MAX_HOPS, pointer_of};
use crate::spec::normalise::{NOT_CHECKED, is_annotation, leave_out};
use crate::spec::walk::{Kind, walk_all};

const WHY: &str = "This leads back to the same schema for the same value.";

/// What happens to a keyword whose branches lead back.
enum Cut {
    /// These branches only name the schema itself, so they allow nothing that the others do not.
    Branches(HashSet<usize>),
    /// The same for these names of `dependentSchemas`, which require nothing. If the flag is set,
    /// others of them lead back with further conditions, so that it is unknown what they require.
    Names(HashSet<String>, bool),
    /// The schema is a base that describes itself or has a discriminator, and all branches are its
    /// subtypes. The list is removed. The discriminator still selects the subtypes.
    Subtypes,
    /// It is unknown what the keyword allows.
    Unknown,
}

/// Cuts all choices in circles.
pub fn cut_choices(root: &mut Value) {
    let whole = &*root;
    let circles = circles(whole, true);
    let mut cuts: Vec<(String, &'static str, Cut)> = Vec::new();
    walk_all(whole, &mut |kind, value, pointer| {
        if let Value::Object(fields) = value
            && kind == Kind::Schema
            && circles.contains_key(&std::ptr::from_ref(value))
        {
            let schema = Circular { root: whole, value, fields, circles: &circles };
            cuts.extend(["oneOf", "anyOf"].into_iter().filter_map(|keyword| {
                Some((pointer.to_owned(), keyword, schema.choice(keyword)?))
            }));
            cuts.extend(
                schema.dependent().map(|cut| (pointer.to_owned(), "dependentSchemas", cut)),
            );
        }
    });
    // Inner schemas first: removing a branch changes the pointers of those after it.
    cuts.sort_by_key(|(pointer, ..)| Reverse(pointer.len()));
    for (pointer, keyword, cut) in cuts {
        if let Some(Value::Object(fields)) = root.pointer_mut(&pointer) {
            cut.apply(fields, keyword);
        }
    }
}

/// A schema in a circle.
struct Circular<'a> {
    root: &'a Value,
    value: &'a Value,
    fields: &'a Map<String, Value>,
    circles: &'a HashMap<Address, usize>,
}

impl Circular<'_> {
    fn choice(&self, keyword: &str) -> Option<Cut> {
        let branches = self.fields.get(keyword)?.as_array()?;
        let (back, others): (HashSet<usize>, HashSet<usize>) = (0..branches.len())
            .partition(|index| branches.get(*index).is_some_and(|branch| self.leads_back(branch)));
        if back.is_empty() {
            return None;
        }
        let is_selected = self.fields.contains_key("discriminator")
            && branches.iter().all(|branch| branch.get("$ref").is_some_and(Value::is_string));
        Some(
            if !others.is_empty()
                && back.iter().all(|index| {
                    branches.get(*index).is_some_and(|branch| self.is_named_by(branch))
                })
            {
                Cut::Branches(back)
            } else if is_selected || others.is_empty() && self.describes_itself() {
                Cut::Subtypes
            } else {
                Cut::Unknown
            },
        )
    }

    fn dependent(&self) -> Option<Cut> {
        let by_name = self.fields.get("dependentSchemas")?.as_object()?;
        let back: Vec<(&String, &Value)> =
            by_name.iter().filter(|(_, schema)| self.leads_back(schema)).collect();
        let is_unknown = back.iter().any(|(_, schema)| !self.is_named_by(schema));
        (!back.is_empty()).then(|| {
            Cut::Names(back.into_iter().map(|(name, _)| name.clone()).collect(), is_unknown)
        })
    }

    fn leads_back(&self, branch: &Value) -> bool {
        let circle_of = |schema: &Value| self.circles.get(&std::ptr::from_ref(schema));
        circle_of(branch).is_some() && circle_of(branch) == circle_of(self.value)
    }

    /// Whether the branch is this schema under another name, without further conditions.
    fn is_named_by(&self, branch: &Value) -> bool {
        let mut at = branch;
        for _ in 0..MAX_HOPS {
            if std::ptr::eq(at, self.value) {
                return true;
            }
            let Value::Object(fields) = at else { return false };
            let mut keywords =
                fields.iter().filter(|(key, _)| *key == NOT_CHECKED || !is_annotation(key));
            let next = match (keywords.next(), keywords.next()) {
                (Some((key, Value::String(to))), None) if key == "$ref" => {
                    pointer_of(to).and_then(|pointer| self.root.pointer(&pointer))
                }
                (Some((key, Value::Array(items))), None)
                    if matches!(key.as_str(), "allOf" | "anyOf" | "oneOf") =>
                {
                    match items.as_slice() {
                        [one] => Some(one),
                        _ => None,
                    }
                }
                _ => None,
            };
            let Some(next) = next else { return false };
            at = next;
        }
        false
    }

    /// Whether the schema has own conditions besides its choices and its type.
    fn describes_itself(&self) -> bool {
        self.fields.keys().any(|key| {
            let is_other = matches!(
                key.as_str(),
                "oneOf" | "anyOf" | "dependentSchemas" | "discriminator" | "type" | "definitions"
            );
            !is_other && !is_annotation(key) && (key == "$ref" || !key.starts_with('$'))
        })
    }
}

impl Cut {
    fn apply(self, fields: &mut Map<String, Value>, keyword: &str) {
        match self {
            Self::Branches(back) => {
                let Some(Value::Array(branches)) = fields.get_mut(keyword) else { return };
                let mut index = 0;
                branches.retain(|_| {
                    index += 1;
                    !back.contains(&(index - 1))
                });
            }
            Self::Names(back, is_unknown) => {
                let Some(Value::Object(mut by_name)) = fields.shift_remove(keyword) else { return };
                by_name.retain(|name, _| !back.contains(name));
                if is_unknown {
                    leave_out(fields, keyword, WHY);
                }
                if !by_name.is_empty() {
                    fields.insert(keyword.to_owned(), Value::Object(by_name));
                }
            }
            Self::Subtypes => {
                let branches = fields.shift_remove(keyword);
                complete_mapping(fields, branches.as_ref());
            }
            Self::Unknown => leave_out(fields, keyword, WHY),
        }
    }
}

/// Adds the branches that `mapping` does not contain. They have the names of their schemas.
fn complete_mapping(fields: &mut Map<String, Value>, branches: Option<&Value>) {
    let Some(Value::Object(discriminator)) = fields.get_mut("discriminator") else { return };
    let mapping = discriminator.entry("mapping").or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(mapping) = mapping else { return };
    for to in branches.and_then(Value::as_array).into_iter().flatten() {
        let Some(to) = to.get("$ref").and_then(Value::as_str) else { continue };
        let name = to.rsplit('/').next().unwrap_or_default();
        if !mapping.values().any(|known| known == to || known == name) {
            mapping.entry(name.replace("~1", "/").replace("~0", "~")).or_insert(to.into());
        }
    }
}
