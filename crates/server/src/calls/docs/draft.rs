//! A call for the console, with its form.

use serde_json::Value;
use tollgate_openapi::docs_page::parameter_place as place;
use tollgate_openapi::markdown::{about, clip, excerpt};
use tollgate_openapi::outline::tree_of;
use tollgate_openapi::samples::{SampleBody, SampleRequest, styled, value_of};
use tollgate_openapi::schemas::{Direction, Schemas};
use tollgate_openapi::spec::{Body, Operation, Parameter, Place, Spec};
use tollgate_types::docs::{
    Draft, DraftBody, DraftField, DraftInput, FieldKind, InputShape, ParameterPlace, SchemaNode,
};

use crate::products::Product;

/// Applies to every operation that writes, whatever its document says.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const MAX_INPUTS: usize = 100;
const MAX_OPTIONS: usize = 100;
/// The maximum number of fields that are easier to fill in than to write as text.
const MAX_FIELDS: usize = 24;
const MAX_ABOUT: usize = 200;
const MAX_EXAMPLE: usize = 2_000;
const MAX_SAMPLE: usize = 64 * 1024;

/// `request` is the same call as code.
pub fn draft(
    schemas: &Schemas,
    product: &Product,
    operation: &Operation,
    request: &SampleRequest,
) -> Draft {
    let is_mocked = !product.is_platform() && product.view.sandbox_url.is_none();
    let statuses =
        operation.responses.iter().filter_map(|response| response.status.parse::<u16>().ok());
    Draft {
        product: product.id.to_string(),
        operation: operation.id.clone(),
        method: operation.method.clone(),
        // The part after `#` distinguishes operations with the same path and is never sent.
        path: format!(
            "{}{}",
            product.prefix(),
            operation.path.split('#').next().unwrap_or_default()
        ),
        inputs: inputs(schemas, operation),
        body: operation
            .body
            .as_ref()
            .filter(|_| request.body.is_some())
            .map(|body| draft_body(&product.spec, body, request)),
        mock_statuses: if is_mocked {
            statuses.filter(|status| (100..600).contains(status)).collect()
        } else {
            Vec::new()
        },
    }
}

fn inputs(schemas: &Schemas, operation: &Operation) -> Vec<DraftInput> {
    let can_send = |parameter: &&Parameter| parameter.place != Place::Cookie;
    let of_document = operation.parameters.iter().filter(can_send).take(MAX_INPUTS);
    let mut inputs: Vec<DraftInput> =
        of_document.map(|parameter| input(schemas, operation, parameter)).collect();
    let is_known = |input: &DraftInput| {
        input.place == ParameterPlace::Header && input.name.eq_ignore_ascii_case(IDEMPOTENCY_KEY)
    };
    if !operation.reads() && !inputs.iter().any(is_known) {
        inputs.push(DraftInput {
            name: IDEMPOTENCY_KEY.to_owned(),
            place: ParameterPlace::Header,
            is_required: operation.requires_idempotency_key,
            about: "A unique text, such as a UUID. If you send the call again with the same text, it is carried out only once.".to_owned(),
            example: "first-try".to_owned(),
            options: Vec::new(),
            shape: InputShape::Plain,
        });
    }
    inputs
}

fn input(schemas: &Schemas, operation: &Operation, parameter: &Parameter) -> DraftInput {
    let value = value_of(schemas, operation, parameter);
    let schema = schemas.spec().resolve(&parameter.schema);
    let is_switch = schema.is_some_and(|schema| {
        schema.get("type").is_some_and(|kind| kind == "boolean") && schema.get("enum").is_none()
    });
    let options = schema.and_then(|schema| schema.get("enum")?.as_array()).into_iter().flatten();
    let options =
        options.cloned().chain([true, false].into_iter().filter(|_| is_switch).map(Value::Bool));
    let about = if parameter.description.is_empty() {
        schema.and_then(|schema| schema.get("description")?.as_str()).unwrap_or_default()
    } else {
        &parameter.description
    };
    let is_query = parameter.place == Place::Query && parameter.content_type.is_none();
    let shape = match &value {
        _ if is_query && parameter.style == "deepObject" => InputShape::Deep,
        Value::Object(_) if is_query && parameter.explode => InputShape::Exploded,
        Value::Array(_) if is_query && parameter.explode => InputShape::Repeated,
        Value::Array(_) | Value::Object(_) if parameter.content_type.is_none() => {
            InputShape::Styled
        }
        _ if matches!(parameter.style.as_str(), "label" | "matrix") => InputShape::Styled,
        _ => InputShape::Plain,
    };
    let example = match (shape, &value) {
        (InputShape::Styled, _) => styled(parameter, &value),
        (InputShape::Deep, Value::Array(_)) => value.to_string(),
        _ => written(&value),
    };
    DraftInput {
        name: clip(&parameter.name, 200),
        place: place(parameter.place),
        is_required: parameter.required,
        about: excerpt(about, MAX_ABOUT),
        example: clip(&example, MAX_EXAMPLE),
        options: options
            .filter(|value| !value.is_null())
            .take(MAX_OPTIONS)
            .map(|value| plain(&value))
            .collect(),
        shape,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(",")
        }
        other => plain(other),
    }
}

fn draft_body(document: &Spec, body: &Body, request: &SampleRequest) -> DraftBody {
    let sent = request
        .written_headers()
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map(|(_, value)| value);
    let others = body
        .content
        .iter()
        .map(|media| media.content_type.clone())
        .filter(|name| !name.contains('*'));
    let mut content_types: Vec<String> = sent.into_iter().collect();
    for name in others {
        // `multipart/form-data` is already set, with its boundary.
        if !content_types.iter().any(|known| known.starts_with(name.as_str())) {
            content_types.push(clip(&name, 100));
        }
    }
    let (sample, fields) = match &request.body {
        Some(SampleBody::Json(value)) => (
            serde_json::to_string_pretty(value).unwrap_or_default(),
            json_fields(document, body, value),
        ),
        _ => (request.written_body().unwrap_or_default(), Vec::new()),
    };
    DraftBody {
        is_required: body.required,
        content_types,
        sample: if sample.len() > MAX_SAMPLE { String::new() } else { sample },
        fields,
    }
}

/// The fields of a flat object; `None` if it is better written as text.
fn json_fields(document: &Spec, body: &Body, sample: &Value) -> Vec<DraftField> {
    let is_flat = sample
        .as_object()
        .is_some_and(|fields| fields.values().all(|value| !value.is_object() && !value.is_array()));
    let Some(media) =
        body.content.iter().find(|media| media.content_type.contains("json")).filter(|_| is_flat)
    else {
        return Vec::new();
    };
    let node = tree_of(document, &media.schema, Direction::Request, MAX_FIELDS * 2, about);
    if node.fields.len() > MAX_FIELDS || !node.choices.is_empty() || node.cut.is_some() {
        return Vec::new();
    }
    let mut fields = Vec::new();
    for field in node.fields {
        let Some(kind) = kind(&field.schema).filter(|_| !field.name.starts_with('<')) else {
            return Vec::new();
        };
        let options = field
            .schema
            .values
            .iter()
            .filter_map(|value| serde_json::from_str::<Value>(value).ok());
        fields.push(DraftField {
            is_required: field.is_required,
            kind,
            about: field.schema.notes.join(", "),
            options: options.filter(|value| !value.is_null()).map(|value| plain(&value)).collect(),
            name: field.name,
        });
    }
    fields
}

fn kind(node: &SchemaNode) -> Option<FieldKind> {
    if !node.fields.is_empty() || !node.choices.is_empty() || node.cut.is_some() {
        return None;
    }
    match node.kind.split(' ').next()? {
        "string" => Some(FieldKind::Text),
        "integer" | "number" => Some(FieldKind::Number),
        "boolean" => Some(FieldKind::Bool),
        _ => None,
    }
}
