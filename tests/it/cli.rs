//! The command line, with and without a running server.

use std::os::unix::process::CommandExt;

use serde_json::{Value, json};

use crate::support::{Portal, Process, TestDb, on_both, process};

fn fails(db: &TestDb, args: &[&str]) -> String {
    let output = process::run(db, args);
    assert!(!output.status.success(), "{args:?} must fail");
    String::from_utf8(output.stderr).unwrap()
}

on_both! {
    async fn no_demo_is_put_into_a_portal_that_strangers_reach(db: TestDb) {
        let public = ["--public-url", "https://portal.example.com"];
        for args in [&["demo"][..], &["demo", "--json"], &["demo", "--product"]] {
            let printed = fails(&db, &[args, &public].concat());
            assert!(printed.contains("https://portal.example.com is public") && printed.contains("--force"), "{printed}");
        }
        process::json(&db, &["org", "list", "--json", public[0], public[1]]);
        assert_eq!(db.number("select count(*) from users").await, 0);
        // Where only this machine can reach it, and with --force.
        process::json(&db, &["demo", "--json", "--public-url", "https://localhost:3000"]);
        process::json(&db, &[&["demo", "--json", "--force"][..], &public].concat());
    }

    async fn the_demo_prints_the_same_working_keys_each_time(db: TestDb) {
        let first = process::json(&db, &["demo", "--json"]);
        let portal = Portal::start(&db).await;
        let second = process::json(&db, &["demo", "--json"]);
        assert_eq!(first, second);
        for environment in ["sandbox", "live"] {
            let key = first["keys"][environment].as_str().unwrap();
            let response = portal.send(portal.request(reqwest::Method::GET, "/v1/customers").bearer_auth(key)).await;
            assert_eq!((response.status, response.header("tollgate-environment")), (200, environment));
        }
        let org = first["org_id"].as_str().unwrap();
        assert_eq!(db.number("select count(*) from orgs").await, 1);
        // A revoked key is replaced by a new one.
        let keys = process::json(&db, &["key", "list", "--org", org, "--json"]);
        process::json(&db, &["key", "revoke", keys[0]["id"].as_str().unwrap(), "--org", org, "--json"]);
        let third = process::json(&db, &["demo", "--json"]);
        assert_ne!(first["keys"], third["keys"]);
        assert_eq!(third["org_id"], first["org_id"]);
        assert!(third["operator"]["email"].is_string() && third["operator"]["password"].is_string());
    }

    async fn a_server_may_have_more_files_open_than_its_shell_allows(db: TestDb) {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the limit outlives the call.
        assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) }, 0);
        let few = libc::rlimit { rlim_cur: 256, ..limit };
        let server = Process::start_with(&db, |command| {
            // SAFETY: setrlimit is async-signal-safe.
            unsafe {
                command.pre_exec(move || {
                    libc::setrlimit(libc::RLIMIT_NOFILE, &raw const few);
                    Ok(())
                });
            }
        })
        .await;
        let mut found = few;
        // SAFETY: as before.
        assert_eq!(unsafe { libc::prlimit(server.pid(), libc::RLIMIT_NOFILE, std::ptr::null(), &raw mut found) }, 0);
        assert_eq!((found.rlim_cur, found.rlim_max), (limit.rlim_max.min(2 * 16 * 1024 + 1024), limit.rlim_max));
    }

    async fn the_demo_keeps_out_of_a_database_with_real_organisations(db: TestDb) {
        process::json(&db, &["org", "create", "Real", "--json"]);
        assert!(fails(&db, &["demo"]).contains("--force"));
        assert!(process::json(&db, &["demo", "--json", "--force"])["keys"].is_object());
    }

    async fn the_demos_product_alone_is_there_for_a_newcomer_and_never_comes_to_those_who_are_there(db: TestDb) {
        let products = async || db.texts("select id from products order by id").await;
        for _ in 0..2 {
            assert!(process::run(&db, &["demo", "--product"]).status.success());
            assert_eq!((products().await, db.number("select count(*) from orgs").await), (vec!["logistics".to_owned()], 0));
        }
        // The complete demo continues from there.
        assert!(process::json(&db, &["demo", "--json"])["keys"].is_object());
        process::json(&db, &["product", "remove", "logistics", "--end-subscriptions", "--json"]);
        assert!(process::run(&db, &["demo", "--product"]).status.success());
        assert!(!products().await.contains(&"logistics".to_owned()));
    }

    async fn people_organisations_and_keys_are_made_and_listed(db: TestDb) {
        let user = process::json(&db, &["user", "create", "ada@example.com", "--password", "correct horse battery", "--operator", "--json"]);
        assert_eq!(user["operator"], true);
        let org = process::json(&db, &["org", "create", "Acme", "--owner", "Ada@example.com", "--json"]);
        let orgs = process::json(&db, &["org", "list", "--json"]);
        assert_eq!((&orgs[0]["id"], &orgs[0]["members"]), (&org["id"], &1.into()));
        let id = org["id"].as_str().unwrap();
        let key = process::json(&db, &["key", "create", "--org", id, "--name", "CI", "--scopes", "customers:read,usage:read", "--json"]);
        assert!(key["key"].as_str().unwrap().starts_with("tg_sandbox_"));
        let listed = process::json(&db, &["key", "list", "--org", id, "--json"]);
        assert_eq!((&listed[0]["name"], listed[0].get("key")), (&Value::from("CI"), None));
        process::json(&db, &["user", "set-password", "ada@example.com", "--password", "another long password", "--json"]);
        assert_eq!(db.texts("select distinct actor_kind from audit_entries").await, ["command_line"]);
    }

    async fn wrong_arguments_are_told_in_one_line_and_change_nothing(db: TestDb) {
        process::json(&db, &["org", "create", "Acme", "--json"]);
        let missing = "org_01h2xcejqtf2nbrexx3vqjhp41";
        assert!(fails(&db, &["org", "create", "Acme", "--owner", "nobody@example.com"]).contains("no such account"));
        assert!(fails(&db, &["key", "create", "--org", missing]).contains("no such organisation"));
        assert!(fails(&db, &["key", "create", "--org", "acme"]).contains("--org"));
        assert!(fails(&db, &["user", "create", "ada@example.com", "--password", "short"]).contains("12"));
        let scopes = fails(&db, &["key", "create", "--org", db.texts("select id from orgs").await[0].as_str(), "--scopes", "fly:high"]);
        assert!(scopes.contains("fly:high"), "{scopes}");
        assert_eq!(db.number("select (select count(*) from keys) + (select count(*) from users)").await, 0);
    }

    async fn a_second_server_on_the_same_data_folder_is_refused(db: TestDb) {
        let _portal = Portal::start(&db).await;
        let error = fails(&db, &["serve", "--addr", "127.0.0.1:0"]);
        assert!(error.contains("another server is using"), "{error}");
        assert_eq!(error.lines().count(), 1);
    }

    async fn the_doctor_finds_what_is_wrong_and_says_how_to_mend_it(db: TestDb) {
        process::json(&db, &["org", "create", "Acme", "--json"]);
        let checks = process::json(&db, &["doctor", "--json"]);
        // No mail server is configured.
        let expected = |check: &Value| check["outcome"] == if check["name"] == "mail" { "warning" } else { "ok" };
        assert!(checks.as_array().unwrap().iter().all(expected), "{checks}");
        let outbox = process::run_with(&db, &["doctor"], |command| _ = command.env("TOLLGATE_DEV_OUTBOX", "1"));
        assert!(String::from_utf8(outbox.stdout).unwrap().contains("/dev/outbox"));
        let output = process::run(&db, &["doctor", "--public-url", "http://portal.example.com", "--smtp-url", "smtp://127.0.0.1:1"]);
        assert!(!output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("TLS") && text.contains("SMTP_URL"), "{text}");
    }

    async fn the_doctor_finds_instances_that_have_different_secret_keys(db: TestDb) {
        let [one, other] = ["BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg="];
        let portal = Portal::with_flags(&db, &["--secret-key", one]).await;
        let key = portal.org("Acme").await.live;
        let new = json!({ "url": "https://example.com/hooks", "headers": { "X-Tenant": "7" } });
        assert_eq!(portal.post(&key, "/v1/webhook-endpoints", &new).await.status, 201);
        let secrets = |args: &[&str]| {
            let output = process::run(&db, &[&["doctor", "--json"], args].concat());
            let checks: Value = serde_json::from_slice(&output.stdout).unwrap();
            let check = checks.as_array().unwrap().iter().find(|check| check["name"] == "secrets").unwrap().clone();
            (output.status.success(), check["outcome"].as_str().unwrap().to_owned(), check["detail"].as_str().unwrap().to_owned())
        };
        let (is_well, outcome, detail) = secrets(&["--secret-key", one]);
        assert!(is_well && outcome == "ok" && detail.contains("1 webhook endpoint"), "{detail}");
        let (is_well, outcome, detail) = secrets(&["--secret-key", other]);
        assert!(!is_well && outcome == "failed" && detail.starts_with("TOLLGATE_SECRET_KEY does not open the secrets of 1 of 1"), "{detail}");
        assert!(detail.contains("the same TOLLGATE_SECRET_KEY on all instances"), "{detail}");
        // Nor does the doctor create a missing key.
        for _ in 0..2 {
            let (_, outcome, detail) = secrets(&[]);
            assert!(outcome == "failed" && detail.contains("secret.key is missing"), "{detail}");
        }
        let (_, outcome, detail) = secrets(&["--secret-key", "c2hvcnQ="]);
        assert!(outcome == "failed" && detail.contains("32 bytes in base64"), "{detail}");
    }
}

#[test]
fn output_that_nobody_reads_to_its_end_is_no_error() {
    let piped = "\"$0\" openapi | head -c 1";
    let output = std::process::Command::new("sh")
        .args(["-c", piped, env!("CARGO_BIN_EXE_tollgate")])
        .output()
        .unwrap();
    assert_eq!(
        (output.stdout.as_slice(), String::from_utf8_lossy(&output.stderr).as_ref()),
        (&b"{"[..], "")
    );
}

#[test]
fn a_wrong_value_stops_the_start_with_one_clear_line() {
    let db = TestDb::sqlite();
    for (flag, value) in [
        ("--database-url", "mysql://localhost/x"),
        ("--database-url", "postgres://127.0.0.1:1/x"),
        ("--addr", "0.0.0.0:0"),
    ] {
        let error = fails(&db, &["serve", flag, value]);
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    assert!(fails(&db, &["serve", "--limit-key", "many"]).contains("--limit-key"));
}

#[test]
fn the_openapi_command_prints_the_document() {
    let output = process::run(&TestDb::sqlite(), &["openapi"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}
