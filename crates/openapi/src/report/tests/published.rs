//! Real documents of many authors: `tests/specs` and `tests/published`.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use flate2::read::GzDecoder;

use super::known::KNOWN;
use super::{LIMIT, Options, Outcome, Report, report};

/// Maximum size of a document that is stored compressed.
const MAX_BYTES: u64 = 64 << 20;

/// The documents by file name, in its order.
fn documents() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let mut documents = Vec::new();
    for folder in ["specs", "published"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let bytes = std::fs::read(&path).expect("a file");
            match path.extension().and_then(std::ffi::OsStr::to_str) {
                Some("json" | "yaml") => documents.push((name, bytes)),
                Some("gz") => {
                    let mut document = Vec::new();
                    let unpacked = GzDecoder::new(bytes.as_slice()).take(MAX_BYTES);
                    { unpacked }.read_to_end(&mut document).expect("gzip");
                    documents.push((name, document));
                }
                _ => assert_eq!(name, "LICENCES.md", "this is not a document"),
            }
        }
    }
    documents.sort();
    documents
}

/// The reports of all documents, made by two threads.
fn reports() -> Vec<(String, Report)> {
    let documents = documents();
    let (waiting, done) = (Mutex::new(documents.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().expect("no panic").next();
                    let Some((name, bytes)) = next else { break };
                    let report = report(&bytes, &Options { clock: &Instant::now, limit: LIMIT });
                    done.lock().expect("no panic").push((name, report));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no panic");
    done.sort_by(|(one, _), (other, _)| one.cmp(other));
    done
}

/// Failures as `document operation check`, each with its first reason.
fn failures(name: &str, report: &Report) -> Vec<(String, String)> {
    let mut failures = Vec::new();
    for operation in &report.operations {
        for (check, outcome) in operation.checks.all() {
            if let Outcome::Failed { reasons } = outcome {
                let place = format!("{name} {} {check}", operation.id);
                failures.push((place, reasons.first().cloned().unwrap_or_default()));
            }
        }
    }
    failures
}

#[test]
fn every_operation_of_every_published_document_works() {
    let known: BTreeSet<&str> =
        KNOWN.iter().flat_map(|(_, places)| places.iter().copied()).collect();
    let (mut operations, mut failed, mut met, mut new) = (0, 0, BTreeSet::new(), Vec::new());
    let reports = reports();
    for (name, report) in &reports {
        println!("{}", report.line(name));
        assert!(report.is_accepted(), "{name} is refused:\n{}", report.text(80));
        for (language, client) in report.clients.all() {
            assert!(client.is_generated(), "{name}: no {language} client");
        }
        assert_eq!(report.counts.skipped, 0, "{name}");
        operations += report.counts.operations;
        failed += report.counts.failed;
        for (place, reason) in failures(name, report) {
            if known.contains(place.as_str()) {
                met.insert(place);
            } else {
                new.push(format!("{place}: {reason}"));
            }
        }
    }
    println!("{} documents, {operations} operations, {failed} with a known failure", reports.len());
    assert!(new.is_empty(), "{} checks fail:\n{}", new.len(), new.join("\n"));
    let fixed: Vec<_> = known.iter().filter(|place| !met.contains(**place)).collect();
    assert!(fixed.is_empty(), "these pass now; remove them from known.rs:\n{fixed:#?}");
    assert!(reports.len() >= 40 && operations > 3_000, "{} documents", reports.len());
}
