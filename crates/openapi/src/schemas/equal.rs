//! Equality as in JSON Schema: `1` equals `1.0`, and the order of fields is irrelevant. The cost is
//! counted.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};

use serde_json::{Number, Value};

use super::budget::{Budget, Over};
use super::number;

/// Bytes of text that are compared in one step.
const BYTES_PER_STEP: usize = 256;

pub fn equal(one: &Value, other: &Value, budget: &mut Budget) -> Result<bool, Over> {
    budget.spend(1)?;
    Ok(match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            number::compare(one, other).is_some_and(std::cmp::Ordering::is_eq)
        }
        (Value::String(one), Value::String(other)) => {
            budget.spend((one.len().min(other.len()) / BYTES_PER_STEP) as u64)?;
            one == other
        }
        (Value::Array(one), Value::Array(other)) => {
            if one.len() != other.len() {
                return Ok(false);
            }
            for (one, other) in one.iter().zip(other) {
                if !equal(one, other, budget)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Object(one), Value::Object(other)) => {
            if one.len() != other.len() {
                return Ok(false);
            }
            for (name, one) in one {
                let Some(other) = other.get(name) else { return Ok(false) };
                if !equal(one, other, budget)? {
                    return Ok(false);
                }
            }
            true
        }
        (one, other) => one == other,
    })
}

/// Whether no two items are equal. The hashes have a random key, so that nobody can construct items
/// with equal hashes.
pub fn are_unique(items: &[Value], budget: &mut Budget) -> Result<bool, Over> {
    if items.len() < 2 {
        return Ok(true);
    }
    let keys = RandomState::new();
    let mut seen: HashMap<u64, Vec<&Value>> = HashMap::new();
    for item in items {
        let same = seen.entry(hash(item, &keys, budget)?).or_default();
        for other in same.iter() {
            if equal(item, other, budget)? {
                return Ok(false);
            }
        }
        same.push(item);
    }
    Ok(true)
}

/// Equal values have equal hashes.
fn hash(value: &Value, keys: &RandomState, budget: &mut Budget) -> Result<u64, Over> {
    budget.spend(2)?;
    Ok(match value {
        Value::Null => keys.hash_one(0),
        Value::Bool(flag) => keys.hash_one((1, flag)),
        Value::Number(number) => hash_number(number, keys),
        Value::String(text) => {
            budget.spend((text.len() / BYTES_PER_STEP) as u64)?;
            keys.hash_one((3, text))
        }
        Value::Array(items) => {
            let mut hasher = keys.build_hasher();
            4.hash(&mut hasher);
            for item in items {
                hash(item, keys, budget)?.hash(&mut hasher);
            }
            hasher.finish()
        }
        Value::Object(fields) => {
            // In any order.
            let mut sum = 0_u64;
            for (name, value) in fields {
                sum = sum.wrapping_add(keys.hash_one((name, hash(value, keys, budget)?)));
            }
            keys.hash_one((5, sum))
        }
    })
}

fn hash_number(number: &Number, keys: &RandomState) -> u64 {
    let float = number.as_f64().unwrap_or_default();
    // Equal integers have the same nearest float. Different integers may share it, so they are
    // compared as well.
    keys.hash_one((2, if float == 0.0 { 0 } else { float.to_bits() }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_items_are_found_whatever_they_are() {
        let are_unique = |items: Value| {
            are_unique(items.as_array().expect("a list"), &mut Budget::of_bytes(1_000))
                .expect("within budget")
        };
        assert!(are_unique(
            json!([1, "1", true, null, [], {}, [1], {"a": 1}, 0, false, -1, u64::MAX, u64::MAX - 1])
        ));
        for items in [
            json!([1, 1.0]),
            json!([{"a": 1, "b": 2}, {"b": 2, "a": 1.0}]),
            json!([[0.0], [-0.0]]),
            json!([null, 1, null]),
        ] {
            assert!(!are_unique(items.clone()), "{items}");
        }
    }

    #[test]
    fn a_long_list_costs_what_its_length_is() {
        let items: Vec<Value> = (0..100_000).map(|number| json!([number])).collect();
        let mut budget = Budget::of_bytes(items.len() * 6);
        assert_eq!(super::are_unique(&items, &mut budget), Ok(true));
        assert!(budget.spent() < 10 * items.len() as u64, "{}", budget.spent());
    }
}
