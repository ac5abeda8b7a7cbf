//! What the public pages of products show. Bounded in size, whatever the documents are like.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::plan::{Plan, PlanRate};
use super::product::{ProductStatus, ProductView};

/// The catalogue, as far as a search and a category leave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogueView {
    pub products: Vec<ProductCard>,
    /// Of all products, in the order of the alphabet.
    pub categories: Vec<String>,
    /// Of all products, shown or not.
    pub total: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductCard {
    pub id: String,
    pub name: String,
    /// The description's beginning, without marks.
    pub excerpt: String,
    pub category: String,
    pub tags: Vec<String>,
    pub status: ProductStatus,
    pub version: String,
    pub operations: u64,
    /// The cheapest of its plans: `from 49 USD a month`; none where it has none.
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
    /// What calls begin with, below the portal's address.
    pub prefix: String,
    /// The document as it was handed in: `openapi.json` or `openapi.yaml`.
    pub document: String,
    /// Names of requests that the API itself makes, which cannot be tried here.
    pub webhooks: Vec<String>,
}

/// What holds where a plan says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub key_rate: PlanRate,
    pub org_rate: PlanRate,
}

/// Operations under one of the document's tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationGroup {
    /// Fit for an anchor.
    pub anchor: String,
    pub name: String,
    /// Safe HTML.
    pub about_html: String,
    /// All it has; `operations` may be fewer.
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
    /// The product's groups; only that of this operation has its operations.
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
    /// A key needs one of these.
    pub scopes: Vec<String>,
    pub price: PriceView,
    pub requires_idempotency_key: bool,
    pub parameters: Vec<ParameterDoc>,
    pub body: Option<BodyDoc>,
    pub responses: Vec<ResponseDoc>,
    /// Names of requests that the API makes because of the call.
    pub callbacks: Vec<String>,
    /// What the gateway itself may answer.
    pub errors: Vec<Code>,
    pub plans: Vec<Plan>,
    pub limits: Limits,
    pub samples: Vec<SampleView>,
    pub draft: Draft,
}

/// What a call costs, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceView {
    pub units: u32,
    /// The answer says what it costs, up to this.
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

/// A parameter, or a header of an answer.
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

/// A schema to be read by people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SchemaNode {
    /// What it is called where it is defined; empty where it has no name.
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
    /// Why nothing is unfolded though there is more.
    pub cut: Option<Cut>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemaField {
    /// In angle brackets where it stands for others: `<any other>`, `<item>`.
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
    /// It is inside itself: it was unfolded above.
    SeeAbove,
    /// The page would be too long.
    TooMuch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleView {
    /// Fit for an id.
    pub language: String,
    pub label: String,
    pub code: String,
}

/// A call that is put together in the browser, filled in with values that fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub product: String,
    pub operation: String,
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    pub inputs: Vec<DraftInput>,
    pub body: Option<DraftBody>,
    /// Statuses that the sandbox can be told to answer with; empty where no mock answers.
    pub mock_statuses: Vec<u16>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftInput {
    pub name: String,
    pub place: ParameterPlace,
    pub is_required: bool,
    /// Plain text, cut short.
    pub about: String,
    /// A value that fits.
    pub example: String,
    /// Values to choose from; empty where anything may be written.
    pub options: Vec<String>,
    pub shape: InputShape,
}

/// How what is written becomes a part of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputShape {
    /// As it is.
    Plain,
    /// Several values as one text: what parts them stays as it is.
    Styled,
    /// Commas part the values; each is sent as a pair of its own.
    Repeated,
    /// A JSON object; each field is sent as a pair of its own.
    Exploded,
    /// A JSON object; each field is sent as `name[field]`.
    Deep,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftBody {
    pub is_required: bool,
    pub content_types: Vec<String>,
    /// For the first of the content types.
    pub sample: String,
    /// Of a flat JSON object, to be filled in one by one; empty where the text is better.
    pub fields: Vec<DraftField>,
}

/// One field of a JSON object that holds no others.
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

/// A request that stands in a form, to be printed as programs. It holds no key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrintedCall {
    pub method: String,
    /// Path and query.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

/// What a search found, the best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchResults {
    pub hits: Vec<SearchHit>,
    /// All that were found; `hits` are fewer where these are many.
    pub total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    pub href: String,
    /// Of a product's own page, none.
    pub method: Option<String>,
    pub title: String,
    pub product: String,
    /// The path of an operation, else the product's category.
    pub about: String,
    pub is_deprecated: bool,
}

/// What a key may be given of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductScopes {
    pub id: String,
    pub name: String,
    /// Id and title of each, to grant it alone.
    pub operations: Vec<(String, String)>,
}
