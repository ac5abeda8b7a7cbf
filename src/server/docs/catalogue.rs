//! The list of products.

use std::collections::HashMap;
use std::sync::Arc;

use crate::server::markdown::excerpt;
use crate::server::products::Product;
use crate::server::search::fold;
use crate::server::{App, Result, plans};
use crate::types::docs::{CatalogueView, ProductCard};
use crate::types::plan::Plan;

/// Characters of a description.
const MAX_EXCERPT: usize = 180;
/// Bytes of what is searched for.
pub const MAX_QUERY: usize = 200;

/// Products of `category`, if one is named, whose name, tags or description have every word of `query`.
pub async fn catalogue(app: &App, query: &str, category: &str) -> Result<CatalogueView> {
    let catalogue = app.products.catalogue(&app.db).await;
    let words: Vec<String> = fold(query.get(..MAX_QUERY).unwrap_or(query)).split_whitespace().map(str::to_owned).collect();
    let mut categories: Vec<String> = catalogue.all().map(|product| product.view.view.category.clone()).collect();
    categories.sort_unstable();
    categories.dedup();
    categories.retain(|category| !category.is_empty());
    let offers = plans::all_offers(&app.db).await?;
    let mut by_product: HashMap<&str, Vec<&Plan>> = HashMap::new();
    for offer in &offers {
        by_product.entry(&offer.product).or_default().push(offer);
    }
    let found = catalogue.all().filter(|product| matches(product, &words, category));
    let products = found.map(|product| card(product, by_product.get(&*product.id).map(Vec::as_slice).unwrap_or_default())).collect();
    Ok(CatalogueView { products, categories, total: catalogue.all().count() as u64 })
}

fn matches(product: &Product, words: &[String], category: &str) -> bool {
    let view = &product.view.view;
    let text = || fold(&[&view.id, &view.name, &view.description, &view.category, &view.tags.join(" ")].map(String::as_str).join(" "));
    (category.is_empty() || view.category == category) && (words.is_empty() || words.iter().all(|word| text().contains(word)))
}

fn card(product: &Arc<Product>, offers: &[&Plan]) -> ProductCard {
    let view = &product.view.view;
    // Two currencies have no cheapest; then the first plan's counts.
    let currency = offers.first().map(|plan| plan.currency);
    let cheapest =
        offers.iter().filter(|plan| Some(plan.currency) == currency && plan.monthly_price > 0).min_by_key(|plan| plan.monthly_price);
    let has_free = offers.iter().any(|plan| plan.monthly_price == 0);
    let price = match cheapest {
        Some(plan) if has_free => Some(format!("free, then from {} a month", plan.currency.short(plan.monthly_price))),
        Some(plan) => Some(format!("from {} a month", plan.currency.short(plan.monthly_price))),
        None if has_free => Some("free".to_owned()),
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
