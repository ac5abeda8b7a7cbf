//! The Markdown of an operation's page, of a webhook's and of a schema's.

use std::fmt::Write;

use super::parts::{Page, fenced};
use super::{closed, code, lists, plain, schema, title_of};
use crate::facts;
use crate::markdown::clip;
use crate::outline::page_at;
use crate::samples::{Language, request, sample};
use crate::schemas::{Direction, Schemas};
use crate::spec::{Operation, Spec};

/// `schemas` are those of requests. A key needs one of `scopes`. Links to schemas are relative to
/// the address of the page, `{docs_url}/{id}.md`.
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
    lists::sections(&facts::operation(spec, operation, clip), &mut out);
    let mut page = Page::of(spec, "", out);
    page.request(operation, 2, Some(Direction::Request));
    page.responses(operation, 2, Some(Direction::Answer));
    let callbacks = facts::callbacks(spec, operation);
    if !callbacks.is_empty() {
        page.out.push_str(
            "\n## Callbacks\n\nRequests that the API sends because of the call. Your server receives them.\n",
        );
    }
    for callback in &callbacks {
        page.sent(callback, 3);
    }
    let mut out = page.out;
    let curl = sample(&request(schemas, operation, base_url), Language::Curl);
    _ = write!(out, "\n## Example\n\n{}", fenced("sh", &curl));
    for sample in facts::samples(spec, operation) {
        _ = write!(out, "\n{}:\n\n{}", plain(&sample.label), fenced("", &sample.code));
    }
    out
}

/// A webhook: the request that the API sends, and the responses that it expects. `None` if the
/// document has no such webhook, or if it is internal.
pub fn webhook_markdown(spec: &Spec, name: &str) -> Option<String> {
    let requests = facts::webhook(spec, name);
    if requests.is_empty() {
        return None;
    }
    let out = format!(
        "# {}\n\nA webhook: a request that the API sends. Your server receives it.\n",
        plain(name)
    );
    let mut page = Page::of(spec, "../", out);
    requests.iter().for_each(|request| page.sent(request, 2));
    Some(page.out)
}

/// The schema at a JSON pointer with all parts of its first levels; deeper ones have their own
/// pages. `None` if there is no schema there.
pub fn schema_markdown(spec: &Spec, at: &str) -> Option<String> {
    let mut node = page_at(spec, at, clip)?;
    let name = schema::title_of(at);
    let mut out = format!("# {}\n\nA schema of {}.\n", plain(&name), plain(&spec.title));
    if !node.about.trim().is_empty() {
        _ = write!(out, "\n{}\n", closed(&node.about));
    }
    node.about.clear();
    _ = write!(out, "\n- {}\n", schema::described(&node, false, "../"));
    schema::inside(&node, 0, "../", &mut out);
    for example in spec.root.pointer(at).map(facts::schema_examples).unwrap_or_default() {
        _ = write!(out, "\nExample:\n\n{}", fenced("json", &example.text));
    }
    Some(out)
}
