//! A journal that is not writable: live calls are refused rather than served without being counted.

use std::os::unix::process::CommandExt;

use reqwest::Client;

use tollgate::types::environment::Environment;

use crate::support::{Process, TestDb, TestResponse, eventually, on_both, process};

/// The maximum size of a file, in bytes: simulates a full disk without special rights.
fn set_file_limit(pid: libc::pid_t, bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the limit outlives the call.
    assert_eq!(unsafe { libc::prlimit(pid, libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) }, 0);
}

async fn status(client: &Client, url: &str, key: &str) -> u16 {
    client
        .get(format!("{url}/v1/customers"))
        .bearer_auth(key)
        .send()
        .await
        .expect("an answer, always")
        .status()
        .as_u16()
}

on_both! {
    async fn on_a_full_disk_live_calls_get_503_sandbox_calls_go_on_and_all_recovers(db: TestDb) {
        let demo = process::json(&db, &["demo", "--json"]);
        let [live, sandbox] = ["live", "sandbox"].map(|environment| demo["keys"][environment].as_str().unwrap().to_owned());
        // Room for the embedded database's own files, and then for some hundred records.
        let server = Process::start_with(&db, |command| {
            // SAFETY: setrlimit is async-signal-safe.
            unsafe {
                command.pre_exec(|| {
                    libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
                    Ok(())
                });
            }
        })
        .await;
        let client = Client::new();
        let mut answered = 0;
        for key in [&live, &sandbox] {
            assert_eq!(status(&client, &server.url, key).await, 200);
            answered += 1;
        }
        eventually("they are applied", || async { (db.logged().await == 2).then_some(()) }).await;
        // From here on no file may grow beyond the current size of the journal's segment.
        set_file_limit(server.pid(), 600);

        let refused = eventually("live calls are refused", || async {
            let response = client.get(format!("{}/v1/customers", server.url)).bearer_auth(&live).send().await.unwrap();
            (response.status() == 503).then_some(response)
        })
        .await;
        let refused = TestResponse::read(refused).await;
        refused.problem(503, "unavailable");
        assert_eq!((refused.header("retry-after"), refused.header("tollgate-units")), ("2", "0"));
        for _ in 0..5 {
            assert_eq!(status(&client, &server.url, &live).await, 503);
            assert_eq!(status(&client, &server.url, &sandbox).await, 200);
        }
        assert_eq!(client.get(format!("{}/readyz", server.url)).send().await.unwrap().status(), 503);

        set_file_limit(server.pid(), libc::RLIM_INFINITY);
        // It recovers without calls.
        eventually("ready again", || async {
            (client.get(format!("{}/readyz", server.url)).send().await.unwrap().status() == 200).then_some(())
        })
        .await;
        for _ in 0..3 {
            assert_eq!(status(&client, &server.url, &live).await, 200);
            answered += 1;
        }
        server.signal(libc::SIGTERM);
        assert!(server.ended().await.success());
        let live_calls = db.logs().await.iter().filter(|log| log.environment == Environment::Live && log.status == 200).count() as i64;
        assert_eq!(live_calls, answered - 1);
        assert_eq!(db.number("select cast(sum(calls) as bigint) from usage_hourly").await, db.logged().await);
    }
}
