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

/// A document whose operation and schema are in other files.
const FILES: [(&str, &str); 3] = [
    (
        "openapi.yaml",
        "openapi: 3.1.0\ninfo: {title: Pets, version: '1'}\nservers: [{url: 'https://pets.example.com'}]\n\
         paths: {/pets: {$ref: paths/pets.yaml}}\n",
    ),
    (
        "paths/pets.yaml",
        "get:\n  operationId: listPets\n  responses:\n    '200':\n      description: Pets\n\
         \x20     content: {application/json: {schema: {type: array, items: {$ref: '../pet.json'}}}}\n",
    ),
    (
        "pet.json",
        r#"{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}"#,
    ),
];

fn folder_of_files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("paths")).expect("created");
    for (name, text) in FILES {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

#[test]
fn the_files_of_a_document_are_not_checked_as_documents() {
    let folder = folder_of_files();
    let (passes, printed) = check(&[folder.path().to_str().expect("text")]);
    assert!(passes && printed.lines().count() == 1, "{printed}");
    assert!(printed.contains("openapi.yaml") && printed.contains("1 of 1 operation"), "{printed}");
}

#[test]
fn a_file_outside_the_folder_is_not_read() {
    let (folder, other) = (folder_of_files(), tempfile::tempdir().expect("a folder"));
    let secret = other.path().join("secret.json");
    fs::write(&secret, r#"{"description": "not to be read"}"#).expect("written");
    let pet = folder.path().join("pet.json");
    fs::remove_file(&pet).expect("removed");
    std::os::unix::fs::symlink(&secret, &pet).expect("linked");
    let root = folder.path().join("openapi.yaml");
    let db = TestDb::sqlite();
    let args = ["product", "import", root.to_str().expect("text"), "--id", "pets"];
    let output = process::run(&db, &args);
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && printed.contains("leads out of the folder"), "{printed}");
    assert!(!printed.contains("not to be read"), "{printed}");
}

#[test]
fn a_folder_of_files_is_imported_as_one_product() {
    let (db, folder) = (TestDb::sqlite(), folder_of_files());
    let path = folder.path().to_str().expect("text");
    let imported = process::json(&db, &["product", "import", path, "--id", "pets", "--json"]);
    assert_eq!(imported["product"]["operations"], 1, "{imported}");
    assert_eq!(imported["warnings"].as_array().map(Vec::len), Some(0), "{imported}");
}

#[test]
fn a_reference_that_only_looks_like_a_file_needs_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("swagger.yaml");
    let text = "swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths:\n  /pets:\n    get:\n\
        \x20     responses: {200: {description: Pets, schema: {$ref: Pet}}}\n\
        definitions: {Pet: {type: object}}\n";
    fs::write(&file, text).expect("written");
    let (passes, printed) = check(&[file.to_str().expect("text")]);
    assert!(passes && printed.contains("1 of 1 operation"), "{printed}");
}

#[test]
fn a_document_of_another_kind_is_named_even_if_it_refers_to_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("events.yaml");
    let text = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels: {$ref: channels.yaml}\n";
    fs::write(&file, text).expect("written");
    let output =
        process::run(&TestDb::sqlite(), &["document", "check", file.to_str().expect("text")]);
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && printed.contains("AsyncAPI"), "{printed}");
}
