//! Readable names for components, made of the names that they have in their files.

use std::collections::HashMap;

use serde_json::Value;

use crate::spec::component_names::Names;

/// The names in use, by section: `/components/schemas`.
#[derive(Default)]
pub struct Sections(HashMap<String, Names>);

impl Sections {
    /// Marks the names of a section of the root as used.
    pub fn take(&mut self, section: &str, root: &Value) {
        let names = self.0.entry(section.to_owned()).or_default();
        let named = root.pointer(section).and_then(Value::as_object).into_iter().flatten();
        named.for_each(|(name, _)| {
            names.take(name);
        });
    }

    /// The name of a part: `Pet` for `pets.yaml#/Pet`, `pet` for `schemas/pet.yaml`, and with the
    /// file's name if that is in use.
    pub fn name(&mut self, section: &str, path: &str, pointer: &str) -> String {
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or(file);
        let last =
            pointer.rsplit('/').next().map(|step| step.replace("~1", "/").replace("~0", "~"));
        let last = last.filter(|last| !last.is_empty());
        let is_name = last.as_ref().is_none_or(|last| {
            !last.bytes().all(|byte| byte.is_ascii_digit())
                && !matches!(last.as_str(), "items" | "schema" | "additionalProperties")
        });
        let long = format!("{stem}{}", pointer.replace("~1", "_").replace('/', "_"));
        let names = self.0.entry(section.to_owned()).or_default();
        match last {
            None => names.first(&[stem, path]),
            Some(last) if is_name => names.first(&[&last, &format!("{stem}_{last}")]),
            Some(_) => names.first(&[&long]),
        }
    }
}
