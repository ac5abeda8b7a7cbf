//! The page of one operation.

use std::sync::Arc;

use tollgate_openapi::markdown::{about, clip};
use tollgate_openapi::schemas::within_task;
use tollgate_openapi::spec::{self, Billable, Spec};
use tollgate_openapi::{docs_page, facts};
use tollgate_types::code::Code;
use tollgate_types::docs::{Billed, OperationGroup, OperationPage, PriceView};

use super::product::groups;
use super::{draft, limits, sample};
use crate::openapi::{Api, possible};
use crate::products::title;
use crate::products::{Operation, Product};
use crate::{App, Result, offload, plans};

/// Operations with the same tag in the navigation, around this one.
const MAX_SIBLINGS: usize = 80;

/// `None` if there is no such product or operation, or if the operation is internal.
pub async fn operation(app: &App, product: &str, id: &str) -> Result<Option<OperationPage>> {
    let catalogue = app.products.catalogue(&app.db).await;
    let Some(product) = catalogue.get(product) else { return Ok(None) };
    let Some(operation) = product.operation(id) else { return Ok(None) };
    let Some(place) = operation.place else { return Ok(None) };
    let declared = product.spec.operations.get(place);
    if !declared.is_some_and(|declared| facts::is_public(&product.spec, declared)) {
        return Ok(None);
    }
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
    let document = &product.spec;
    let mut page = docs_page::Page::of(document);
    OperationPage {
        product: product.id.to_string(),
        product_name: product.view.view.name.clone(),
        status: product.view.view.status,
        groups: navigation(document, &spec.id),
        id: spec.id.clone(),
        method: spec.method.clone(),
        path: format!("{}{}", product.prefix(), spec.path),
        title: title(spec),
        description_html: docs_page::description(spec),
        is_deprecated: spec.deprecated,
        sunset: spec.sunset.as_deref().map(|day| clip(day, 40)),
        unresolved: spec.unresolved.clone(),
        facts: facts::operation(document, spec, about),
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
        parameters: page.parameters(spec),
        body: page.body(spec),
        responses: page.responses(spec),
        callbacks: page.callbacks(spec),
        omitted: page.omitted(spec),
        errors: errors(product, spec),
        plans: Vec::new(),
        limits: limits(app),
        samples: sample::printed(&request),
        document_samples: facts::samples(document, spec),
        draft: draft::draft(schemas, product, spec, &request),
    }
}

/// The product's groups; only the one with this operation is expanded.
fn navigation(document: &Spec, id: &str) -> Vec<OperationGroup> {
    let mut groups = groups(document, clip);
    groups.retain(|group| group.count > 0);
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

/// Responses that the gateway itself may send, ordered by status.
fn errors(product: &Product, operation: &spec::Operation) -> Vec<Code> {
    if let Some(own) = &product.own {
        return possible(Api::Own, operation.into(), (own.codes)(&operation.id));
    }
    possible(Api::Product, operation.into(), &[])
}
