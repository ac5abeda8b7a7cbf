//! A package for pip: typed source with a small build script, so that installing it downloads
//! nothing else.

mod methods;
mod readme;
mod types;
mod written;

use super::bounds::{TooLarge, check};
use super::model::{Models, Style};
use super::package::{ClientInfo, File, packed};
use super::signatures::signatures;
use crate::samples::{is_hidden, quoted};
use crate::spec::Spec;

/// Names that no function or argument may have.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "print", "raise", "return",
    "self", "try", "while", "with", "yield",
];
/// Names that annotations use. A method or field with such a name would replace it.
const TYPES: &[&str] = &[
    "Any",
    "Dict",
    "List",
    "Literal",
    "Optional",
    "TypedDict",
    "Union",
    "bool",
    "bytes",
    "float",
    "int",
    "overload",
    "str",
    "t",
];

/// Unpacks to `{module}-{version}/`, like a source distribution (PEP 625).
///
/// # Errors
/// Fails if the package would be too large.
pub fn python(spec: &Spec, info: &ClientInfo) -> Result<Vec<File>, TooLarge> {
    let (name, module, version) = (info.package(), info.module(), info.number());
    let mut models = Models::of(spec, Style::Nominal, TYPES, KEYWORDS)?;
    let signatures = signatures(spec, &mut models);
    let declarations = models.finish()?;
    let methods = methods::methods(&signatures, &declarations)?;
    let types = types::module(&declarations)?;
    let title = docstring(&format!("Client of {}, version {}.", spec.title, spec.version), "");
    let summary: String = spec
        .title
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|character| !is_hidden(*character))
        .collect();
    let root = format!("{module}-{version}");
    let project = format!(
        "[build-system]\nrequires = []\nbuild-backend = \"build_wheel\"\nbackend-path = [\".\"]\n\n\
         [project]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = {}\nrequires-python = \">=3.9\"\n",
        quoted(&format!("Client of {summary}"))
    );
    let metadata = format!(
        "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: Client of {summary}\nRequires-Python: >=3.9\n"
    );
    let client = format!(
        "{title}# mypy: disable-error-code=\"no-any-return\"\n\nfrom __future__ import annotations\n\n\
         from typing import Any, Dict, List, Literal, Optional, Union, overload\n\n\
         from . import types as t\nfrom ._runtime import UNSET, BaseClient\n\n\n\
         class Client(BaseClient):\n    _BASE_URL = {}\n{}",
        quoted(&info.base_url),
        methods.code
    );
    check(&client)?;
    let init = format!(
        "{title}from ._runtime import ApiError\nfrom .client import Client\n\n__all__ = [\"ApiError\", \"Client\"]\n"
    );
    let files = [
        ("pyproject.toml".to_owned(), project),
        ("PKG-INFO".to_owned(), metadata),
        ("README.md".to_owned(), readme::readme(&name, &module, &methods.first)),
        ("build_wheel.py".to_owned(), include_str!("python/build_wheel.py").to_owned()),
        (format!("{module}/__init__.py"), init),
        (format!("{module}/_runtime.py"), include_str!("python/runtime.py").to_owned()),
        (format!("{module}/client.py"), client),
        (format!("{module}/types.py"), types),
        (format!("{module}/py.typed"), String::new()),
    ];
    packed(&root, files)
}

/// A documentation string that a document's text cannot end. Empty if the text is empty.
fn docstring(text: &str, indent: &str) -> String {
    let text = visible(text).replace('\\', r"\\");
    // A quote at the end would belong to the end of the string.
    let (text, end) = match text.strip_suffix('"') {
        Some(text) => (text.to_owned(), "\\\""),
        None => (text, ""),
    };
    let text = text.replace("\"\"\"", "\\\"\\\"\\\"") + end;
    let lines: Vec<String> =
        text.lines().map(|line| format!("{indent}{line}").trim_end().to_owned()).collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}\"\"\"{}\"\"\"\n", line.trim_start()),
        lines => format!("{indent}\"\"\"{}\n{indent}\"\"\"\n", lines.join("\n").trim_start()),
    }
}

/// Comment lines. Empty if the text is empty.
fn comment(text: &str, indent: &str) -> String {
    visible(text)
        .lines()
        .map(|line| format!("{indent}# {line}").trim_end().to_owned() + "\n")
        .collect()
}

fn visible(text: &str) -> String {
    let is_shown = |character: &char| *character == '\n' || !is_hidden(*character);
    text.trim().chars().filter(is_shown).collect::<String>().trim().to_owned()
}
