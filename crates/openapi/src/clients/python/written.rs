//! Types as annotations.

use std::collections::HashSet;

use super::super::model::{Declaration, Literal, Type};
use crate::samples::quoted;

/// Lines are broken at this length.
const MAX_LINE: usize = 100;

/// How the name of a declaration is written.
#[derive(Clone, Copy, PartialEq)]
pub enum Naming {
    /// In annotations of the same module.
    Plain,
    /// In expressions, which are evaluated before all names are known.
    Quoted,
    /// In another module, which imports the types as `t`.
    Imported,
}

pub struct Written<'d> {
    pub declarations: &'d [Declaration<'d>],
    pub naming: Naming,
    /// The width of the lines' indentation.
    pub indent: usize,
}

impl Written<'_> {
    pub fn of(&self, kind: &Type) -> String {
        let inner = Written { indent: self.indent + 4, ..*self };
        match kind {
            Type::Any | Type::Never | Type::Both(_) | Type::Record(_) => "Any".to_owned(),
            Type::Null => "None".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Int => "int".to_owned(),
            Type::Float => "float".to_owned(),
            Type::Text => "str".to_owned(),
            Type::Bytes => "bytes".to_owned(),
            Type::Literals(values) => self.literals(values),
            Type::List(items) => format!("List[{}]", self.of(items)),
            Type::Map(values) => format!("Dict[str, {}]", self.of(values)),
            Type::Named(index) => self.name(*index),
            Type::Union(kinds) => self.union(kinds.iter().map(|kind| inner.of(kind)).collect()),
        }
    }

    /// A choice, without repetitions.
    pub fn union(&self, types: Vec<String>) -> String {
        let mut seen = HashSet::new();
        let unique: Vec<String> =
            types.into_iter().filter(|name| seen.insert(name.clone())).collect();
        match unique.as_slice() {
            [] => "Any".to_owned(),
            [one] => one.clone(),
            many if many.iter().any(|name| name == "Any") => "Any".to_owned(),
            many => self.bracketed("Union", many),
        }
    }

    pub fn name(&self, index: usize) -> String {
        let Some(Declaration { name, .. }) = self.declarations.get(index) else {
            return "Any".to_owned();
        };
        match self.naming {
            Naming::Plain => name.clone(),
            Naming::Quoted => quoted(name),
            Naming::Imported => format!("t.{name}"),
        }
    }

    fn literals(&self, values: &[Literal]) -> String {
        let written = |value: &Literal| match value {
            Literal::Null => Some("None".to_owned()),
            Literal::Bool(yes) => Some(if *yes { "True" } else { "False" }.to_owned()),
            Literal::Text(text) => Some(quoted(text)),
            Literal::Number(number) if !number.is_f64() => Some(number.to_string()),
            Literal::Number(_) | Literal::Composite => None,
        };
        match values.iter().map(written).collect::<Option<Vec<_>>>() {
            Some(values) if values.iter().any(|value| value != "None") => {
                let mut seen = HashSet::new();
                let unique: Vec<String> =
                    values.iter().filter(|value| seen.insert(value.as_str())).cloned().collect();
                self.bracketed("Literal", &unique)
            }
            Some(_) if !values.is_empty() => "None".to_owned(),
            _ => "Any".to_owned(),
        }
    }

    /// Parts in brackets, on several lines if they are too long for one.
    fn bracketed(&self, name: &str, parts: &[String]) -> String {
        let length: usize = parts.iter().map(|part| part.len() + 2).sum();
        if parts.len() < 2 || self.indent + length + name.len() < MAX_LINE - 20 {
            return format!("{name}[{}]", parts.join(", "));
        }
        let inner = " ".repeat(self.indent + 4);
        let lines: String = parts.iter().map(|part| format!("{inner}{part},\n")).collect();
        format!("{name}[\n{lines}{}]", " ".repeat(self.indent))
    }
}
