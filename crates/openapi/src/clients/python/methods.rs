//! One method for each operation.

use std::fmt::Write;

use super::super::bounds::{TooLarge, check};
use super::super::calls::Wire;
use super::super::model::{Declaration, Type};
use super::super::names::{Names, joined};
use super::super::signatures::{Argument, Returned, Signature};
use super::written::{Naming, Written};
use super::{KEYWORDS, TYPES, docstring};
use crate::samples::{Encoding, quoted};

#[derive(Default)]
pub struct Methods {
    pub code: String,
    /// A call for an example.
    pub first: String,
}

/// The methods of a class.
///
/// # Errors
/// They would be too long.
pub fn methods(
    signatures: &[Signature],
    declarations: &[Declaration],
) -> Result<Methods, TooLarge> {
    let mut names = Names::reserving(KEYWORDS);
    TYPES.iter().for_each(|name| _ = names.take((*name).to_owned()));
    let mut methods = Methods::default();
    for signature in signatures {
        let name = names.take(free(joined(&signature.call.operation.id, "_", "call")));
        let method = Method::of(signature, declarations);
        if methods.first.is_empty() {
            methods.first = format!("{name}({})", method.example.join(", "));
        }
        methods.code.push_str(&method.written(&name, signature));
        check(&methods.code)?;
    }
    Ok(methods)
}

/// Appends an underscore to keywords, so that the name is not `class2`.
fn free(name: String) -> String {
    if KEYWORDS.contains(&name.as_str()) || TYPES.contains(&name.as_str()) {
        name + "_"
    } else {
        name
    }
}

struct Method {
    /// `pet_id: str`, those without a default first.
    arguments: Vec<String>,
    /// What is passed to the runtime.
    groups: String,
    /// The required arguments of a call.
    example: Vec<String>,
    results: Vec<String>,
    errors: Vec<String>,
}

impl Method {
    fn of(signature: &Signature, declarations: &[Declaration]) -> Self {
        let written = Written { declarations, naming: Naming::Imported, indent: 8 };
        let mut taken = Names::reserving(KEYWORDS);
        for name in ["accept", "body", "idempotency_key", "timeout"] {
            taken.take(name.to_owned());
        }
        let (mut required, mut optional, mut groups) = (Vec::new(), Vec::new(), String::new());
        let mut example = Vec::new();
        for (group, arguments) in [
            ("path", &signature.in_path),
            ("query", &signature.in_query),
            ("headers", &signature.in_headers),
        ] {
            let mut described = Vec::new();
            for Argument { parameter, kind } in arguments {
                let name = taken.take(free(joined(&parameter.name, "_", "value")));
                let kind = written.of(kind);
                if parameter.required || group == "path" {
                    required.push(format!("{name}: {kind}"));
                    example.push(format!("{name}=..."));
                } else if kind == "Any" {
                    optional.push(format!("{name}: Any = None"));
                } else {
                    optional.push(format!("{name}: Optional[{kind}] = None"));
                }
                described.push(wire(&Wire::of(parameter), &name));
            }
            if !described.is_empty() {
                _ = writeln!(groups, "            {group}=[{}],", described.join(", "));
            }
        }
        if let Some(body) = &signature.call.body {
            let kind = match (&signature.body, body.encoding) {
                (Some(kind), Encoding::Json | Encoding::Form | Encoding::Parts) => written.of(kind),
                _ => "Union[bytes, str]".to_owned(),
            };
            // `None` is a valid value of a body.
            if body.is_required {
                required.push(format!("body: {kind}"));
                example.push("body=...".to_owned());
            } else {
                optional.push(format!("body: {kind} = UNSET"));
            }
            let deep =
                body.media.deep.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
            let deep = if deep.is_empty() { deep } else { format!(", [{deep}]") };
            _ = writeln!(
                groups,
                "            body=({}, {}, body{deep}),",
                quoted(body.encoding.name()),
                quoted(&body.content_type)
            );
        }
        let results = signature.results.iter().map(|result| returned(result, &written)).collect();
        let errors = signature.errors.iter();
        let errors = errors.map(|(status, kind)| format!("{status}: `{}`", plain(&written, kind)));
        required.append(&mut optional);
        Self { arguments: required, groups, example, results, errors: errors.collect() }
    }

    fn written(&self, name: &str, signature: &Signature) -> String {
        let [first, others @ ..] = self.results.as_slice() else { return String::new() };
        let accept = quoted(&signature.accept);
        let (mut out, mut groups) = (String::new(), self.groups.clone());
        let (mut arguments, mut result) = (self.arguments.clone(), first.as_str());
        if others.is_empty() {
            if !signature.accept.is_empty() {
                _ = writeln!(groups, "            accept={accept},");
            }
        } else {
            _ = write!(out, "\n    @overload\n{} ...\n", self.head(name, &arguments, first));
            for (reply, result) in signature.results.iter().zip(&self.results).skip(1) {
                let mut arguments = arguments.clone();
                arguments.insert(0, format!("accept: {}", literal(&reply.names)));
                _ = write!(out, "\n    @overload\n{} ...\n", self.head(name, &arguments, result));
            }
            arguments.push(format!("accept: str = {accept}"));
            groups.push_str("            accept=accept,\n");
            result = "Any";
        }
        let mut text = signature.call.text();
        if signature.call.operation.deprecated {
            text.insert_str(0, "Deprecated. ");
        }
        if !self.errors.is_empty() {
            _ = write!(
                text,
                "\n\nRaises `ApiError`. Its `problem`, by status:\n\n- {}",
                self.errors.join("\n- ")
            );
        }
        let doc = docstring(&text, "        ");
        let (verb, path) = (quoted(&signature.call.operation.method), quoted(signature.call.path));
        _ = write!(
            out,
            "\n{}\n{doc}        return self._call(\n            {verb},\n            {path},\n\
             {groups}            idempotency_key=idempotency_key,\n            timeout=timeout,\n        )\n",
            self.head(name, &arguments, result)
        );
        out
    }

    /// Up to the colon.
    fn head(&self, name: &str, arguments: &[String], result: &str) -> String {
        let common = ["idempotency_key: Optional[str] = None", "timeout: Optional[float] = None"];
        let arguments = arguments.iter().map(String::as_str).chain(common);
        let arguments: String =
            arguments.map(|argument| format!("        {argument},\n")).collect();
        format!("    def {name}(\n        self,\n        *,\n{arguments}    ) -> {result}:")
    }
}

fn wire(parameter: &Wire, argument: &str) -> String {
    let Wire { name, style, explode, is_json } = parameter;
    let truth = |is_so: bool| if is_so { "True" } else { "False" };
    format!(
        "({}, {}, {}, {}, {argument})",
        quoted(name),
        quoted(style),
        truth(*explode),
        truth(*is_json)
    )
}

fn returned(result: &Returned, written: &Written) -> String {
    let mut kinds: Vec<String> = result.kinds.iter().map(|kind| written.of(kind)).collect();
    kinds.extend(result.can_be_empty.then(|| "None".to_owned()));
    written.union(kinds)
}

fn literal(names: &[String]) -> String {
    format!("Literal[{}]", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
}

/// A type on one line.
fn plain(written: &Written, kind: &Type) -> String {
    written.of(kind).split_whitespace().collect::<Vec<_>>().join(" ")
}
