//! Finds the root document among files.

use super::files::Files;
use super::path;
use crate::spec::model::Fault;
use crate::spec::read::Source;

/// Names of root documents, the usual ones first.
const NAMES: [&str; 6] =
    ["openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.yml", "swagger.json"];
/// Maximum number of files that are read to find the root.
const MAX_READ: usize = 50;

/// The path of the root document: `openapi.yaml` or the like, or the only document in the topmost
/// folder that has `openapi` or `swagger`. Other folders are only looked into if those above have
/// no document.
///
/// # Errors
/// Fails if there is none, or more than one.
pub fn find_root<'p>(
    paths: impl IntoIterator<Item = &'p str>,
    files: &mut dyn Files,
) -> Result<String, Fault> {
    let mut candidates: Vec<String> =
        paths.into_iter().filter_map(path::normalised).filter(|path| is_document(path)).collect();
    candidates.sort_by_key(|path| (depth(path), path.clone()));
    candidates.dedup();
    let named = NAMES.iter().enumerate().filter_map(|(rank, name)| {
        let path = candidates.iter().find(|path| path.rsplit('/').next() == Some(name))?;
        Some((depth(path), rank, path))
    });
    if let Some((.., path)) = named.min() {
        return Ok(path.clone());
    }
    let mut found: Vec<&String> = Vec::new();
    for path in candidates.iter().take(MAX_READ) {
        if found.first().is_some_and(|first| depth(first) < depth(path)) {
            break;
        }
        let has_version = files.load(path).is_ok_and(|bytes| {
            Source::read(&bytes).is_ok_and(|source| {
                ["openapi", "swagger"].iter().any(|key| source.value.get(key).is_some())
            })
        });
        if has_version {
            found.push(path);
        }
    }
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(fault(
            "no file is an OpenAPI document: name the root document `openapi.yaml`".to_owned(),
        )),
        [first, second, ..] => Err(fault(format!(
            "`{first}` and `{second}` are both OpenAPI documents; name the root document \
             `openapi.yaml`, or import one of them"
        ))),
    }
}

fn depth(path: &str) -> usize {
    path.matches('/').count()
}

/// JSON or YAML that is not hidden, and not what macOS adds to archives.
fn is_document(path: &str) -> bool {
    let is_hidden = path.split('/').any(|step| step.starts_with('.') || step == "__MACOSX");
    let lower = path.to_ascii_lowercase();
    !is_hidden && [".yaml", ".yml", ".json"].iter().any(|end| lower.ends_with(end))
}

fn fault(message: String) -> Fault {
    Fault::at("", message)
}
