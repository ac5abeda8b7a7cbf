//! A package for npm: an ES module with type declarations, so that no build is needed.

mod methods;
mod readme;
mod types;

use serde_json::json;

use super::bounds::{TooLarge, check};
use super::model::{Models, Style};
use super::package::{ClientInfo, File, packed};
use super::signatures::signatures;
use crate::samples::{is_hidden, quoted};
use crate::spec::Spec;

/// Names that the declarations themselves use.
const RESERVED: &[&str] = &[
    "ApiError",
    "Array",
    "ArrayBuffer",
    "BaseClient",
    "Blob",
    "CallOptions",
    "Client",
    "ClientOptions",
    "Errors",
    "Present",
    "Problem",
    "Promise",
    "Uint8Array",
];

/// Unpacks to `package/`, as npm expects.
///
/// # Errors
/// Fails if the package would be too large.
pub fn typescript(spec: &Spec, info: &ClientInfo) -> Result<Vec<File>, TooLarge> {
    let name = info.package();
    let mut models = Models::of(spec, Style::Structural, RESERVED, &[])?;
    let signatures = signatures(spec, &mut models);
    let declarations = models.finish()?;
    let types = types::declarations(&declarations)?;
    let methods = methods::methods(&signatures, &declarations)?;
    let package = json!({
        "name": name,
        "version": info.number(),
        "description": format!("Client of {}", spec.title),
        "type": "module",
        "exports": { ".": { "types": "./index.d.ts", "default": "./index.js" } },
        "types": "./index.d.ts",
        "files": ["index.js", "index.d.ts", "runtime.js", "runtime.d.ts"],
        "engines": { "node": ">=20.3" },
        "sideEffects": false,
    });
    let (title, base_url) = (
        comment(&format!("Client of {}, version {}.", spec.title, spec.version), ""),
        quoted(&info.base_url),
    );
    let index = format!(
        "{title}import {{ BaseClient }} from \"./runtime.js\";\n\nexport {{ {} }} from \"./runtime.js\";\n\n\
         export class Client extends BaseClient {{\n  constructor(options) {{\n    super({{ ...options, baseUrl: options?.baseUrl ?? {base_url} }});\n  \
         }}\n{}}}\n",
        if methods.errors.is_empty() { "ApiError" } else { "ApiError, isError" },
        methods.code
    );
    let has_errors = !methods.errors.is_empty();
    let mut texts = [&types, &methods.declarations, &methods.errors].into_iter();
    let has_present = texts.any(|text| text.contains(": Present;"));
    let present = if has_present { types::PRESENT } else { "" };
    let errors = if has_errors { errors(&methods.errors) } else { String::new() };
    let declarations = format!(
        "{title}import {{ {}BaseClient, type CallOptions, type ClientOptions }} from \"./runtime.js\";\n\n\
         export {{ ApiError, type CallOptions, type ClientOptions, type Problem }} from \"./runtime.js\";\n\n\
         {present}{types}{errors}\
         export declare class Client extends BaseClient {{\n  /** Calls {} unless `baseUrl` is set. */\n  \
         constructor(options?: ClientOptions);\n{}}}\n",
        if has_errors { "ApiError, " } else { "" },
        base_url.replace("*/", "*\\/"),
        methods.declarations
    );
    check(&declarations)?;
    let readme = readme::readme(&name, &methods.first, methods.error.as_deref());
    let files = [
        ("package.json", format!("{package:#}\n")),
        ("README.md", readme),
        ("index.js", index),
        ("index.d.ts", declarations),
        ("runtime.js", include_str!("typescript/runtime.js").to_owned()),
        ("runtime.d.ts", include_str!("typescript/runtime.d.ts").to_owned()),
    ]
    .map(|(path, contents)| (path.to_owned(), contents));
    packed("package", files)
}

/// The declarations that give errors their types. `fields` are those of the interface.
fn errors(fields: &str) -> String {
    format!(
        "/** Bodies of errors, by method and status. */\nexport interface Errors {{\n{fields}}}\n\n\
         /** Whether a method failed with this status, which decides the type of `problem`. */\n\
         export declare function isError<Method extends keyof Errors, Status extends keyof Errors[Method]>(\n  \
         error: unknown,\n  method: Method,\n  status: Status,\n): error is ApiError<Errors[Method][Status]>;\n\n"
    )
}

/// A documentation comment that a document's text cannot end.
fn comment(text: &str, indent: &str) -> String {
    let is_shown = |character: &char| *character == '\n' || !is_hidden(*character);
    let text: String = text.trim().chars().filter(is_shown).collect();
    let text = text.trim().replace("*/", "*\\/");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let lines: String = lines
                .iter()
                .map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n")
                .collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}
