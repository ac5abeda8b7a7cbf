use std::io::Read;

use super::*;
use crate::clients::{archive, python, typescript};

#[test]
fn an_archive_is_the_same_each_time_and_holds_the_files() {
    let files = typescript(&pets(), &info("https://x.test")).unwrap();
    let packed = archive(&files).unwrap();
    assert_eq!(packed, archive(&files).unwrap());
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
    let unpacked: Vec<File> = tar
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let mut contents = String::new();
            entry.read_to_string(&mut contents).unwrap();
            (entry.path().unwrap().to_string_lossy().into_owned(), contents)
        })
        .collect();
    assert_eq!(unpacked, files);
}

#[test]
fn a_version_is_one_that_both_package_managers_know() {
    let number = |version: &str| ClientInfo { version: version.to_owned(), ..info("") }.number();
    let versions = ["1.2.3", "v1.4 beta", "2024-10-01", "", "99999999999999999999.1"].map(number);
    assert_eq!(versions, ["1.2.3", "1.4.0", "2024.10.1", "0.0.0", "0.1.0"]);
}

#[test]
fn npm_installs_the_package_without_downloading_anything() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("pets.tgz"),
        archive(&typescript(&pets(), &info("https://x.test")).unwrap()).unwrap(),
    )
    .unwrap();
    std::fs::write(folder.path().join("package.json"), "{}").unwrap();
    if run("npm", &["install", "--offline", "--no-audit", "--no-fund", "./pets.tgz"], folder.path())
        .is_none()
    {
        return;
    }
    let printed = run(
        "node",
        &[
            "--input-type=module",
            "-e",
            "import { Client } from 'pets-client'; console.log(typeof new Client({}).getPet)",
        ],
        folder.path(),
    );
    assert_eq!(printed.unwrap().trim(), "function");
}

#[test]
fn pip_installs_the_package_without_downloading_anything() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("pets.tar.gz"),
        archive(&python(&pets(), &info("https://x.test")).unwrap()).unwrap(),
    )
    .unwrap();
    if run(
        "python3",
        &["-c", "import importlib.util; print(importlib.util.find_spec('pip') is not None)"],
        folder.path(),
    )
    .is_none_or(|found| found.trim() != "True")
    {
        eprintln!("NOT TESTED: pip is not installed");
        return;
    }
    run(
        "python3",
        &[
            "-m",
            "pip",
            "install",
            "--no-index",
            "--disable-pip-version-check",
            "--target",
            "site",
            "./pets.tar.gz",
        ],
        folder.path(),
    );
    let printed = run(
        "python3",
        &[
            "-c",
            "import sys; sys.path.insert(0, 'site'); import pets_client; print(pets_client.Client('k').get_pet)",
        ],
        folder.path(),
    );
    assert!(printed.unwrap().contains("Client.get_pet"));
    assert!(
        folder.path().join("site/pets_client/py.typed").exists()
            && folder.path().join("site/pets_client-1.4.0.dist-info/METADATA").exists()
    );
}

#[test]
fn a_document_that_comes_back_to_itself_many_times_gives_a_package_of_bounded_size() {
    let place = "#/paths/~1a/get/responses/200/content/application~1json/schema";
    let fields: serde_json::Map<String, serde_json::Value> =
        (0..8).map(|index| (format!("f{index}"), json!({ "$ref": place }))).collect();
    let mut schemas: serde_json::Map<String, serde_json::Value> = (0..300)
        .map(|index| {
            (
                format!("S{index}"),
                json!({ "anyOf": (0..300).map(|other| json!({ "$ref": format!("#/components/schemas/S{other}") })).collect::<Vec<_>>() }),
            )
        })
        .collect();
    schemas.insert(
        "Wide".to_owned(),
        json!({
            "required": (0..20_000).map(|index| format!("f{index}")).collect::<Vec<_>>(),
            "properties": (0..20_000).map(|index| (format!("f{index}"), json!({ "type": "string" }))).collect::<serde_json::Map<_, _>>(),
        }),
    );
    let spec = Spec::from_value(json!({
        "openapi": "3.1.0", "info": { "title": "T", "version": "1" }, "components": { "schemas": schemas },
        "paths": { "/a": { "get": { "responses": { "200": { "description": "", "content": { "application/json": { "schema": { "properties": fields } } } } } } } },
    }));
    let Ok(spec) = spec else { return };
    for files in [typescript(&spec, &info("")).unwrap(), python(&spec, &info("")).unwrap()] {
        let size: usize = files.iter().map(|(_, contents)| contents.len()).sum();
        assert!(size < 256 << 20, "{size}");
    }
}
