//! A package for npm: an ES module with type declarations, so that no build is needed.

mod methods;
mod types;

use serde_json::json;

use super::{ClientInfo, File, TooLarge, packed};
use crate::samples::{is_hidden, quoted};
use crate::spec::Spec;

/// Unpacks to `package/`, as npm expects.
///
/// # Errors
/// Fails if the package would be too large.
pub fn typescript(spec: &Spec, info: &ClientInfo) -> Result<Vec<File>, TooLarge> {
    let name = info.package();
    let types = types::Types::of(spec);
    let methods = methods::methods(spec, &types);
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
        "{title}import {{ BaseClient }} from \"./runtime.js\";\n\nexport {{ ApiError }} from \"./runtime.js\";\n\n\
         export class Client extends BaseClient {{\n  constructor(options) {{\n    super({{ ...options, baseUrl: options?.baseUrl ?? {base_url} }});\n  \
         }}\n{}}}\n",
        methods.code
    );
    let declarations = format!(
        "{title}import {{ BaseClient, type CallOptions, type ClientOptions }} from \"./runtime.js\";\n\n\
         export {{ ApiError, type CallOptions, type ClientOptions, type Problem }} from \"./runtime.js\";\n\n{}\
         export declare class Client extends BaseClient {{\n  /** Calls {base_url} unless `baseUrl` is set. */\n  \
         constructor(options?: ClientOptions);\n{}}}\n",
        types.definitions(),
        methods.declarations
    );
    let readme = format!(
        "# {name}\n\n```js\nimport {{ Client, ApiError }} from \"{name}\";\n\nconst client = new Client({{ key: process.env.API_KEY }});\n\
         try {{\n  console.log(await client.{}({{ /* arguments */ }}));\n}} catch (error) {{\n  \
         if (error instanceof ApiError) console.error(error.status, error.problem, error.requestId);\n  else throw error;\n}}\n```\n\n\
         After 429 and 503, a call is repeated up to twice, each time after the delay in `Retry-After`. A call that changes something\n\
         is repeated after 503 only if it has an `idempotencyKey`.\n",
        methods.first
    );
    let files = [
        ("package.json", format!("{package:#}\n")),
        ("README.md", readme),
        ("index.js", index),
        ("index.d.ts", declarations),
        ("runtime.js", include_str!("typescript/runtime.js").to_owned()),
        ("runtime.d.ts", include_str!("typescript/runtime.d.ts").to_owned()),
    ]
    .map(|(path, contents)| (path.to_owned(), contents));
    packed("package", files, types.are_cut())
}

/// A documentation comment that a document's text cannot end.
fn comment(text: &str, indent: &str) -> String {
    let text: String = text
        .trim()
        .chars()
        .filter(|character| *character == '\n' || !is_hidden(*character))
        .collect();
    let text = text.replace("*/", "*\\/");
    if text.is_empty() {
        return String::new();
    }
    let lines: String = text
        .lines()
        .map(|line| format!("{indent} * {}\n", line.trim_end()).replace(" * \n", " *\n"))
        .collect();
    format!("{indent}/**\n{lines}{indent} */\n")
}
