//! The pages of schemas and webhooks.

use std::sync::Arc;

use tollgate_openapi::markdown::clip;
use tollgate_openapi::{docs_page, facts};
use tollgate_types::docs::{SchemaPage, WebhookPage};

use crate::products::Product;
use crate::{App, Result, offload};

/// Maximum length of a name and of a JSON pointer in bytes.
const MAX_NAME: usize = 200;
const MAX_POINTER: usize = 4_000;

/// The schema at the JSON pointer `at`; without one, the schema with the name. `None` if there is
/// no such product or schema.
pub async fn schema(app: &App, product: &str, name: &str, at: &str) -> Result<Option<SchemaPage>> {
    let Some(product) = found(app, product).await else { return Ok(None) };
    let (name, at) = (clip(name, MAX_NAME), pointer(name, at));
    let made = offload::DOCUMENTS.run(move || {
        let (schema, examples) = docs_page::schema(&product.spec, &at)?;
        Some(SchemaPage {
            product: product.id.to_string(),
            product_name: product.view.view.name.clone(),
            status: product.view.view.status,
            name,
            at,
            schema,
            examples,
        })
    });
    made.await
}

/// The JSON pointer of a schema's page.
pub fn pointer(name: &str, at: &str) -> String {
    if at.is_empty() {
        tollgate_openapi::spec::join("/components/schemas", name)
    } else {
        at.get(..at.floor_char_boundary(MAX_POINTER)).unwrap_or_default().to_owned()
    }
}

/// `None` if there is no such product or webhook.
pub async fn webhook(app: &App, product: &str, name: &str) -> Result<Option<WebhookPage>> {
    let Some(product) = found(app, product).await else { return Ok(None) };
    let name = name.to_owned();
    let made = offload::DOCUMENTS.run(move || {
        let requests = facts::webhook(&product.spec, &name);
        let mut page = docs_page::Page::of(&product.spec);
        (!requests.is_empty()).then(|| WebhookPage {
            product: product.id.to_string(),
            product_name: product.view.view.name.clone(),
            status: product.view.view.status,
            name: clip(&name, MAX_NAME),
            requests: requests.iter().map(|request| page.request(request)).collect(),
        })
    });
    made.await
}

async fn found(app: &App, product: &str) -> Option<Arc<Product>> {
    let catalogue = app.products.catalogue(&app.db).await;
    catalogue.get(product).map(Arc::clone)
}
