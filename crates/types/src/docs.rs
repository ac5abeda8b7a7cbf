//! Data of products' public pages. Its size is bounded for every document.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::plan::{Plan, PlanRate};
use super::product::{ProductStatus, ProductView};

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
    /// Names of requests that the API itself sends (webhooks), which cannot be tried here.
    pub webhooks: Vec<String>,
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
    /// Scopes, one of which a key needs.
    pub scopes: Vec<String>,
    pub price: PriceView,
    pub requires_idempotency_key: bool,
    pub parameters: Vec<ParameterDoc>,
    pub body: Option<BodyDoc>,
    pub responses: Vec<ResponseDoc>,
    /// What the page leaves out, such as `12 parameters`.
    pub omitted: Vec<String>,
    /// Names of requests that the API sends because of the call (callbacks).
    pub callbacks: Vec<String>,
    /// Error codes that the gateway itself may return.
    pub errors: Vec<Code>,
    pub plans: Vec<Plan>,
    pub limits: Limits,
    pub samples: Vec<SampleView>,
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
    pub example: String,
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
    /// Of the document's own; as text.
    pub examples: Vec<NamedExample>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedExample {
    pub name: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseDoc {
    pub status: String,
    pub about_html: String,
    pub headers: Vec<ParameterDoc>,
    pub content: Vec<MediaDoc>,
}

/// A schema for people to read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SchemaNode {
    /// Its name in the document. Empty if it has none.
    pub name: String,
    /// `string`, `integer or null`, `array of Pet`, `any`, `never`.
    pub kind: String,
    /// Safe HTML on a page, Markdown in its twin.
    pub about: String,
    /// `1 to 40 characters`, `default: "a"`, `read only` …
    pub notes: Vec<String>,
    /// Allowed values, as JSON.
    pub values: Vec<String>,
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

/// The form that sends a call from the browser, filled with matching values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub product: String,
    pub operation: String,
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    pub inputs: Vec<DraftInput>,
    pub body: Option<DraftBody>,
    /// Statuses that the mock can return. Empty without a mock.
    pub mock_statuses: Vec<u16>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftInput {
    pub name: String,
    pub place: ParameterPlace,
    pub is_required: bool,
    /// Plain text, cut short.
    pub about: String,
    /// A matching value.
    pub example: String,
    /// Values to choose from. Empty: any value.
    pub options: Vec<String>,
    pub shape: InputShape,
}

/// How a value becomes part of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputShape {
    /// Unchanged.
    Plain,
    /// Several values in one text; the separators are not encoded.
    Styled,
    /// A JSON list, or values separated by commas; each is sent as a separate pair.
    Repeated,
    /// A JSON object; each field is sent as a separate pair.
    Exploded,
    /// A JSON object or list; each value in it is sent as `name[field]`. Other text is one value.
    Deep,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftBody {
    pub is_required: bool,
    pub content_types: Vec<String>,
    /// For the first of the content types.
    pub sample: String,
    /// Fields of a flat JSON object. Empty if the text is easier to edit.
    pub fields: Vec<DraftField>,
}

/// One field of a flat JSON object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftField {
    pub name: String,
    pub is_required: bool,
    pub kind: FieldKind,
    pub about: String,
    pub options: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    Text,
    Number,
    Bool,
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
