//! The types of a document, before a language prints them. Each schema becomes one type, and each
//! `$ref` is a name, so the size of a model is linear in the document.

mod assemble;
mod circles;
mod convert;
mod family;
mod records;
mod shape;
mod sides;
mod tables;
mod weight;

use serde_json::{Number, Value};

pub use convert::{At, Models};

#[derive(Clone, Debug, PartialEq)]
pub enum Type<'a> {
    /// Any value.
    Any,
    Never,
    Null,
    Bool,
    Int,
    Float,
    Text,
    Bytes,
    Literals(Vec<Literal<'a>>),
    List(Box<Type<'a>>),
    /// An object with any names.
    Map(Box<Type<'a>>),
    /// The declaration with this index.
    Named(usize),
    Union(Vec<Type<'a>>),
    /// All of these at once. Only languages that do not need [`Style::Nominal`] get it.
    Both(Vec<Type<'a>>),
    Record(Record<'a>),
}

/// A value of `enum` or `const`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal<'a> {
    Null,
    Bool(bool),
    Text(&'a str),
    Number(&'a Number),
    /// A list or an object.
    Composite,
}

impl<'a> Literal<'a> {
    const fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(yes) => Self::Bool(*yes),
            Value::String(text) => Self::Text(text.as_str()),
            Value::Number(number) => Self::Number(number),
            Value::Array(_) | Value::Object(_) => Self::Composite,
        }
    }
}

/// An object with named fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record<'a> {
    /// Declarations whose fields it has as well.
    pub bases: Vec<usize>,
    pub fields: Vec<Field<'a>>,
    /// Names of fields of the bases that must be present.
    pub requires: Vec<&'a str>,
    /// Whether other names are described as well.
    pub is_open: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Field<'a> {
    pub name: &'a str,
    pub is_required: bool,
    pub docs: Docs<'a>,
    pub kind: Type<'a>,
}

#[derive(Clone, Debug)]
pub struct Declaration<'a> {
    pub name: String,
    pub docs: Docs<'a>,
    pub body: Type<'a>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Docs<'a> {
    /// Empty if the document has none.
    pub text: &'a str,
    pub is_deprecated: bool,
}

impl<'a> Docs<'a> {
    pub fn of(schema: &'a Value) -> Self {
        Self {
            text: schema.get("description").and_then(Value::as_str).unwrap_or_default().trim(),
            is_deprecated: schema.get("deprecated") == Some(&Value::Bool(true)),
        }
    }

    /// The first text, and every deprecation.
    const fn or(self, other: Self) -> Self {
        Self {
            text: if self.text.is_empty() { other.text } else { self.text },
            is_deprecated: self.is_deprecated || other.is_deprecated,
        }
    }
}

/// How a language describes objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Objects are written in place, and types can be combined.
    Structural,
    /// Each object is a class with a name. A class may extend others if no field occurs twice.
    Nominal,
}

/// The direction in which a value is sent: `readOnly` fields are not in requests, and `writeOnly`
/// fields are not in responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Request,
    Response,
}

impl Side {
    /// The keyword of fields that this side does not have.
    const fn excludes(self) -> &'static str {
        match self {
            Self::Request => "readOnly",
            Self::Response => "writeOnly",
        }
    }
}

impl<'a> Type<'a> {
    const fn is_scalar(&self) -> bool {
        matches!(self, Type::Bool | Type::Int | Type::Float | Type::Text)
    }

    /// A choice of these types. A choice that includes any value is [`Type::Any`].
    fn union(mut types: Vec<Self>) -> Self {
        if types.is_empty() || types.contains(&Type::Any) {
            return Type::Any;
        }
        if types.len() == 1 { types.remove(0) } else { Type::Union(types) }
    }
}
