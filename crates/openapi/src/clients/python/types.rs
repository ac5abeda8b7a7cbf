//! The module of types. An object with named fields is a `TypedDict`.

use std::collections::HashSet;
use std::fmt::Write;

use super::super::bounds::{TooLarge, check};
use super::super::model::{Declaration, Docs, Field, Record, Type};
use super::super::names::is_name;
use super::written::{Naming, Written};
use super::{KEYWORDS, TYPES, comment, docstring};
use crate::samples::quoted;

/// The source of the module.
///
/// # Errors
/// It would be too long.
pub fn module(declarations: &[Declaration]) -> Result<String, TooLarge> {
    let names = declarations.iter().map(|declaration| declaration.name.as_str());
    let module = Module { declarations, shadowed: names.chain(TYPES.iter().copied()).collect() };
    let mut out =
        "\"\"\"Types of requests and responses.\"\"\"\n\nfrom __future__ import annotations\n\n\
                   from typing import Any, Dict, List, Literal, Optional, TypedDict, Union\n"
            .to_owned();
    for declaration in in_order(declarations) {
        out.push_str(&match &declaration.body {
            Type::Record(record) => format!("\n\n{}", module.class(declaration, record)),
            other => format!("\n\n{}", module.alias(declaration, other)),
        });
        check(&out)?;
    }
    Ok(out)
}

struct Module<'d> {
    declarations: &'d [Declaration<'d>],
    /// Names that a field of a class would hide from the annotations after it.
    shadowed: HashSet<&'d str>,
}

impl<'d> Module<'d> {
    const fn written(&self, naming: Naming, indent: usize) -> Written<'d> {
        Written { declarations: self.declarations, naming, indent }
    }

    fn alias(&self, declaration: &Declaration, kind: &Type) -> String {
        let written = self.written(Naming::Quoted, 0).of(kind);
        // A name in quotes alone would be a text, and `None` a value.
        let is_type = !written.starts_with('"') && written != "None";
        let written = if is_type { written } else { format!("Union[{written}]") };
        format!("{}{} = {written}\n", comment(&text(declaration.docs), ""), declaration.name)
    }

    fn class(&self, declaration: &Declaration, record: &Record) -> String {
        let name = &declaration.name;
        let (required, optional): (Vec<&Field>, Vec<&Field>) =
            record.fields.iter().partition(|field| field.is_required);
        let plain = self.written(Naming::Plain, 0);
        let mut bases: Vec<String> = record.bases.iter().map(|base| plain.name(*base)).collect();
        let mut out = String::new();
        let is_split = !required.is_empty() && !optional.is_empty();
        let can_be_class = |fields: &[&Field]| fields.iter().all(|field| self.is_free(field.name));
        if !required.is_empty() && (is_split || !can_be_class(&required)) {
            let base = format!("_{name}Required");
            out.push_str(&if can_be_class(&required) {
                format!("class {base}(TypedDict):\n{}\n\n", self.fields(&required))
            } else {
                format!("{}\n\n", self.functional(&base, &required, ""))
            });
            bases.push(base);
        }
        if !can_be_class(&optional) {
            let base = format!("_{name}Optional");
            _ = write!(out, "{}\n\n", self.functional(&base, &optional, ", total=False"));
            bases.push(base);
        }
        let own = match (required.as_slice(), optional.as_slice()) {
            (fields, []) | ([], fields) if can_be_class(fields) => fields,
            (_, fields) if can_be_class(fields) => fields,
            _ => &[],
        };
        let is_total = own.iter().all(|field| field.is_required);
        if bases.is_empty() {
            bases.push("TypedDict".to_owned());
        }
        let total = if is_total { "" } else { ", total=False" };
        let mut body = docstring(&text(declaration.docs), "    ");
        if !body.is_empty() && !own.is_empty() {
            body.push('\n');
        }
        body.push_str(&self.fields(own));
        if body.is_empty() {
            body.push_str("    pass\n");
        }
        _ = write!(out, "class {name}({}{total}):\n{body}", bases.join(", "));
        out
    }

    /// Whether a field can be written in a class.
    fn is_free(&self, name: &str) -> bool {
        is_name(name)
            && !name.starts_with("__")
            && !KEYWORDS.contains(&name)
            && !self.shadowed.contains(name)
    }

    fn fields(&self, fields: &[&Field]) -> String {
        let written = self.written(Naming::Plain, 4);
        let field = |field: &&Field| {
            let docs = docstring(&text(field.docs), "    ");
            format!("    {}: {}\n{docs}", field.name, written.of(&field.kind))
        };
        fields.iter().map(field).collect()
    }

    /// The same for names that are not valid in a class.
    fn functional(&self, name: &str, fields: &[&Field], options: &str) -> String {
        let written = self.written(Naming::Quoted, 8);
        let field = |field: &&Field| {
            let docs = comment(&text(field.docs), "        ");
            format!("{docs}        {}: {},\n", quoted(field.name), written.of(&field.kind))
        };
        let fields: String = fields.iter().map(field).collect();
        let options = options.trim_start_matches(", ");
        let options = if options.is_empty() { String::new() } else { format!("    {options},\n") };
        format!("{name} = TypedDict(\n    {},\n    {{\n{fields}    }},\n{options})\n", quoted(name))
    }
}

/// A description, and whether it is deprecated.
fn text(docs: Docs) -> String {
    match (docs.text, docs.is_deprecated) {
        (text, false) => text.to_owned(),
        ("", true) => "Deprecated.".to_owned(),
        (text, true) => format!("Deprecated. {text}"),
    }
}

/// Each class after the classes that it extends.
fn in_order<'d>(declarations: &'d [Declaration<'d>]) -> Vec<&'d Declaration<'d>> {
    let mut is_known = vec![false; declarations.len()];
    let mut ordered = Vec::new();
    for first in 0..declarations.len() {
        let mut open = vec![(first, false)];
        while let Some((index, is_ready)) = open.pop() {
            let Some(declaration) = declarations.get(index) else { continue };
            if is_ready {
                ordered.push(declaration);
            } else if is_known.get_mut(index).is_some_and(|known| !std::mem::replace(known, true)) {
                open.push((index, true));
                if let Type::Record(record) = &declaration.body {
                    open.extend(record.bases.iter().rev().map(|base| (*base, false)));
                }
            }
        }
    }
    ordered
}
