//! `tollgate document check`.

use std::fs;

use crate::support::{TestDb, process};

const PETS: &str = "tests/specs/oai-3.0-petstore-expanded.yaml";

/// Whether the command succeeds, and what it prints.
fn check(args: &[&str]) -> (bool, String) {
    let db = TestDb::sqlite();
    let output = process::run(&db, &[&["document", "check"], args].concat());
    (output.status.success(), String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn a_file_is_checked_without_a_server() {
    let report = process::json(&TestDb::sqlite(), &["document", "check", PETS, "--json"]);
    assert_eq!(report["counts"]["operations"], 4);
    assert_eq!(report["counts"]["failed"], 0);
    let (passes, printed) = check(&[PETS]);
    assert!(passes && printed.contains("4 of 4 operations pass all checks"), "{printed}");
}

#[test]
fn a_folder_has_a_line_per_document_and_fails_with_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("text");
    fs::copy(PETS, folder.path().join("pets.yaml")).expect("copied");
    assert!(check(&[path]).0);
    fs::write(folder.path().join("wrong.json"), "{}").expect("written");
    fs::write(folder.path().join("notes.txt"), "no document").expect("written");
    let (passes, printed) = check(&[path]);
    let lines: Vec<&str> = printed.lines().collect();
    assert!(!passes && lines.len() == 2, "{printed}");
    assert!(lines[0].starts_with("ok ") && lines[1].starts_with("refused"), "{printed}");
}

#[test]
fn warnings_fail_only_if_strict() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.yaml");
    let text = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n\
        components: {schemas: {A: {type: string, pattern: '('}}}\n";
    fs::write(&file, text).expect("written");
    let path = file.to_str().expect("text");
    assert!(check(&[path]).0);
    let (passes, printed) = check(&[path, "--strict"]);
    assert!(!passes && printed.contains("warning  "), "{printed}");
}
