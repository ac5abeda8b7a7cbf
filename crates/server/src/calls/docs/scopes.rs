//! The scopes of products that keys may have.

use tollgate_types::docs::ProductScopes;

use crate::App;
use crate::products::title;

/// Products per page, operations per product, and operations in total.
const MAX_PRODUCTS: usize = 100;
const MAX_OPERATIONS: usize = 300;
const MAX_ALL_OPERATIONS: usize = 3_000;

/// Of all products except the platform, which has its own scopes.
pub async fn scopes(app: &App) -> Vec<ProductScopes> {
    let catalogue = app.products.catalogue(&app.db).await;
    let products: Vec<_> =
        catalogue.all().filter(|product| !product.is_platform()).take(MAX_PRODUCTS).collect();
    let of_each = share(products.len());
    let scopes = products.into_iter().map(|product| ProductScopes {
        id: product.id.to_string(),
        name: product.view.view.name.clone(),
        operations: product
            .spec
            .operations
            .iter()
            .take(of_each)
            .map(|operation| (operation.id.clone(), title(operation)))
            .collect(),
        unlisted: product.spec.operations.len().saturating_sub(of_each) as u64,
    });
    scopes.collect()
}

/// Operations of each of so many products.
fn share(products: usize) -> usize {
    (MAX_ALL_OPERATIONS / products.max(1)).min(MAX_OPERATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_offers_a_bounded_number_of_operations() {
        assert_eq!(share(0), MAX_OPERATIONS);
        assert_eq!(share(10), MAX_OPERATIONS);
        for products in 1..=MAX_PRODUCTS {
            assert!(share(products) * products <= MAX_ALL_OPERATIONS && share(products) > 0);
        }
    }
}
