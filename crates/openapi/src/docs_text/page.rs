//! The Markdown of an operation's page.

use std::fmt::Write;

use super::{cell, closed, code, plain, schema, title_of};
use crate::markdown::clip;
use crate::outline::{style, tree};
use crate::samples::{Language, request, sample};
use crate::schemas::{Direction, Schemas};
use crate::spec::{Media, Operation, Parameter, Place, Spec};

/// Maximum number of schemas that are unfolded for one parameter.
const MAX_PARAMETER_NODES: usize = 50;

/// `schemas` are those of requests. A key needs one of `scopes`.
pub fn operation_markdown(
    schemas: &Schemas,
    operation: &Operation,
    base_url: &str,
    scopes: &[String],
) -> String {
    let scopes = scopes.iter().map(|scope| code(scope)).collect::<Vec<_>>().join(" or ");
    let spec = schemas.spec();
    let Operation { method, path, .. } = operation;
    let mut out =
        format!("# {}\n\n{}\n\n", plain(title_of(operation)), code(&format!("{method} {path}")));
    _ = writeln!(
        out,
        "- Operation: {}\n- Base URL: {}\n- Scope: {}",
        code(&operation.id),
        code(base_url),
        scopes
    );
    if operation.deprecated {
        let ends = operation
            .sunset
            .iter()
            .map(|day| format!("; it will be removed on {}", plain(day)))
            .collect::<String>();
        _ = writeln!(out, "- Deprecated{ends}");
    }
    if !operation.unresolved.is_empty() {
        let references: Vec<String> =
            operation.unresolved.iter().map(|reference| code(reference)).collect();
        _ = writeln!(
            out,
            "- Incomplete: the OpenAPI document does not contain {}, so these parts are not \
             described",
            references.join(", ")
        );
    }
    if !operation.description.trim().is_empty() {
        _ = write!(out, "\n{}\n", closed(&operation.description));
    }
    parameters(spec, "Parameters", &operation.parameters, &mut out);
    if let Some(body) = &operation.body {
        _ = write!(
            out,
            "\n## Body\n\n{}",
            if body.required { "Required.\n" } else { "Optional.\n" }
        );
        if !body.description.trim().is_empty() {
            _ = write!(out, "\n{}\n", closed(&body.description));
        }
        body.content.iter().for_each(|media| content(spec, media, Direction::Request, &mut out));
    }
    if !operation.responses.is_empty() {
        out.push_str("\n## Responses\n");
    }
    for response in &operation.responses {
        _ = write!(out, "\n### {}\n", plain(&response.status));
        if !response.description.trim().is_empty() {
            _ = write!(out, "\n{}\n", closed(&response.description));
        }
        parameters(spec, "", &response.headers, &mut out);
        let write = |media| content(spec, media, Direction::Answer, &mut out);
        response.content.iter().for_each(write);
    }
    if !operation.callbacks.is_empty() {
        let names: String =
            operation.callbacks.iter().map(|name| format!("- {}\n", code(name))).collect();
        _ = write!(
            out,
            "\n## Callbacks\n\nRequests that the API sends because of the call. The OpenAPI document describes them.\n\n{names}"
        );
    }
    let curl = sample(&request(schemas, operation, base_url), Language::Curl);
    _ = write!(out, "\n## Example\n\n{}", fenced("sh", &curl));
    out
}

/// Any text as code.
fn fenced(language: &str, text: &str) -> String {
    let fence = (3..)
        .map(|count| "`".repeat(count))
        .find(|fence| !text.contains(fence.as_str()))
        .unwrap_or_default();
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

fn content(spec: &Spec, media: &Media, direction: Direction, out: &mut String) {
    let listed = schema::list(spec, &media.schema, direction);
    _ = write!(out, "\n{}\n\n{listed}", code(&media.content_type));
}

fn parameters(spec: &Spec, title: &str, parameters: &[Parameter], out: &mut String) {
    if parameters.is_empty() {
        return;
    }
    if !title.is_empty() {
        _ = write!(out, "\n## {title}\n");
    }
    out.push_str("\n| Name | In | Required | Type | Description |\n|---|---|---|---|---|\n");
    let mut unfolded = String::new();
    for parameter in parameters {
        let mut node = tree(spec, &parameter.schema, MAX_PARAMETER_NODES, clip);
        let about = std::mem::take(&mut node.about);
        let description =
            if parameter.description.is_empty() { &about } else { &parameter.description };
        node.is_deprecated |= parameter.deprecated;
        node.notes.extend(style(parameter, &node));
        let place = match parameter.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
            Place::Cookie => "cookie",
        };
        let required = if parameter.required { "yes" } else { "no" };
        let name = code(&parameter.name);
        _ = writeln!(
            out,
            "| {name} | {place} | {required} | {} | {} |",
            schema::described(&node, false),
            cell(description)
        );
        if !node.fields.is_empty() || !node.choices.is_empty() {
            _ = write!(unfolded, "\nParts of {name}:\n\n");
            schema::inside(&node, 0, &mut unfolded);
        }
    }
    out.push_str(&unfolded);
}
