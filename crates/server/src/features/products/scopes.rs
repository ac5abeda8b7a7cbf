//! The scopes of products.

use std::collections::HashSet;

use tollgate_types::scope::Scope;

use super::store;
use crate::Result;
use crate::db::Db;

/// The unknown ones among `scopes`: `{product}:read`, `{product}:write`, `{product}:*` and
/// `{product}:{operationId}` exist.
pub async fn unknown_scopes<'a>(db: &Db, scopes: &[&'a Scope]) -> Result<Vec<&'a str>> {
    let mut unknown = Vec::new();
    let mut names: Vec<&str> = scopes.iter().map(|scope| scope.parts().0).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let operations: Option<HashSet<String>> = store::operation_ids(db, name).await?;
        let is_known = |action: &str| {
            operations
                .as_ref()
                .is_some_and(|ids| matches!(action, "read" | "write" | "*") || ids.contains(action))
        };
        let of_product = scopes
            .iter()
            .map(|scope| (scope.as_str(), scope.parts()))
            .filter(|(_, parts)| parts.0 == name);
        unknown
            .extend(of_product.filter(|(_, (_, action))| !is_known(action)).map(|(text, _)| text));
    }
    Ok(unknown)
}
