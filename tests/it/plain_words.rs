//! The words of pages, mails and errors: plain English, without the idioms of the first texts.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::sources;

/// Sources whose texts people read.
const ROOTS: [&str; 8] = [
    "src/pages",
    "src/components",
    "src/web",
    "src/cli",
    "crates/server/src",
    "crates/proxy/src",
    "crates/types/src",
    "crates/openapi/src",
];

/// Phrases that no text may have, each with what to write instead.
const FORBIDDEN: [(&str, &str); 26] = [
    ("reckon", "calculate"),
    ("mend ", "fix"),
    ("mend.", "fix"),
    ("begins anew", "resets"),
    ("begin anew", "reset"),
    ("holds at once", "takes effect immediately"),
    ("hold at once", "take effect immediately"),
    ("In force", "Active"),
    ("in force", "active"),
    ("is told", "is notified"),
    ("are told", "are notified"),
    ("it stands here", "is listed here"),
    ("stands in the", "is shown in the"),
    ("fits this filter", "matches this filter"),
    ("Loosen it", "Remove a condition"),
    ("beyond them", "of overage"),
    ("a month.", "per month"),
    ("the dearest", "the highest amount"),
    ("is best ", "should be"),
    ("is no text", "is not text"),
    ("is no object", "is not an object"),
    ("nobody knows", "it is unknown"),
    ("overage after them", "billed as overage"),
    ("tighten the", "the lower limit applies"),
    ("Leave empty for none", "name what is left out"),
    ("Hidden:", "Private:"),
];

/// Whole texts that are forbidden, because the word is correct within sentences.
const FORBIDDEN_WHOLE: [&str; 4] = ["Together", "Reckon", "Under way.", "A month"];

/// The string literals of a line that is not a comment.
fn literals(line: &str) -> Vec<String> {
    if line.trim_start().starts_with("//") {
        return Vec::new();
    }
    let (mut found, mut current, mut escaped) = (Vec::new(), None::<String>, false);
    for c in line.chars() {
        match (&mut current, c) {
            (None, '"') => current = Some(String::new()),
            (Some(text), _) if escaped => {
                text.push(c);
                escaped = false;
            }
            (Some(_), '\\') => escaped = true,
            (Some(text), '"') => {
                found.push(std::mem::take(text));
                current = None;
            }
            (Some(text), _) => text.push(c),
            (None, _) => {}
        }
    }
    found.extend(current);
    found
}

/// Whether `phrase` is in a text at the start of a word: to recommend is not to mend.
fn has(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| !text[..at].ends_with(char::is_alphabetic))
}

/// The faults of a text: each forbidden phrase in it, with what to write instead.
fn faults(text: &str) -> Vec<String> {
    // Names and paths are not prose.
    if !text.contains(' ') && !FORBIDDEN_WHOLE.contains(&text) {
        return Vec::new();
    }
    let phrases = FORBIDDEN
        .iter()
        .filter(|(phrase, _)| has(text, phrase))
        .map(|(phrase, instead)| format!("“{phrase}” (write: {instead})"));
    let whole = FORBIDDEN_WHOLE
        .iter()
        .filter(|whole| text == **whole)
        .map(|whole| format!("“{whole}” as a text of its own"));
    phrases.chain(whole).collect()
}

#[test]
fn forbidden_words_are_seen_in_texts_and_not_in_comments_or_names() {
    let seen = |line: &str| literals(line).iter().flat_map(|text| faults(text)).count();
    assert_eq!(seen(r#"<Empty title="No event fits this filter" text="Loosen it." />"#), 2);
    assert_eq!(seen(r#"    "Choose a larger plan, which holds at once.";"#), 1);
    assert_eq!(seen(r#"<th scope="row">"Together"</th>"#), 1);
    assert_eq!(seen(r#"/// A plan that "holds at once"."#), 0);
    assert_eq!(seen(r#"let path = "schemas/mend.rs";"#), 0);
    assert_eq!(seen(r#""We recommend to retry.""#), 0);
    assert_eq!(seen(r#"format!("escaped \" quote, in force")"#), 1);
}

/// Nouns that texts count.
const COUNTED: &str = "attempts bytes calls days deliveries endpoints errors events hours keys members minutes months operations \
                       organisations products records requests scopes seconds units versions";

/// Whether a text puts a number before a noun that is always plural: `{count} calls`, which says “1
/// calls” for one. Names in capitals are constants, and a maximum is never one.
fn counts_without_plural(text: &str) -> bool {
    text.match_indices("} ").any(|(at, _)| {
        let after = &text[at + 2..];
        let noun = &after[..after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len())];
        let Some((before, name)) = text[..at].rsplit_once('{') else { return false };
        let is_constant = name.starts_with(|c: char| c.is_ascii_uppercase());
        let is_maximum = ["at most ", "more than ", "there are ", "the document has "]
            .iter()
            .any(|word| before.ends_with(word));
        COUNTED.split(' ').any(|counted| counted == noun) && !is_constant && !is_maximum
    })
}

#[test]
fn a_number_before_a_fixed_plural_is_seen() {
    for text in [
        "{} calls",
        "and {} units of overage",
        "Try again in {seconds} seconds.",
        "{:>4} members  {}",
    ] {
        assert!(counts_without_plural(text), "{text}");
    }
    for text in [
        "{}",
        "{MAX_KEYS} keys",
        "at most {max} organisations",
        "{} call",
        "{} callsign",
        "{name} stops at {} per month",
        "a } calls",
    ] {
        assert!(!counts_without_plural(text), "{text}");
    }
}

#[test]
fn no_text_counts_one_thing_in_the_plural() {
    let found = texts()
        .into_iter()
        .filter(|(_, text)| counts_without_plural(text))
        .map(|(place, text)| format!("{place}: {text}"));
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "use `plural` in:\n{}", found.join("\n"));
}

/// Messages come from the server and are shown with `marked`; the texts of pages have elements of
/// their own for code.
#[test]
fn no_text_of_a_page_has_backticks() {
    let of_page =
        |place: &str| place.starts_with("src/pages") || place.starts_with("src/components");
    let found: Vec<_> =
        texts().into_iter().filter(|(place, text)| of_page(place) && text.contains('`')).collect();
    assert!(found.is_empty(), "use `<code>` in: {found:?}");
}

/// The literals of all sources without their tests, each with its place.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files: Vec<PathBuf> = ROOTS
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|file| !file.ends_with("tests.rs"))
        .collect();
    assert!(files.len() > 300, "the sources are found");
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let name = file.strip_prefix(root).expect("below the root").display();
        // Tests may quote anything.
        if file.components().any(|part| part.as_os_str() == "tests") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (i, line) in code.lines().enumerate() {
            found.extend(
                literals(line).into_iter().map(|literal| (format!("{name}:{}", i + 1), literal)),
            );
        }
    }
    found
}

#[test]
fn every_table_of_a_page_is_the_shared_one() {
    let files = [sources("src/pages"), sources("src/components")].concat();
    let has_table = |file: &PathBuf| fs::read_to_string(file).expect("a source").contains("<table");
    let own: Vec<PathBuf> = files
        .into_iter()
        .filter(|file| has_table(file) && !file.ends_with("components/table.rs"))
        .collect();
    assert!(own.is_empty(), "these write a table of their own instead of `<Table>`: {own:?}");
}

/// A table with actions or many columns does not fit on a phone unless its rows become blocks.
#[test]
fn every_wide_table_stacks_on_a_phone() {
    let files = [sources("src/pages"), sources("src/components")].concat();
    let mut wide = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        for table in text.split("<Table ").skip(1) {
            let tag = table.lines().next().unwrap_or_default();
            let head = table.split("</thead>").next().unwrap_or_default();
            let is_wide = head.contains("class=\"actions\"") || head.matches("<th ").count() > 3;
            if table.contains("</thead>") && is_wide && !tag.contains("stacks=true") {
                wide.push(format!("{}: {tag}", file.display()));
            }
        }
    }
    assert!(wide.is_empty(), "add `stacks=true` and `data-label` to:\n{}", wide.join("\n"));
}

#[test]
fn no_text_that_people_read_has_a_word_of_the_old_dialect() {
    let found = texts().into_iter().flat_map(|(place, text)| {
        let faults = faults(&text);
        faults.into_iter().map(move |fault| format!("{place}: {fault} in: {text}"))
    });
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
