//! A journal, and an embedded database, belong to one server.

use std::path::Path;

use tollgate::server::clock::Clock;
use tollgate::server::config::Config;
use tollgate::server::{App, Result};
use tollgate::web::serve;

use crate::support::{Portal, Process, TestDb, eventually, on_both, process};

/// Copies a data folder, like a clone of a volume.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

async fn prepare(data_dir: &Path, url: &str) -> Result<App> {
    let flags = ["--data-dir", data_dir.to_str().unwrap(), "--database-url", url];
    serve::prepare(Config::from_flags(flags).unwrap(), Clock::default()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_data_folder_does_not_start_beside_its_original_and_costs_it_nothing() {
    let Some(db) = TestDb::postgres().await else { return };
    let portal = Portal::with_flags(&db, &["--limit-key", "100000/1"]).await;
    let org = portal.org("Acme").await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    let folder = tempfile::tempdir().unwrap();
    copy(db.data_dir(), folder.path());
    let Err(refused) = prepare(folder.path(), db.url().unwrap()).await else {
        panic!("a copy has started")
    };
    let refused = refused.to_string();
    assert!(
        refused.contains("same journal") && refused.contains(db.data_dir().to_str().unwrap()),
        "{refused}"
    );
    for _ in 0..20 {
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    }
    portal.stop().await;
    assert_eq!(db.logged().await, 21);
    // After the original has stopped, the copy may take its place.
    let moved = prepare(folder.path(), db.url().unwrap()).await;
    assert!(moved.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_journal_was_taken_over_stops_and_applies_nothing_more() {
    let Some(db) = TestDb::postgres().await else { return };
    let demo = process::json(&db, &["demo", "--json"]);
    let key = demo["keys"]["live"].as_str().unwrap().to_owned();
    let server = Process::start(&db).await;
    let client = reqwest::Client::new();
    let call = async || {
        client
            .get(format!("{}/v1/customers", server.url))
            .bearer_auth(&key)
            .send()
            .await
            .map(|response| response.status().as_u16())
    };
    assert_eq!(call().await.unwrap(), 200);
    eventually("it is applied", || async { (db.logged().await == 1).then_some(()) }).await;
    let folder = tempfile::tempdir().unwrap();
    copy(db.data_dir(), folder.path());
    // A machine that was suspended for longer than the lease.
    server.signal(libc::SIGSTOP);
    let taken = prepare(folder.path(), db.url().unwrap()).await;
    assert!(taken.is_ok());
    server.signal(libc::SIGCONT);
    assert!(!server.ended().await.success());
    assert_eq!(db.logged().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_of_different_folders_do_not_share_an_embedded_database() {
    let db = TestDb::sqlite();
    let portal = Portal::start(&db).await;
    let folder = tempfile::tempdir().unwrap();
    // With another name, too.
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(db.data_dir().join("tollgate.db"), &link).unwrap();
    for file in [db.data_dir().join("tollgate.db"), link] {
        let Err(refused) =
            prepare(&folder.path().join("data"), &format!("sqlite:{}", file.display())).await
        else {
            panic!("it has started")
        };
        assert!(refused.to_string().contains("another server is using the database"), "{refused}");
    }
    portal.stop().await;
    assert!(
        prepare(
            &folder.path().join("data"),
            &format!("sqlite:{}", db.data_dir().join("tollgate.db").display())
        )
        .await
        .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedded_database_with_a_hard_link_is_opened_by_no_name() {
    let db = TestDb::sqlite();
    let portal = Portal::start(&db).await;
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (db.data_dir().join("tollgate.db"), folder.path().join("link.db"));
    std::fs::hard_link(&file, &link).unwrap();
    let start = async |file: &Path| {
        prepare(&folder.path().join("data"), &format!("sqlite:{}", file.display())).await
    };
    for file in [&file, &link] {
        let Err(refused) = start(file).await else { panic!("it has started") };
        assert!(refused.to_string().contains("has 2 hard links"), "{refused}");
    }
    let doctor = process::run(&db, &["doctor"]);
    assert!(
        !doctor.status.success()
            && String::from_utf8_lossy(&doctor.stdout).contains("has 2 hard links")
    );
    portal.stop().await;
    std::fs::remove_file(&link).unwrap();
    assert!(start(&file).await.is_ok());
}

on_both! {
    async fn a_server_that_was_killed_starts_again_without_waiting_for_its_lease(db: TestDb) {
        for _ in 0..4 {
            let log = tempfile::NamedTempFile::new().unwrap();
            let server = Process::start_with(&db, |command| {
                command.stderr(log.reopen().unwrap());
            });
            server.await.kill();
            let text = std::fs::read_to_string(log.path()).unwrap();
            assert!(!text.contains("waiting until its lease expires"), "{text}");
        }
    }
}
