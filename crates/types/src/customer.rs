//! Customers: the platform's own example of a resource, and the pattern for all others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::id::CustomerId;
use super::time::Timestamp;

/// A customer: a person or company that you keep a record of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Customer {
    /// Id of the customer.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "cus_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: CustomerId,
    /// Environment of the customer, `sandbox` or `live`: that of the key that created it.
    pub environment: Environment,
    /// Name of the customer.
    #[cfg_attr(feature = "ssr", schema(example = "Ada Lovelace"))]
    pub name: String,
    /// E-mail address of the customer. Null if none was set.
    #[cfg_attr(feature = "ssr", schema(example = "ada@example.com"))]
    pub email: Option<String>,
    /// Your description of the customer. Null if none was set.
    pub description: Option<String>,
    /// Your own key-value pairs, such as an id in your system. Empty if none were set.
    pub metadata: BTreeMap<String, String>,
    /// Time when the customer was created (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Time of the last change (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
}
