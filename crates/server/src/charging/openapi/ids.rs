//! Parameters of paths that mean the same in every operation.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};

/// Ids by the segment of the path before them, with a description and an example.
const IDS: [(&str, &str, &str); 9] = [
    ("customers", "Id of the customer (`cus_…`)", "cus_01h2xcejqtf2nbrexx3vqjhp41"),
    ("events", "Id of the event (`evt_…`)", "evt_01h2xcejqtf2nbrexx3vqjhp41"),
    ("keys", "Id of the key (`key_…`)", "key_01h2xcejqtf2nbrexx3vqjhp41"),
    (
        "request-logs",
        "Id of the request (`req_…`): the `X-Request-Id` of its response",
        "req_01h2xcejqtf2nbrexx3vqjhp41",
    ),
    ("webhook-endpoints", "Id of the webhook endpoint (`ep_…`)", "ep_01h2xcejqtf2nbrexx3vqjhp41"),
    (
        "webhook-deliveries",
        "Id of the webhook delivery (`dlv_…`)",
        "dlv_01h2xcejqtf2nbrexx3vqjhp41",
    ),
    ("products", "Id of the product, such as `logistics`", "logistics"),
    ("plans", "Id of the plan (`plan_…`)", "plan_01h2xcejqtf2nbrexx3vqjhp41"),
    ("tokens", "Id of the admin token (`adm_…`)", "adm_01h2xcejqtf2nbrexx3vqjhp41"),
];

/// Adds the parameter `id` of the path, unless the operation describes it itself.
pub fn declare(path: &str, operation: &mut Operation) {
    let Some((before, _)) = path.split_once("/{id}") else { return };
    let segment = before.rsplit('/').next().unwrap_or_default();
    let Some((_, description, example)) = IDS.iter().find(|(known, ..)| *known == segment) else {
        return;
    };
    let parameters = operation.parameters.get_or_insert_default();
    let is_id =
        |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(known) if known.name == "id");
    if parameters.iter().any(is_id) {
        return;
    }
    let id = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(*description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .example(Some((*example).into()))
        .build();
    parameters.insert(0, RefOr::T(id));
}
