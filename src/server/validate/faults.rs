//! The checker's findings as field errors. Never with the value itself: it may be secret.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::MAX_FAULTS;
use crate::types::error::FieldError;

/// The longest message.
const MAX_MESSAGE: usize = 300;
/// How deep `oneOf` in `oneOf` is looked into.
const MAX_DEPTH: usize = 8;

/// What is wrong with `value`, which stands at `place`.
pub fn faults(validator: &Validator, value: &Value, place: &str, found: &mut Vec<FieldError>) {
    for error in validator.iter_errors(value) {
        if found.len() >= MAX_FAULTS {
            return;
        }
        tell(&error, place, found, 0);
    }
}

fn tell(error: &ValidationError, place: &str, found: &mut Vec<FieldError>, depth: usize) {
    let place_of = |name: Option<&str>| located(place, error.instance_path(), name);
    let mut push = |location: String, code: &str, message: String| {
        let fault = FieldError::new(location, code, message.chars().take(MAX_MESSAGE).collect::<String>());
        if !found.contains(&fault) {
            found.push(fault);
        }
    };
    let here = || place_of(None);
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            push(place_of(Some(name)), "missing", "This field is required.".to_owned());
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                push(place_of(Some(name)), "unknown_field", "There is no such field here.".to_owned());
            }
        }
        Kind::Type { kind } => push(here(), "invalid_type", format!("This must be {}.", types(kind))),
        Kind::Format { format } => push(here(), "invalid_format", format!("This must have the format `{format}`.")),
        Kind::Pattern { pattern } => push(here(), "invalid_format", format!("This must match `{pattern}`.")),
        Kind::Enum { options } => push(here(), "invalid_value", format!("This must be one of {options}.")),
        Kind::Constant { expected_value } => push(here(), "invalid_value", format!("This must be {expected_value}.")),
        Kind::Minimum { limit } => push(here(), "out_of_range", format!("This must be at least {limit}.")),
        Kind::Maximum { limit } => push(here(), "out_of_range", format!("This must be at most {limit}.")),
        Kind::ExclusiveMinimum { limit } => push(here(), "out_of_range", format!("This must be more than {limit}.")),
        Kind::ExclusiveMaximum { limit } => push(here(), "out_of_range", format!("This must be less than {limit}.")),
        Kind::MinLength { limit } => push(here(), "out_of_range", format!("This must have at least {limit} characters.")),
        Kind::MaxLength { limit } => push(here(), "out_of_range", format!("This must have at most {limit} characters.")),
        Kind::MinItems { limit } => push(here(), "out_of_range", format!("This must have at least {limit} items.")),
        Kind::MaxItems { limit } => push(here(), "out_of_range", format!("This must have at most {limit} items.")),
        Kind::MinProperties { limit } => push(here(), "out_of_range", format!("This must have at least {limit} fields.")),
        Kind::MaxProperties { limit } => push(here(), "out_of_range", format!("This must have at most {limit} fields.")),
        Kind::MultipleOf { multiple_of } => push(here(), "invalid_value", format!("This must be a multiple of {multiple_of}.")),
        Kind::UniqueItems => push(here(), "invalid_value", "No two items may be the same.".to_owned()),
        Kind::PropertyNames { .. } => push(here(), "invalid_value", "The name of a field does not fit.".to_owned()),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match meant(context, error.instance_path()) {
            Some(errors) if depth < MAX_DEPTH => errors.iter().for_each(|error| tell(error, place, found, depth + 1)),
            _ => push(here(), "invalid_value", format!("This fits none of the {} forms it may have.", context.len())),
        },
        Kind::OneOfMultipleValid { .. } => {
            push(here(), "invalid_value", "This fits several forms of which it may have only one.".to_owned())
        }
        _ => push(here(), "invalid_value", sentence(&error.masked().to_string())),
    }
}

/// The one branch that was meant, where that is clear: all others are for another type, or another constant.
fn meant<'a>(context: &'a [Vec<ValidationError<'static>>], at: &Location) -> Option<&'a [ValidationError<'static>]> {
    let is_other = |error: &ValidationError| match error.kind() {
        Kind::Type { .. } => error.instance_path().as_str() == at.as_str(),
        // The property that tells the branches apart.
        Kind::Constant { .. } => true,
        Kind::Enum { options } => options.as_array().is_some_and(|options| options.len() == 1),
        _ => false,
    };
    let mut candidates = context.iter().filter(|errors| !errors.iter().any(is_other));
    let only = candidates.next()?;
    candidates.next().is_none().then_some(only.as_slice())
}

/// `body`, `/lines/0/price` and a name within: `body.lines[0].price.name`.
fn located(place: &str, path: &Location, name: Option<&str>) -> String {
    let mut location = place.to_owned();
    for segment in path {
        match segment {
            LocationSegment::Property(name) => location.extend([".", &name]),
            LocationSegment::Index(index) => location.push_str(&format!("[{index}]")),
        }
    }
    location.extend(name.into_iter().flat_map(|name| [".", name]));
    location
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => format!("of type {one}"),
        TypeKind::Multiple(many) => format!("of type {}", many.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(" or ")),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
