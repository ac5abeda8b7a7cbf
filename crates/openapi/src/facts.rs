//! What a document says besides operations, parameters and schemas: servers, security, contact,
//! links, examples. Pages and Markdown show the same lists; `describe` converts a description,
//! which is Markdown, to the text that is shown.

mod document;
mod examples;
mod place;
mod requests;
mod security;
mod tags;

use serde_json::Value;
use tollgate_types::docs::{Fact, Facts, SampleView};

pub use document::document;
pub use examples::{ShownExample, examples, schema_examples};
pub use place::{Parameters, Place, body, media, operation as place_of, response};
pub use requests::{SentRequest, callbacks, webhook, webhooks};
pub use security::security;
pub use tags::{ShownTag, tag};

use crate::markdown::clip;
use crate::outline::{deprecation, is_internal};
use crate::spec::{Operation, Spec};

/// Converts a description of at most so many bytes.
pub type Describe = fn(&str, usize) -> String;

/// Maximum number of entries of one list.
const MAX_FACTS: usize = 100;
/// Maximum length of a label or an address in bytes.
const MAX_TEXT: usize = 500;
/// Maximum length of a description in bytes.
const MAX_ABOUT: usize = 8_000;
/// Maximum number of links of one response, and their length in bytes: there may be many responses.
const MAX_LINKS: usize = 20;
const MAX_LINK: usize = 2_000;
/// Maximum number and length of the document's own code samples.
const MAX_SAMPLES: usize = 20;
const MAX_SAMPLE: usize = 20_000;

fn text(value: &Value, key: &str) -> String {
    text_of(value, key, MAX_TEXT)
}

fn text_of(value: &Value, key: &str, max: usize) -> String {
    match value.get(key) {
        Some(Value::String(text)) => clip(text.trim(), max),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn about(value: &Value, describe: Describe) -> String {
    match value.get("description").and_then(Value::as_str).filter(|text| !text.trim().is_empty()) {
        Some(text) => describe(text, MAX_ABOUT),
        None => String::new(),
    }
}

fn named(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten().take(MAX_FACTS)
}

fn listed(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten().take(MAX_FACTS)
}

/// An address that a page may lead to.
fn web(url: &str) -> Option<String> {
    ["https://", "http://"].iter().any(|start| url.starts_with(start)).then(|| url.to_owned())
}

fn fact(label: &str, text: String, about: String) -> Fact {
    Fact { label: label.to_owned(), href: web(&text), text, about }
}

/// External documentation: its description leads to its address.
fn documentation(value: &Value) -> Option<Fact> {
    let docs = value.get("externalDocs")?;
    let (url, label) = (text(docs, "url"), text(docs, "description"));
    let href = web(&url);
    let text = if label.is_empty() || href.is_none() { url } else { label };
    (!text.is_empty()).then(|| Fact {
        label: "Documentation".to_owned(),
        text,
        href,
        about: String::new(),
    })
}

fn servers(list: Option<&Value>, describe: Describe) -> Option<Facts> {
    let facts: Vec<Fact> = listed(list)
        .filter(|server| server.get("url").is_some_and(Value::is_string))
        .map(|server| {
            let variables = named(server.get("variables")).map(|(name, variable)| {
                let values = listed(variable.get("enum")).filter_map(Value::as_str);
                let values = values.map(|value| format!("`{value}`")).collect::<Vec<_>>();
                let mut line = format!("- `{name}`: default `{}`", text(variable, "default"));
                if !values.is_empty() {
                    line.push_str(&format!(", one of {}", values.join(", ")));
                }
                let description = text(variable, "description");
                if description.is_empty() { line } else { format!("{line}. {description}") }
            });
            let mut lines = vec![text(server, "description")];
            lines.extend(variables);
            let about = lines.join("\n\n");
            let name = text(server, "name");
            Fact {
                label: if name.is_empty() { "Server".to_owned() } else { name },
                text: text(server, "url"),
                href: None,
                about: if about.trim().is_empty() {
                    String::new()
                } else {
                    describe(about.trim(), MAX_ABOUT)
                },
            }
        })
        .collect();
    (!facts.is_empty()).then(|| Facts {
        title: "Servers of the API".to_owned(),
        note: "Send calls to this portal, which forwards them. The document names these servers."
            .to_owned(),
        facts,
    })
}

/// The servers, security, documentation and deprecation of one operation.
pub fn operation(spec: &Spec, operation: &Operation, describe: Describe) -> Vec<Facts> {
    let Some(place) = place_of(spec, operation) else { return Vec::new() };
    let raw = place.value;
    let item = place::item_of(spec, operation);
    let mut more: Vec<Fact> = documentation(raw).into_iter().collect();
    let reason = deprecation(|key| raw.get(key).and_then(Value::as_str).map(str::to_owned));
    more.extend(reason.map(|reason| fact("Deprecation", reason, String::new())));
    // The path's texts, where the operation has its own.
    if let Some(item) = item {
        let words = text(item, "summary");
        if !words.is_empty() && words != operation.summary {
            more.push(fact("Path", words, String::new()));
        }
        let words = about(item, describe);
        let is_own =
            item.get("description").and_then(Value::as_str) != Some(operation.description.as_str());
        if !words.is_empty() && is_own {
            more.push(fact("About the path", String::new(), words));
        }
    }
    for badge in listed(raw.get("x-badges")) {
        let name = text(badge, "name");
        let name = if name.is_empty() { text(badge, "label") } else { name };
        if !name.is_empty() {
            more.push(fact("Badge", name, String::new()));
        }
    }
    let more = (!more.is_empty()).then(|| Facts {
        title: "More about the operation".to_owned(),
        note: String::new(),
        facts: more,
    });
    let own_servers = raw.get("servers").or_else(|| item?.get("servers"));
    let requirement = raw.get("security").or_else(|| spec.root.get("security"));
    let sections =
        [more, security::of_operation(spec, requirement, describe), servers(own_servers, describe)];
    sections.into_iter().flatten().collect()
}

/// The document's own code samples: `x-codeSamples`, formerly `x-code-samples`.
pub fn samples(spec: &Spec, operation: &Operation) -> Vec<SampleView> {
    let Some(place) = place_of(spec, operation) else { return Vec::new() };
    let samples = ["x-codeSamples", "x-code-samples"]
        .iter()
        .flat_map(|key| listed(place.value.get(key)))
        .filter_map(|sample| Some((sample, sample.get("source")?.as_str()?)))
        .take(MAX_SAMPLES)
        .enumerate()
        .map(|(index, (sample, source))| {
            let (lang, label) = (text(sample, "lang"), text(sample, "label"));
            let label = if label.is_empty() { lang.clone() } else { label };
            SampleView {
                language: format!("document-{}", index + 1),
                label: if label.is_empty() { "Sample".to_owned() } else { label },
                code: clip(source.trim_end(), MAX_SAMPLE),
            }
        });
    samples.collect()
}

/// The operations that a response's values can be used for.
pub fn links(spec: &Spec, response: &Place, describe: Describe) -> Vec<Fact> {
    let links = named(response.value.get("links")).filter_map(|(name, link)| {
        let link = spec.resolve(link)?;
        let to = [text(link, "operationId"), text(link, "operationRef")].concat();
        let written = |name: &str, value: &Value| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{name} = {}", clip(&value, MAX_TEXT))
        };
        let values = named(link.get("parameters")).map(|(name, value)| written(name, value));
        let body = link.get("requestBody").map(|body| written("the body", body));
        let values = values.chain(body);
        let values = values.collect::<Vec<_>>().join(", ");
        let text = [to, values].into_iter().filter(|part| !part.is_empty());
        let text = text.collect::<Vec<_>>().join(" with ");
        let about = text_of(link, "description", MAX_LINK);
        let about = if about.is_empty() { about } else { describe(&about, MAX_LINK) };
        Some(fact(&clip(name, MAX_TEXT), clip(&text, MAX_LINK), about))
    });
    links.take(MAX_LINKS).collect()
}

/// How fields of a form are sent: `encoding` of its media type, which counts in requests only.
pub fn encodings(spec: &Spec, media: &Place) -> Vec<Fact> {
    let fields = named(media.value.get("encoding")).map(|(name, encoding)| {
        let mut words = Vec::new();
        let content_type = text(encoding, "contentType");
        if !content_type.is_empty() {
            words.push(format!("sent as {content_type}"));
        }
        let style = text(encoding, "style");
        if !style.is_empty() {
            words.push(format!("style {style}"));
        }
        for (header, value) in named(encoding.get("headers")) {
            let about = spec.resolve(value).map(|value| text(value, "description"));
            let about = about.filter(|about| !about.is_empty());
            let about = about.map_or_else(String::new, |about| format!(": {about}"));
            words.push(format!("header {}{about}", clip(header, MAX_TEXT)));
        }
        fact(&clip(name, MAX_TEXT), clip(&words.join(", "), MAX_LINK), String::new())
    });
    fields.filter(|fact| !fact.text.is_empty()).collect()
}

/// Whether readers may see an operation: neither it nor its path is marked `x-internal`.
pub fn is_public(spec: &Spec, operation: &Operation) -> bool {
    let is_marked = |value: &Value| is_internal(value);
    !place_of(spec, operation).is_some_and(|place| is_marked(place.value))
        && !place::item_of(spec, operation).is_some_and(is_marked)
}

/// Pointers of the schemas that have names, in the order of the document, without internal ones.
pub fn schemas(spec: &Spec) -> Vec<String> {
    let all = spec.root.pointer("/components/schemas").and_then(Value::as_object);
    let public = all.into_iter().flatten().filter(|(_, schema)| !is_internal(schema));
    public.map(|(name, _)| crate::spec::join("/components/schemas", name)).collect()
}

#[cfg(test)]
pub mod tests;
