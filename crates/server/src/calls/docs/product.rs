//! One product: its text, plans and operations.

use std::collections::HashMap;
use std::sync::Arc;

use tollgate_openapi::facts;
use tollgate_openapi::markdown::{about, clip};
use tollgate_openapi::spec::{self, Spec};
use tollgate_types::docs::{Limits, OperationGroup, OperationLink, ProductPage};
use tollgate_types::plan::Plan;
use tollgate_types::product::ProductView;

use super::download::is_published_as_json;
use super::limits;
use crate::products::{Product, title};
use crate::{App, Result, offload, plans};

/// Operations per page: as many as a document may have.
const MAX_LISTED: usize = 5_000;
/// Bytes of a description.
const MAX_ABOUT: usize = 256 * 1024;
const MAX_GROUP_ABOUT: usize = 4_000;
/// Tags per page; operations with other tags are listed under the last one.
const MAX_GROUPS: usize = 500;
const MAX_TITLE: usize = 160;
/// Schemas per page.
const MAX_SCHEMAS: usize = 5_000;

/// `None` if there is no such product.
pub async fn product(app: &App, id: &str) -> Result<Option<ProductPage>> {
    let catalogue = app.products.catalogue(&app.db).await;
    let Some(product) = catalogue.get(id).map(Arc::clone) else { return Ok(None) };
    let (plans, limits) = (plans::offers(&app.db, &product.id).await?, limits(app));
    let document =
        if is_published_as_json(app, &product).await? { "openapi.json" } else { "openapi.yaml" };
    // Descriptions may be long, and a document may have thousands of operations.
    let page = offload::DOCUMENTS.run(move || view(&product, plans, limits, document)).await?;
    Ok(Some(page))
}

fn view(product: &Product, plans: Vec<Plan>, limits: Limits, document: &str) -> ProductPage {
    let mut groups = groups(&product.spec, about);
    let (mut room, mut unlisted) = (MAX_LISTED, 0);
    for group in &mut groups {
        unlisted += group.operations.len().saturating_sub(room) as u64;
        group.operations.truncate(room);
        room -= group.operations.len();
    }
    let mut schemas = facts::schemas(&product.spec);
    let unlisted_schemas = schemas.len().saturating_sub(MAX_SCHEMAS) as u64;
    schemas.truncate(MAX_SCHEMAS);
    let view = &product.view.view;
    ProductPage {
        description_html: about(&view.description, MAX_ABOUT),
        product: ProductView { description: String::new(), ..view.clone() },
        plans,
        limits,
        unlisted,
        groups,
        facts: facts::document(&product.spec, about),
        webhooks: facts::webhooks(&product.spec),
        schemas,
        unlisted_schemas,
        prefix: product.prefix(),
        document: document.to_owned(),
    }
}

/// Operations by their first tag, in the order of the document's tags; those without a tag are
/// last. A tag without operations is a topic if it has a description. Internal operations are left
/// out.
pub fn groups(spec: &Spec, describe: fn(&str, usize) -> String) -> Vec<OperationGroup> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<OperationGroup> = Vec::new();
    for tag in spec.tags.iter().take(MAX_GROUPS) {
        places.insert(&tag.name, groups.len());
        let shown = facts::tag(spec, &tag.name);
        groups.push(OperationGroup {
            group: shown.group,
            documentation: shown.documentation,
            ..group(
                groups.len(),
                clip(&shown.title, MAX_TITLE),
                describe(&tag.description, MAX_GROUP_ABOUT),
            )
        });
    }
    let others = groups.len();
    groups.push(group(
        others,
        if others == 0 { "Operations" } else { "Other operations" }.to_owned(),
        String::new(),
    ));
    for operation in spec.operations.iter().filter(|known| facts::is_public(spec, known)) {
        let place = operation.tags.first().and_then(|tag| places.get(tag.as_str()));
        if let Some(group) = groups.get_mut(place.copied().unwrap_or(others)) {
            group.count += 1;
            group.operations.push(link(operation));
        }
    }
    groups.retain(|group| group.count > 0 || !group.about_html.is_empty());
    groups
}

fn group(place: usize, name: String, about_html: String) -> OperationGroup {
    OperationGroup {
        anchor: format!("tag-{}", place + 1),
        name,
        group: String::new(),
        documentation: None,
        about_html,
        count: 0,
        operations: Vec::new(),
    }
}

fn link(operation: &spec::Operation) -> OperationLink {
    OperationLink {
        id: operation.id.clone(),
        method: operation.method.clone(),
        path: clip(&operation.path, MAX_TITLE),
        title: title(operation),
        is_deprecated: operation.deprecated,
    }
}
