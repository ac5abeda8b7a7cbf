//! Documents of several files: from folders, servers and archives.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};

use crate::spec::bundle::{Archive, Bundled, MAX_FILES, Root, bundle, find_root, is_archive};
use crate::spec::{Fault, Spec};

/// Files by path, which counts how often each is read.
struct Folder(BTreeMap<String, String>, Vec<String>);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        Self(
            files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect(),
            Vec::new(),
        )
    }

    fn bundle(&mut self, root: &str) -> Result<Bundled, Vec<Fault>> {
        let Self(files, read) = self;
        let mut load = |path: &str| {
            read.push(path.to_owned());
            files
                .get(path)
                .map(|text| text.clone().into_bytes())
                .ok_or_else(|| "no such file".to_owned())
        };
        bundle(Root { path: root, url: None }, &mut load)
    }
}

const HEAD: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n";

/// The document that these files, the first of which is the root, become.
fn bundled(root: &str, others: &[(&str, &str)]) -> Value {
    let root = format!("{HEAD}{root}");
    let files: Vec<(&str, &str)> =
        [("openapi.yaml", root.as_str())].into_iter().chain(others.iter().copied()).collect();
    let bundled =
        Folder::of(&files).bundle("openapi.yaml").unwrap_or_else(|faults| panic!("{faults:#?}"));
    Spec::read(bundled.document()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    serde_json::from_slice(bundled.document()).expect("JSON")
}

fn refused(root: &str, others: &[(&str, &str)]) -> Vec<Fault> {
    let root = format!("{HEAD}{root}");
    let files: Vec<(&str, &str)> =
        [("openapi.yaml", root.as_str())].into_iter().chain(others.iter().copied()).collect();
    Folder::of(&files).bundle("openapi.yaml").err().unwrap_or_default()
}

#[test]
fn path_items_and_operations_are_written_where_they_are_used() {
    let found = bundled(
        "paths:\n  /a: {$ref: ops/a.yaml, summary: own}\n  /b:\n    post: {$ref: './ops/all.yaml#/make'}\n",
        &[
            (
                "ops/a.yaml",
                "get: {operationId: a, parameters: [{$ref: '../q.yaml#/Q'}]}\nsummary: theirs\n",
            ),
            (
                "ops/all.yaml",
                "make: {operationId: make, responses: {'200': {$ref: '#/ok'}}}\nok: {description: ok}\n",
            ),
            ("q.yaml", "Q: {name: q, in: query, schema: {type: string}}\n"),
        ],
    );
    let expected = json!({
        "/a": {"get": {"operationId": "a", "parameters": [{"$ref": "#/components/parameters/Q"}]}, "summary": "own"},
        "/b": {"post": {"operationId": "make", "responses": {"200": {"$ref": "#/components/responses/ok"}}}},
    });
    assert_eq!(found["paths"], expected);
    let expected = json!({
        "parameters": {"Q": {"name": "q", "in": "query", "schema": {"type": "string"}}},
        "responses": {"ok": {"description": "ok"}},
    });
    assert_eq!(found["components"], expected);
}

#[test]
fn schemas_become_components_with_readable_names() {
    let found = bundled(
        "components:\n  schemas:\n    Pet: {$ref: schemas/pet.yaml}\n    Own: {properties: {a: {$ref: 'schemas/more.yaml#/Own'}, b: {$ref: schemas/list.json}, c: {$ref: 'schemas/more.yaml#/Own/properties/x/items'}}}\n",
        &[
            (
                "schemas/pet.yaml",
                "type: object\nproperties: {friend: {$ref: pet.yaml}, kind: {$ref: '../openapi.yaml#/components/schemas/Own'}}\n",
            ),
            ("schemas/more.yaml", "Own: {properties: {x: {type: array, items: {type: string}}}}\n"),
            ("schemas/list.json", "{\"type\": \"array\", \"items\": {\"$ref\": \"./pet.yaml\"}}"),
        ],
    );
    let expected = json!({
        "Pet": {"type": "object", "properties": {"friend": {"$ref": "#/components/schemas/Pet"}, "kind": {"$ref": "#/components/schemas/Own"}}},
        "Own": {"properties": {
            "a": {"$ref": "#/components/schemas/more_Own"}, "b": {"$ref": "#/components/schemas/list"},
            "c": {"$ref": "#/components/schemas/more_Own_properties_x_items"},
        }},
        "more_Own": {"properties": {"x": {"type": "array", "items": {"type": "string"}}}},
        "list": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
        "more_Own_properties_x_items": {"type": "string"},
    });
    assert_eq!(found["components"]["schemas"], expected);
}

#[test]
fn whole_sections_and_discriminators_may_be_in_other_files() {
    let found = bundled(
        "paths: {$ref: paths/index.yaml}\ncomponents:\n  schemas: {$ref: schemas/index.yaml}\n",
        &[
            ("paths/index.yaml", "/a: {$ref: a.yaml}\n"),
            (
                "paths/a.yaml",
                "get: {requestBody: {content: {a/b: {schema: {$ref: '../schemas/index.yaml#/Pet'}}}}}\n",
            ),
            (
                "schemas/index.yaml",
                "Pet: {oneOf: [{$ref: cat.yaml}], discriminator: {propertyName: k, mapping: {c: cat.yaml, d: Dog}}}\nCat: {$ref: cat.yaml}\n",
            ),
            ("schemas/cat.yaml", "type: object\n"),
        ],
    );
    let schema = found.pointer("/paths/~1a/get/requestBody/content/a~1b/schema/$ref");
    assert_eq!(schema, Some(&json!("#/components/schemas/index_Pet")));
    let cat = json!("#/components/schemas/Cat");
    assert_eq!(found["components"]["schemas"]["Pet"]["oneOf"], json!([{"$ref": cat}]));
    let mapping = &found["components"]["schemas"]["Pet"]["discriminator"]["mapping"];
    assert_eq!(*mapping, json!({"c": cat, "d": "Dog"}));
    assert_eq!(found["components"]["schemas"]["Cat"], json!({"type": "object"}));
}

#[test]
fn a_file_is_read_once_under_all_its_spellings() {
    let root = format!(
        "{HEAD}components: {{schemas: {{A: {{allOf: [{{$ref: x/b.yaml}}, {{$ref: './x/../x/b.yaml#'}}, {{$ref: 'x/%62.yaml#/'}}, {{$ref: 'openapi.yaml#/components/schemas/B'}}]}}, B: {{}}}}}}\n"
    );
    let mut folder = Folder::of(&[("openapi.yaml", &root), ("x/b.yaml", "type: object\n'': {}\n")]);
    let bundled = folder.bundle("./openapi.yaml").expect("all files are there");
    assert_eq!(folder.1, ["openapi.yaml", "x/b.yaml"]);
    assert_eq!(bundled.files().collect::<Vec<_>>(), ["openapi.yaml", "x/b.yaml"]);
}

#[test]
fn a_document_of_one_file_stays_as_it_is_written() {
    let text = format!("{HEAD}# note\npaths: {{}}\n");
    let bundled = Folder::of(&[("a.yaml", &text)]).bundle("a.yaml").expect("the file is there");
    assert_eq!(bundled.into_document(), text.into_bytes());
}

#[test]
fn swagger_2_of_several_files_is_bundled_before_it_is_converted() {
    let files = [
        (
            "swagger.yaml",
            "swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths: {/a: {$ref: a.yaml}}\ndefinitions: {Pet: {$ref: 'd.yaml#/Pet'}}\n",
        ),
        (
            "a.yaml",
            "post: {parameters: [{$ref: 'd.yaml#/B'}], responses: {'200': {description: ok, schema: {$ref: 'd.yaml#/Pet'}}}}\n",
        ),
        (
            "d.yaml",
            "Pet: {type: object, properties: {o: {$ref: '#/Other'}}}\nOther: {type: string}\nB: {in: body, name: b, schema: {$ref: '#/Pet'}}\n",
        ),
    ];
    let bundled =
        Folder::of(&files).bundle("swagger.yaml").unwrap_or_else(|faults| panic!("{faults:#?}"));
    let spec = Spec::read(bundled.document()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let names: Vec<&String> =
        spec.root["components"]["schemas"].as_object().expect("schemas").keys().collect();
    assert_eq!(names, ["Pet", "Other"]);
    assert_eq!(spec.operations[0].body.as_ref().map(|body| body.content.len()), Some(1));
}

#[test]
fn circles_between_files_end() {
    let found = bundled(
        "components: {schemas: {A: {$ref: 'b.yaml#/B'}}}\n",
        &[
            ("b.yaml", "B: {properties: {c: {$ref: 'c.yaml#/C'}}}\n"),
            ("c.yaml", "C: {properties: {b: {$ref: 'b.yaml#/B'}}}\n"),
        ],
    );
    assert_eq!(
        found["components"]["schemas"]["C"]["properties"]["b"]["$ref"],
        "#/components/schemas/A"
    );
    let circle = refused(
        "paths: {/a: {$ref: a.yaml}}\n",
        &[("a.yaml", "get: {callbacks: {c: {'{$request.body#/u}': {$ref: a.yaml}}}}\n")],
    );
    assert!(circle.len() == 1 && circle[0].message.contains("leads back to itself"), "{circle:?}");
    let circle = refused(
        "paths: {/a: {$ref: a.yaml}}\n",
        &[("a.yaml", "$ref: b.yaml\n"), ("b.yaml", "$ref: a.yaml\n")],
    );
    assert!(circle.len() == 1 && circle[0].message.contains("leads back to itself"), "{circle:?}");
}

#[test]
fn references_that_cannot_be_followed_are_reported_with_file_and_line() {
    for (reference, message) in [
        ("missing.yaml", "`missing.yaml` cannot be read: no such file"),
        ("../x.yaml", "leads out of the folder"),
        ("/etc/passwd", "is an absolute path"),
        ("file:///etc/passwd", "`file:`"),
        ("https://a.com/x.yaml", "is on another server"),
        ("b.yaml#/X", "the file has no `/X`"),
        ("b.yaml#X", "names an anchor"),
    ] {
        let found = refused(
            "paths:\n  /a: {$ref: a.yaml}\n",
            &[
                ("a.yaml", &format!("get:\n  requestBody:\n    $ref: '{reference}'\n")),
                ("b.yaml", "{}\n"),
            ],
        );
        let [fault] = found.as_slice() else { panic!("{reference}: {found:?}") };
        assert!(
            fault.message.starts_with("`a.yaml`: ") && fault.message.contains(message),
            "{fault:?}"
        );
        assert_eq!((fault.pointer.as_str(), fault.line), ("/get/requestBody/$ref", Some(3)));
    }
    let broken = refused("paths: {/a: {$ref: a.yaml}}\n", &[("a.yaml", "get:\n  a: 1\n  a: 2\n")]);
    assert!(
        broken.len() == 1
            && broken[0].line == Some(3)
            && broken[0].message.starts_with("`a.yaml`: "),
        "{broken:?}"
    );
}

#[test]
fn errors_of_the_bundled_document_are_located_in_the_files() {
    let root = format!("{HEAD}paths:\n  /a: {{$ref: a.yaml}}\n  b: {{}}\n");
    let a = "get:\n  responses:\n    '200':\n      $ref: r.yaml\n    '9': {}\n";
    let r = "description: d\nheaders:\n  A: 1\n";
    let bundled = Folder::of(&[("openapi.yaml", &root), ("a.yaml", a), ("r.yaml", r)])
        .bundle("openapi.yaml")
        .expect("all files are there");
    let mut faults = Spec::read(bundled.document()).expect("a document").warnings;
    bundled.locate(&mut faults);
    let found = |pointer: &str| {
        let fault = faults.iter().find(|fault| fault.pointer == pointer);
        fault.map(|fault| {
            (fault.line, fault.message.split(": ").next().unwrap_or_default().to_owned())
        })
    };
    assert_eq!(found("/get/responses/9"), Some((Some(5), "`a.yaml`".to_owned())), "{faults:#?}");
    assert_eq!(found("/headers/A"), Some((Some(3), "`r.yaml`".to_owned())), "{faults:#?}");
    assert_eq!(found("/paths/b").and_then(|(line, _)| line), Some(5), "{faults:#?}");
}

#[test]
fn many_files_and_many_copies_are_refused() {
    let files: Vec<(String, String)> =
        (0..MAX_FILES + 10).map(|number| (format!("{number}.yaml"), "{}".to_owned())).collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let all: String =
        (0..MAX_FILES + 10).map(|number| format!("{{$ref: {number}.yaml}}, ")).collect();
    let found = refused(&format!("components: {{schemas: {{A: {{allOf: [{all}]}}}}}}\n"), &files);
    assert!(found.iter().any(|fault| fault.message.contains("more than 500 files")), "{found:?}");
    let large: String = (0..10_000).map(|number| format!("x-{number}: 1\n")).collect();
    let paths: String = (0..100).map(|number| format!("  /{number}: {{$ref: a.yaml}}\n")).collect();
    let found = refused(&format!("paths:\n{paths}"), &[("a.yaml", &large)]);
    assert!(found.len() == 1 && found[0].message.contains("repeat large parts"), "{found:?}");
}

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*path, options).expect("a file");
        zip.write_all(text.as_bytes()).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn an_archive_is_read_from_its_root_document() {
    let root = format!("{HEAD}paths: {{/a: {{$ref: ops/a.yaml}}}}\n");
    let bytes = zipped(&[
        ("api/ops/a.yaml", "get: {operationId: a}\n"),
        ("__MACOSX/api/openapi.yaml", "x"),
        ("../../outside.yaml", "x"),
        ("api/main.yaml", &root),
        ("api/notes.yaml", "a: 1\n"),
    ]);
    assert!(is_archive(&bytes) && !is_archive(b"openapi: 3.1.0"));
    let mut archive = Archive::read(&bytes).expect("an archive");
    let paths = archive.paths();
    let path = find_root(paths.iter().map(String::as_str), &mut archive).expect("one root");
    assert_eq!(path, "api/main.yaml");
    let bundled =
        bundle(Root { path: &path, url: None }, &mut archive).expect("all files are there");
    let spec = Spec::read(bundled.document()).expect("a document");
    assert_eq!(spec.operations[0].id, "a");
}

#[test]
fn the_root_is_the_topmost_document_with_the_usual_name_or_the_only_one() {
    let document = format!("{HEAD}paths: {{}}\n");
    for (paths, expected) in [
        (&["x/openapi.yaml", "openapi.json", "swagger.yaml"][..], Ok("openapi.json")),
        (&["a/openapi.yml", "b.json.txt"], Ok("a/openapi.yml")),
        (&["x/main.yaml", ".github/openapi.yaml"], Ok("x/main.yaml")),
        (&["a.yaml", "b.yaml"], Err("`a.yaml` and `b.yaml`")),
        (&["a.txt"], Err("no file is an OpenAPI document")),
    ] {
        let mut load = |_: &str| Ok(document.clone().into_bytes());
        let found = find_root(paths.iter().copied(), &mut load);
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(fault), Err(message)) => assert!(fault.message.contains(message), "{fault:?}"),
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    }
}

#[test]
fn archives_that_are_damaged_or_too_large_are_refused() {
    let bytes = zipped(&[("openapi.yaml", HEAD)]);
    assert!(Archive::read(&bytes[..bytes.len() - 30]).is_err());
    let names: Vec<String> = (0..5_001).map(|number| number.to_string()).collect();
    let many = zipped(&names.iter().map(|name| (name.as_str(), "")).collect::<Vec<_>>());
    assert!(
        Archive::read(&many).is_err_and(|fault| fault.message.contains("more than 5000 files"))
    );
    // 70 MiB of spaces are 70 KiB in the archive.
    let spaces = " ".repeat(70 << 20);
    let bomb = zipped(&[("openapi.yaml", &spaces)]);
    assert!(bomb.len() < 1 << 20);
    let mut archive = Archive::read(&bomb).expect("an archive");
    let found = bundle(Root { path: "openapi.yaml", url: None }, &mut archive)
        .expect_err("it is too large");
    assert!(found[0].message.contains("64 MiB"), "{found:?}");
}
