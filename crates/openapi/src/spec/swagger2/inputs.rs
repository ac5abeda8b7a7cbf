//! The parameters of an operation or path, separated into parameters and parts of the body.

use serde_json::Value;

use super::context::Context;
use super::parameter;
use crate::spec::model::{MAX_HOPS, pointer_of};
use crate::spec::walk::join;

/// A part of the body, with its location in the author's document.
#[derive(Clone)]
pub struct Part<'a> {
    pub value: &'a Value,
    pub written: String,
}

impl Part<'_> {
    pub fn name(&self) -> &str {
        self.value.get("name").and_then(Value::as_str).unwrap_or_default()
    }
}

#[derive(Clone, Default)]
pub struct Inputs<'a> {
    /// `in: body`.
    pub body: Option<Part<'a>>,
    /// `in: formData`.
    pub form: Vec<Part<'a>>,
    /// All others, converted.
    pub parameters: Vec<Value>,
}

/// Whether the parameter describes the body or a part of it.
pub fn is_part_of_body(parameter: &Value) -> bool {
    parameter.get("in").is_some_and(|place| place == "body" || place == "formData")
}

/// Separates the list at `at`, the location in both documents.
pub fn separate<'a>(context: &Context<'a>, list: &'a [Value], at: &str) -> Inputs<'a> {
    let mut inputs = Inputs::default();
    for (index, value) in list.iter().enumerate() {
        let part = followed(context, value, join(at, &index.to_string()));
        if part.value.get("in").is_some_and(|place| place == "body") {
            inputs.body.get_or_insert(part);
        } else if is_part_of_body(part.value) {
            inputs.form.push(part);
        } else {
            let place = join(at, &inputs.parameters.len().to_string());
            let written = join(at, &index.to_string());
            if place != written {
                context.moved(place.as_str(), written);
            }
            inputs.parameters.push(parameter::parameter(context, value, &place));
        }
    }
    inputs
}

/// What a shared parameter refers to.
fn followed<'a>(context: &Context<'a>, value: &'a Value, written: String) -> Part<'a> {
    let mut part = Part { value, written };
    for _ in 0..MAX_HOPS {
        let Some(pointer) = part.value.get("$ref").and_then(Value::as_str).and_then(pointer_of)
        else {
            break;
        };
        let Some(target) = found(context, &pointer) else { break };
        part = Part { value: target, written: pointer };
    }
    part
}

/// The part of the author's document at a pointer.
fn found<'a>(context: &Context<'a>, pointer: &str) -> Option<&'a Value> {
    let (first, rest) = pointer.strip_prefix('/')?.split_once('/')?;
    let name = first.replace("~1", "/").replace("~0", "~");
    context.written.get(&name)?.pointer(&format!("/{rest}"))
}
