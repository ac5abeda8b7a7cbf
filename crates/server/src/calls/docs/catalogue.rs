//! The list of products.

use std::collections::HashMap;
use std::sync::Arc;

use tollgate_openapi::markdown::excerpt;
use tollgate_types::docs::{CatalogueView, ProductCard};
use tollgate_types::plan::Plan;

use crate::products::Product;
use crate::products::fold;
use crate::{App, Result, plans};

/// Characters of a description.
const MAX_EXCERPT: usize = 180;
/// The maximum length of a search, in bytes.
pub const MAX_QUERY: usize = 200;

/// Products of `category`, if it is set, whose name, tags or description contain every word of
/// `query`.
pub async fn catalogue(app: &App, query: &str, category: &str) -> Result<CatalogueView> {
    let catalogue = app.products.catalogue(&app.db).await;
    let words: Vec<String> = fold(query.get(..MAX_QUERY).unwrap_or(query))
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let mut categories: Vec<String> =
        catalogue.all().map(|product| product.view.view.category.clone()).collect();
    categories.sort_unstable();
    categories.dedup();
    categories.retain(|category| !category.is_empty());
    let offers = plans::all_offers(&app.db).await?;
    let mut by_product: HashMap<&str, Vec<&Plan>> = HashMap::new();
    for offer in &offers {
        by_product.entry(&offer.product).or_default().push(offer);
    }
    let found = catalogue.all().filter(|product| matches(product, &words, category));
    let products = found
        .map(|product| {
            card(product, by_product.get(&*product.id).map(Vec::as_slice).unwrap_or_default())
        })
        .collect();
    Ok(CatalogueView { products, categories, total: catalogue.all().count() as u64 })
}

fn matches(product: &Product, words: &[String], category: &str) -> bool {
    let view = &product.view.view;
    let text = || {
        fold(
            &[&view.id, &view.name, &view.description, &view.category, &view.tags.join(" ")]
                .map(String::as_str)
                .join(" "),
        )
    };
    (category.is_empty() || view.category == category)
        && (words.is_empty() || words.iter().all(|word| text().contains(word)))
}

fn card(product: &Arc<Product>, offers: &[&Plan]) -> ProductCard {
    let view = &product.view.view;
    // Prices in two currencies cannot be compared; then the first plan counts.
    let currency = offers.first().map(|plan| plan.currency);
    let cheapest = offers
        .iter()
        .filter(|plan| Some(plan.currency) == currency && plan.monthly_price > 0)
        .min_by_key(|plan| plan.monthly_price);
    let has_free = offers.iter().any(|plan| plan.monthly_price == 0);
    let price = match cheapest {
        Some(plan) if has_free => {
            Some(format!("Free, then from {} per month", plan.currency.amount(plan.monthly_price)))
        }
        Some(plan) => Some(format!("From {} per month", plan.currency.amount(plan.monthly_price))),
        None if has_free => Some("Free".to_owned()),
        None => None,
    };
    ProductCard {
        id: view.id.clone(),
        name: view.name.clone(),
        excerpt: excerpt(&view.description, MAX_EXCERPT),
        category: view.category.clone(),
        tags: view.tags.clone(),
        status: view.status,
        version: view.version.clone(),
        operations: view.operations,
        price,
    }
}
