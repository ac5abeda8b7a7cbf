//! The packages of all documents, and programs that use them, under the strictest checks of both
//! languages.

use super::*;
use crate::clients::{Generator, python, typescript};

/// TypeScript is one of the packages of the browser journeys.
const TSC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../end2end/node_modules/.bin/tsc");
/// mypy is one of the packages of tests/requirements.txt.
const MYPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/python/bin/mypy");

const USED_TS: &str = include_str!("used.ts");
const USED_PY: &str = include_str!("used.py");

/// The packages by document: `pets`, `families`, `d0`, `d1` …
fn packages(make: Generator, folder: &Path) -> Vec<String> {
    let documents = documents().into_iter().enumerate();
    documents
        .map(|(index, (name, spec))| {
            let is_used = ["pets", "families"].contains(&name.as_str());
            let id = if is_used { name } else { format!("d{index}") };
            let info = ClientInfo { product_id: id.clone(), ..info("https://x.test") };
            write(&folder.join(&id), &make(&spec, &info).unwrap());
            id
        })
        .collect()
}

#[test]
fn every_package_passes_the_strict_checks_of_typescript() {
    if !Path::new(TSC).exists() {
        eprintln!(
            "NOT TESTED: types of clients, because end2end/node_modules is not installed (npm ci in end2end)"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ids = packages(typescript, folder.path());
    std::fs::write(folder.path().join("used.ts"), USED_TS).unwrap();
    let files: Vec<String> = ids
        .iter()
        .map(|id| format!("{id}/package/index.d.ts"))
        .chain(["used.ts".to_owned()])
        .collect();
    let options = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"];
    let target = ["--noEmit", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"];
    let mut arguments = vec![TSC];
    arguments.extend(options.into_iter().chain(target));
    arguments.extend(files.iter().map(String::as_str));
    run("node", &arguments, folder.path());
}

#[test]
fn every_package_passes_the_strict_checks_of_mypy() {
    let mypy = if Path::new(MYPY).exists() { MYPY } else { "mypy" };
    let folder = tempfile::tempdir().unwrap();
    let ids = packages(python, folder.path());
    std::fs::write(folder.path().join("used.py"), USED_PY).unwrap();
    let files: Vec<String> = ids
        .iter()
        .map(|id| format!("{id}/{id}_client-1.4.0/{id}_client"))
        .chain(["used.py".to_owned()])
        .collect();
    let mut arguments = vec!["--strict", "--no-error-summary"];
    arguments.extend(files.iter().map(String::as_str));
    run(mypy, &arguments, folder.path());
}
