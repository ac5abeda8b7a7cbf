//! Samples and downloads for partners, run unchanged against the sandbox. Without an interpreter,
//! the test says so.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use flate2::read::GzDecoder;
use reqwest::Method;
use tempfile::TempDir;
use tollgate::types::environment::Environment;
use tollgate_openapi::samples::{self, Language};
use tollgate_openapi::schemas::Schemas;
use tollgate_openapi::spec::Spec;

use super::register_bytes;
use crate::support::{Portal, TestDb, on_both};

const DOCUMENT: &[u8] = include_bytes!("../../../src/cli/demo/logistics.yaml");
/// The name of the interpreter on Debian and others, and the file it runs. Rust's sample needs
/// Cargo and a crate.
const RUN: [(Language, &str, &str); 7] = [
    (Language::Curl, "bash", "sample.sh"),
    (Language::JavaScript, "node", "sample.js"),
    (Language::Python, "python3", "sample.py"),
    (Language::Go, "go", "sample.go"),
    (Language::Java, "java", "Sample.java"),
    (Language::Php, "php", "sample.php"),
    (Language::Ruby, "ruby", "sample.rb"),
];

/// The output of a program; `None` without such a program. On another thread than the portal, which
/// runs in this process.
async fn printed_by(
    program: &'static str,
    arguments: Vec<String>,
    folder: &Path,
) -> Option<String> {
    let folder = folder.to_owned();
    let command_line = format!("{program} {arguments:?}");
    let output = tokio::task::spawn_blocking(move || {
        Command::new(program).args(arguments).current_dir(folder).output()
    })
    .await
    .unwrap();
    match output {
        Ok(output) => {
            let (printed, errors) = (
                String::from_utf8_lossy(&output.stdout).into_owned(),
                String::from_utf8_lossy(&output.stderr).into_owned(),
            );
            assert!(output.status.success(), "{command_line}\n{printed}\n{errors}");
            Some(printed)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("NOT TESTED: {program} is not installed");
            None
        }
        Err(error) => panic!("{command_line}: {error}"),
    }
}

async fn sandbox(portal: &Portal) -> String {
    register_bytes(portal, "logistics", DOCUMENT.to_vec()).await;
    let org = portal.org("Acme").await.id;
    portal.key(&org, Environment::Sandbox, &["logistics:*"]).await.key
}

/// The downloaded package, unpacked.
async fn package(portal: &Portal, language: &str) -> TempDir {
    let response = portal
        .request(Method::GET, &format!("/apis/logistics/clients/{language}.tar.gz"))
        .send()
        .await
        .unwrap();
    let bytes = response.bytes().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    tar::Archive::new(GzDecoder::new(&bytes[..])).unpack(folder.path()).unwrap();
    folder
}

on_both! {
    async fn samples_of_every_language_run_against_the_sandbox(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-key", "1000/1", "--limit-operation", "1000/1"]).await;
        let key = sandbox(&portal).await;
        let spec = Arc::new(Spec::read(DOCUMENT).unwrap());
        let requests = Schemas::of_requests(Arc::clone(&spec));
        let mut ran = Vec::new();
        for (language, program, file) in RUN {
            for id in ["listShipments", "quoteRates", "createShipment"] {
                let request = samples::request(&requests, spec.operation(id).unwrap(), &format!("{}/api/logistics", portal.url));
                let code = samples::sample(&request, language).replace("YOUR_SANDBOX_KEY", &key);
                let folder = tempfile::tempdir().unwrap();
                std::fs::write(folder.path().join(file), &code).unwrap();
                let arguments = if language == Language::Go { vec!["run", file] } else { vec![file] };
                let Some(printed) = printed_by(program, arguments.into_iter().map(str::to_owned).collect(), folder.path()).await else { break };
                let status = if id == "createShipment" { "201" } else { "200" };
                assert!(printed.contains(status) && printed.contains('{'), "{code}\n{printed}");
                ran.push((language.name(), id));
            }
        }
        println!("{} samples ran: {ran:?}", ran.len());
    }

    async fn the_typescript_client_calls_the_sandbox(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = sandbox(&portal).await;
        let folder = package(&portal, "typescript").await;
        let program = format!(
            "import {{ ApiError, Client }} from './package/index.js';\nconst client = new Client({{ key: '{key}', baseUrl: '{}/api/logistics' }});\n\
             const made = await client.createShipment({{ body: {{}} }}).catch((error) => error);\n\
             console.log(made instanceof ApiError ? made.status : 'made');\n\
             const {{ data }} = await client.listShipments();\nconsole.log(Array.isArray(data));", portal.url
        );
        let Some(printed) = printed_by("node", vec!["--input-type=module".into(), "-e".into(), program], folder.path()).await else { return };
        assert_eq!(printed, "made\ntrue\n");
    }

    async fn the_python_client_calls_the_sandbox(db: TestDb) {
        let portal = Portal::start(&db).await;
        let key = sandbox(&portal).await;
        let folder = package(&portal, "python").await;
        let program = format!(
            "import sys, pathlib\nsys.path.insert(0, str(next(pathlib.Path('.').glob('logistics_client-*'))))\n\
             from logistics_client import Client\nclient = Client('{key}', base_url='{}/api/logistics')\n\
             print(type(client.list_shipments()['data']).__name__)", portal.url
        );
        let Some(printed) = printed_by("python3", vec!["-c".into(), program], folder.path()).await else { return };
        assert_eq!(printed, "list\n");
    }
}
