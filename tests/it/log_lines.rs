//! Log lines for operators: one per problem, with what to check.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Process, TestDb, eventually, on_both, process};

/// The current segment of the journal.
fn last_segment(db: &TestDb) -> PathBuf {
    let folder = std::fs::read_dir(db.data_dir().join("journal")).unwrap();
    let segments = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "journal"));
    segments.max().expect("a segment")
}

async fn logs(db: &TestDb, log: &NamedTempFile, settings: &[(&str, &str)]) -> Process {
    Process::start_with(db, |command| {
        command.stderr(log.reopen().unwrap()).envs(settings.iter().copied());
    })
    .await
}

fn lines(log: &Path, words: &str) -> usize {
    std::fs::read_to_string(log).unwrap().lines().filter(|line| line.contains(words)).count()
}

/// An organisation's live key.
fn key(db: &TestDb) -> String {
    let org = process::json(db, &["org", "create", "Acme", "--json"]);
    let key = process::json(
        db,
        &["key", "create", "--org", org["id"].as_str().unwrap(), "--environment", "live", "--json"],
    );
    key["key"].as_str().unwrap().to_owned()
}

async fn call(server: &Process, key: &str) -> u16 {
    let sent = reqwest::Client::new()
        .get(format!("{}/v1/customers", server.url))
        .bearer_auth(key)
        .send()
        .await;
    sent.unwrap().status().as_u16()
}

on_both! {
    async fn a_journal_segment_that_is_shorter_than_what_was_applied_of_it(db: TestDb) {
        let log = NamedTempFile::new().unwrap();
        let server = logs(&db, &log, &[]).await;
        let key = key(&db);
        for _ in 0..3 {
            assert_eq!(call(&server, &key).await, 200);
        }
        eventually("the calls are applied", || async { (db.logged().await == 3).then_some(()) }).await;
        server.kill();
        let segment = OpenOptions::new().write(true).open(last_segment(&db)).unwrap();
        segment.set_len(segment.metadata().unwrap().len() / 2).unwrap();
        let server = logs(&db, &log, &[]).await;
        eventually("the log says so", || async { (lines(log.path(), "shorter than the part that was applied") > 0).then_some(()) }).await;
        drop(server);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_of_connections_that_is_in_use() {
    let (db, log) = (TestDb::sqlite(), NamedTempFile::new().unwrap());
    let settings = [
        ("TOLLGATE_CONNECTIONS", "6"),
        ("TOLLGATE_CONNECTIONS_FOR_CALLS", "2"),
        ("TOLLGATE_CONNECTIONS_PER_SOURCE", "100"),
    ];
    let server = logs(&db, &log, &settings).await;
    let addr = server.url.strip_prefix("http://").unwrap();
    let mut held = Vec::new();
    // The probes that waited for the server have open connections, too, so some of these wait.
    for _ in 0..6 {
        held.push(TcpStream::connect(addr).await.unwrap());
    }
    eventually("the log says so", || async {
        (lines(log.path(), "all connections are in use") == 1).then_some(())
    })
    .await;
    drop(held);
    // The waiting ones are served.
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert_eq!(lines(log.path(), "all connections are in use"), 1);
}
