//! The public pages of products.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::types::docs::{CatalogueView, OperationPage, PrintedCall, ProductPage, ProductScopes, SampleView, SearchResults};
use crate::types::error::UiError;
use crate::types::event::EventTypeView;

/// All products, or those that a search and a category leave.
#[server(name = ListProducts, endpoint = "list_products")]
pub async fn list_products(#[server(default)] query: String, #[server(default)] category: String) -> Result<CatalogueView, UiError> {
    use crate::server::{docs, session};

    Ok(docs::catalogue(&session::app().await?, &query, &category).await?)
}

/// One product; none if there is no such.
#[server(name = GetProduct, endpoint = "get_product")]
pub async fn get_product(id: String) -> Result<Option<ProductPage>, UiError> {
    use crate::server::{docs, session};

    Ok(docs::product(&session::app().await?, &id).await?)
}

/// One operation; none if there is no such.
#[server(name = GetOperation, endpoint = "get_operation")]
pub async fn get_operation(product: String, operation: String) -> Result<Option<OperationPage>, UiError> {
    use crate::server::{docs, session};

    Ok(docs::operation(&session::app().await?, &product, &operation).await?)
}

/// Products, operations and error codes.
#[server(name = Search, endpoint = "search")]
pub async fn search(#[server(default)] query: String) -> Result<SearchResults, UiError> {
    use crate::server::{search, session};

    Ok(search::search(&session::app().await?, &query).await?)
}

/// A call as programs. The key stays with whoever asks.
#[server(name = PrintCall, endpoint = "print_call", input = Json)]
pub async fn print_call(call: PrintedCall) -> Result<Vec<SampleView>, UiError> {
    use crate::server::{docs, session};

    Ok(docs::print(&session::app().await?, call)?)
}

/// What keys may be given of products.
#[server(name = ListScopes, endpoint = "list_scopes")]
pub async fn list_scopes() -> Result<Vec<ProductScopes>, UiError> {
    use crate::server::{docs, session};

    Ok(docs::scopes(&session::app().await?).await)
}

/// Every event the portal tells of, and receivers that verify them.
#[server(name = WebhookDocs, endpoint = "webhook_docs")]
pub async fn webhook_docs() -> Result<(Vec<EventTypeView>, Vec<SampleView>), UiError> {
    Ok((crate::server::events::catalogue(), crate::server::webhooks::samples()))
}
