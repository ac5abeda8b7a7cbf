//! The pages of webhooks and schemas.

use serde::{Deserialize, Serialize};

use super::{BodyDoc, NamedExample, ParameterDoc, ProductStatus, ResponseDoc, SchemaNode};

/// A request that the API sends: a webhook or a callback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestDoc {
    pub name: String,
    /// The address to which it is sent, as an expression. Empty for webhooks.
    pub to: String,
    pub method: String,
    /// Empty if the document has none.
    pub title: String,
    /// Safe HTML.
    pub about_html: String,
    pub parameters: Vec<ParameterDoc>,
    pub body: Option<BodyDoc>,
    pub responses: Vec<ResponseDoc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebhookPage {
    pub product: String,
    pub product_name: String,
    pub status: ProductStatus,
    pub name: String,
    /// One for each method.
    pub requests: Vec<RequestDoc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemaPage {
    pub product: String,
    pub product_name: String,
    pub status: ProductStatus,
    /// Its name in the document, or that of the field that it describes.
    pub name: String,
    /// Its location in the document (JSON pointer).
    pub at: String,
    pub schema: SchemaNode,
    pub examples: Vec<NamedExample>,
}
