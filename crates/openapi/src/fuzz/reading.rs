//! Reading: any text gives a document or an error, in bounded time.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{SMALL, config};
use crate::spec::{MAX_DOCUMENT, Spec};

/// More than any of these texts takes in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A change of a text: at a place between 0 and 1, some characters are removed and others added.
type Edit = (f64, usize, String);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let added = prop_oneof![
        "[ \\n\\-\\[\\]{}:,&*!|>'\"%@#?0-9a-c~<\\\\\t]{0,6}",
        ".{0,3}",
        proptest::sample::select(vec![
            "&a ",
            "*a",
            "<<: *a",
            "!!binary ",
            "\n---\n",
            "\n...\n",
            "|+\n",
            "? ",
            "{[",
            "\u{feff}",
            "\r\n",
            "0x1f",
            ".inf",
            "1e999",
            "\\ud800",
            "/*",
            "//",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec((0.0..1.0, 0..12_usize, added), 1..6)
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for (place, removed, added) in edits {
        let start = ((letters.len() as f64) * place) as usize;
        let end = (start + removed).min(letters.len());
        letters.splice(start..end, added.chars());
    }
    letters.into_iter().collect()
}

fn read(bytes: &[u8]) -> Result<(), TestCaseError> {
    let begun = Instant::now();
    let read = Spec::read(bytes);
    prop_assert!(begun.elapsed() < PATIENCE, "it took {:?}", begun.elapsed());
    if let Err(faults) = read {
        prop_assert!(!faults.is_empty() && faults.len() <= 100, "{faults:?}");
        prop_assert!(faults.iter().all(|fault| !fault.message.is_empty()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn any_bytes_are_a_document_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..400)
    ) {
        read(&bytes)?;
    }

    #[test]
    fn an_edited_yaml_document_is_a_document_or_an_error(edits in edits()) {
        read(edited(SMALL, &edits).as_bytes())?;
    }

    #[test]
    fn an_edited_json_document_is_a_document_or_an_error(edits in edits()) {
        let root = Spec::read(SMALL.as_bytes()).expect("a document").root;
        read(edited(&root.to_string(), &edits).as_bytes())?;
    }

    #[test]
    fn a_repeated_text_is_read_in_bounded_time(
        text in "[ \\n\\-\\[\\]{}:,&*a!|>'\"?0-9]{1,6}", times in 1..4_000_usize
    ) {
        let text = text.repeat(times);
        prop_assert!(text.len() < MAX_DOCUMENT);
        read(text.as_bytes())?;
    }
}
