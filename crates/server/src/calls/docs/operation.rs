//! The page of one operation.

use std::sync::Arc;

use tollgate_openapi::markdown::{about, clip};
use tollgate_openapi::outline::{style, tree, tree_of};
use tollgate_openapi::schemas::{Direction, within_task};
use tollgate_openapi::spec::{self, Billable, Media, Parameter, Place, Spec};
use tollgate_types::code::Code;
use tollgate_types::docs::{
    Billed, BodyDoc, MediaDoc, NamedExample, OperationGroup, OperationPage, ParameterDoc,
    ParameterPlace, PriceView, ResponseDoc, SchemaNode,
};
use tollgate_types::number::plural;

use super::product::{groups, names};
use super::{draft, limits, sample};
use crate::openapi::{Api, possible};
use crate::products::title;
use crate::products::{Operation, Product};
use crate::{App, Result, offload, plans};

/// The maximum length of descriptions, in bytes: the operation's own, and a part's.
const MAX_ABOUT: usize = 20_000;
const MAX_PART_ABOUT: usize = 4_000;
/// Expanded schemas per page, and per body or response.
const MAX_NODES: usize = 800;
const MAX_MEDIA_NODES: usize = 300;
const MAX_PARAMETERS: usize = 200;
const MAX_PARAMETER_NODES: usize = 12;
const MAX_RESPONSES: usize = 40;
const MAX_MEDIA: usize = 8;
const MAX_EXAMPLES: usize = 5;
const MAX_EXAMPLE: usize = 8_000;
/// Operations with the same tag in the navigation, around this one.
const MAX_SIBLINGS: usize = 80;

/// `None` if there is no such product or operation.
pub async fn operation(app: &App, product: &str, id: &str) -> Result<Option<OperationPage>> {
    let catalogue = app.products.catalogue(&app.db).await;
    let Some(product) = catalogue.get(product) else { return Ok(None) };
    let Some(operation) = product.operation(id) else { return Ok(None) };
    let Some(place) = operation.place else { return Ok(None) };
    let page = match app.docs.known_page(product, place) {
        Some(known) => known,
        None => {
            let (app, product, operation) =
                (app.clone(), Arc::clone(product), Arc::clone(operation));
            // Samples of a large document take a while the first time.
            let made =
                offload::DOCUMENTS.run(move || {
                    let spec_operation = product.spec.operations.get(place)?;
                    within_task(|| {
                        Some(app.docs.page(&product, place, || {
                            view(&app, &product, &operation, spec_operation)
                        }))
                    })
                });
            let Some(page) = made.await? else { return Ok(None) };
            page
        }
    };
    let plans = plans::offers(&app.db, &product.id).await?;
    Ok(Some(OperationPage { plans, ..OperationPage::clone(&page) }))
}

/// Without plans, which change independently.
pub fn view(
    app: &App,
    product: &Product,
    operation: &Operation,
    spec: &spec::Operation,
) -> OperationPage {
    let schemas = product.validator().schemas();
    let base = app.config.base_url();
    let request = sample::request(schemas, product, spec, &base);
    let mut nodes = Budget(MAX_NODES);
    let document = &product.spec;
    OperationPage {
        product: product.id.to_string(),
        product_name: product.view.view.name.clone(),
        status: product.view.view.status,
        groups: navigation(document, &spec.id),
        id: spec.id.clone(),
        method: spec.method.clone(),
        path: format!("{}{}", product.prefix(), spec.path),
        title: title(spec),
        description_html: about(&spec.description, MAX_ABOUT),
        is_deprecated: spec.deprecated,
        sunset: spec.sunset.as_deref().map(|day| clip(day, 40)),
        unresolved: spec.unresolved.clone(),
        scopes: scopes_of(product, operation),
        price: PriceView {
            units: spec.price.units,
            max_units: spec.price.max_units,
            billed: match spec.price.billable {
                Billable::OnSuccess => Billed::OnSuccess,
                Billable::Always => Billed::Always,
                Billable::Never => Billed::Never,
            },
        },
        requires_idempotency_key: spec.requires_idempotency_key,
        parameters: spec
            .parameters
            .iter()
            .take(MAX_PARAMETERS)
            .map(|parameter| describe(document, parameter))
            .collect(),
        body: spec.body.as_ref().map(|body| BodyDoc {
            about_html: about(&body.description, MAX_PART_ABOUT),
            is_required: body.required,
            content: content(document, &body.content, Direction::Request, &mut nodes),
        }),
        responses: spec
            .responses
            .iter()
            .take(MAX_RESPONSES)
            .map(|response| ResponseDoc {
                status: clip(&response.status, 20),
                about_html: about(&response.description, MAX_PART_ABOUT),
                headers: response
                    .headers
                    .iter()
                    .take(MAX_PARAMETERS)
                    .map(|header| describe(document, header))
                    .collect(),
                content: content(document, &response.content, Direction::Answer, &mut nodes),
            })
            .collect(),
        omitted: omitted(spec),
        callbacks: names(&spec.callbacks),
        errors: errors(product, spec),
        plans: Vec::new(),
        limits: limits(app),
        samples: sample::printed(&request),
        draft: draft::draft(schemas, product, spec, &request),
    }
}

/// Counts what a page leaves out.
fn omitted(spec: &spec::Operation) -> Vec<String> {
    let contents = || {
        spec.body
            .iter()
            .map(|body| &body.content)
            .chain(spec.responses.iter().map(|response| &response.content))
    };
    let more = |found: usize, most: usize| found.saturating_sub(most);
    let headers =
        spec.responses.iter().map(|response| more(response.headers.len(), MAX_PARAMETERS)).sum();
    let media = contents().map(|content| more(content.len(), MAX_MEDIA)).sum();
    let examples = contents().flatten().map(|media| more(media.examples.len(), MAX_EXAMPLES)).sum();
    let counts = [
        (more(spec.parameters.len(), MAX_PARAMETERS), "parameter"),
        (more(spec.responses.len(), MAX_RESPONSES), "response"),
        (headers, "response header"),
        (media, "media type"),
        (examples, "example"),
    ];
    let text = |(count, what): (usize, &str)| plural(count as u64, what, &format!("{what}s"));
    counts.into_iter().filter(|(count, _)| *count > 0).map(text).collect()
}

/// The product's groups; only the one with this operation is expanded.
fn navigation(document: &Spec, id: &str) -> Vec<OperationGroup> {
    let mut groups = groups(document);
    for group in &mut groups {
        group.about_html.clear();
        match group.operations.iter().position(|link| link.id == id) {
            Some(place) => {
                let last = group.operations.len().saturating_sub(MAX_SIBLINGS);
                group.operations.drain(..place.saturating_sub(MAX_SIBLINGS / 2).min(last));
                group.operations.truncate(MAX_SIBLINGS);
            }
            None => group.operations.clear(),
        }
    }
    groups
}

/// Each alternative is sufficient.
pub fn scopes_of(product: &Product, operation: &Operation) -> Vec<String> {
    let name = operation.scope.split(':').next().unwrap_or(&product.id);
    let mut scopes = vec![operation.scope.clone()];
    scopes.extend(operation.own_scope.clone());
    scopes.push(format!("{name}:*"));
    scopes
}

struct Budget(usize);

fn content(
    document: &Spec,
    content: &[Media],
    direction: Direction,
    nodes: &mut Budget,
) -> Vec<MediaDoc> {
    let media = content.iter().take(MAX_MEDIA).map(|media| {
        let budget = nodes.0.min(MAX_MEDIA_NODES);
        let schema = tree_of(document, &media.schema, direction, budget, about);
        nodes.0 -= count(&schema).min(budget);
        let examples = media.examples.iter().take(MAX_EXAMPLES).map(|example| NamedExample {
            name: clip(
                if example.summary.is_empty() { &example.name } else { &example.summary },
                100,
            ),
            text: clip(&shown(&example.value), MAX_EXAMPLE),
        });
        MediaDoc {
            content_type: clip(&media.content_type, 100),
            schema,
            examples: examples.collect(),
        }
    });
    media.collect()
}

fn count(node: &SchemaNode) -> usize {
    let choices = node.choices.iter().flat_map(|choices| &choices.schemas);
    1 + node.fields.iter().map(|field| &field.schema).chain(choices).map(count).sum::<usize>()
}

fn shown(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| serde_json::to_string_pretty(value).unwrap_or_default(), str::to_owned)
}

fn describe(document: &Spec, parameter: &Parameter) -> ParameterDoc {
    let mut schema = tree(document, &parameter.schema, MAX_PARAMETER_NODES, about);
    schema.notes.extend(style(parameter, &schema));
    let about_html = match parameter.description.is_empty() {
        // Mentioned once is enough.
        true => std::mem::take(&mut schema.about),
        false => about(&parameter.description, MAX_PART_ABOUT),
    };
    ParameterDoc {
        name: clip(&parameter.name, 200),
        place: place(parameter.place),
        is_required: parameter.required,
        is_deprecated: parameter.deprecated,
        about_html,
        schema,
        example: parameter
            .examples
            .first()
            .map(|example| clip(&shown(&example.value), 200))
            .unwrap_or_default(),
    }
}

pub fn place(place: Place) -> ParameterPlace {
    match place {
        Place::Path => ParameterPlace::Path,
        Place::Query => ParameterPlace::Query,
        Place::Header => ParameterPlace::Header,
        Place::Cookie => ParameterPlace::Cookie,
    }
}

/// Responses that the gateway itself may send, ordered by status.
fn errors(product: &Product, operation: &spec::Operation) -> Vec<Code> {
    if let Some(own) = &product.own {
        return possible(Api::Own, operation.into(), (own.codes)(&operation.id));
    }
    possible(Api::Product, operation.into(), &[])
}
