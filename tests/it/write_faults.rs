//! Writes that fail, and transactions that end in every possible way: the next write succeeds.

use std::os::unix::process::CommandExt;
use std::pin::Pin;
use std::task::{Context, Poll};

use reqwest::{Client, StatusCode};
use serde_json::json;
use sqlx::Connection;
use tollgate::server::access::Actor;
use tollgate::server::accounts;

use crate::support::{Portal, Process, TestDb, TestResponse, eventually, on_both, process};

/// Ends after so many polls, whether `inner` has or not.
struct Abandoned<F> {
    inner: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for Abandoned<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        match self.inner.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // So that it is dropped while it waits.
            Poll::Pending if self.polls == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

on_both! {
    async fn a_caller_who_is_gone_at_any_point_of_a_transaction_leaves_a_connection_that_works(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (app, actor) = (&portal.app, Actor::command_line());
        for polls in 1.. {
            let created = accounts::create_org(&app.db, "Acme", None, false, &actor, portal.now());
            let done = Abandoned { inner: Box::pin(created), polls }.await;
            // Also those that only read.
            let snapshot = Abandoned { inner: Box::pin(app.db.snapshot()), polls: 1 + polls % 3 }.await;
            drop(snapshot);
            accounts::create_org(&app.db, "Acme", None, false, &actor, portal.now()).await.expect("the next one succeeds");
            if done.is_some() {
                break;
            }
            assert!(polls < 1_000, "never ends");
        }
        assert!(app.db.health().is_writable());
        if db.url().is_some() {
            let idle = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'";
            eventually("no transaction is left open", || async { (db.number(idle).await == 0).then_some(()) }).await;
        }
        portal.stop().await;
    }

    async fn a_panic_inside_a_transaction_leaves_a_connection_that_works(db: TestDb) {
        let portal = Portal::start(&db).await;
        let before = db.number("select count(*) from orgs").await;
        for _ in 0..20 {
            let app = portal.app.clone();
            let panicked = tokio::spawn(async move {
                let tx = app.db.begin().await.expect("begins");
                assert!(app.config.trusted_proxies.len() > 1_000, "on purpose");
                drop(tx);
            });
            assert!(panicked.await.is_err());
        }
        portal.org("Acme").await;
        assert_eq!(db.number("select count(*) from orgs").await, before + 1);
        portal.stop().await;
    }
}

fn set_file_limit(pid: libc::pid_t, bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the limit outlives the call.
    assert_eq!(unsafe { libc::prlimit(pid, libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) }, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedded_database_that_could_not_be_written_is_written_again_without_a_restart() {
    let db = TestDb::sqlite();
    let demo = process::json(&db, &["demo", "--json"]);
    let key = demo["keys"]["sandbox"].as_str().expect("a key").to_owned();
    let server = Process::start_with(&db, |command| {
        // SAFETY: signal is async-signal-safe.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
                Ok(())
            });
        }
    })
    .await;
    let client = Client::new();
    let create = async || {
        let request = client.post(format!("{}/v1/customers", server.url)).bearer_auth(&key);
        TestResponse::read(
            request.json(&json!({ "name": "Ada" })).send().await.expect("an answer, always"),
        )
        .await
    };
    let ready = async || {
        client.get(format!("{}/readyz", server.url)).send().await.expect("an answer").status()
    };
    assert_eq!(create().await.status, 201);
    for _ in 0..3 {
        // No file may grow any more: the write-ahead log ends in the middle of a transaction.
        let wal = std::fs::metadata(db.data_dir().join("tollgate.db-wal"))
            .expect("a write-ahead log")
            .len();
        set_file_limit(server.pid(), wal + 2_000);
        let refused = eventually("writes are refused", || async {
            Some(create().await).filter(|response| response.status != 201)
        })
        .await;
        refused.problem(503, "unavailable");
        assert!(!refused.header("retry-after").is_empty());
        eventually("it is not ready", || async {
            (ready().await == StatusCode::SERVICE_UNAVAILABLE).then_some(())
        })
        .await;
        set_file_limit(server.pid(), libc::RLIM_INFINITY);
        eventually("ready again", || async { (ready().await == StatusCode::OK).then_some(()) })
            .await;
        assert_eq!(create().await.status, 201);
    }
    server.signal(libc::SIGTERM);
    assert!(server.ended().await.success());
    assert_eq!(
        db.number("select cast(sum(calls) as bigint) from usage_hourly").await,
        db.logged().await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgres_refuses_writes_callers_are_asked_to_retry_and_readiness_fails() {
    let Some(db) = TestDb::postgres().await else { return };
    let portal =
        Portal::with_flags(&db, &["--limit-key", "100000/1", "--limit-ip", "100000/1"]).await;
    let org = portal.org("Acme").await;
    // A standby, or a database whose provider has made it read-only, as they do when the disk is
    // full.
    let switch = async |to: &str| {
        let name = db.url().and_then(|url| url.rsplit('/').next()).expect("a name");
        let mut connection =
            sqlx::PgConnection::connect(db.url().expect("a URL")).await.expect("connects");
        sqlx::query("set default_transaction_read_only = off")
            .execute(&mut connection)
            .await
            .expect("set");
        let alter = format!("alter database {name} set default_transaction_read_only = {to}");
        sqlx::query(sqlx::AssertSqlSafe(alter)).execute(&mut connection).await.expect("set");
        let others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
        sqlx::query(others).execute(&mut connection).await.expect("ended");
    };
    let create = async || portal.post(&org.live, "/v1/customers", &json!({ "name": "Ada" })).await;
    let ready = async || portal.send(portal.request(reqwest::Method::GET, "/readyz")).await.status;
    switch("on").await;
    let refused = eventually("writes are refused for good", || async {
        let refused = create().await;
        (ready().await == 503).then_some(refused)
    })
    .await;
    refused.problem(503, "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    switch("off").await;
    eventually("ready again", || async { (ready().await == 200).then_some(()) }).await;
    eventually("writes are taken again", || async { (create().await.status == 201).then_some(()) })
        .await;
    portal.stop().await;
}
