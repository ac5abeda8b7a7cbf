//! Arrays.

use serde_json::{Value, json};

use super::object::count;
use super::{Flat, Run, Spot};

/// Maximum number of items in a generated array.
const MAX_ITEMS: usize = 1_000;
/// How often an item is generated again because the array already contains it.
const MAX_SAME: usize = 20;

pub fn array(run: &Run, flat: &Flat, spot: &Spot) -> Option<Value> {
    let least = count(flat, "minItems").unwrap_or(0);
    let most = count(flat, "maxItems").unwrap_or(MAX_ITEMS);
    if least > MAX_ITEMS || least > most {
        return None;
    }
    let prefix = flat.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let contained =
        flat.get("contains").map(|contains| (contains, count(flat, "minContains").unwrap_or(1)));
    let wanted_contained = contained.map_or(0, |(_, least)| least);
    let usual =
        if run.is_rich(spot) { prefix.len().max(if spot.depth < 2 { 2 } else { 1 }) } else { 0 };
    let length = least.max(usual).max(wanted_contained).min(most);

    let rest = flat.get("items").cloned().unwrap_or(Value::Bool(true));
    let is_unique = flat.get("uniqueItems") == Some(&Value::Bool(true));
    let mut items: Vec<Value> = Vec::new();
    for index in 0..length {
        let base = prefix.get(index).unwrap_or(&rest);
        // Items for `contains` are placed at the end, where no other schema applies.
        let schema = match contained {
            Some((contains, _)) if index + wanted_contained >= length => {
                json!({ "allOf": [base, contains] })
            }
            _ => base.clone(),
        };
        match item(run, &schema, spot, index, is_unique.then_some(&items)) {
            Some(value) => items.push(value),
            None if index >= least.max(wanted_contained) => break,
            None => return None,
        }
    }
    Some(Value::Array(items))
}

fn item(
    run: &Run,
    schema: &Value,
    spot: &Spot,
    index: usize,
    others: Option<&Vec<Value>>,
) -> Option<Value> {
    let singular = spot.name.strip_suffix('s').unwrap_or(&spot.name).to_owned();
    for nonce in 0..MAX_SAME {
        // An example is the same each time.
        let spot = Spot {
            name: singular.clone(),
            fresh: spot.fresh || nonce > 0 || (index > 0 && others.is_some()),
            ..spot.item(index, nonce)
        };
        let value = run.value(schema, &spot)?;
        if others.is_none_or(|others| !others.contains(&value)) {
            return Some(value);
        }
    }
    None
}
