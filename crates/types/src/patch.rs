//! Bodies of partial updates.

use serde::{Deserialize, Deserializer};

/// Distinguishes a field that is null from one that is absent.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    field: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}
