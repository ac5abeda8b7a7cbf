//! The parts that operations, webhooks and callbacks have in common.

use std::fmt::Write;

use serde_json::Value;
use tollgate_types::docs::SchemaNode;

use super::{cell, closed, code, lists, plain, schema};
use crate::facts::{self, SentRequest};
use crate::markdown::clip;
use crate::outline::{is_internal, style, tree, tree_at};
use crate::schemas::Direction;
use crate::spec::{Media, Operation, Parameter, Place, Spec};

/// Maximum number of schemas that are unfolded for one parameter, for one body or response, and for
/// a page.
const MAX_PARAMETER_NODES: usize = 50;
const MAX_NODES: usize = 600;
const MAX_ALL_NODES: usize = 4_000;
/// Maximum number of rows of a table of parameters.
const MAX_PARAMETERS: usize = 1_000;
/// Maximum length of the description of a part in bytes.
const MAX_ABOUT: usize = 16_000;
/// Maximum number of bytes of all examples of a page.
const MAX_EXAMPLES: usize = 512 * 1024;

/// A page that is being written.
pub struct Page<'a> {
    pub spec: &'a Spec,
    /// From the page to the folder of the product: empty or `../`.
    pub up: &'static str,
    pub out: String,
    /// Number of schemas that may still be unfolded.
    nodes: usize,
    /// Number of bytes of examples that may still be written.
    examples: usize,
    /// Further examples are left out.
    is_full: bool,
}

impl<'a> Page<'a> {
    pub fn of(spec: &'a Spec, up: &'static str, out: String) -> Self {
        Self { spec, up, out, nodes: MAX_ALL_NODES, examples: MAX_EXAMPLES, is_full: false }
    }
}

impl Page<'_> {
    /// Parameters and body, with the fields that are sent in `direction`; with all without one.
    /// `level` is that of the headings.
    pub fn request(&mut self, operation: &Operation, level: usize, direction: Option<Direction>) {
        let mut shown: Vec<(&Parameter, Option<&Value>)> = Vec::new();
        let places = facts::Parameters::of(self.spec, operation);
        for parameter in &operation.parameters {
            let written = places.get(parameter).map(|place| place.value);
            if !written.is_some_and(is_internal) {
                shown.push((parameter, written));
            }
        }
        self.parameters(&heading(level, "Parameters"), &shown);
        let Some(body) = &operation.body else { return };
        let required = if body.required { "Required." } else { "Optional." };
        _ = write!(self.out, "\n{}\n\n{required}\n", heading(level, "Body"));
        self.paragraph(&body.description);
        let place = facts::body(self.spec, operation);
        for media in &body.content {
            self.content(place.as_ref(), media, direction, true);
        }
    }

    pub fn responses(&mut self, operation: &Operation, level: usize, direction: Option<Direction>) {
        if !operation.responses.is_empty() {
            _ = writeln!(self.out, "\n{}", heading(level, "Responses"));
        }
        for response in &operation.responses {
            _ = writeln!(self.out, "\n{}", heading(level + 1, &plain(&response.status)));
            self.paragraph(&response.description);
            let headers: Vec<(&Parameter, Option<&Value>)> =
                response.headers.iter().map(|header| (header, None)).collect();
            self.parameters("", &headers);
            let place = facts::response(self.spec, operation, &response.status);
            for media in &response.content {
                self.content(place.as_ref(), media, direction, false);
            }
            let links = place.map(|place| facts::links(self.spec, &place, clip));
            if let Some(links) = links.filter(|links| !links.is_empty()) {
                self.out.push_str("\nLinks to other operations:\n\n");
                lists::entries(&links, &mut self.out);
            }
        }
    }

    /// A webhook or callback.
    pub fn sent(&mut self, request: &SentRequest, level: usize) {
        let SentRequest { name, to, operation } = request;
        let address = if to.is_empty() { String::new() } else { format!(" to {}", code(to)) };
        _ = write!(
            self.out,
            "\n{}\n\n{}{address}\n",
            heading(level, &code(name)),
            code(&operation.method)
        );
        self.paragraph(&operation.summary);
        self.paragraph(&operation.description);
        self.request(operation, level + 1, None);
        self.responses(operation, level + 1, None);
    }

    fn paragraph(&mut self, markdown: &str) {
        if !markdown.trim().is_empty() {
            _ = write!(self.out, "\n{}\n", closed(&clip(markdown, MAX_ABOUT)));
        }
    }

    fn content(
        &mut self,
        holder: Option<&facts::Place>,
        media: &Media,
        direction: Option<Direction>,
        is_request: bool,
    ) {
        let place = holder.and_then(|holder| facts::media(self.spec, holder, &media.content_type));
        let budget = MAX_NODES.min(self.nodes);
        let node = place
            .as_ref()
            .and_then(|place| tree_at(self.spec, &place.schema_at()?, direction, budget, clip))
            .unwrap_or_else(|| tree(self.spec, &media.schema, budget, clip));
        self.nodes -= size(&node).min(self.nodes);
        let list = schema::list(&node, self.up);
        _ = write!(self.out, "\n{}\n\n{list}", code(&media.content_type));
        let Some(place) = place else { return };
        let encodings = facts::encodings(self.spec, &place);
        if is_request && !encodings.is_empty() {
            self.out.push_str("\nFields of the form:\n\n");
            lists::entries(&encodings, &mut self.out);
        }
        let language = if media.content_type.contains("json") { "json" } else { "" };
        self.examples("Example", language, place.value);
    }

    /// The examples of a parameter or media type.
    fn examples(&mut self, label: &str, language: &str, written: &Value) {
        if self.is_full {
            return;
        }
        for example in facts::examples(self.spec, written, clip) {
            let length = example.text.len() + example.about.len();
            self.is_full = length > self.examples;
            if self.is_full {
                self.out.push_str("\nThe OpenAPI document has further examples.\n");
                return;
            }
            self.examples -= length;
            let name = if example.name == "example" {
                String::new()
            } else {
                format!(" “{}”", plain(&example.name))
            };
            _ = writeln!(self.out, "\n{label}{name}:");
            self.paragraph(&example.about);
            _ = write!(self.out, "\n{}", fenced(language, &example.text));
        }
    }

    fn parameters(&mut self, title: &str, parameters: &[(&Parameter, Option<&Value>)]) {
        if parameters.is_empty() {
            return;
        }
        if !title.is_empty() {
            _ = write!(self.out, "\n{title}\n");
        }
        self.out
            .push_str("\n| Name | In | Required | Type | Description |\n|---|---|---|---|---|\n");
        let mut unfolded = String::new();
        let more = parameters.len().saturating_sub(MAX_PARAMETERS);
        let parameters = parameters.get(..MAX_PARAMETERS).unwrap_or(parameters);
        for (parameter, _) in parameters {
            let node = self.row(parameter);
            if !node.fields.is_empty() || !node.choices.is_empty() {
                _ = write!(unfolded, "\nParts of {}:\n\n", code(&parameter.name));
                schema::inside(&node, 0, self.up, &mut unfolded);
            }
        }
        if more > 0 {
            _ = writeln!(self.out, "\nThe OpenAPI document has {more} more.");
        }
        self.out.push_str(&unfolded);
        for (parameter, written) in parameters {
            if let Some(written) = written {
                let label = format!("Example of {}", code(&parameter.name));
                self.examples(&label, "", written);
            }
        }
    }

    /// Writes a row of the table. Returns the schema of the parameter.
    fn row(&mut self, parameter: &Parameter) -> SchemaNode {
        let budget = MAX_PARAMETER_NODES.min(self.nodes);
        let mut node = tree(self.spec, &parameter.schema, budget, clip);
        self.nodes -= size(&node).min(self.nodes);
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
        _ = writeln!(
            self.out,
            "| {} | {place} | {required} | {} | {} |",
            code(&parameter.name),
            schema::described(&node, false, self.up),
            cell(&clip(description, MAX_ABOUT))
        );
        node
    }
}

fn heading(level: usize, text: &str) -> String {
    format!("{} {text}", "#".repeat(level.min(6)))
}

/// The number of schemas in a tree.
fn size(node: &SchemaNode) -> usize {
    let choices = node.choices.iter().flat_map(|choices| &choices.schemas);
    1 + node.fields.iter().map(|field| &field.schema).chain(choices).map(size).sum::<usize>()
}

/// Any text as code.
pub fn fenced(language: &str, text: &str) -> String {
    let fence = (3..)
        .map(|count| "`".repeat(count))
        .find(|fence| !text.contains(fence.as_str()))
        .unwrap_or_default();
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}
