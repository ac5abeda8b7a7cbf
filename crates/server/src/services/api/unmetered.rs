//! Operations for managing an organisation's account are never billed and do not count against a
//! plan: reading usage and revoking a key must work when the quota is used up. Neither is reading
//! what the portal offers. Only the sample API is metered.

use serde_json::json;
use utoipa::openapi::OpenApi;
use utoipa::openapi::extensions::ExtensionsBuilder;

use crate::openapi::operations;

/// Tags of the metered operations.
const METERED: [&str; 2] = ["Customers", "Events"];
/// Operations with these tags that return no data of an organisation.
const CATALOGUES: [&str; 1] = ["listEventTypes"];
const NOTE: &str = "This operation is never billed and does not count against your plan. It also works while \
    your quota is used up or a payment is overdue. Rate limits apply.";

pub fn mark(document: &mut OpenApi) {
    for (_, _, operation) in operations(document) {
        let has_data = operation.operation_id.as_deref().is_none_or(|id| !CATALOGUES.contains(&id));
        if has_data && operation.tags.iter().flatten().any(|tag| METERED.contains(&tag.as_str())) {
            continue;
        }
        let never = ExtensionsBuilder::new().add("x-tollgate-billable", json!("never")).build();
        operation.extensions.get_or_insert_default().merge(never);
        let description = operation.description.take().filter(|text| !text.is_empty());
        operation.description =
            Some(description.map_or_else(|| NOTE.to_owned(), |text| format!("{text}\n\n{NOTE}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/semantics.md has this list, under "What is billed".
    #[test]
    fn only_the_sample_api_is_metered() {
        let mut document = crate::api::openapi("/");
        let mut metered = Vec::new();
        for (_, _, operation) in operations(&mut document) {
            let is_never =
                operation.extensions.as_ref().and_then(|all| all.get("x-tollgate-billable"))
                    == Some(&json!("never"));
            let declares_it =
                operation.description.as_deref().is_some_and(|text| text.contains(NOTE));
            assert_eq!(is_never, declares_it, "{:?}", operation.operation_id);
            if !is_never {
                metered.extend(operation.operation_id.clone());
            }
        }
        metered.sort_unstable();
        let expected = [
            "createCustomer",
            "createEvent",
            "deleteCustomer",
            "getCustomer",
            "getEvent",
            "listCustomers",
            "listEvents",
            "updateCustomer",
        ];
        assert_eq!(metered, expected);
    }
}
