//! Paths and their operations: each must have a unique route, a unique id, and a price.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::findings::{Findings, shown};
use super::ids;
use super::repair::Repair;
use super::version::Version;
use crate::spec::model::{Billable, resolve};
use crate::spec::operations::MAX_OPERATIONS;
use crate::spec::walk::join;
use crate::spec::{methods, template};

type Fields = Map<String, Value>;

pub fn check(root: &Value, version: Version, found: &mut Findings) {
    let paths = match root.get("paths") {
        Some(Value::Object(paths)) => paths,
        // Reported with all other fields of a wrong type.
        Some(value) if !value.is_null() => return,
        _ if version == Version::V3_0 => {
            let message = "`paths` is missing: the operations by path and method; the document is \
                           read without operations; add them";
            return found.correct("", message, "/paths", Repair::Put(json!({})));
        }
        _ => return,
    };
    let mut all = All {
        root,
        paths,
        version,
        shapes: HashMap::new(),
        ids: ids::All::default(),
        operations: 0,
    };
    let mut unreadable = 0;
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
        all.path(path, item, found);
        unreadable += usize::from(resolve(root, item).is_none());
    }
    if unreadable > 0 && all.operations == 0 {
        let message = "no path can be read: what they refer to does not exist in this document; \
                       put all parts into one document (bundle it)";
        found.refuse("/paths", message);
    }
    all.ids.distinguish(found);
    if all.operations > MAX_OPERATIONS {
        found.refuse(
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
    paths: &'a Fields,
    version: Version,
    /// The path that already has a method and form.
    shapes: HashMap<(String, String), &'a str>,
    ids: ids::All<'a>,
    operations: usize,
}

impl<'a> All<'a> {
    fn path(&mut self, path: &'a str, written: &'a Value, found: &mut Findings) {
        let pointer = join("/paths", path);
        let (fixed, segments) = match template::correct(path)
            .and_then(|fixed| template::parse(&fixed).map(|segments| (fixed, segments)))
        {
            Ok(read) => read,
            Err(message) => return found.refuse(pointer, message),
        };
        if fixed != path {
            let message = if self.paths.contains_key(fixed.as_ref()) {
                return found.refuse(
                    pointer,
                    format!("the path is the same as `{}`; merge them", shown(&fixed)),
                );
            } else if path.starts_with('/') {
                format!(
                    "a parameter is in the path twice; the path is read as `{}`; name each \
                     parameter differently",
                    shown(&fixed)
                )
            } else {
                format!("a path must begin with `/`; it is read as `{}`; add `/`", shown(&fixed))
            };
            found.replace(&pointer, message, Repair::Rename(fixed.to_string()));
        }
        let Some(item) = resolve(self.root, written) else { return };
        let names: Vec<&str> = template::names(&segments).collect();
        let shared = self.parameters(item, &pointer, &names, found);
        let shape = template::shape(&fixed, &segments);
        for declared in methods::declared(written, item) {
            let (method, value) = (declared.method, declared.operation);
            let Value::Object(operation) = value else { continue };
            let pointer = pointer.clone() + &declared.steps;
            self.operations += 1;
            if let Some(other) = self.shapes.get(&(shape.clone(), method.clone())) {
                let message = format!(
                    "the path matches the same requests as `{}`, which is served; this operation \
                     is left out; remove one of them",
                    shown(other)
                );
                found.replace(&pointer, message, Repair::Remove);
                continue;
            }
            self.shapes.insert((shape.clone(), method.clone()), path);
            let own = self.parameters(value, &pointer, &names, found);
            for name in names.iter().filter(|name| !own.contains(*name) && !shared.contains(*name))
            {
                undeclared(name, &pointer, found);
            }
            self.ids.add(operation.get("operationId"), method, path, &pointer, found);
            self.responses(operation, &pointer, found);
            price(operation, &pointer, found);
            sunset(operation, &pointer, found);
        }
    }

    /// The names of the path parameters that `owner` declares.
    fn parameters(
        &self,
        owner: &'a Value,
        pointer: &str,
        names: &[&str],
        found: &mut Findings,
    ) -> HashSet<&'a str> {
        let mut declared = HashSet::new();
        let list = owner.get("parameters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (index, written) in list.iter().enumerate() {
            let Some(parameter) = resolve(self.root, written) else { continue };
            let field = |key| parameter.get(key).and_then(Value::as_str);
            let (Some(name), Some(place)) = (field("name"), field("in")) else { continue };
            let at = || join(&join(pointer, "parameters"), &index.to_string());
            if !declared.insert((place, name)) {
                let message = format!(
                    "the {} parameter `{}` is declared twice; the last declaration counts; remove \
                     one",
                    shown(place),
                    shown(name)
                );
                found.warn(at(), message);
            }
            if place == "path" && !names.contains(&name) {
                let name = shown(name);
                let message = format!(
                    "the path has no `{{{name}}}`; the parameter is ignored; remove it, or add it \
                     to the path"
                );
                found.warn(at(), message);
            }
        }
        declared.into_iter().filter(|(place, _)| *place == "path").map(|(_, name)| name).collect()
    }

    fn responses(&self, operation: &Fields, pointer: &str, found: &mut Findings) {
        let problem = match operation.get("responses") {
            // A reference that leads nowhere has its own warning.
            None | Some(Value::Null) if operation.contains_key("$ref") => return,
            None | Some(Value::Null) if self.version == Version::V3_0 => "is missing",
            Some(Value::Object(responses)) if responses.is_empty() => "is empty",
            _ => return,
        };
        let message = format!(
            "`responses` {problem}; every response is allowed, and the mock returns 200 without a \
             body; add the responses of the operation by status"
        );
        found.warn(pointer, message);
    }
}

fn undeclared(name: &str, pointer: &str, found: &mut Findings) {
    let message = format!(
        "the path's parameter `{}` is not declared; it is read as a required string; add it to \
         `parameters` with `in: path`",
        shown(name)
    );
    let parameter =
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
    found.correct(pointer, message, join(pointer, "parameters"), Repair::Append(parameter));
}

/// Costs of operations are money, so nothing about them is guessed.
fn price(operation: &Fields, pointer: &str, found: &mut Findings) {
    let mut units = |key| {
        let value = operation.get(key)?;
        let units = value.as_u64().and_then(|units| u32::try_from(units).ok());
        if units.is_none() {
            found.refuse(
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
        found.refuse(join(pointer, "x-tollgate-max-units"), message);
    }
    let key = "x-tollgate-billable";
    if operation.get(key).is_some_and(|value| Billable::deserialize(value).is_err()) {
        found.refuse(
            join(pointer, key),
            "`x-tollgate-billable` must be `onsuccess`, `always` or `never`",
        );
    }
}

fn sunset(operation: &Fields, pointer: &str, found: &mut Findings) {
    let Some(value) = operation.get("x-sunset") else { return };
    let is_date = value
        .as_str()
        .is_some_and(|text| text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok());
    if !is_date {
        found.refuse(
            join(pointer, "x-sunset"),
            "`x-sunset` must be the day on which the operation is removed, such as `2027-01-31`",
        );
    }
}
