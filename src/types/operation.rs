//! Operations of a published API, as the docs page and the try-it panel use them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationView {
    /// The operationId of the spec.
    pub id: String,
    pub method: String,
    /// As in the spec, below the server's URL: `/v1/customers/{id}`.
    pub path: String,
    pub summary: String,
    pub description: String,
    /// The scope a key needs.
    pub scope: String,
    pub parameters: Vec<ParameterView>,
    /// A body that works as it is, as indented JSON; none if the operation reads no body.
    pub example_body: Option<String>,
    /// Status and description of each declared answer.
    pub responses: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterView {
    pub name: String,
    pub location: ParameterLocation,
    pub required: bool,
    pub description: String,
    pub example: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterLocation {
    Path,
    Query,
    Header,
}
