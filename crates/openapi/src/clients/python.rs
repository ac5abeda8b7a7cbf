//! A package for pip: typed source with a small build script, so that installing it downloads
//! nothing else.

mod methods;
mod types;

use super::{ClientInfo, File, TooLarge, packed};
use crate::samples::{is_hidden, quoted};
use crate::spec::Spec;

/// Names that no function or argument may have.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "print", "raise", "return",
    "self", "try", "while", "with", "yield",
];

/// Unpacks to `{module}-{version}/`, like a source distribution (PEP 625).
///
/// # Errors
/// Fails if the package would be too large.
pub fn python(spec: &Spec, info: &ClientInfo) -> Result<Vec<File>, TooLarge> {
    let (name, module, version) = (info.package(), info.module(), info.number());
    let mut types = types::Types::of(spec);
    let methods = methods::methods(spec, &mut types);
    let (types, is_cut) = types.module();
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
        "{title}# mypy: disable-error-code=\"no-any-return\"\n\nfrom __future__ import annotations\n\nfrom typing import Any, Dict, List, Literal, Optional, Union\n\n\
         from . import types as t\nfrom ._runtime import UNSET, BaseClient\n\n\nclass Client(BaseClient):\n    _BASE_URL = {}\n{methods}",
        quoted(&info.base_url)
    );
    let init = format!(
        "{title}from ._runtime import ApiError\nfrom .client import Client\n\n__all__ = [\"ApiError\", \"Client\"]\n"
    );
    let readme = format!(
        "# {name}\n\n```python\nimport os\n\nfrom {module} import ApiError, Client\n\nclient = Client(key=os.environ[\"API_KEY\"])\n```\n\n\
         Each operation is a method with keyword arguments. Every response without success raises `ApiError`, with `status`, `problem`\n\
         and `request_id`. After 429 and 503, a call is repeated up to twice, each time after the delay in `Retry-After`. A call that\n\
         changes something is repeated after 503 only if it has an `idempotency_key`.\n"
    );
    let files = [
        ("pyproject.toml".to_owned(), project),
        ("PKG-INFO".to_owned(), metadata.clone()),
        ("README.md".to_owned(), readme),
        ("build_wheel.py".to_owned(), include_str!("python/build_wheel.py").to_owned()),
        (format!("{module}/__init__.py"), init),
        (format!("{module}/_runtime.py"), include_str!("python/runtime.py").to_owned()),
        (format!("{module}/client.py"), client),
        (format!("{module}/types.py"), types),
        (format!("{module}/py.typed"), String::new()),
    ];
    packed(&root, files, is_cut)
}

/// A documentation string that a document's text cannot end. Empty if the text is empty.
fn docstring(text: &str, indent: &str) -> String {
    let text: String = text
        .trim()
        .chars()
        .filter(|character| *character == '\n' || !is_hidden(*character))
        .collect();
    if text.is_empty() {
        return String::new();
    }
    let text = text.replace('\\', r"\\").replace('"', "\\\"");
    let lines: Vec<String> =
        text.lines().map(|line| format!("{indent}{}", line.trim_end())).collect();
    let text = lines.join("\n");
    format!("{indent}\"\"\"{}\n{indent}\"\"\"\n", text.trim_start())
}
