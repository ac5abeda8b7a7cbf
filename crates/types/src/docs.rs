//! Data of products' public pages. Its size is bounded for every document.

mod draft;
mod facts;
mod pages;

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::plan::{Plan, PlanRate};
use super::product::{ProductStatus, ProductView};

pub use draft::{Draft, DraftBody, DraftField, DraftInput, FieldKind, InputShape};
pub use facts::{Fact, Facts, schema_page, webhook_page};
pub use pages::{RequestDoc, SchemaPage, WebhookPage};

/// The catalogue, filtered by search and category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogueView {
    pub products: Vec<ProductCard>,
    /// Categories of all products, in alphabetical order.
    pub categories: Vec<String>,
    /// Number of all products, shown or not.
    pub total: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductCard {
    pub id: String,
    pub name: String,
    /// Start of the description, without markup.
    pub excerpt: String,
    pub category: String,
    pub tags: Vec<String>,
    pub status: ProductStatus,
    pub version: String,
    pub operations: u64,
    /// Its lowest price: `From 49 USD per month`. None without plans.
    pub price: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductPage {
    /// Its description is empty: the page shows `description_html`.
    pub product: ProductView,
    /// Safe HTML.
    pub description_html: String,
    pub plans: Vec<Plan>,
    pub limits: Limits,
    pub groups: Vec<OperationGroup>,
    /// Operations that are not listed because there are too many.
    pub unlisted: u64,
    /// Path prefix of calls, below the portal's URL.
    pub prefix: String,
    /// File name of the registered document: `openapi.json` or `openapi.yaml`.
    pub document: String,
    /// Contact, licence, servers, security …
    pub facts: Vec<Facts>,
    /// Requests that the API itself sends, by name, with their summaries. Each has a page
    /// ([`webhook_page`]).
    pub webhooks: Vec<(String, String)>,
    /// Pointers of the schemas that have names. Each has a page ([`schema_page`]).
    pub schemas: Vec<String>,
    /// Number of schemas that are not in `schemas` because there are too many.
    pub unlisted_schemas: u64,
}

/// Limits that apply if a plan does not set them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub key_rate: PlanRate,
    pub org_rate: PlanRate,
}

/// Operations under one of the document's tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationGroup {
    /// Usable as an anchor.
    pub anchor: String,
    pub name: String,
    /// The group of tags that contains it. Empty without one.
    pub group: String,
    pub documentation: Option<Fact>,
    /// Safe HTML.
    pub about_html: String,
    /// Number of its operations; `operations` may have fewer.
    pub count: u64,
    pub operations: Vec<OperationLink>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationLink {
    pub id: String,
    pub method: String,
    pub path: String,
    pub title: String,
    pub is_deprecated: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationPage {
    pub product: String,
    pub product_name: String,
    pub status: ProductStatus,
    /// The product's groups. Only the group of this operation has its operations.
    pub groups: Vec<OperationGroup>,
    pub id: String,
    pub method: String,
    /// Below the portal's address: `/api/logistics/parcels/{id}`.
    pub path: String,
    pub title: String,
    /// Safe HTML.
    pub description_html: String,
    pub is_deprecated: bool,
    pub sunset: Option<String>,
    /// References of the document that lead nowhere, which the operation uses; at most 10.
    pub unresolved: Vec<String>,
    /// Documentation, servers, security …
    pub facts: Vec<Facts>,
    /// Scopes, one of which a key needs.
    pub scopes: Vec<String>,
    pub price: PriceView,
    pub requires_idempotency_key: bool,
    pub parameters: Vec<ParameterDoc>,
    pub body: Option<BodyDoc>,
    pub responses: Vec<ResponseDoc>,
    /// What the page leaves out, such as `12 parameters`.
    pub omitted: Vec<String>,
    /// Requests that the API sends because of the call.
    pub callbacks: Vec<RequestDoc>,
    /// Error codes that the gateway itself may return.
    pub errors: Vec<Code>,
    pub plans: Vec<Plan>,
    pub limits: Limits,
    pub samples: Vec<SampleView>,
    /// The document's own samples, which do not change with the form.
    pub document_samples: Vec<SampleView>,
    pub draft: Draft,
}

/// Cost of a call in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceView {
    pub units: u32,
    /// Maximum, if the response reports its cost.
    pub max_units: Option<u32>,
    pub billed: Billed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Billed {
    OnSuccess,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterPlace {
    Path,
    Query,
    Header,
    Cookie,
}

impl ParameterPlace {
    pub const ALL: [Self; 4] = [Self::Path, Self::Query, Self::Header, Self::Cookie];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// A parameter, or a header of a response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterDoc {
    pub name: String,
    pub place: ParameterPlace,
    pub is_required: bool,
    pub is_deprecated: bool,
    /// Safe HTML.
    pub about_html: String,
    pub schema: SchemaNode,
    pub examples: Vec<NamedExample>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BodyDoc {
    pub about_html: String,
    pub is_required: bool,
    pub content: Vec<MediaDoc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaDoc {
    pub content_type: String,
    pub schema: SchemaNode,
    /// How the fields of a form are sent.
    pub encodings: Vec<Fact>,
    /// Of the document's own; as text.
    pub examples: Vec<NamedExample>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedExample {
    pub name: String,
    /// Safe HTML.
    pub about_html: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseDoc {
    pub status: String,
    pub about_html: String,
    pub headers: Vec<ParameterDoc>,
    pub content: Vec<MediaDoc>,
    /// Operations that its values can be used for.
    pub links: Vec<Fact>,
}

/// A schema for people to read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SchemaNode {
    /// Its name in the document. Empty if it has none.
    pub name: String,
    /// Its `title`. Empty if it has none, or if it is the name.
    #[serde(default)]
    pub title: String,
    /// The location in the document (JSON pointer) of a schema that has a name or whose parts are
    /// not shown here; its page shows them ([`schema_page`]). Empty otherwise.
    #[serde(default)]
    pub at: String,
    /// `string`, `integer or null`, `array of Pet`, `any`, `never`.
    pub kind: String,
    /// Safe HTML on a page, Markdown in its twin.
    pub about: String,
    /// `1 to 40 characters`, `default: "a"`, `read only` …
    pub notes: Vec<String>,
    /// Allowed values, as JSON.
    pub values: Vec<String>,
    /// What each of `values` means, in their order. Empty if the document does not describe them.
    #[serde(default)]
    pub meanings: Vec<String>,
    pub is_deprecated: bool,
    pub fields: Vec<SchemaField>,
    pub choices: Vec<SchemaChoices>,
    /// Why its parts are not shown.
    pub cut: Option<Cut>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemaField {
    /// In angle brackets if it represents others: `<any other>`, `<item>`.
    pub name: String,
    pub is_required: bool,
    pub schema: SchemaNode,
}

/// `one of` these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemaChoices {
    pub title: String,
    pub schemas: Vec<SchemaNode>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// It contains itself, and is shown above.
    SeeAbove,
    /// The page would be too long.
    TooMuch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleView {
    /// Usable as an id.
    pub language: String,
    pub label: String,
    pub code: String,
}

impl SampleView {
    /// Samples from their languages, labels and texts.
    pub fn all<const N: usize>(samples: [(&str, &str, &str); N]) -> Vec<Self> {
        samples
            .map(|(language, label, code)| Self {
                language: language.into(),
                label: label.into(),
                code: code.trim_end().into(),
            })
            .into()
    }
}

/// The request of a form, for code samples. It contains no key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrintedCall {
    pub method: String,
    /// Path and query.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

/// Results of a search, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchResults {
    pub hits: Vec<SearchHit>,
    /// Number of all results; `hits` may have fewer.
    pub total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    pub href: String,
    /// None for the product's page.
    pub method: Option<String>,
    pub title: String,
    pub product: String,
    /// The path of an operation, or the product's category.
    pub about: String,
    pub is_deprecated: bool,
}

/// Scopes of one product that a key can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductScopes {
    pub id: String,
    pub name: String,
    /// Id and title of each operation.
    pub operations: Vec<(String, String)>,
    /// Number of operations that are not listed because there are too many.
    pub unlisted: u64,
}
