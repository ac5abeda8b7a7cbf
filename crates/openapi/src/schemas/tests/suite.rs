//! The JSON Schema Test Suite for draft 2020-12 (`tests-data/README.md`). All results that differ
//! from the suite are listed with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::super::{Schemas, Verdict};
use super::on_a_large_stack;
use super::suite_differences::DIFFERENT;
use crate::spec::{Spec, schemas_in};

const SUITE: &[u8] = include_bytes!("../../../tests-data/json-schema-test-suite.json.gz");

/// Groups of tests by file. Each group has a schema.
fn suite() -> BTreeMap<String, Vec<Value>> {
    let mut text = String::new();
    GzDecoder::new(SUITE).read_to_string(&mut text).expect("gzip");
    serde_json::from_str(&text).expect("JSON")
}

/// The schema as a component, where its references are relative to the document.
fn placed(mut schema: Value) -> Value {
    let mut places = Vec::new();
    schemas_in(&schema, &mut |inner, pointer| {
        if inner.get("$ref").is_some_and(Value::is_string) {
            places.push(format!("{pointer}/$ref"));
        }
    });
    for place in places {
        let Some(Value::String(reference)) = schema.pointer_mut(&place) else { continue };
        if let Some(rest) = reference.strip_prefix('#')
            && (rest.is_empty() || rest.starts_with('/'))
        {
            *reference = format!("#/components/schemas/S{rest}");
        }
    }
    schema
}

/// Whether a schema of the group refers to another one by URI or anchor. Documents are bundled, so
/// their references are JSON pointers, and `$id` has no meaning.
fn refers_by_uri(group: &Value) -> bool {
    let mut refers = false;
    schemas_in(&group["schema"], &mut |inner, _| {
        let reference = inner.get("$ref").and_then(Value::as_str);
        refers |= reference.is_some_and(|text| text != "#" && !text.starts_with("#/"));
    });
    refers
}

/// The tests of a group whose results differ, or the reason why its document is refused.
fn differences(group: &Value) -> Result<Vec<String>, String> {
    let schema = placed(group["schema"].clone());
    let root = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {},
        "components": {"schemas": {"S": schema}}});
    let spec = Spec::from_value(root)
        .map_err(|faults| faults.first().map_or_else(String::new, |one| one.message.clone()))?;
    let schemas = Schemas::of_responses(Arc::new(spec));
    let reference = json!({"$ref": "#/components/schemas/S"});
    let mut different = Vec::new();
    for test in group["tests"].as_array().into_iter().flatten() {
        let verdict = schemas.verdict(&reference, &test["data"]);
        let expected = test["valid"] == true;
        if matches!(verdict, Verdict::Unsaid(_)) || (verdict == Verdict::Valid) != expected {
            let data: String = test["data"].to_string().chars().take(80).collect();
            different.push(format!("{data} is {verdict:?}"));
        }
    }
    Ok(different)
}

#[test]
fn results_are_those_of_the_suite() {
    on_a_large_stack(|| {
        let listed: BTreeSet<(&str, &str)> =
            DIFFERENT.iter().flat_map(|(_, groups)| groups.iter().copied()).collect();
        let (mut agreed, mut not_run) = (0, 0);
        let (mut met, mut new) = (BTreeSet::new(), Vec::new());
        let suite = suite();
        for (file, groups) in &suite {
            for group in groups {
                if refers_by_uri(group) {
                    not_run += 1;
                    continue;
                }
                let name = group["description"].as_str().unwrap_or_default();
                let different = match differences(group) {
                    Ok(different) if different.is_empty() => {
                        agreed += group["tests"].as_array().map_or(0, Vec::len);
                        continue;
                    }
                    Ok(different) => different.join("; "),
                    Err(reason) => format!("refused: {reason}"),
                };
                match listed.get(&(file.as_str(), name)) {
                    Some(known) => drop(met.insert(*known)),
                    None => new.push(format!("(\"{file}\", \"{name}\"): {different}")),
                }
            }
        }
        println!("{agreed} tests agree, {} groups differ, {not_run} are not run", met.len());
        assert!(new.is_empty(), "{} groups differ:\n{}", new.len(), new.join("\n"));
        let agree: Vec<_> = listed.difference(&met).collect();
        assert!(agree.is_empty(), "these agree now; remove them from the list: {agree:#?}");
        assert!(agreed > 1_500 && not_run < 65, "{agreed} agree, {not_run} are not run");
    });
}
