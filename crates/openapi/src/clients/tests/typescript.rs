use super::*;
use crate::clients::typescript;
use crate::samples::recorder::Recorder;

const COUNT: &str = "import { Client } from './package/index.js';\n\
    console.log(Object.getOwnPropertyNames(Client.prototype).filter((name) => name !== 'constructor').length)";

#[test]
fn every_document_gives_a_package_that_node_reads() {
    for (name, spec) in documents() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &typescript(&spec, &info("https://x.test")).unwrap());
        let Some(printed) = run("node", &["--input-type=module", "-e", COUNT], folder.path())
        else {
            return;
        };
        assert_eq!(printed.trim(), spec.operations.len().to_string(), "{name}");
    }
}

fn call(program: &str, recorder: &Recorder) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &typescript(&pets(), &info(&format!("{}/api/", recorder.url))).unwrap());
    let program = format!(
        "import {{ ApiError, Client }} from './package/index.js';\nconst client = new Client({{ key: 'the-key' }});\n{program}"
    );
    run("node", &["--input-type=module", "-e", &program], folder.path())
}

#[test]
fn a_call_is_sent_as_the_document_says() {
    let recorder = Recorder::start();
    let program = "const query = { q: 'c&d', tags: ['x', 'y'], ids: [1, 2], filter: { 'a b': 1 } };\n\
        console.log((await client.getPet({ petId: 'a/b', list: [1, 2], query, headers: { 'X-Trace': 't' } })).said);\n\
        await client.createPet({ body: { name: 'ü', age: null } }, { idempotencyKey: 'once' });\n\
        await client.form({ body: { 'a b': 'c&d', c: [1, 2], d: { e: [3] } } });\n\
        await client.upload({ body: { meta: { k: 1 }, file: new Blob(['bytes']) } });\nawait client.form();";
    let Some(printed) = call(program, &recorder) else { return };
    assert_eq!(printed.trim(), "grüß dich");
    super::expect_calls(&recorder.received());
}

#[test]
fn a_refusal_is_an_error_with_its_problem() {
    let recorder = Recorder::responding(vec![(
        "404 Not Found\r\nContent-Type: application/problem+json\r\nX-Request-Id: req_1",
        r#"{"title":"Not here"}"#,
    )]);
    let program = "await client.form().catch((error) => console.log(error instanceof ApiError, error.status, error.problem.title, error.requestId, error.message))";
    let Some(printed) = call(program, &recorder) else { return };
    assert_eq!(printed.trim(), "true 404 Not here req_1 Not here");
    assert_eq!(recorder.received().len(), 1);
}

#[test]
fn what_is_tried_again_is_safe_and_not_for_ever() {
    for (wait, status, program, attempts) in super::RETRIES {
        let head = format!("{status} Later\r\n{wait}").leak();
        let recorder =
            Recorder::responding(vec![(head, ""), (head, ""), (head, ""), ("200 OK", "")]);
        let program = match program {
            "get" => "client.getPet({ petId: '1', list: [1] })",
            "post" => "client.createPet({ body: { name: 'x' } })",
            _ => "client.createPet({ body: { name: 'x' } }, { idempotencyKey: 'once' })",
        };
        let Some(_) = call(&format!("await {program}.catch(() => {{}})"), &recorder) else {
            return;
        };
        assert_eq!(recorder.received().len(), attempts, "{status} {wait} {program}");
    }
}

#[test]
fn a_media_type_is_asked_for_by_an_option() {
    let recorder = Recorder::start();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &typescript(&families(), &info(&recorder.url)).unwrap());
    let program = "import { Client } from './package/index.js';\nconst client = new Client();\n\
        await client.getReport({ id: '1' });\n\
        await client.getReport({ id: '1' }, { accept: 'text/csv' });\n\
        await client.addCraft({ body: {} });";
    let Some(_) = run("node", &["--input-type=module", "-e", program], folder.path()) else {
        return;
    };
    super::expect_accepted(&recorder.received());
}

#[test]
fn an_error_is_recognised_by_method_and_status() {
    let recorder = Recorder::responding(vec![
        ("404 Not Found\r\nContent-Type: application/json", r#"{"title":"x"}"#),
        ("501 Not Implemented\r\nContent-Type: application/json", r#"{"code":7}"#),
    ]);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &typescript(&families(), &info(&recorder.url)).unwrap());
    let program = "import { Client, isError } from './package/index.js';\n\
        const client = new Client();\n\
        const shown = (error) => console.log(isError(error, 'addCraft', 404),\n\
            isError(error, 'addCraft', '5XX'), isError(error, 'addCraft', 'default'),\n\
            isError(error, 'getReport', 404), isError(new Error(), 'addCraft', 404));\n\
        await client.addCraft({ body: {} }).catch(shown);\n\
        await client.addCraft({ body: {} }).catch(shown);";
    let Some(printed) = run("node", &["--input-type=module", "-e", program], folder.path()) else {
        return;
    };
    assert_eq!(printed, "true false true false false\nfalse true true false false\n");
}

#[test]
fn a_call_ends_when_its_time_is_over() {
    // Nothing accepts connections here.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let recorder = Recorder::start();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let program = format!(
        "const slow = new Client({{ baseUrl: '{url}' }});\nawait slow.form({{}}, {{ timeout: 50 }}).catch((error) => console.log(error.name));\n\
         await slow.form({{}}, {{ signal: AbortSignal.abort() }}).catch((error) => console.log(error.name));\nprocess.exit(0)"
    );
    let Some(printed) = call(&program, &recorder) else { return };
    assert_eq!(printed, "TimeoutError\nAbortError\n");
}

#[test]
fn a_value_that_makes_another_path_is_refused() {
    let recorder = Recorder::start();
    let program = "for (const petId of ['', '.', '..', undefined, null, ['..'], []]) await client.getPet({ petId, list: [1] }).catch((error) => console.log(error.message))";
    let Some(printed) = call(program, &recorder) else { return };
    assert_eq!(printed, "petId is missing\n".repeat(7));
}
