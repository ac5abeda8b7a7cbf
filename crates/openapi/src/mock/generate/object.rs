//! Objects: required fields first, then optional ones.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{Flat, Run, Spot, pattern};

/// Maximum number of fields in a generated object.
const MAX_FIELDS: usize = 200;
/// Maximum number of required fields of an object. With more fields, no value would be small
/// enough.
const MAX_REQUIRED: usize = 4_000;

pub fn object(run: &Run, flat: &Flat, spot: &Spot) -> Option<Value> {
    let flat = &*with_dependent_schemas(flat, spot)?;
    let properties = flat.get("properties").and_then(Value::as_object);
    let required: Vec<&str> = required_of(flat)
        .into_iter()
        .filter(|name| !is_left_out(run, properties, name, spot))
        .collect();
    if required.len() > MAX_REQUIRED {
        return None;
    }
    let is_required: HashSet<&str> = required.iter().copied().collect();
    let unwanted = unwanted(flat);
    let most = count(flat, "maxProperties").unwrap_or(MAX_FIELDS).min(MAX_FIELDS);
    let room_for_optional = most.saturating_sub(required.len());

    let mut fields = Map::new();
    let mut optional = 0;
    for (name, schema) in properties.into_iter().flatten() {
        let spot = spot.field(name);
        if is_required.contains(name.as_str()) {
            fields.insert(name.clone(), run.value(&schema_of(run, flat, name), &spot)?);
        } else if optional < room_for_optional
            && is_welcome(run, flat, schema, &spot)
            && !unwanted.contains(&name.as_str())
            && let Some(value) = run.value(&schema_of(run, flat, name), &spot)
        {
            optional += 1;
            fields.insert(name.clone(), value);
        }
    }
    for name in &required {
        if !fields.contains_key(*name) {
            fields.insert(
                (*name).to_owned(),
                run.value(&schema_of(run, flat, name), &spot.field(name))?,
            );
        }
    }
    add_dependents(run, flat, spot, &mut fields)?;
    let least = count(flat, "minProperties")
        .unwrap_or(0)
        .max(usize::from(is_map(flat) && run.is_rich(spot) && most > 0));
    fill(run, flat, spot, &mut fields, least)?;
    Some(Value::Object(fields))
}

fn required_of(flat: &Flat) -> Vec<&str> {
    flat.get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Whether a field is not sent in this direction.
fn is_hidden(run: &Run, property: &Value) -> bool {
    run.schemas.direction().hides(run.schemas.root(), property)
}

/// Whether a required field is not sent in this direction. If the validator requires it all the
/// same, it is sent.
fn is_left_out(
    run: &Run,
    properties: Option<&Map<String, Value>>,
    name: &str,
    spot: &Spot,
) -> bool {
    properties.and_then(|properties| properties.get(name)).is_some_and(|property| {
        is_hidden(run, property) && !run.tries.contains_key(&spot.field(name).path)
    })
}

fn is_welcome(run: &Run, flat: &Flat, property: &Value, spot: &Spot) -> bool {
    let is_needed_to_fill = !run.lean && count(flat, "minProperties").is_some();
    let is_rich =
        !run.lean && spot.depth <= super::RICH_DEPTH && run.nodes.get() < super::RICH_NODES;
    // An optional field that was invalid twice is left out.
    (is_rich || is_needed_to_fill)
        && spot_is_sound(run, spot)
        && *property != Value::Bool(false)
        && !is_hidden(run, property)
}

fn spot_is_sound(run: &Run, spot: &Spot) -> bool {
    run.tries.get(&spot.path).copied().unwrap_or(0) < 4
}

/// Names that `not: {required: …}` forbids.
fn unwanted(flat: &Flat) -> Vec<&str> {
    let not = flat.get("not");
    let parts =
        not.and_then(|not| not.get("anyOf")).and_then(Value::as_array).into_iter().flatten();
    parts
        .chain(not)
        .filter_map(|part| part.get("required")?.as_array())
        .filter_map(|names| names.last()?.as_str())
        .collect()
}

/// All schemas of a field: its own, and those of the patterns that its name matches.
fn schema_of(run: &Run, flat: &Flat, name: &str) -> Value {
    let own = flat.get("properties").and_then(|properties| properties.get(name));
    let patterns = flat.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
    let matching: Vec<&Value> = patterns
        .filter(|(pattern, _)| run.schemas.matches(pattern, name))
        .map(|(_, schema)| schema)
        .chain(own)
        .collect();
    match matching.as_slice() {
        [] => flat.get("additionalProperties").cloned().unwrap_or(Value::Bool(true)),
        [one] => (*one).clone(),
        many => json!({ "allOf": many }),
    }
}

/// Conditions of a field on other fields are applied if the field is required.
fn with_dependent_schemas<'a>(flat: &'a Flat, spot: &Spot) -> Option<std::borrow::Cow<'a, Flat>> {
    let Some(dependents) = flat.get("dependentSchemas").and_then(Value::as_object) else {
        return Some(std::borrow::Cow::Borrowed(flat));
    };
    let mut merged = flat.clone();
    merged.shift_remove("dependentSchemas");
    for (name, schema) in dependents {
        let is_given =
            merged.get("properties").is_some_and(|properties| properties.get(name).is_some());
        if let (true, Value::Object(more)) = (is_given && spot.tries < 2, schema) {
            let mut whole = merged.clone();
            for key in ["properties", "required"] {
                whole = super::flatten::merged_field(whole, key, more.get(key))?;
            }
            merged = whole;
        }
    }
    Some(std::borrow::Cow::Owned(merged))
}

fn add_dependents(
    run: &Run,
    flat: &Flat,
    spot: &Spot,
    fields: &mut Map<String, Value>,
) -> Option<()> {
    let Some(dependents) = flat.get("dependentRequired").and_then(Value::as_object) else {
        return Some(());
    };
    // Each round adds a field or ends.
    for _ in 0..=dependents.len() {
        let missing = dependents
            .iter()
            .filter(|(name, _)| fields.contains_key(*name))
            .flat_map(|(_, names)| names.as_array().into_iter().flatten().filter_map(Value::as_str))
            .find(|name| !fields.contains_key(*name));
        let Some(name) = missing else { return Some(()) };
        fields.insert(name.to_owned(), run.value(&schema_of(run, flat, name), &spot.field(name))?);
    }
    Some(())
}

/// An object whose field names are data.
fn is_map(flat: &Flat) -> bool {
    let is_open = |key: &str| flat.get(key).is_some_and(Value::is_object);
    (is_open("additionalProperties") || is_open("patternProperties"))
        && !flat.contains_key("properties")
}

fn fill(
    run: &Run,
    flat: &Flat,
    spot: &Spot,
    fields: &mut Map<String, Value>,
    least: usize,
) -> Option<()> {
    for index in 0..least.saturating_mul(4) {
        if fields.len() >= least {
            return Some(());
        }
        let Some(name) = new_name(run, flat, spot, index) else { continue };
        if fields.contains_key(&name) {
            continue;
        }
        let spot = Spot { name: String::new(), ..spot.field(&name) };
        if let Some(value) = run.value(&schema_of(run, flat, &name), &spot) {
            fields.insert(name, value);
        }
    }
    let is_needed = count(flat, "minProperties").unwrap_or(0);
    (fields.len() >= is_needed).then_some(())
}

fn new_name(run: &Run, flat: &Flat, spot: &Spot, index: usize) -> Option<String> {
    let left_out = flat
        .get("properties")
        .and_then(Value::as_object)
        .and_then(|properties| properties.keys().nth(index));
    if let Some(name) = left_out {
        return Some(name.clone());
    }
    if let Some(names) = flat.get("propertyNames") {
        let spot = Spot {
            name: String::new(),
            path: format!("{}/\u{1}{index}", spot.path),
            ..spot.item(index, 7)
        };
        return run.value(names, &spot)?.as_str().map(str::to_owned);
    }
    let is_closed = flat.get("additionalProperties") == Some(&Value::Bool(false));
    match flat
        .get("patternProperties")
        .and_then(Value::as_object)
        .and_then(|patterns| patterns.keys().next())
    {
        Some(pattern) => {
            let matches = |text: &str| run.schemas.matches(pattern, text);
            let name = pattern::matching(pattern, spot.seed.nth(index as u64), 0, 64, matches)?;
            // An expression without an end anchor allows longer names, so names can differ.
            let longer = format!("{name}{index}");
            Some(if matches(&longer) { longer } else { name })
        }
        None if is_closed => None,
        None => Some(if index == 0 { "key".to_owned() } else { format!("key{}", index + 1) }),
    }
}

pub fn count(flat: &Flat, key: &str) -> Option<usize> {
    let value = flat.get(key)?;
    // Numbers such as 3.0 are whole, too. A negative number sets no bound.
    let whole = value.as_u64().or_else(|| {
        value
            .as_f64()
            .filter(|number| number.fract() == 0.0 && *number >= 0.0)
            .map(|number| number as u64)
    })?;
    usize::try_from(whole).ok()
}
