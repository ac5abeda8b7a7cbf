//! Which scopes products have.

use std::collections::HashSet;

use super::store;
use crate::server::Result;
use crate::server::db::Db;
use crate::types::scope::Scope;

/// Those of `scopes` that no product has: `{product}:read`, `{product}:write`, `{product}:*` and `{product}:{operationId}`.
pub async fn unknown_scopes<'a>(db: &Db, scopes: &[&'a Scope]) -> Result<Vec<&'a str>> {
    let mut unknown = Vec::new();
    let mut names: Vec<&str> = scopes.iter().map(|scope| scope.parts().0).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let operations: Option<HashSet<String>> = store::operation_ids(db, name).await?;
        let is_known =
            |action: &str| operations.as_ref().is_some_and(|ids| matches!(action, "read" | "write" | "*") || ids.contains(action));
        let of_product = scopes.iter().map(|scope| (scope.as_str(), scope.parts())).filter(|(_, parts)| parts.0 == name);
        unknown.extend(of_product.filter(|(_, (_, action))| !is_known(action)).map(|(text, _)| text));
    }
    Ok(unknown)
}
