//! Runs the checks of a document that was read.

use std::collections::HashSet;
use std::sync::Arc;

use super::model::{Checks, Client, Counts, OperationReport, Outcome, Report, Times};
use super::requests::{self, Sent};
use super::{Options, response, since};
use crate::clients::{self, ClientInfo, File, TooLarge};
use crate::samples;
use crate::schemas::{Budget, Schemas, Unsaid, with_budget, within_task};
use crate::spec::{Fault, Operation, Routes, Spec};
use crate::validate::{Checked, Validator};

/// What all checks of a document use.
struct Subject {
    validator: Validator,
    responses: Schemas,
    routes: Routes,
}

pub fn examine(spec: &Arc<Spec>, options: &Options) -> Report {
    let subject = Subject {
        validator: Validator::new(Arc::clone(spec)),
        responses: Schemas::of_responses(Arc::clone(spec)),
        routes: Routes::new(spec),
    };
    let mut times = Times::default();
    let begun = (options.clock)();
    let mut operations = Vec::new();
    for operation in &spec.operations {
        let start = (options.clock)();
        if start.saturating_duration_since(begun) > options.limit {
            break;
        }
        operations.push(subject.operation(operation));
        let took = since(options, start);
        if times.slowest.as_ref().is_none_or(|(_, slowest)| took > *slowest) {
            times.slowest = Some((operation.id.clone(), took));
        }
    }
    times.operations_ms = since(options, begun);

    let info = ClientInfo {
        product_id: "api".to_owned(),
        base_url: "https://api.example".to_owned(),
        version: spec.version.clone(),
    };
    let begun = (options.clock)();
    let typescript = client(&clients::typescript(spec, &info));
    times.typescript_ms = since(options, begun);
    let begun = (options.clock)();
    let python = client(&clients::python(spec, &info));
    times.python_ms = since(options, begun);

    let named = spec.root.pointer("/components/schemas").and_then(serde_json::Value::as_object);
    Report {
        title: spec.title.clone(),
        version: spec.version.clone(),
        openapi: spec.openapi.clone(),
        counts: Counts {
            bytes: 0,
            operations: spec.operations.len(),
            schemas: named.map_or(0, serde_json::Map::len),
            webhooks: spec.webhooks.len(),
            failed: operations.iter().filter(|operation| operation.is_failed()).count(),
            skipped: spec.operations.len() - operations.len(),
            more_warnings: spec.more_warnings,
        },
        faults: Vec::new(),
        warnings: warnings(&subject.responses),
        operations,
        clients: super::Clients { typescript, python },
        times,
    }
}

/// Those of the document, then keywords that cannot be read: what they restrict is not checked.
fn warnings(schemas: &Schemas) -> Vec<Fault> {
    let warning = |problem: crate::schemas::Problem| Fault {
        pointer: problem.pointer,
        line: None,
        message: problem.message,
    };
    let mut warnings = schemas.spec().warnings.clone();
    let known: HashSet<String> = warnings.iter().map(|warning| warning.pointer.clone()).collect();
    let unread = schemas.problems().into_iter().map(warning);
    warnings.extend(unread.filter(|unread| !known.contains(&unread.pointer)));
    warnings
}

fn client(files: &Result<Vec<File>, TooLarge>) -> Client {
    match files {
        Ok(files) => Client::Generated { bytes: files.iter().map(|(_, text)| text.len()).sum() },
        Err(TooLarge) => Client::TooLarge,
    }
}

impl Subject {
    fn operation(&self, operation: &Operation) -> OperationReport {
        let schemas = self.validator.schemas();
        let variants = within_task(|| {
            [
                operation.clone(),
                requests::minimal(schemas, operation),
                requests::full(schemas, operation),
            ]
        });
        let sent = variants.map(|variant| {
            let sample = within_task(|| samples::request(schemas, &variant, ""));
            self.routed(operation, requests::sent(&sample))
        });
        let [sample, minimal, full] = sent.each_ref().map(|sent| match sent {
            Ok(sent) => self.request(operation, sent),
            Err(outcome) => outcome.clone(),
        });
        let mock = match sent.iter().flatten().next() {
            Some(sent) => response::check(&self.responses, operation, sent),
            None => Outcome::NotChecked { reason: "no request was built".to_owned() },
        };
        OperationReport {
            id: operation.id.clone(),
            method: operation.method.clone(),
            path: operation.path.clone(),
            pointer: operation.pointer.clone(),
            checks: Checks { sample, minimal, full, mock },
        }
    }

    /// The request with the parameters of its path. `Err` with the outcome of a request that
    /// reaches no operation.
    fn routed(&self, operation: &Operation, sent: Result<Sent, String>) -> Result<Sent, Outcome> {
        let sent = sent.map_err(|reason| Outcome::of(vec![reason]))?;
        let Ok(found) = self.routes.find(&operation.method, &sent.path) else {
            return Err(Outcome::of(vec![format!("no operation has the path {}", sent.path)]));
        };
        let reached = self.responses.spec().operations.get(found.operation);
        let reaches = reached.map(|other| other.id.clone()).filter(|id| *id != operation.id);
        Ok(Sent { path_params: found.params, reaches, ..sent })
    }

    /// Whether the validator finds no errors in a request.
    fn request(&self, operation: &Operation, sent: &Sent) -> Outcome {
        if let Some(other) = &sent.reaches {
            let reason = format!("{other} responds to {}", sent.path);
            return Outcome::NotChecked { reason };
        }
        let call = Checked {
            path_params: &sent.path_params,
            query: sent.query.as_deref(),
            headers: &sent.headers,
            body: sent.body(),
        };
        let found = with_budget(Budget::of_bytes(sent.bytes.len()), || {
            self.validator.validate(operation, &call)
        });
        if !found.faults.is_empty() {
            let reason = |fault: &tollgate_types::error::FieldError| {
                format!("{}: {}", fault.location, fault.message)
            };
            return Outcome::of(found.faults.iter().map(reason).collect());
        }
        match found.unsaid.first() {
            Some((location, why)) => Outcome::NotChecked { reason: unsaid(location, *why) },
            None => Outcome::Passed,
        }
    }
}

pub fn unsaid(location: &str, why: Unsaid) -> String {
    match why {
        Unsaid::Unreadable => format!("{location}: the schema has a keyword that cannot be read"),
        Unsaid::OverBudget => format!("{location}: the check exceeds its budget"),
    }
}
