//! The effects of a new version of a document on clients of the old one.

mod calls;
mod schemas;
mod view;

use std::collections::HashMap;

use super::model::{Operation, Spec};
use super::template;

/// Maximum number of changes that are listed.
const MAX_CHANGES: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// A correct call can now fail, cost more, or get a response that its client does not expect.
    Breaking,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    pub kind: ChangeKind,
    /// The id of the operation in the old document. `None` if the old document does not have it.
    pub operation: Option<String>,
    /// Its location: in the new document, or in the old one if the part was removed.
    pub pointer: String,
    pub message: String,
}

/// All changes that a client could notice, breaking ones first, then in the order of the old
/// document's operations. Texts are not compared.
pub fn diff(old: &Spec, new: &Spec) -> Vec<Change> {
    let mut changes = Changes::default();
    let by_route: HashMap<_, _> =
        new.operations.iter().map(|operation| (route(operation), operation)).collect();
    let mut compare = schemas::Compare::new(old, new);
    for (index, operation) in old.operations.iter().enumerate() {
        changes.at(index, Some(&operation.id));
        match by_route.get(&route(operation)) {
            Some(now) => calls::compare(operation, now, &mut compare, &mut changes),
            None => gone(operation, new, &mut changes),
        }
    }
    let before: HashMap<_, _> =
        old.operations.iter().map(|operation| (route(operation), ())).collect();
    changes.at(usize::MAX, None);
    for operation in
        new.operations.iter().filter(|operation| !before.contains_key(&route(operation)))
    {
        let message =
            format!("`{}` ({} {}) is new", operation.id, operation.method, operation.path);
        changes.add(ChangeKind::Other, &operation.pointer, message);
    }
    for name in old.webhooks.iter().filter(|name| !new.webhooks.contains(name)) {
        changes.add(
            ChangeKind::Breaking,
            "/webhooks",
            format!("the webhook `{name}` is no longer sent"),
        );
    }
    for name in new.webhooks.iter().filter(|name| !old.webhooks.contains(name)) {
        changes.add(ChangeKind::Other, "/webhooks", format!("the webhook `{name}` is new"));
    }
    if compare.is_tired() {
        changes.add(
            ChangeKind::Other,
            "",
            "the documents are so large that not all of their schemas were compared".to_owned(),
        );
    }
    changes.sorted()
}

/// The route of a request, in which names of path parameters are irrelevant.
fn route(operation: &Operation) -> (String, &str) {
    let shape = template::parse(&operation.path)
        .map(|segments| template::shape(&operation.path, &segments));
    (shape.unwrap_or_default(), &operation.method)
}

fn gone(operation: &Operation, new: &Spec, changes: &mut Changes) {
    match new.operation(&operation.id) {
        Some(now) => {
            let message = format!(
                "`{} {}` is now `{} {}`: calls to the old path are no longer found",
                operation.method, operation.path, now.method, now.path
            );
            changes.add(ChangeKind::Breaking, &now.pointer, message);
        }
        None => {
            let message = format!("`{} {}` is removed", operation.method, operation.path);
            changes.add(ChangeKind::Breaking, &operation.pointer, message);
        }
    }
}

/// The changes so far, and the operation of the next ones.
#[derive(Default)]
struct Changes {
    found: Vec<(usize, Change)>,
    index: usize,
    operation: Option<String>,
}

impl Changes {
    fn at(&mut self, index: usize, operation: Option<&str>) {
        self.index = index;
        self.operation = operation.map(str::to_owned);
    }

    fn add(&mut self, kind: ChangeKind, pointer: &str, message: String) {
        // Less important changes are limited first.
        let limit = if kind == ChangeKind::Breaking { 2 * MAX_CHANGES } else { MAX_CHANGES };
        if self.found.len() < limit {
            let change = Change {
                kind,
                operation: self.operation.clone(),
                pointer: pointer.to_owned(),
                message,
            };
            self.found.push((self.index, change));
        }
    }

    fn len(&self) -> usize {
        self.found.len()
    }

    fn sorted(mut self) -> Vec<Change> {
        self.found.sort_by_key(|(index, change)| (change.kind, *index));
        self.found.into_iter().map(|(_, change)| change).take(MAX_CHANGES).collect()
    }
}
