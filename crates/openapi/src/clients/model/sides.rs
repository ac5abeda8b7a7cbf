//! Which schemas differ between requests and responses, because they or schemas that they refer to
//! have fields with `readOnly` or `writeOnly`.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::family::Family;
use super::tables::{components, reference};
use crate::spec::{Spec, schemas_in};

/// Maximum number of schemas that are visited. The targets of references can overlap.
const MAX_STEPS: usize = 5_000_000;

/// The pointers of these schemas. `None` if there are too many schemas.
pub fn differing(spec: &Spec, family: &Family) -> Option<HashSet<String>> {
    let mut open: Vec<String> = components(spec).map(|(_, pointer, _)| pointer).collect();
    let mut known: HashSet<String> = open.iter().cloned().collect();
    let mut users: HashMap<String, Vec<String>> = HashMap::new();
    let (mut marked, mut fields, mut steps) = (Vec::new(), Vec::new(), 0_usize);
    while let Some(pointer) = open.pop() {
        let Some(schema) = spec.root.pointer(&pointer) else { continue };
        let (mut targets, mut is_marked, mut is_field) = (Vec::new(), false, false);
        schemas_in(schema, &mut |schema, place| {
            steps += 1;
            let has_mark = ["readOnly", "writeOnly"]
                .into_iter()
                .any(|key| schema.get(key) == Some(&Value::Bool(true)));
            // A mark on the whole schema concerns the fields that have it.
            is_marked |= has_mark && !place.is_empty();
            is_field |= has_mark && place.is_empty();
            targets.extend(reference(spec, schema));
        });
        if steps > MAX_STEPS {
            return None;
        }
        if is_marked {
            marked.push(pointer.clone());
        }
        if is_field {
            fields.push(pointer.clone());
        }
        for target in targets {
            if known.insert(target.clone()) {
                open.push(target.clone());
            }
            users.entry(target).or_default().push(pointer.clone());
        }
    }
    for (base, member) in family.relations() {
        users.entry(member.to_owned()).or_default().push(base.to_owned());
    }
    for field in fields {
        marked.extend(users.get(&field).into_iter().flatten().cloned());
    }
    let mut differing = HashSet::new();
    while let Some(pointer) = marked.pop() {
        if differing.insert(pointer.clone()) {
            marked.extend(users.get(&pointer).into_iter().flatten().cloned());
        }
    }
    Some(differing)
}
