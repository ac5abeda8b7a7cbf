//! A schema as people read it: its kind, conditions and parts, unfolded as far as a page allows.

mod at;
mod compose;
mod extras;
mod kind;
mod notes;
mod places;
mod shown;
mod style;

use std::cell::OnceCell;
use std::collections::HashSet;

use serde_json::{Map, Value};

pub use at::{page_at, tree_at};
pub use extras::{deprecation, is_internal};
pub use style::style;

use places::Places;
use shown::{MAX_ABOUT, MAX_ALL_VALUES};
use tollgate_types::docs::{Cut, SchemaChoices, SchemaField, SchemaNode};

use super::markdown::clip;
use super::schemas::Direction;
use super::spec::{Families, Spec, pointer_of};
use compose::Subtype;

/// Maximum depth to which a schema is unfolded.
const MAX_DEPTH: usize = 10;
/// Maximum number of schemas that may describe the same value, by `$ref` and `allOf`.
const MAX_PARTS: usize = 64;

/// Unfolds a schema into at most `budget` nodes. `describe` converts a description, which is
/// Markdown of any length, to the text that is shown.
pub fn tree(
    spec: &Spec,
    schema: &Value,
    budget: usize,
    describe: fn(&str, usize) -> String,
) -> SchemaNode {
    unfolded(spec, schema, None, budget, describe)
}

/// Like [`tree`], without the fields that are not sent in this direction: `readOnly` fields in
/// requests, `writeOnly` fields in responses.
pub fn tree_of(
    spec: &Spec,
    schema: &Value,
    direction: Direction,
    budget: usize,
    describe: fn(&str, usize) -> String,
) -> SchemaNode {
    unfolded(spec, schema, Some(direction), budget, describe)
}

fn unfolded(
    spec: &Spec,
    schema: &Value,
    direction: Option<Direction>,
    budget: usize,
    describe: fn(&str, usize) -> String,
) -> SchemaNode {
    let mut tree = Tree::new(spec, direction, describe);
    tree.node(&Child::of(Role::Choice(""), schema), budget.max(1)).0
}

struct Tree<'a> {
    spec: &'a Spec,
    describe: fn(&str, usize) -> String,
    direction: Option<Direction>,
    families: OnceCell<Families>,
    /// The targets of the references that are unfolded around this location.
    open: Vec<String>,
    /// The length of `open` at the first schema.
    base: usize,
    /// Maximum length of the description of the first schema.
    max_about: usize,
    places: Places<'a>,
    /// Number of values that may still be listed.
    values_left: usize,
}

/// All schemas that describe one value.
#[derive(Default)]
struct Parts<'a> {
    /// The name of the outermost reference.
    name: String,
    schemas: Vec<&'a Map<String, Value>>,
    /// The targets of its references.
    pointers: Vec<String>,
    /// `anyOf: [X, null]`: the way in which a document declares that X may be missing.
    is_nullable: bool,
    /// It refers to a schema that contains it.
    is_open: bool,
    refuses_all: bool,
    /// A base whose fields are shown around this value.
    left_out: Option<String>,
}

impl<'a> Parts<'a> {
    fn find(&self, key: &str) -> Option<&'a Value> {
        self.schemas.iter().find_map(|schema| schema.get(key))
    }

    fn all<'b>(&'b self, key: &'b str) -> impl Iterator<Item = &'a Value> + 'b {
        self.schemas.iter().filter_map(move |schema| schema.get(key))
    }

    fn is(&self, key: &str) -> bool {
        self.all(key).any(|value| *value == Value::Bool(true))
    }
}

impl<'a> Tree<'a> {
    fn new(
        spec: &'a Spec,
        direction: Option<Direction>,
        describe: fn(&str, usize) -> String,
    ) -> Self {
        Self {
            spec,
            describe,
            direction,
            families: OnceCell::new(),
            open: Vec::new(),
            base: 0,
            max_about: MAX_ABOUT,
            places: Places::default(),
            values_left: MAX_ALL_VALUES,
        }
    }

    /// Returns the number of nodes as well.
    fn node(&mut self, child: &Child<'a>, budget: usize) -> (SchemaNode, usize) {
        let mut parts = self.parts_of(child);
        if parts.is_open {
            let kind = kind::of(self.spec, &parts);
            return (
                SchemaNode {
                    at: parts.pointers.first().cloned().unwrap_or_default(),
                    name: parts.name,
                    kind,
                    cut: Some(Cut::SeeAbove),
                    ..SchemaNode::default()
                },
                1,
            );
        }
        let family = self.family(&parts);
        let mut node = SchemaNode {
            title: extras::title(&parts),
            kind: kind::of(self.spec, &parts),
            about: self.about(&parts),
            notes: child
                .note
                .iter()
                .cloned()
                .chain(notes::of(
                    &parts,
                    family.as_ref().map(|(base, family)| (base.as_str(), family)),
                ))
                .collect(),
            is_deprecated: parts.is("deprecated"),
            ..SchemaNode::default()
        };
        node.name = std::mem::take(&mut parts.name);
        if let Some(pointer) = parts.pointers.first().filter(|_| !node.name.is_empty()) {
            node.at.clone_from(pointer);
        }
        self.list(&compose::values(&parts), &parts, child, &mut node);
        let children = self.children(&parts, family.as_ref());
        if children.is_empty() {
            return (node, 1);
        }
        if self.open.len() >= MAX_DEPTH || budget <= 1 {
            self.cut(&mut node, child);
            return (node, 1);
        }
        let (depth, places) = (self.open.len(), self.places.depth());
        for pointer in &parts.pointers {
            if let Some(target) = self.spec.root.pointer(pointer) {
                self.places.enter(target, pointer.clone());
            }
        }
        // At least one entry, so that schemas without a name count towards the depth, too.
        self.open.extend(if parts.pointers.is_empty() {
            vec![String::new()]
        } else {
            parts.pointers.clone()
        });
        let used = self.unfold(&mut node, child, &children, budget - 1);
        self.open.truncate(depth);
        self.places.leave(places);
        (node, used + 1)
    }

    /// Divides the budget among the children. The unused part of a child's share goes to the next
    /// ones.
    fn unfold(
        &mut self,
        node: &mut SchemaNode,
        whole: &Child<'a>,
        children: &[Child<'a>],
        budget: usize,
    ) -> usize {
        let mut left = budget;
        for (i, child) in children.iter().enumerate() {
            let is_hidden = |schema: &&Value| {
                is_internal(schema) || self.spec.resolve(schema).is_some_and(is_internal)
            };
            if child.schemas.iter().any(is_hidden) {
                continue;
            }
            if left == 0 {
                self.cut(node, whole);
                node.notes.push(format!("{} more in the OpenAPI document", children.len() - i));
                break;
            }
            let (schema, used) = self.node(child, (left / (children.len() - i)).max(1));
            left -= used.min(left);
            match &child.role {
                Role::Field { name, is_required } => {
                    // Its kind already describes a plain item.
                    if name == ITEM
                        && schema
                            == (SchemaNode { kind: schema.kind.clone(), ..SchemaNode::default() })
                    {
                        continue;
                    }
                    node.fields.push(SchemaField {
                        name: name.clone(),
                        is_required: *is_required,
                        schema,
                    });
                }
                Role::Choice(title) => {
                    let schema = if child.subtype.is_some() {
                        compose::with_kind(schema, &node.kind)
                    } else {
                        schema
                    };
                    match node.choices.last_mut().filter(|choices| choices.title == *title) {
                        Some(choices) => choices.schemas.push(schema),
                        None => node.choices.push(SchemaChoices {
                            title: (*title).to_owned(),
                            schemas: vec![schema],
                        }),
                    }
                }
            }
        }
        budget - left
    }

    /// The schema, its references, and the schemas in `allOf`.
    fn collect(&self, schema: &'a Value, parts: &mut Parts<'a>, depth: usize) {
        if depth > MAX_PARTS || parts.schemas.len() >= MAX_PARTS {
            return;
        }
        let Some(fields) = schema.as_object() else {
            parts.refuses_all |= *schema == Value::Bool(false);
            return;
        };
        parts.schemas.push(fields);
        let is_left_out = |pointer: &String| parts.left_out.as_ref() == Some(pointer);
        if let Some(pointer) = fields
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(pointer_of)
            .filter(|at| !is_left_out(at))
        {
            if parts.name.is_empty() && depth == 0 {
                parts.name = name_of(&pointer);
            }
            parts.is_open |= self.open.contains(&pointer);
            if !parts.pointers.contains(&pointer)
                && let Some(target) = self.spec.root.pointer(&pointer)
            {
                parts.pointers.push(pointer);
                self.collect(target, parts, depth + 1);
            }
        }
        for part in fields.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.collect(part, parts, depth + 1);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(value) = nullable(fields.get(key)) {
                parts.is_nullable = true;
                if parts.name.is_empty()
                    && let Some(pointer) =
                        value.get("$ref").and_then(Value::as_str).and_then(pointer_of)
                {
                    parts.name = name_of(&pointer);
                }
                self.collect(value, parts, depth + 1);
            }
        }
    }
}

/// The schema that is not null, if one of two is null.
fn nullable(choices: Option<&Value>) -> Option<&Value> {
    let is_null = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "null");
    match choices?.as_array()?.as_slice() {
        [one, null] | [null, one] if is_null(null) && !is_null(one) => Some(one),
        _ => None,
    }
}

struct Child<'a> {
    role: Role,
    /// All of them describe the same value.
    schemas: Vec<&'a Value>,
    /// When a branch applies.
    note: Option<String>,
    subtype: Option<Subtype>,
}

impl<'a> Child<'a> {
    fn of(role: Role, schema: &'a Value) -> Self {
        Self { role, schemas: vec![schema], note: None, subtype: None }
    }
}

enum Role {
    Field { name: String, is_required: bool },
    Choice(&'static str),
}

const ITEM: &str = "<item>";

fn children<'a>(parts: &Parts<'a>) -> Vec<Child<'a>> {
    let mut children: Vec<Child> = Vec::new();
    let required: HashSet<&str> = parts
        .all("required")
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let field = |name: String, schema| {
        Child::of(Role::Field { is_required: required.contains(name.as_str()), name }, schema)
    };
    let properties = parts.all("properties").filter_map(Value::as_object).flatten();
    for (name, schemas) in compose::by_name(properties) {
        let role =
            Role::Field { is_required: required.contains(name.as_str()), name: clip(name, 200) };
        children.push(Child { role, schemas, note: None, subtype: None });
    }
    for (pattern, schema) in parts.all("patternProperties").filter_map(Value::as_object).flatten() {
        children.push(field(format!("<any that matches {}>", clip(pattern, 100)), schema));
    }
    if let Some(schema) = parts
        .find("additionalProperties")
        .filter(|schema| schema.as_object().is_some_and(|fields| !fields.is_empty()))
    {
        children.push(field("<any other>".to_owned(), schema));
    }
    for (i, schema) in parts.all("prefixItems").filter_map(Value::as_array).flatten().enumerate() {
        children.push(field(format!("<item {}>", i + 1), schema));
    }
    if let Some(schema) = parts.find("items").filter(|schema| schema.is_object()) {
        children.push(field(ITEM.to_owned(), schema));
    }
    for (key, title) in [("oneOf", "One of"), ("anyOf", "Any of")] {
        let choices = parts.all(key).filter(|choices| nullable(Some(choices)).is_none());
        children.extend(
            choices
                .filter_map(Value::as_array)
                .flatten()
                .map(|schema| Child::of(Role::Choice(title), schema)),
        );
    }
    children
}

fn name_of(pointer: &str) -> String {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    clip(&last.replace("~1", "/").replace("~0", "~"), 100)
}

#[cfg(test)]
mod tests;
