//! Customers: the platform's own example of a resource, and the pattern for all others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::id::CustomerId;
use super::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Customer {
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "cus_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: CustomerId,
    pub environment: Environment,
    #[cfg_attr(feature = "ssr", schema(example = "Ada Lovelace"))]
    pub name: String,
    #[cfg_attr(feature = "ssr", schema(example = "ada@example.com"))]
    pub email: Option<String>,
    pub description: Option<String>,
    pub metadata: BTreeMap<String, String>,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
}
