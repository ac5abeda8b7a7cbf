//! The error of one field in a request.

use serde::{Deserialize, Serialize};

/// One field of a request that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Location of the field, such as `body.email`, `query.limit` or, in a form, `email`.
    pub location: String,
    /// Stable name of the problem, such as `missing`, `invalid_format` or `out_of_range`.
    pub code: String,
    /// What is wrong with the field, in words.
    pub message: String,
}

impl FieldError {
    pub fn new(
        location: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { location: location.into(), code: code.into(), message: message.into() }
    }
}
