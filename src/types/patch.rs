//! Bodies that change only what they name.

use serde::{Deserialize, Deserializer};

/// Tells a field that is null from one that is absent.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}
