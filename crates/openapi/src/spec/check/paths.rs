//! Paths and their operations: each must have a unique route, a unique id, and a price.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Faults, Version};
use crate::spec::model::{Billable, resolve};
use crate::spec::operations::MAX_OPERATIONS;
use crate::spec::walk::join;
use crate::spec::{methods, template};

type Fields = Map<String, Value>;

pub fn check(root: &Value, version: Version, faults: &mut Faults) {
    let paths = match root.get("paths") {
        Some(Value::Object(paths)) => paths,
        // Reported with all other fields of a wrong type.
        Some(value) if !value.is_null() => return,
        _ if version == Version::V3_0 => {
            return faults.add("", "`paths` is missing: the operations by path and method");
        }
        _ => return,
    };
    let mut all = All { root, version, shapes: HashMap::new(), ids: HashMap::new(), operations: 0 };
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
        all.path(path, item, faults);
    }
    if all.operations > MAX_OPERATIONS {
        faults.add(
            "/paths",
            format!(
                "there are {} operations, more than {MAX_OPERATIONS}: split the document",
                all.operations
            ),
        );
    }
}

/// Data that is compared across all paths.
struct All<'a> {
    root: &'a Value,
    version: Version,
    /// The path that already has a method and form.
    shapes: HashMap<(String, String), &'a str>,
    /// The location at which each operation id was first used.
    ids: HashMap<&'a str, String>,
    operations: usize,
}

impl<'a> All<'a> {
    fn path(&mut self, path: &'a str, written: &'a Value, faults: &mut Faults) {
        let pointer = join("/paths", path);
        let segments = match template::parse(path) {
            Ok(segments) => segments,
            Err(message) => return faults.add(pointer, message),
        };
        let Some(item) = resolve(self.root, written) else { return };
        let names: Vec<&str> = template::names(&segments).collect();
        let shared = self.parameters(item, &pointer, &names, faults);
        let shape = template::shape(path, &segments);
        for declared in methods::declared(written, item) {
            let value = declared.operation;
            let Value::Object(operation) = value else { continue };
            let pointer = pointer.clone() + &declared.steps;
            self.operations += 1;
            if let Some(other) = self.shapes.insert((shape.clone(), declared.method), path) {
                faults.add(
                    &pointer,
                    format!("the path matches the same requests as `{other}`; remove one of them"),
                );
            }
            let own = self.parameters(value, &pointer, &names, faults);
            for name in names.iter().filter(|name| !own.contains(*name) && !shared.contains(*name))
            {
                let message = format!(
                    "the path's parameter `{name}` is not declared; add it to `parameters` with `in: path`"
                );
                faults.add(&pointer, message);
            }
            self.id(operation, &pointer, faults);
            if self.version == Version::V3_0
                && operation.get("responses").is_none_or(Value::is_null)
            {
                faults.add(
                    &pointer,
                    "`responses` is missing: the responses of the operation by status",
                );
            }
            price(operation, &pointer, faults);
            sunset(operation, &pointer, faults);
        }
    }

    /// The names of the path parameters that `owner` declares.
    fn parameters(
        &self,
        owner: &'a Value,
        pointer: &str,
        names: &[&str],
        faults: &mut Faults,
    ) -> HashSet<&'a str> {
        let mut declared = HashSet::new();
        let list = owner.get("parameters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (index, written) in list.iter().enumerate() {
            let Some(parameter) = resolve(self.root, written) else { continue };
            let field = |key| parameter.get(key).and_then(Value::as_str);
            let (Some(name), Some(place)) = (field("name"), field("in")) else { continue };
            let at = || join(&join(pointer, "parameters"), &index.to_string());
            if !declared.insert((place, name)) {
                faults.add(
                    at(),
                    format!("the {place} parameter `{name}` is declared twice; remove one"),
                );
            }
            if place == "path" && !names.contains(&name) {
                faults.add(
                    at(),
                    format!(
                        "the path has no `{{{name}}}`; remove the parameter, or add it to the path"
                    ),
                );
            }
        }
        declared.into_iter().filter(|(place, _)| *place == "path").map(|(_, name)| name).collect()
    }

    fn id(&mut self, operation: &'a Fields, pointer: &str, faults: &mut Faults) {
        match operation.get("operationId") {
            Some(Value::String(id)) if !id.is_empty() => match self.ids.get(id.as_str()) {
                Some(first) => {
                    let shown: String = id.chars().take(80).collect();
                    faults.add(
                        join(pointer, "operationId"),
                        format!("`{shown}` is already the id of {first}; give each operation a different id"),
                    );
                }
                None => {
                    self.ids.insert(id, pointer.to_owned());
                }
            },
            Some(Value::String(_) | Value::Null) | None => {}
            Some(_) => faults.add(join(pointer, "operationId"), "`operationId` is not text"),
        }
    }
}

/// Costs of operations are money, so nothing about them is guessed.
fn price(operation: &Fields, pointer: &str, faults: &mut Faults) {
    let mut units = |key| {
        let value = operation.get(key)?;
        let units = value.as_u64().and_then(|units| u32::try_from(units).ok());
        if units.is_none() {
            faults.add(
                join(pointer, key),
                format!("`{key}` must be a whole number from 0 to {}", u32::MAX),
            );
        }
        units
    };
    let least = units("x-tollgate-units");
    let most = units("x-tollgate-max-units");
    let least = least.unwrap_or(1);
    if let Some(most) = most.filter(|most| *most < least) {
        let message = format!(
            "`x-tollgate-max-units` is {most}, less than the {least} of `x-tollgate-units`"
        );
        faults.add(join(pointer, "x-tollgate-max-units"), message);
    }
    let key = "x-tollgate-billable";
    if operation.get(key).is_some_and(|value| Billable::deserialize(value).is_err()) {
        faults.add(
            join(pointer, key),
            "`x-tollgate-billable` must be `onsuccess`, `always` or `never`",
        );
    }
}

fn sunset(operation: &Fields, pointer: &str, faults: &mut Faults) {
    let Some(value) = operation.get("x-sunset") else { return };
    let is_date = value
        .as_str()
        .is_some_and(|text| text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok());
    if !is_date {
        faults.add(
            join(pointer, "x-sunset"),
            "`x-sunset` must be the day on which the operation is removed, such as `2027-01-31`",
        );
    }
}
