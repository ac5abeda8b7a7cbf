//! The words of the documentation: plain technical English, in lines of at most 100 columns.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{scripts, sources};

/// Files and folders whose Markdown is checked.
const ROOTS: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs"];

/// Folders whose code is checked.
const CODE: [&str; 5] = ["src", "crates", "tests", "bench", "examples"];

const COLUMNS: usize = 100;

/// The most lines of a file of code.
const LINES: usize = 400;

/// Words that no page may have, in lower case, each with what to write instead.
const FORBIDDEN: [(&str, &str); 31] = [
    ("tell", "report, notify"),
    ("tells", "reports, notifies"),
    ("told", "reported, notified"),
    ("unheard", "unreported"),
    ("reckon", "calculate"),
    ("reckons", "calculates"),
    ("reckoned", "calculated"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("anew", "again, reset"),
    ("at once", "immediately, at the same time"),
    ("in force", "active"),
    ("for good", "permanently"),
    ("beyond them", "overage"),
    ("whoever", "anyone who, the caller"),
    ("who asks", "the caller"),
    ("an answer", "a response"),
    ("the answer", "the response"),
    ("answers are", "responses are"),
    ("nobody knows", "it is unknown"),
    ("of its own", "its own, separate"),
    ("of their own", "their own, separate"),
    ("of your own", "your own"),
    ("of our own", "our own"),
    ("dearer", "more expensive"),
    ("dearest", "most expensive"),
    ("holds nothing up", "does not block"),
    ("he", "they"),
    ("him", "them"),
    ("his", "their"),
];

fn pages(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder");
        entries.for_each(|entry| pages(&entry.expect("an entry").path(), found));
    } else if path.extension().is_some_and(|ending| ending == "md") {
        found.push(path.to_owned());
    }
}

/// The lines of a page that are not code, with their numbers.
fn prose(page: &str) -> Vec<(usize, &str)> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for (i, line) in page.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            lines.push((i + 1, line));
        }
    }
    lines
}

fn is_separator(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '-' | '_' | '\''))
}

/// Lower-case words without punctuation, separated by one space, so that a phrase is found across
/// the end of a line.
fn words(lines: &[(usize, &str)]) -> String {
    let text = lines.iter().flat_map(|(_, line)| line.split(is_separator));
    let all: Vec<String> = text.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    format!(" {} ", all.join(" "))
}

/// What is wrong with a page: forbidden words, and lines that are too long.
fn faults(page: &str) -> Vec<String> {
    let lines = prose(page);
    let words = words(&lines);
    let mut found = Vec::new();
    for (phrase, instead) in FORBIDDEN {
        if words.contains(&format!(" {phrase} ")) {
            found.push(format!("“{phrase}” (write: {instead})"));
        }
    }
    // A row of a table and a link cannot be broken.
    let is_whole = |line: &str| line.starts_with('|') || line.contains("](");
    let is_long = |line: &str| line.chars().count() > COLUMNS && !is_whole(line);
    let long = lines.iter().filter(|(_, line)| is_long(line));
    found.extend(long.map(|(number, _)| format!("line {number} has more than {COLUMNS} columns")));
    found
}

#[test]
fn forbidden_words_and_long_lines_are_seen_outside_of_code() {
    assert_eq!(faults("A plan that holds at\nonce.").len(), 1);
    assert_eq!(faults("Partners are told (by mail).").len(), 1);
    assert_eq!(faults("```sh\ntold=reckon\n```\nIt is untold: recommend `mend.rs`.").len(), 1);
    assert_eq!(faults("We recommend a retry. The settlement told_you nothing.").len(), 0);
    let long = "ä".repeat(COLUMNS + 1);
    assert_eq!(faults(&long), ["line 1 has more than 100 columns"]);
    assert!(faults(&format!("| {long} |\n[{long}](x)\n```\n{long}\n```")).is_empty());
    assert!(faults(&"ä".repeat(COLUMNS)).is_empty());
}

#[test]
fn the_documentation_is_written_in_plain_english() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    ROOTS.iter().for_each(|name| pages(&root.join(name), &mut files));
    assert!(files.len() > 10, "the pages are found");
    let mut found = Vec::new();
    for file in files {
        let name = file.strip_prefix(root).expect("below the root").display();
        let page = fs::read_to_string(&file).expect("a page");
        found.extend(faults(&page).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Diagrams and tables, which no line break may cut.
fn is_drawn(comment: &str) -> bool {
    comment.contains(" | ") || comment.contains("──")
}

/// All Rust and TypeScript files of the repository.
fn code() -> impl Iterator<Item = PathBuf> {
    let scripts = ["end2end", "crates/openapi/src"].into_iter().flat_map(scripts);
    CODE.into_iter().flat_map(sources).chain(scripts)
}

#[test]
fn no_file_of_the_code_is_too_long() {
    let mut found = Vec::new();
    for file in code() {
        let lines = fs::read_to_string(&file).expect("a source").lines().count();
        if lines > LINES {
            found.push(format!("{} has {lines}", file.display()));
        }
    }
    assert!(
        found.is_empty(),
        "files with more than {LINES} lines; split each along its subject:\n{}",
        found.join("\n")
    );
}

#[test]
fn no_comment_of_the_code_is_longer_than_a_line() {
    let mut found = Vec::new();
    for file in code() {
        let text = fs::read_to_string(&file).expect("a source");
        for (number, line) in text.lines().enumerate() {
            // A line of a string ends with a backslash.
            let is_comment = line.trim_start().starts_with("//") && !line.ends_with('\\');
            if is_comment && line.chars().count() > COLUMNS && !is_drawn(line) {
                found.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "longer than {COLUMNS} columns:\n{}", found.join("\n"));
}
