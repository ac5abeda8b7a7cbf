//! A compiled schema: its keywords, the cheapest ones first.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use serde_json::{Number, Value};

use super::format::Format;
use super::named::Named;
use super::pattern::Pattern;
use super::target::Target;
use super::types::Types;

#[derive(Default)]
pub struct Node {
    pub checks: Vec<Check>,
}

pub enum Check {
    /// The schema `false`.
    Never,
    /// A keyword that cannot be read, so it is unknown whether a value matches it.
    Unreadable,
    Type(Types),
    Const(Value),
    Enum(Box<Choices>),
    Limit(Limit, Number),
    MultipleOf(Number),
    Length(Bound),
    Count(Bound),
    Size(Bound),
    Required(Vec<String>),
    DependentRequired(Vec<(String, Vec<String>)>),
    Pattern(Arc<Pattern>),
    Format(Format),
    Unique,
    Fields(Box<Fields>),
    Names(Box<Node>),
    Items(Box<Items>),
    Contains(Box<Contains>),
    DependentSchemas(Vec<(String, Node)>),
    AllOf(Vec<Node>),
    AnyOf(Box<Branches>),
    OneOf(Box<Branches>),
    /// The subtypes of a base: the one that the value names applies, too.
    Subtypes(Box<Named<Weak<Target>>>),
    Not(Box<Node>),
    If(Box<Conditional>),
    Ref(Weak<Target>),
    /// The name of the anchor, and its target if no outer schema defines it.
    DynamicRef(String, Weak<Target>),
    UnevaluatedProperties(Box<Node>),
    UnevaluatedItems(Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
}

/// Minimum and maximum count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    pub least: Option<u64>,
    pub most: Option<u64>,
}

/// `enum`: texts are looked up, other values are compared.
pub struct Choices {
    pub texts: HashSet<String>,
    pub others: Vec<Value>,
    /// The first values as JSON, for messages.
    pub shown: String,
}

/// `properties`, `patternProperties` and `additionalProperties`.
#[derive(Default)]
pub struct Fields {
    pub named: HashMap<String, Node>,
    pub by_pattern: Vec<(Arc<Pattern>, Node)>,
    /// A pattern cannot be read, so it is unknown which fields are additional.
    pub is_partly_unreadable: bool,
    pub others: Option<Node>,
}

/// `prefixItems` and `items`.
#[derive(Default)]
pub struct Items {
    pub first: Vec<Node>,
    pub others: Option<Node>,
}

pub struct Contains {
    pub node: Node,
    pub bound: Bound,
}

pub struct Conditional {
    pub condition: Node,
    pub then: Option<Node>,
    pub otherwise: Option<Node>,
}

pub struct Branches {
    pub nodes: Vec<Node>,
    /// The certain constraints of each branch.
    pub pins: Vec<Pins>,
    /// The indexes of the branches by name, if a property of the value names them.
    pub named: Option<Named<usize>>,
}

/// The constraints of a schema that are certain and quick to find. A value that violates them is
/// invalid.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    pub types: Option<Types>,
    /// Properties that must have one of a few values if they are present.
    pub fixed: Vec<(String, Vec<Value>)>,
}
