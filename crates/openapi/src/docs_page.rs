//! The parts of documentation pages as data, with descriptions as safe HTML. They have the same
//! content as the Markdown of [`docs_text`](crate::docs_text).

use serde_json::Value;
use tollgate_types::docs::{
    BodyDoc, MediaDoc, NamedExample, ParameterDoc, ParameterPlace, RequestDoc, ResponseDoc,
    SchemaNode,
};
use tollgate_types::number::plural;

use crate::facts::{self, SentRequest};
use crate::markdown::{about, clip};
use crate::outline::{is_internal, page_at, style, tree, tree_at};
use crate::schemas::Direction;
use crate::spec::{Body, Media, Operation, Parameter, Place, Response, Spec};

/// Maximum length of descriptions in bytes: an operation's own, and a part's.
const MAX_ABOUT: usize = 64 * 1024;
const MAX_PART_ABOUT: usize = 8_000;
/// Unfolded schemas of the bodies and responses of a page, and of each.
const MAX_NODES: usize = 800;
const MAX_MEDIA_NODES: usize = 300;
/// Unfolded schemas of all parameters of a page, and of each.
const MAX_PARAMETERS_NODES: usize = 800;
const MAX_PARAMETER_NODES: usize = 40;
const MAX_PARAMETERS: usize = 300;
const MAX_RESPONSES: usize = 60;
const MAX_MEDIA: usize = 12;
const MAX_CALLBACKS: usize = 20;
/// Bytes of all examples of a page.
const MAX_EXAMPLES: usize = 256 * 1024;
const MAX_TITLE: usize = 160;

/// A page that is being made: what it may still show.
pub struct Page<'a> {
    spec: &'a Spec,
    nodes: usize,
    parameter_nodes: usize,
    examples: usize,
    /// Number of examples that were left out.
    left_out: usize,
}

impl<'a> Page<'a> {
    pub fn of(spec: &'a Spec) -> Self {
        Self {
            spec,
            nodes: MAX_NODES,
            parameter_nodes: MAX_PARAMETERS_NODES,
            examples: MAX_EXAMPLES,
            left_out: 0,
        }
    }

    /// The parameters of an operation, without internal ones.
    pub fn parameters(&mut self, operation: &Operation) -> Vec<ParameterDoc> {
        let mut shown = Vec::new();
        let places = facts::Parameters::of(self.spec, operation);
        for parameter in operation.parameters.iter().take(MAX_PARAMETERS) {
            let place = places.get(parameter);
            if !place.is_some_and(|place| is_internal(place.value)) {
                shown.push(self.parameter(parameter, place));
            }
        }
        shown
    }

    fn parameter(&mut self, parameter: &Parameter, place: Option<&facts::Place>) -> ParameterDoc {
        let schema_at = place.and_then(facts::Place::schema_at);
        let budget = self.parameter_nodes.min(MAX_PARAMETER_NODES);
        let mut schema = self.tree(schema_at, &parameter.schema, None, budget);
        self.parameter_nodes -= count(&schema).min(budget);
        schema.notes.extend(style(parameter, &schema));
        let about_html = match parameter.description.is_empty() {
            // Mentioned once is enough.
            true => std::mem::take(&mut schema.about),
            false => about(&parameter.description, MAX_PART_ABOUT),
        };
        ParameterDoc {
            name: clip(&parameter.name, 200),
            place: parameter_place(parameter.place),
            is_required: parameter.required,
            is_deprecated: parameter.deprecated || schema.is_deprecated,
            about_html,
            schema,
            examples: place.map(|place| self.examples(place)).unwrap_or_default(),
        }
    }

    /// The body of a request to the API.
    pub fn body(&mut self, operation: &Operation) -> Option<BodyDoc> {
        self.body_of(operation, Some(Direction::Request))
    }

    fn body_of(&mut self, operation: &Operation, direction: Option<Direction>) -> Option<BodyDoc> {
        let Body { description, required, content } = operation.body.as_ref()?;
        let place = facts::body(self.spec, operation);
        Some(BodyDoc {
            about_html: about(description, MAX_PART_ABOUT),
            is_required: *required,
            content: self.content(place.as_ref(), content, direction, true),
        })
    }

    /// The responses of the API.
    pub fn responses(&mut self, operation: &Operation) -> Vec<ResponseDoc> {
        self.responses_of(operation, Some(Direction::Answer))
    }

    fn responses_of(
        &mut self,
        operation: &Operation,
        direction: Option<Direction>,
    ) -> Vec<ResponseDoc> {
        let mut shown = Vec::new();
        for response in operation.responses.iter().take(MAX_RESPONSES) {
            let Response { status, description, headers, content } = response;
            let place = facts::response(self.spec, operation, status);
            let headers = headers.iter().take(MAX_PARAMETERS);
            shown.push(ResponseDoc {
                status: clip(status, 20),
                about_html: about(description, MAX_PART_ABOUT),
                headers: headers.map(|header| self.parameter(header, None)).collect(),
                content: self.content(place.as_ref(), content, direction, false),
                links: place
                    .map(|place| facts::links(self.spec, &place, about))
                    .unwrap_or_default(),
            });
        }
        shown
    }

    /// The callbacks of an operation.
    pub fn callbacks(&mut self, operation: &Operation) -> Vec<RequestDoc> {
        let callbacks = facts::callbacks(self.spec, operation);
        callbacks.iter().take(MAX_CALLBACKS).map(|request| self.request(request)).collect()
    }

    /// A webhook or callback.
    pub fn request(&mut self, request: &SentRequest) -> RequestDoc {
        let SentRequest { name, to, operation } = request;
        RequestDoc {
            name: clip(name, MAX_TITLE),
            to: clip(to, 500),
            method: operation.method.clone(),
            title: clip(&operation.summary, MAX_TITLE),
            about_html: about(&operation.description, MAX_PART_ABOUT),
            parameters: self.parameters(operation),
            // All fields: the documents of authors differ in whose direction they mean.
            body: self.body_of(operation, None),
            responses: self.responses_of(operation, None),
        }
    }

    fn content(
        &mut self,
        holder: Option<&facts::Place>,
        content: &[Media],
        direction: Option<Direction>,
        is_request: bool,
    ) -> Vec<MediaDoc> {
        let mut shown = Vec::new();
        for media in content.iter().take(MAX_MEDIA) {
            let place =
                holder.and_then(|holder| facts::media(self.spec, holder, &media.content_type));
            let schema_at = place.as_ref().and_then(facts::Place::schema_at);
            let budget = self.nodes.min(MAX_MEDIA_NODES);
            let schema = self.tree(schema_at, &media.schema, direction, budget);
            self.nodes -= count(&schema).min(budget);
            shown.push(MediaDoc {
                content_type: clip(&media.content_type, 100),
                schema,
                encodings: place
                    .as_ref()
                    .filter(|_| is_request)
                    .map(|place| facts::encodings(self.spec, place))
                    .unwrap_or_default(),
                examples: place.map(|place| self.examples(&place)).unwrap_or_default(),
            });
        }
        shown
    }

    fn tree(
        &self,
        at: Option<String>,
        schema: &Value,
        direction: Option<Direction>,
        budget: usize,
    ) -> SchemaNode {
        at.and_then(|at| tree_at(self.spec, &at, direction, budget, about))
            .unwrap_or_else(|| tree(self.spec, schema, budget, about))
    }

    fn examples(&mut self, place: &facts::Place) -> Vec<NamedExample> {
        let mut shown = Vec::new();
        for example in facts::examples(self.spec, place.value, about) {
            let length = example.text.len() + example.about.len();
            if length > self.examples {
                self.left_out += 1;
                continue;
            }
            self.examples -= length;
            shown.push(named(example));
        }
        shown
    }

    /// What the page leaves out, such as `12 parameters`.
    pub fn omitted(&self, operation: &Operation) -> Vec<String> {
        let contents = || {
            let bodies = operation.body.iter().map(|body| &body.content);
            bodies.chain(operation.responses.iter().map(|response| &response.content))
        };
        let more = |found: usize, most: usize| found.saturating_sub(most);
        let headers = operation.responses.iter();
        let headers = headers.map(|response| more(response.headers.len(), MAX_PARAMETERS)).sum();
        let callbacks = facts::callbacks(self.spec, operation).len();
        let counts = [
            (more(operation.parameters.len(), MAX_PARAMETERS), "parameter"),
            (more(operation.responses.len(), MAX_RESPONSES), "response"),
            (headers, "response header"),
            (contents().map(|content| more(content.len(), MAX_MEDIA)).sum(), "media type"),
            (self.left_out, "example"),
            (more(callbacks, MAX_CALLBACKS), "callback"),
        ];
        let text = |(count, what): (usize, &str)| plural(count as u64, what, &format!("{what}s"));
        counts.into_iter().filter(|(count, _)| *count > 0).map(text).collect()
    }
}

/// The description of an operation.
pub fn description(operation: &Operation) -> String {
    about(&operation.description, MAX_ABOUT)
}

/// The schema at a JSON pointer with its examples, for its own page. `None` if there is none, or
/// if it is internal.
pub fn schema(spec: &Spec, at: &str) -> Option<(SchemaNode, Vec<NamedExample>)> {
    let node = page_at(spec, at, about)?;
    let examples = facts::schema_examples(spec.root.pointer(at)?).into_iter();
    Some((node, examples.map(named).collect()))
}

fn named(example: facts::ShownExample) -> NamedExample {
    NamedExample {
        name: clip(&example.name, MAX_TITLE),
        about_html: example.about,
        text: example.text,
    }
}

pub fn parameter_place(place: Place) -> ParameterPlace {
    match place {
        Place::Path => ParameterPlace::Path,
        Place::Query => ParameterPlace::Query,
        Place::Header => ParameterPlace::Header,
        Place::Cookie => ParameterPlace::Cookie,
    }
}

fn count(node: &SchemaNode) -> usize {
    let choices = node.choices.iter().flat_map(|choices| &choices.schemas);
    1 + node.fields.iter().map(|field| &field.schema).chain(choices).map(count).sum::<usize>()
}

#[cfg(test)]
mod tests;
