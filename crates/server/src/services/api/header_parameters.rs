//! Request headers that the gateway reads for every operation of a kind, so that no handler names
//! them.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

use crate::openapi::operations;

/// Adds `Idempotency-Key` to every operation that can change something.
pub fn add(document: &mut OpenApi) {
    for (_, reads, operation) in operations(document) {
        if !reads {
            add_idempotency_key(operation);
        }
    }
}

fn add_idempotency_key(operation: &mut Operation) {
    let is_required =
        operation.extensions.as_ref().and_then(|all| all.get("x-tollgate-idempotency"))
            == Some(&"required".into());
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(if is_required { Required::True } else { Required::False })
        .description(Some("A unique text for this call, such as a UUID: 1 to 255 visible ASCII characters. If you repeat the call with the same text within 24 hours, you get the first response and nothing is carried out again."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255))))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(key));
}
