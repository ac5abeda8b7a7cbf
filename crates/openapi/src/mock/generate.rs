//! Generates values that are valid against a schema. A generated value is checked; if the check
//! fails, it is generated again, without examples and with other branches at the invalid locations.

mod array;
mod flatten;
mod format;
mod names;
mod number;
mod object;
mod overlay;
mod pattern;
mod rough;
mod spot;
mod text;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use serde_json::{Map, Value};

use super::seed::Seed;
use crate::schemas::{Finding, Schemas};
use flatten::Choice;
use spot::{Flat, Spot};

pub use format::uuid;
pub use overlay::overlay;

/// Maximum nesting of a value.
const MAX_DEPTH: usize = 24;
/// Optional fields are generated up to this depth.
const RICH_DEPTH: usize = 4;
/// Maximum number of values for one response, including discarded ones; and the number after which
/// only required fields are generated.
const MAX_NODES: usize = 20_000;
const RICH_NODES: usize = 1_500;
/// Maximum number of branches of `oneOf` and `anyOf` that are tried for one value.
const MAX_CHOICES: usize = 12;
/// How often a value is generated before the next plan is tried, and before generation is given up.
const MAX_ROUNDS: usize = 16;
/// Number of errors at one location after which the surrounding value is generated differently.
const MAX_SAME_FAULTS: usize = 4;
/// Maximum size of a generated value as JSON.
pub const MAX_BYTES: usize = 64 * 1024;

/// A value that is valid against `schema`, or `None` if none was found. The same seed gives the
/// same value.
pub fn generate(schemas: &Schemas, schema: &Value, seed: Seed) -> Option<Value> {
    let mut closest = None;
    [false, true]
        .into_iter()
        .find_map(|lean| generate_by(schemas, schema, seed, lean, &mut closest))
}

/// Like [`generate`]. If no valid value is found, the one that violates the fewest conditions.
pub fn generate_or_closest(schemas: &Schemas, schema: &Value, seed: Seed) -> Value {
    let mut closest = None;
    [false, true]
        .into_iter()
        .find_map(|lean| generate_by(schemas, schema, seed, lean, &mut closest))
        .or_else(|| closest.map(|(_, value)| value).filter(|value| !value.is_null()))
        .unwrap_or_else(|| {
            let tries = HashMap::new();
            let run = Run { schemas, lean: true, tries: &tries, nodes: Cell::new(0) };
            rough::rough(&run, schema, &Spot::top(seed))
        })
}

/// `closest` is the value with the fewest errors so far, and their number.
fn generate_by(
    schemas: &Schemas,
    schema: &Value,
    seed: Seed,
    lean: bool,
    closest: &mut Option<(usize, Value)>,
) -> Option<Value> {
    let mut tries = HashMap::new();
    for _ in 0..MAX_ROUNDS {
        let run = Run { schemas, lean, tries: &tries, nodes: Cell::new(0) };
        let value = run.value(schema, &Spot::top(seed))?;
        if value.to_string().len() > MAX_BYTES {
            return None;
        }
        let faults: Vec<String> =
            schemas.findings(schema, &value).iter().map(Finding::pointer).collect();
        if faults.is_empty() {
            return Some(value);
        }
        if closest.as_ref().is_none_or(|(count, _)| faults.len() < *count) {
            *closest = Some((faults.len(), value));
        }
        for place in faults {
            blame(&mut tries, &place);
        }
    }
    None
}

/// A repeated error has its cause in the surrounding value.
fn blame(tries: &mut HashMap<String, usize>, place: &str) {
    let mut place = Some(place);
    while let Some(path) = place {
        let count = tries.entry(path.to_owned()).or_insert(0);
        *count += 1;
        place = if count.is_multiple_of(MAX_SAME_FAULTS) {
            path.rsplit_once('/').map(|(around, _)| around)
        } else {
            None
        };
    }
}

/// One attempt.
struct Run<'a> {
    schemas: &'a Schemas,
    /// Only required fields.
    lean: bool,
    /// Number of errors at each location.
    tries: &'a HashMap<String, usize>,
    nodes: Cell<usize>,
}

impl Run<'_> {
    fn is_rich(&self, spot: &Spot) -> bool {
        !self.lean && spot.depth < RICH_DEPTH && self.nodes.get() < RICH_NODES
    }

    /// An example is used as a whole, so an error in it belongs to the example.
    fn is_at_fault_within(&self, path: &str) -> bool {
        self.tries
            .keys()
            .any(|place| place.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }

    fn value(&self, schema: &Value, spot: &Spot) -> Option<Value> {
        let tries = self.tries.get(&spot.path).copied().unwrap_or(0);
        let mut spot = Spot { fresh: spot.fresh || tries > 0, tries, ..spot.clone() };
        let before = spot.refs.clone();
        // The first error is attributed to the examples, the next one to the branch.
        for attempt in tries.saturating_sub(1)..tries.saturating_sub(1) + MAX_CHOICES {
            self.nodes.set(self.nodes.get() + 1);
            if self.nodes.get() > MAX_NODES || spot.depth > MAX_DEPTH {
                return None;
            }
            spot.refs.clone_from(&before);
            let mut choice = Choice::new(attempt);
            if let Some(flat) =
                flatten::flatten(self.schemas, schema, &mut choice, &before, &mut spot.refs)
                && let Some(value) = self.build(&flat, &spot)
            {
                return Some(value);
            }
            if attempt + 1 - tries.saturating_sub(1) >= choice.combinations() {
                break;
            }
        }
        None
    }

    fn build(&self, flat: &Flat, spot: &Spot) -> Option<Value> {
        if let Some(value) = flat.get("const") {
            let is_listed = flat
                .get("enum")
                .and_then(Value::as_array)
                .is_none_or(|values| values.contains(value));
            return (is_listed && has_type(flat, value)).then(|| value.clone());
        }
        if let Some(values) = flat.get("enum").and_then(Value::as_array) {
            return pick_of_enum(flat, values, spot);
        }
        if !spot.fresh
            && !self.is_at_fault_within(&spot.path)
            && let Some(example) = examples_of(flat).find(|example| has_type(flat, example))
        {
            return Some(self.shown(flat, example.clone()));
        }
        let kinds = kinds_of(flat);
        let turn = spot.tries.saturating_sub(1);
        (0..kinds.len())
            .find_map(|index| self.of_kind(kinds.get((index + turn) % kinds.len())?, flat, spot))
    }

    fn of_kind(&self, kind: &str, flat: &Flat, spot: &Spot) -> Option<Value> {
        match kind {
            "null" => Some(Value::Null),
            "boolean" => Some(Value::Bool(spot.seed.below(2) == 1)),
            "integer" => number::integer(flat, spot),
            "number" => number::number(flat, spot),
            "array" => array::array(self, flat, spot),
            "object" => object::object(self, flat, spot),
            _ => text::text(self, flat, spot).map(Value::String),
        }
    }

    /// An example without the fields that are not sent in this direction.
    fn shown(&self, flat: &Flat, example: Value) -> Value {
        if !example.is_object() && !example.is_array() {
            return example;
        }
        let schema = Value::Object(flat.clone());
        self.schemas.direction().without_hidden(self.schemas.root(), &schema, example)
    }
}

fn examples_of(flat: &Flat) -> impl Iterator<Item = &Value> {
    let examples = flat.get("examples");
    let many: Box<dyn Iterator<Item = &Value>> = match examples {
        Some(Value::Array(values)) => Box::new(values.iter()),
        _ => Box::new(std::iter::empty()),
    };
    flat.get("example")
        .into_iter()
        .chain(many)
        .chain(flat.get("default"))
        .filter(|value| !value.is_null())
}

fn pick_of_enum(flat: &Flat, values: &[Value], spot: &Spot) -> Option<Value> {
    let mut fitting: Vec<&Value> = values.iter().filter(|value| has_type(flat, value)).collect();
    if fitting.iter().any(|value| !value.is_null()) && spot.tries < 2 {
        fitting.retain(|value| !value.is_null());
    }
    let first = usize::try_from(spot.seed.below(fitting.len() as u64)).unwrap_or(0);
    fitting.get((first + spot.tries) % fitting.len().max(1)).map(|value| (*value).clone())
}

/// The types that a value may have, with `null` last.
fn kinds_of(flat: &Flat) -> Cow<'static, [String]> {
    let mut kinds: Vec<String> = match flat.get("type") {
        Some(Value::String(kind)) => vec![kind.clone()],
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => {
            let refused = flat.get("not").map(|not| kinds_of_not(not)).unwrap_or_default();
            match guessed_kind(flat) {
                guessed if refused.contains(&guessed) => KINDS
                    .into_iter()
                    .filter(|kind| !refused.contains(kind))
                    .map(str::to_owned)
                    .collect(),
                guessed => vec![guessed.to_owned()],
            }
        }
    };
    kinds.sort_by_key(|kind| kind == "null");
    Cow::Owned(kinds)
}

const KINDS: [&str; 6] = ["string", "integer", "boolean", "array", "object", "null"];

/// The types that a `not` excludes.
fn kinds_of_not(not: &Value) -> Vec<&str> {
    match not.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn guessed_kind(flat: &Flat) -> &'static str {
    let has = |keys: &[&str]| keys.iter().any(|key| flat.contains_key(*key));
    if has(&[
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "minProperties",
        "propertyNames",
        "dependentRequired",
    ]) {
        "object"
    } else if has(&["items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"]) {
        "array"
    } else if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
        "number"
    } else if has(&["pattern", "format", "minLength", "maxLength"]) {
        "string"
    } else if flat.is_empty() || !has(&["not"]) {
        "any"
    } else {
        "object"
    }
}

fn has_type(flat: &Flat, value: &Value) -> bool {
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => {
            value.is_i64()
                || value.is_u64()
                || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    };
    match flat.get("type") {
        Some(Value::String(kind)) => is(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

/// The fields that a schema names for the object at `pointer`, in its first branches, with their
/// schemas.
pub fn properties(schemas: &Schemas, schema: &Value, pointer: &str) -> Map<String, Value> {
    let mut found = Map::new();
    for number in 0..MAX_CHOICES {
        let mut choice = Choice::new(number);
        if let Some(flat) = flatten::flatten(schemas, schema, &mut choice, &[], &mut Vec::new())
            && let Some(Value::Object(properties)) = flat.get("properties")
        {
            found.extend(properties.iter().map(|(name, schema)| (name.clone(), schema.clone())));
        }
        if number + 1 >= choice.combinations() {
            break;
        }
    }
    match pointer.strip_prefix('/') {
        Some(name) => found
            .get(&name.replace("~1", "/").replace("~0", "~"))
            .map_or_else(Map::new, |inner| properties(schemas, inner, "")),
        None => found,
    }
}
