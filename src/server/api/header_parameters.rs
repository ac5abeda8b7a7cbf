//! Request headers that the gateway reads for every operation of a kind, so that no handler names them.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

/// Adds `Idempotency-Key` to every operation that can change something.
pub fn add(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten() {
            add_idempotency_key(operation);
        }
    }
}

fn add_idempotency_key(operation: &mut Operation) {
    let is_required = operation.extensions.as_ref().and_then(|all| all.get("x-tollgate-idempotency")) == Some(&"required".into());
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(if is_required { Required::True } else { Required::False })
        .description(Some("A text of your own: the call is carried out once, however often it is sent within 24 hours."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255))))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(key));
}
