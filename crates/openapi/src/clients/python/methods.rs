//! One method for each operation.

use std::fmt::Write;

use super::super::calls::{Call, Result};
use super::super::names::{Names, joined, pascal};
use super::types::{At, Types, union};
use super::{KEYWORDS, docstring};
use crate::samples::{Encoding, quoted};
use crate::spec::{Parameter, Spec};

pub fn methods<'a>(spec: &'a Spec, types: &mut Types<'a>) -> String {
    let mut names = Names::reserving(KEYWORDS);
    let mut out = String::new();
    for operation in &spec.operations {
        let call = Call::of(operation);
        let name = names.take(free(joined(&operation.id, "_", "call")));
        out.push_str(&method(&call, &name, types));
    }
    out
}

/// Appends an underscore to keywords, so that the name is not `class2`.
fn free(name: String) -> String {
    if KEYWORDS.contains(&name.as_str()) { name + "_" } else { name }
}

fn method<'a>(call: &Call<'a>, name: &str, types: &mut Types<'a>) -> String {
    let type_name = pascal(&call.operation.id, "Call");
    let mut taken = Names::reserving(KEYWORDS);
    ["body", "idempotency_key", "timeout"]
        .into_iter()
        .for_each(|name| _ = taken.take(name.to_owned()));
    let (mut required, mut optional, mut groups) = (Vec::new(), Vec::new(), String::new());
    for (group, parameters) in
        [("path", &call.in_path), ("query", &call.in_query), ("headers", &call.in_headers)]
    {
        let mut described = Vec::new();
        for parameter in parameters {
            let argument = taken.take(free(joined(&parameter.name, "_", "value")));
            let kind = types.written(
                &parameter.schema,
                &At::named(format!("{type_name}{}", pascal(&parameter.name, "Value"))),
            );
            let kind = annotation(&kind);
            match parameter.required || group == "path" {
                true => required.push(format!("{argument}: {kind}")),
                false => optional.push(format!("{argument}: Optional[{kind}] = None")),
            }
            let Parameter { name, style, explode, content_type, .. } = parameter;
            let (explode, is_json) = (truth(*explode), truth(content_type.is_some()));
            described.push(format!(
                "({}, {}, {explode}, {is_json}, {argument})",
                quoted(name),
                quoted(style)
            ));
        }
        if !described.is_empty() {
            _ = writeln!(groups, "            {group}=[{}],", described.join(", "));
        }
    }
    if let Some(body) = &call.body {
        let kind = match body.encoding {
            Encoding::Raw => "Union[bytes, str]".to_owned(),
            _ => annotation(
                &types.written(&body.media.schema, &At::named(format!("{type_name}Body"))),
            ),
        };
        // `None` is a valid value of a body.
        match body.is_required {
            true => required.push(format!("body: {kind}")),
            false => optional.push(format!("body: {kind} = UNSET")),
        }
        let deep = body.media.deep.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let deep = if deep.is_empty() { deep } else { format!(", [{deep}]") };
        _ = writeln!(
            groups,
            "            body=({}, {}, body{deep}),",
            quoted(body.encoding.name()),
            quoted(&body.content_type)
        );
    }
    optional.extend(
        ["idempotency_key: Optional[str] = None", "timeout: Optional[float] = None"]
            .map(str::to_owned),
    );
    let arguments: String = required
        .into_iter()
        .chain(optional)
        .map(|argument| format!("        {argument},\n"))
        .collect();
    let results = call.results().into_iter().map(|result| match result {
        Result::Json(schema) => {
            annotation(&types.written(schema, &At::named(format!("{type_name}Result"))))
        }
        Result::Text => "str".to_owned(),
        Result::Bytes => "bytes".to_owned(),
        Result::Nothing => "None".to_owned(),
    });
    let result = union(results.collect());
    let doc = docstring(&call.text(), "        ");
    let (verb, path) = (quoted(&call.operation.method), quoted(call.path));
    format!(
        "\n    def {name}(\n        self,\n        *,\n{arguments}    ) -> {result}:\n{doc}        return self._call(\n            {verb},\n            {path},\n\
         {groups}            idempotency_key=idempotency_key,\n            timeout=timeout,\n        )\n"
    )
}

const fn truth(is_so: bool) -> &'static str {
    if is_so { "True" } else { "False" }
}

/// A type of the `types` module. Names of types are in quotes there; so are literals, but these are
/// inside `Literal[…]`.
fn annotation(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut rest = written;
    let mut is_literal = false;
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        // The text between two quoted parts shows whether the second one is inside the same
        // brackets.
        is_literal = match (before.rfind("Literal["), before.rfind(']')) {
            (Some(open), Some(close)) => open > close,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => is_literal,
        };
        let end = end_of_text(from);
        let (text, after) = from.split_at(end);
        match text.trim_matches('"') {
            _ if is_literal => out.push_str(&text.replace(']', "\\x5d")),
            name => _ = write!(out, "t.{name}"),
        }
        rest = after;
    }
    out + rest
}

/// The position at which the literal at the start of `text` ends.
fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            '"' if !is_escaped => return index + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}
