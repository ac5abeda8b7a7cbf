//! `paths: {$ref: …}`: OpenAPI has no references to these objects, but tools follow them.

use std::collections::HashMap;

use serde_json::Value;

use super::Bundler;
use super::visit::At;
use crate::spec::model::MAX_HOPS;
use crate::spec::walk::{Kind, Shape, join};

/// The objects of the root that were in other files, by their pointers.
#[derive(Default)]
pub struct Containers(HashMap<String, (usize, String)>);

impl Containers {
    /// The author's place of the part at `converted`, which is in the object at `around`.
    pub fn place(&self, around: &At, converted: String, key: &str) -> At {
        match self.0.get(&converted) {
            Some((file, pointer)) => At { file: *file, pointer: pointer.clone(), converted },
            None => At { file: around.file, pointer: join(&around.pointer, key), converted },
        }
    }

    fn at(&self, pointer: &str) -> At {
        let root = At::default();
        let (first, rest) = pointer
            .get(1..)
            .and_then(|path| path.split_once('/'))
            .unwrap_or((pointer.get(1..).unwrap_or_default(), ""));
        let at = self.place(&root, join("", first), first);
        if rest.is_empty() { at } else { self.place(&at, pointer.to_owned(), rest) }
    }
}

impl Bundler<'_> {
    /// Writes out the references of the root's own objects.
    pub fn expand(&mut self, root: &mut Value) {
        let Some(fields) = root.as_object() else { return };
        let mut pointers: Vec<String> = fields.keys().map(|key| join("", key)).collect();
        pointers.retain(|pointer| !pointer.starts_with("/x-") && pointer != "/components");
        pointers.push("/components".to_owned());
        let sections = Kind::Components.fields().iter();
        pointers.extend(sections.map(|(section, ..)| join("/components", section)));
        for pointer in pointers {
            for _ in 0..MAX_HOPS {
                let Some(reference) = root.pointer(&pointer).and_then(only_reference) else {
                    break;
                };
                let at = self.containers.at(&pointer);
                match self.loaded.follow(at.file, &reference) {
                    // Within the root, nothing is written out.
                    Ok((0, _)) => break,
                    Ok((file, target)) => {
                        let found =
                            self.loaded.value(file).and_then(|value| value.pointer(&target));
                        let copy = found.map(|found| self.copies.copy(found)).unwrap_or_default();
                        if let Some(value) = root.pointer_mut(&pointer) {
                            *value = copy;
                        }
                        self.is_changed = true;
                        self.places.insert(pointer.clone(), (file, target.clone()));
                        self.containers.0.insert(pointer.clone(), (file, target));
                    }
                    Err(error) => {
                        let fault = error.placed(&join(&at.pointer, "$ref"));
                        self.faults.push((at.file, fault));
                        break;
                    }
                }
            }
        }
    }

    /// Components that only refer to another file give their names to its parts.
    pub fn name_components(&mut self, root: &mut Value) {
        let sections: Vec<(String, Kind)> = self.sections();
        for (section, kind) in sections {
            self.names.take(&section, root);
            let Some(Value::Object(named)) = root.pointer(&section) else { continue };
            let references: Vec<(String, String)> = named
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), only_reference(value)?)))
                .collect();
            let at = self.containers.at(&section);
            for (name, reference) in references {
                // Errors are reported when the document is visited.
                let Ok((file, pointer)) = self.loaded.follow(at.file, &reference) else { continue };
                if file == 0 || self.parts.contains_key(&(file, pointer.clone(), kind)) {
                    continue;
                }
                self.part(file, pointer, kind, section.clone(), name.clone());
                if let Some(value) = root.pointer_mut(&join(&section, &name)) {
                    *value = Value::Null;
                }
            }
        }
    }

    /// The sections of components, with the kind of their parts.
    fn sections(&self) -> Vec<(String, Kind)> {
        if self.is_swagger2 {
            return vec![
                ("/definitions".to_owned(), Kind::Schema),
                ("/parameters".to_owned(), Kind::Parameter),
                ("/responses".to_owned(), Kind::Response),
            ];
        }
        let sections = Kind::Components.fields().iter();
        sections
            .filter(|(_, shape, kind)| *shape == Shape::Map && kind.can_be_reference())
            .map(|(section, _, kind)| (join("/components", section), *kind))
            .collect()
    }

    /// The section for parts of a kind.
    pub fn section(&self, kind: Kind) -> Option<String> {
        self.sections().into_iter().find(|(_, of)| *of == kind).map(|(section, _)| section)
    }
}

/// The reference of an object that has nothing else.
fn only_reference(value: &Value) -> Option<String> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    fields.get("$ref")?.as_str().map(str::to_owned)
}
