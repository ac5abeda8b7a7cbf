//! The public pages of products.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::actions::error::UiError;
use crate::types::docs::{
    CatalogueView, OperationPage, PrintedCall, ProductPage, ProductScopes, SampleView, SchemaPage,
    SearchResults, WebhookPage,
};
use crate::types::event::EventTypeView;

/// All products, or those that match a search and a category.
#[server(name = ListProducts, endpoint = "list_products")]
pub async fn list_products(
    #[server(default)] query: String,
    #[server(default)] category: String,
) -> Result<CatalogueView, UiError> {
    use crate::server::docs;
    use crate::web::session;

    Ok(docs::catalogue(&session::app().await?, &query, &category).await?)
}

/// One product; `None` if it does not exist.
#[server(name = GetProduct, endpoint = "get_product")]
pub async fn get_product(id: String) -> Result<Option<ProductPage>, UiError> {
    use crate::server::docs;
    use crate::web::session;

    Ok(docs::product(&session::app().await?, &id).await?)
}

/// One operation; `None` if it does not exist.
#[server(name = GetOperation, endpoint = "get_operation")]
pub async fn get_operation(
    product: String,
    operation: String,
) -> Result<Option<OperationPage>, UiError> {
    use crate::server::docs;
    use crate::web::session;

    Ok(docs::operation(&session::app().await?, &product, &operation).await?)
}

/// One schema, by its name or its location; `None` if it does not exist.
#[server(name = GetProductSchema, endpoint = "get_product_schema")]
pub async fn get_product_schema(
    product: String,
    name: String,
    #[server(default)] at: String,
) -> Result<Option<SchemaPage>, UiError> {
    use crate::server::docs;
    use crate::web::session;

    Ok(docs::schema(&session::app().await?, &product, &name, &at).await?)
}

/// One webhook of a product; `None` if it does not exist.
#[server(name = GetProductWebhook, endpoint = "get_product_webhook")]
pub async fn get_product_webhook(
    product: String,
    name: String,
) -> Result<Option<WebhookPage>, UiError> {
    use crate::server::docs;
    use crate::web::session;

    Ok(docs::webhook(&session::app().await?, &product, &name).await?)
}

/// Products, operations and error codes.
#[server(name = Search, endpoint = "search")]
pub async fn search(#[server(default)] query: String) -> Result<SearchResults, UiError> {
    use crate::server::products;
    use crate::web::session;

    let app = session::app().await?;
    Ok(products::search_docs(&app.products, &app.db, &query).await?)
}

/// A call as code samples. The key stays in the browser.
#[server(name = PrintCall, endpoint = "print_call", input = Json)]
pub async fn print_call(call: PrintedCall) -> Result<Vec<SampleView>, UiError> {
    use crate::server::docs;
    use crate::web::session;

    Ok(docs::print(&session::app().await?, call)?)
}

/// The scopes of products that keys may have.
#[server(name = ListScopes, endpoint = "list_scopes")]
pub async fn list_scopes() -> Result<Vec<ProductScopes>, UiError> {
    use crate::server::docs;
    use crate::web::session;

    Ok(docs::scopes(&session::app().await?).await)
}

/// How a product's server verifies that a request comes from Tollgate.
#[server(name = UpstreamDocs, endpoint = "upstream_docs")]
pub async fn upstream_docs() -> Result<Vec<SampleView>, UiError> {
    Ok(crate::server::docs::upstream_samples())
}

/// All event types of the portal, and receivers that verify them.
#[server(name = WebhookDocs, endpoint = "webhook_docs")]
pub async fn webhook_docs() -> Result<(Vec<EventTypeView>, Vec<SampleView>), UiError> {
    Ok((crate::server::webhooks::events::catalogue(), crate::server::webhooks::samples()))
}
