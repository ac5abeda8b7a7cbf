use std::path::Path;
use std::time::{Duration, Instant};

use super::Spec;

#[test]
fn real_documents_are_read_without_faults() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/specs");
    let mut counts = Vec::new();
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let begun = Instant::now();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let spec = Spec::read(&std::fs::read(&file).unwrap())
            .unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
        let took = begun.elapsed();
        println!(
            "{name}: {} operations, {} webhooks, {} warnings, {took:?}",
            spec.operations.len(),
            spec.webhooks.len(),
            spec.warnings.len()
        );
        assert!(took < Duration::from_secs(60), "{name} took {took:?}");
        counts.push((name, spec.operations.len()));
    }
    counts.sort();
    let counts: Vec<(&str, usize)> =
        counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    let expected = [
        ("adyen-stored-value-3.1.json", 6),
        ("box-3.0-large.json", 296),
        ("features-3.1.yaml", 3),
        ("oai-3.0-api-with-examples.yaml", 2),
        ("oai-3.0-callback-example.yaml", 1),
        ("oai-3.0-link-example.yaml", 6),
        ("oai-3.0-petstore-expanded.yaml", 4),
        ("oai-3.0-uspto.yaml", 3),
        ("oai-3.1-tictactoe.yaml", 3),
        ("oai-3.1-webhook-example.yaml", 0),
        ("odd-3.0.yaml", 8),
        ("odd-3.1-schemas.yaml", 1),
        ("odd-3.1.yaml", 23),
        ("twilio-events-3.0.json", 22),
    ];
    assert_eq!(counts, expected);
}
