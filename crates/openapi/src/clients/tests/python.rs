use super::*;
use crate::clients::python;
use crate::samples::recorder::Recorder;

/// Imports the package and evaluates all of its types.
const CHECK: &str = r#"
import inspect, sys, typing
sys.path.insert(0, "pets_client-1.4.0")
import pets_client, pets_client.types as t, pets_client.client as c
for name, kind in vars(t).items():
    if inspect.isclass(kind) and hasattr(kind, "__total__"):
        typing.get_type_hints(kind)
space = {**vars(t), **vars(c), "t": t}
methods = [m for n, m in vars(c.Client).items() if not n.startswith("_")]
for method in methods:
    typing.get_type_hints(method, space)
print(len(methods))
"#;

#[test]
fn every_document_gives_a_package_that_python_reads() {
    for (name, spec) in documents() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &python(&spec, &info("https://x.test")).unwrap());
        let Some(printed) = run("python3", &["-W", "error", "-c", CHECK], folder.path()) else {
            return;
        };
        assert_eq!(printed.trim(), spec.operations.len().to_string(), "{name}");
    }
}

/// The output of `program` with a client that calls `recorder`, and the recorder.
fn call(program: &str, recorder: &Recorder) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &python(&pets(), &info(&format!("{}/api/", recorder.url))).unwrap());
    let program = format!(
        "import sys\nsys.path.insert(0, 'pets_client-1.4.0')\nfrom pets_client import ApiError, Client\nclient = Client('the-key')\n{program}"
    );
    run("python3", &["-c", &program], folder.path())
}

#[test]
fn a_call_is_sent_as_the_document_says() {
    let recorder = Recorder::start();
    let program = "print(client.get_pet(pet_id='a/b', list=[1, 2], q='c&d', tags=['x', 'y'], ids=[1, 2], filter={'a b': 1}, x_trace='t')['said'])\n\
        client.create_pet(body={'name': 'ü', 'age': None}, idempotency_key='once')\nprint(client.form(body={'a b': 'c&d', 'c': [1, 2], 'd': {'e': [3]}}))\n\
        client.upload(body={'meta': {'k': 1}, 'file': b'bytes'})\nclient.form()";
    let Some(printed) = call(program, &recorder) else { return };
    assert!(printed.starts_with("grüß dich\n"), "{printed}");
    super::expect_calls(&recorder.received());
}

#[test]
fn a_refusal_is_an_error_with_its_problem() {
    let recorder = Recorder::responding(vec![(
        "404 Not Found\r\nContent-Type: application/problem+json\r\nX-Request-Id: req_1",
        r#"{"title":"Not here"}"#,
    )]);
    let program = "try:\n    client.form()\nexcept ApiError as error:\n    print(error.status, error.problem['title'], error.request_id, error)";
    let Some(printed) = call(program, &recorder) else { return };
    assert_eq!(printed.trim(), "404 Not here req_1 Not here");
    assert_eq!(recorder.received().len(), 1);
}

#[test]
fn what_is_tried_again_is_safe_and_not_for_ever() {
    let get = "client.get_pet(pet_id='1', list=[1])";
    for (wait, status, program, attempts) in super::RETRIES {
        let head = format!("{status} Later\r\n{wait}").leak();
        let recorder =
            Recorder::responding(vec![(head, ""), (head, ""), (head, ""), ("200 OK", "")]);
        let program = match program {
            "get" => get,
            "post" => "client.create_pet(body={'name': 'x'})",
            _ => "client.create_pet(body={'name': 'x'}, idempotency_key='once')",
        };
        let Some(_) = call(&format!("try:\n    {program}\nexcept ApiError: pass"), &recorder)
        else {
            return;
        };
        assert_eq!(recorder.received().len(), attempts, "{status} {wait} {program}");
    }
}

#[test]
fn a_key_is_not_sent_to_another_host() {
    let elsewhere = Recorder::start();
    let head: &'static str =
        format!("302 Found\r\nLocation: {}/x", elsewhere.url.replace("127.0.0.1", "localhost"))
            .leak();
    let recorder = Recorder::responding(vec![(head, "")]);
    let Some(_) = call("client.get_pet(pet_id='1', list=[1])", &recorder) else { return };
    assert_eq!(elsewhere.received().pop().unwrap().header("authorization"), None);
}

#[test]
fn a_media_type_is_asked_for_by_an_argument() {
    let recorder = Recorder::start();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &python(&families(), &info(&recorder.url)).unwrap());
    let program = "import sys\nsys.path.insert(0, 'pets_client-1.4.0')\n\
        from pets_client import Client\nclient = Client()\nclient.get_report(id='1')\n\
        client.get_report(id='1', accept='text/csv')\nclient.add_craft(body={})";
    let Some(_) = run("python3", &["-c", program], folder.path()) else { return };
    super::expect_accepted(&recorder.received());
}

#[test]
fn a_value_that_makes_another_path_is_refused() {
    let recorder = Recorder::start();
    let program = "for value in ['', '.', '..', None, ['..'], []]:\n    try:\n        client.get_pet(pet_id=value, list=[1])\n    except ValueError as error:\n        print(error)";
    let Some(printed) = call(program, &recorder) else { return };
    assert_eq!(printed, "petId is missing\n".repeat(6));
}
