use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::faults;
use crate::mock::Seed;
use crate::mock::generate::generate;
use crate::schemas::Schemas;
use crate::spec::Spec;

/// The real documents of the tests.
pub fn documents() -> Vec<(String, Arc<Spec>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/specs");
    let mut documents: Vec<_> = std::fs::read_dir(folder)
        .expect("tests/specs")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let spec = Spec::read(&std::fs::read(&path).expect("readable"))
                .unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            (name, Arc::new(spec))
        })
        .collect();
    documents.sort_by(|(one, _), (other, _)| one.cmp(other));
    documents
}

#[test]
fn every_declared_json_response_can_be_generated_and_is_valid() {
    let mut none = BTreeSet::new();
    for (name, spec) in documents() {
        let schemas = Schemas::of_responses(Arc::clone(&spec));
        let (mut answers, mut valid, mut worst) = (0, 0, Duration::ZERO);
        let unread = schemas.problems();
        println!("{name}: {unread:?}");
        let started = Instant::now();
        for operation in &spec.operations {
            for response in &operation.responses {
                for media in
                    response.content.iter().filter(|media| media.content_type.contains("json"))
                {
                    answers += 1;
                    let place = format!("{name} {} {}", operation.id, response.status);
                    let start = Instant::now();
                    let made =
                        generate(&schemas, &media.schema, Seed::of(&[operation.id.as_bytes()]));
                    worst = worst.max(start.elapsed());
                    match made {
                        Some(made) => {
                            assert_eq!(
                                faults(&schemas, &media.schema, &made),
                                Vec::<String>::new(),
                                "{place}"
                            );
                            valid += 1;
                        }
                        None => {
                            none.insert(place);
                        }
                    }
                }
            }
        }
        println!(
            "{name}: {} operations, {answers} answers, {valid} valid; {:?} in all, slowest {worst:?}",
            spec.operations.len(),
            started.elapsed()
        );
    }
    assert!(none.is_empty(), "nothing made: {none:#?}");
}
