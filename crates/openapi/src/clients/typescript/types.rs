//! Types as TypeScript declarations.

use std::collections::HashSet;
use std::fmt::Write;

use super::super::bounds::{TooLarge, check};
use super::super::model::{Declaration, Docs, Literal, Record, Type};
use super::super::names::is_name;
use super::comment;
use crate::samples::quoted;

/// Lines are broken at this length.
const MAX_LINE: usize = 100;

/// The type of fields that must be present, and are described elsewhere.
pub const PRESENT: &str =
    "/** Any value: the field must be present. */\ntype Present = {} | null;\n\n";

/// The source of all declarations.
///
/// # Errors
/// It would be too long.
pub fn declarations(declarations: &[Declaration]) -> Result<String, TooLarge> {
    let written = Written { declarations, indent: 0 };
    let mut out = String::new();
    for declaration in declarations {
        out.push_str(&comment(&text(declaration.docs), ""));
        let (name, body) = (&declaration.name, written.of(&declaration.body));
        _ = match &declaration.body {
            Type::Record(record) if record.is_alone() => {
                write!(out, "export interface {name} {body}\n\n")
            }
            _ if body.starts_with('\n') => write!(out, "export type {name} ={body};\n\n"),
            _ => write!(out, "export type {name} = {body};\n\n"),
        };
        check(&out)?;
    }
    Ok(out)
}

#[derive(Clone, Copy)]
pub struct Written<'d> {
    pub declarations: &'d [Declaration<'d>],
    /// The width of the lines' indentation.
    pub indent: usize,
}

impl Written<'_> {
    pub fn of(&self, kind: &Type) -> String {
        match kind {
            Type::Any => "unknown".to_owned(),
            Type::Never => "never".to_owned(),
            Type::Null => "null".to_owned(),
            Type::Bool => "boolean".to_owned(),
            Type::Int | Type::Float => "number".to_owned(),
            Type::Text => "string".to_owned(),
            Type::Bytes => "Blob".to_owned(),
            Type::Literals(values) => self.union(values.iter().map(literal).collect()),
            Type::List(items) => format!("Array<{}>", self.of(items)),
            Type::Map(values) => format!("{{ [key: string]: {} }}", self.of(values)),
            Type::Named(index) => self.name(*index),
            Type::Union(kinds) => {
                let inner = Self { indent: self.indent + 2, ..*self };
                self.union(kinds.iter().map(|kind| inner.of(kind)).collect())
            }
            Type::Both(kinds) => both(kinds.iter().map(|kind| self.of(kind)).collect()),
            Type::Record(record) => self.record(record),
        }
    }

    fn name(&self, index: usize) -> String {
        self.declarations
            .get(index)
            .map_or_else(|| "unknown".to_owned(), |declaration| declaration.name.clone())
    }

    fn record(&self, record: &Record) -> String {
        let mut parts: Vec<String> = record.bases.iter().map(|base| self.name(*base)).collect();
        if parts.is_empty() || !record.fields.is_empty() || !record.requires.is_empty() {
            parts.push(self.fields(record));
        }
        both(parts)
    }

    fn fields(&self, record: &Record) -> String {
        let inner = Self { indent: self.indent + 2, ..*self };
        let indent = " ".repeat(inner.indent);
        let mut out = "{\n".to_owned();
        for field in &record.fields {
            let mark = if field.is_required { "" } else { "?" };
            out.push_str(&comment(&text(field.docs), &indent));
            _ = writeln!(out, "{indent}{}{mark}: {};", key(field.name), inner.of(&field.kind));
        }
        for name in &record.requires {
            _ = writeln!(out, "{indent}{}: Present;", key(name));
        }
        if record.is_open {
            _ = writeln!(out, "{indent}[key: string]: unknown;");
        }
        out + &" ".repeat(self.indent) + "}"
    }

    /// A choice without repetitions, on several lines if it is too long for one.
    pub fn union(&self, types: Vec<String>) -> String {
        let mut seen = HashSet::new();
        let types: Vec<String> =
            types.into_iter().filter(|name| seen.insert(name.clone())).collect();
        match types.as_slice() {
            [] => "unknown".to_owned(),
            types if types.iter().any(|name| name == "unknown") => "unknown".to_owned(),
            [one] => one.clone(),
            types => {
                let parts = types.iter().map(|name| enclosed(name, " & "));
                let parts: Vec<String> = parts.collect();
                let length: usize = parts.iter().map(|part| part.len() + 3).sum();
                if self.indent + length < MAX_LINE || parts.iter().any(|part| part.contains('\n')) {
                    return parts.join(" | ");
                }
                let indent = " ".repeat(self.indent + 2);
                parts.iter().map(|part| format!("\n{indent}| {part}")).collect()
            }
        }
    }
}

impl Record<'_> {
    /// Whether it extends nothing.
    const fn is_alone(&self) -> bool {
        self.bases.is_empty()
    }
}

/// All of these types at once.
fn both(types: Vec<String>) -> String {
    let mut seen = HashSet::new();
    let types = types.into_iter().filter(|name| name != "unknown" && seen.insert(name.clone()));
    let types: Vec<String> = types.collect();
    match types.as_slice() {
        [] => "unknown".to_owned(),
        [one] => one.clone(),
        types => types.iter().map(|name| enclosed(name, "| ")).collect::<Vec<_>>().join(" & "),
    }
}

/// A type with parentheses if it contains an operator.
fn enclosed(kind: &str, operator: &str) -> String {
    if kind.contains(operator) { format!("({kind})") } else { kind.to_owned() }
}

pub fn key(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { quoted(name) }
}

/// A description, with a deprecation as editors show it.
pub fn text(docs: Docs) -> String {
    if docs.is_deprecated { format!("{}\n\n@deprecated", docs.text) } else { docs.text.to_owned() }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Null => "null".to_owned(),
        Literal::Bool(yes) => yes.to_string(),
        Literal::Text(text) => quoted(text),
        Literal::Number(number) => number.to_string(),
        Literal::Composite => "unknown".to_owned(),
    }
}
