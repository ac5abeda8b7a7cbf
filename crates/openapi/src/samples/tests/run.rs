//! Runs the printed programs against a server that records their requests.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde_json::json;

use crate::samples::recorder::{RESPONSE, ReceivedRequest, Recorder};
use crate::samples::{Language, Part, SampleBody, SampleRequest, sample};

/// All languages that run without Cargo. If an interpreter is missing, the test prints it.
const RUN: [Language; 7] = [
    Language::Curl,
    Language::JavaScript,
    Language::Python,
    Language::Java,
    Language::Go,
    Language::Php,
    Language::Ruby,
];

const NASTY: &str = "quo\"te d'oh `id` $HOME ${x} #{1+1} $(id) \\ \\n \\u0041 %s {} \"\"\" \"## <?php ?> */ // --\nnext\ttab \u{202e}turned\u{2066} grüß 日本 🦀 \u{2028}\u{feff}end\\";

fn command(language: Language, folder: &Path, code: &str) -> Option<Command> {
    let (program, file) = match language {
        Language::Curl => ("bash", "sample.sh"),
        Language::JavaScript => ("node", "sample.js"),
        Language::Python => ("python3", "sample.py"),
        Language::Java => ("java", "Sample.java"),
        Language::Go => ("go", "sample.go"),
        Language::Php => ("php", "sample.php"),
        Language::Ruby => ("ruby", "sample.rb"),
        Language::Rust => return None,
    };
    std::fs::write(folder.join(file), code).unwrap();
    let mut command = Command::new(program);
    if language == Language::Go {
        command.arg("run");
    }
    // A minimal environment, in which Java reads its source as ASCII.
    command.arg(folder.join(file)).env("LC_ALL", "C").env("PYTHONUTF8", "1").current_dir(folder);
    Some(command)
}

/// The request that the program sent, after it printed the status and body of the response. `None`
/// without an interpreter.
fn run(
    language: Language,
    request: &SampleRequest,
    recorder: &Recorder,
) -> Option<ReceivedRequest> {
    let folder = tempfile::tempdir().unwrap();
    let code = sample(request, language);
    let output = match command(language, folder.path(), &code)?.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!(
                "NOT TESTED: samples in {}, because its interpreter is not installed",
                language.label()
            );
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let context = format!(
        "{}\n{code}\n{printed}\n{}",
        language.label(),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{context}");
    assert!(printed.contains("200"), "{context}");
    let says_all =
        printed.contains(RESPONSE) || (language == Language::Java && printed.contains("said"));
    assert!(says_all || request.method == "HEAD", "{context}");
    let mut received = recorder.received();
    assert_eq!(received.len(), 1, "{context}");
    received.pop()
}

fn check(language: Language, request: &SampleRequest, recorder: &Recorder) {
    let Some(received) = run(language, request, recorder) else { return };
    let context = format!("{}\n{}", language.label(), sample(request, language));
    assert_eq!(received.method, request.method, "{context}");
    assert_eq!(format!("{}{}", recorder.url, received.target), request.url, "{context}");
    for (name, value) in &request.headers {
        assert_eq!(received.header(name), Some(value.as_str()), "{name} of {context}");
    }
    match &request.body {
        None => assert_eq!(received.body, b"", "{context}"),
        Some(SampleBody::Text(text)) => {
            assert_eq!(String::from_utf8_lossy(&received.body), *text, "{context}")
        }
        Some(SampleBody::Json(value)) => {
            let sent: serde_json::Value = serde_json::from_slice(&received.body).unwrap();
            assert_eq!(sent, *value, "{context}");
        }
        Some(SampleBody::Parts(parts)) => assert_eq!(parts_of(&received), *parts, "{context}"),
    }
}

/// The parts of a body, separated according to its `Content-Type`.
fn parts_of(received: &ReceivedRequest) -> Vec<Part> {
    let boundary = received
        .header("content-type")
        .unwrap()
        .split_once("boundary=")
        .unwrap()
        .1
        .trim_matches('"');
    let body = format!("\r\n{}", String::from_utf8(received.body.clone()).unwrap());
    let mut parts: Vec<&str> = body.split(&format!("\r\n--{boundary}")).collect();
    assert_eq!((parts.remove(0), parts.pop().map(str::trim)), ("", Some("--")));
    parts.into_iter().map(part_of).collect()
}

fn part_of(part: &str) -> Part {
    let (head, value) = part.trim_start_matches("\r\n").split_once("\r\n\r\n").unwrap();
    let line = |name: &str| {
        head.lines().find_map(|line| {
            line.to_ascii_lowercase().starts_with(name).then(|| line[name.len()..].trim())
        })
    };
    let disposition = line("content-disposition:").unwrap();
    let option = |name: &str| {
        disposition
            .split(&format!("; {name}=\""))
            .nth(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
    };
    Part {
        name: option("name").unwrap(),
        value: value.to_owned(),
        filename: option("filename"),
        content_type: line("content-type:").map(str::to_owned),
    }
}

fn a_call(recorder: &Recorder, method: &str, body: Option<SampleBody>) -> SampleRequest {
    let mut headers = vec![
        ("Authorization".to_owned(), "Bearer YOUR_SANDBOX_KEY".to_owned()),
        ("X-Nasty".to_owned(), r#"a "b" 'c' $HOME `id` #{1} \ \n %s"#.to_owned()),
    ];
    if let Some(SampleBody::Json(_) | SampleBody::Text(_)) = body {
        headers.push((
            "Content-Type".to_owned(),
            "application/x-thing+json; charset=utf-8".to_owned(),
        ));
    }
    SampleRequest {
        method: method.to_owned(),
        url: format!("{}/a%20b/~c?d=%5Be%5D&f=$g", recorder.url),
        headers,
        body,
    }
}

#[test]
fn a_program_sends_what_it_says() {
    let recorder = Recorder::start();
    let body = json!({ "text": NASTY, NASTY: [1, -2.5, true, null, {}, [], { "deep": ["x"] }], "large": u64::MAX, "__proto__": 1 });
    for language in RUN {
        check(
            language,
            &a_call(&recorder, "POST", Some(SampleBody::Json(body.clone()))),
            &recorder,
        );
        check(
            language,
            &a_call(&recorder, "PUT", Some(SampleBody::Json(json!([{ "a": NASTY }, 1.5])))),
            &recorder,
        );
        check(
            language,
            &a_call(&recorder, "PATCH", Some(SampleBody::Text(format!("{NASTY}\r\n@{NASTY}")))),
            &recorder,
        );
        check(
            language,
            &a_call(&recorder, "POST", Some(SampleBody::Text("@/etc/hostname".to_owned()))),
            &recorder,
        );
        for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS"] {
            check(language, &a_call(&recorder, method, None), &recorder);
        }
    }
}

#[test]
fn a_program_sends_the_parts_of_a_form() {
    let recorder = Recorder::start();
    let part = |name: &str, value: &str, filename: Option<&str>, content_type: Option<&str>| Part {
        name: name.to_owned(),
        value: value.to_owned(),
        filename: filename.map(str::to_owned),
        content_type: content_type.map(str::to_owned),
    };
    let line = NASTY.replace('\n', " ");
    let parts = vec![
        part("plain", &line, None, None),
        part("at", "@/etc/hostname", None, None),
        part("less", "</etc/hostname;type=text/html", None, None),
        part("file;'$x", &format!("@{line};type=a/b"), Some("a b.txt"), Some("text/plain")),
    ];
    for language in RUN {
        check(
            language,
            &a_call(&recorder, "POST", Some(SampleBody::Parts(parts.clone()))),
            &recorder,
        );
    }
}

#[test]
fn a_refusal_is_printed_like_any_other_answer() {
    for language in RUN {
        let recorder = Recorder::responding(vec![("404 Not Found", r#"{"said":"not here"}"#)]);
        let folder = tempfile::tempdir().unwrap();
        let code = sample(&a_call(&recorder, "GET", None), language);
        let Ok(output) = command(language, folder.path(), &code).unwrap().output() else {
            continue;
        };
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && printed.contains("404") && printed.contains("not here"),
            "{code}\n{printed}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_arrives_as_it_is(text in "\\PC{0,40}", more in r#"['"`$#\\{}()\n\r\t %@;=<>*/?!-]{0,30}"#) {
        let recorder = Recorder::start();
        for language in [Language::Curl, Language::JavaScript, Language::Python] {
            let body = SampleBody::Text(format!("{more}{text}{more}"));
            check(language, &a_call(&recorder, "POST", Some(body)), &recorder);
            let body = SampleBody::Json(json!({ (more.as_str()): [text, more], "text": text }));
            check(language, &a_call(&recorder, "POST", Some(body)), &recorder);
        }
    }
}
