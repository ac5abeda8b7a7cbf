//! One product: its text, plans and operations.

use std::collections::HashMap;

use tollgate_openapi::markdown::{about, clip};
use tollgate_openapi::spec::{self, Spec};
use tollgate_types::docs::{OperationGroup, OperationLink, ProductPage};
use tollgate_types::product::ProductView;

use super::download::is_published_as_json;
use super::limits;
use crate::products::title;
use crate::{App, Result, plans};

/// Operations per page.
const MAX_LISTED: usize = 1_000;
/// Bytes of a description.
const MAX_ABOUT: usize = 20_000;
const MAX_GROUP_ABOUT: usize = 1_000;
/// Tags per page; operations with other tags are listed under the last one.
const MAX_GROUPS: usize = 200;
const MAX_TITLE: usize = 160;

/// Webhooks and callbacks per page.
const MAX_NAMES: usize = 100;

/// `None` if there is no such product.
pub async fn product(app: &App, id: &str) -> Result<Option<ProductPage>> {
    let catalogue = app.products.catalogue(&app.db).await;
    let Some(product) = catalogue.get(id) else { return Ok(None) };
    let mut groups = groups(&product.spec);
    let mut room = MAX_LISTED;
    for group in &mut groups {
        group.operations.truncate(room);
        room -= group.operations.len();
    }
    let view = &product.view.view;
    let document =
        if is_published_as_json(app, product).await? { "openapi.json" } else { "openapi.yaml" };
    Ok(Some(ProductPage {
        description_html: about(&view.description, MAX_ABOUT),
        product: ProductView { description: String::new(), ..view.clone() },
        plans: plans::offers(&app.db, &product.id).await?,
        limits: limits(app),
        unlisted: product.operations.len().saturating_sub(MAX_LISTED) as u64,
        groups,
        webhooks: names(&product.spec.webhooks),
        prefix: product.prefix(),
        document: document.to_owned(),
    }))
}

/// Operations by their first tag, in the order of the document's tags; those without a tag are
/// last.
pub fn groups(spec: &Spec) -> Vec<OperationGroup> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<OperationGroup> = Vec::new();
    for tag in spec.tags.iter().take(MAX_GROUPS) {
        places.insert(&tag.name, groups.len());
        groups.push(group(
            groups.len(),
            clip(&tag.name, MAX_TITLE),
            about(&tag.description, MAX_GROUP_ABOUT),
        ));
    }
    let others = groups.len();
    groups.push(group(
        others,
        if others == 0 { "Operations" } else { "Other operations" }.to_owned(),
        String::new(),
    ));
    for operation in &spec.operations {
        let place = operation.tags.first().and_then(|tag| places.get(tag.as_str()));
        if let Some(group) = groups.get_mut(place.copied().unwrap_or(others)) {
            group.count += 1;
            group.operations.push(link(operation));
        }
    }
    groups.retain(|group| group.count > 0);
    groups
}

/// Of webhooks or callbacks.
pub fn names(names: &[String]) -> Vec<String> {
    names.iter().take(MAX_NAMES).map(|name| clip(name, MAX_TITLE)).collect()
}

fn group(place: usize, name: String, about_html: String) -> OperationGroup {
    OperationGroup {
        anchor: format!("tag-{}", place + 1),
        name,
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
