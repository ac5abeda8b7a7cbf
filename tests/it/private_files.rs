//! Nobody else can read the files in the data folder.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use crate::support::{Process, TestDb, on_both, process};

fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(all(&path)) } else { found.push(path) }
    }
    found
}

fn exposed(folder: &Path) -> Vec<PathBuf> {
    all(folder)
        .into_iter()
        .filter(|path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077 != 0)
        .collect()
}

async fn server(db: &TestDb) -> Process {
    Process::start_with(db, |command| {
        // SAFETY: umask is async-signal-safe.
        unsafe {
            command.pre_exec(|| {
                libc::umask(0);
                Ok(())
            });
        }
    })
    .await
}

on_both! {
    async fn everything_in_the_data_folder_is_private_whatever_the_umask_and_old_folders_are_repaired(db: TestDb) {
        let none: Vec<PathBuf> = Vec::new();
        let running = server(&db).await;
        let demo = process::json(&db, &["demo", "--json"]);
        let key = demo["keys"]["live"].as_str().unwrap();
        let called = reqwest::Client::new().get(format!("{}/v1/customers", running.url)).bearer_auth(key).send().await.unwrap();
        assert_eq!(called.status(), 200);
        let files = all(db.data_dir());
        assert!(files.iter().any(|path| path.extension().is_some_and(|ending| ending == "journal")));
        assert!(db.url().is_some() || files.iter().any(|path| path.to_string_lossy().ends_with("-wal")));
        assert_eq!(exposed(db.data_dir()), none);
        running.kill();
        for path in all(db.data_dir()) {
            let mode = if path.is_dir() { 0o755 } else { 0o644 };
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let output = process::run(&db, &["doctor"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!output.status.success() && text.contains("has mode 755"), "{text}");
        let running = server(&db).await;
        assert_eq!(exposed(db.data_dir()), none);
        assert!(String::from_utf8(process::run(&db, &["doctor"]).stdout).unwrap().contains("only this user"));
        running.kill();
    }
}
