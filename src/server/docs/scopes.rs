//! What keys may be given of products.

use super::product::title;
use crate::server::App;
use crate::types::docs::ProductScopes;

/// Products whose scopes one page offers, and operations of each.
const MAX_PRODUCTS: usize = 100;
const MAX_OPERATIONS: usize = 300;

/// Of all products but the platform, whose scopes are its own.
pub async fn scopes(app: &App) -> Vec<ProductScopes> {
    let catalogue = app.products.catalogue(&app.db).await;
    let products = catalogue.all().filter(|product| !product.is_platform()).take(MAX_PRODUCTS);
    let scopes = products.map(|product| ProductScopes {
        id: product.id.to_string(),
        name: product.view.view.name.clone(),
        operations: product.spec.operations.iter().take(MAX_OPERATIONS).map(|operation| (operation.id.clone(), title(operation))).collect(),
    });
    scopes.collect()
}
