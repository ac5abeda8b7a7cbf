//! No page, list or job scans a growing table: the database explains every statement that a server
//! runs while a test visits all of its pages, lists and jobs.

mod crawl;
mod faults;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crawl::{Server, crawl};
use faults::{allowed, faults};

use crate::support::{TestDb, eventually};

/// The statements in a server's log, each once, on one line.
fn statements(log: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(log).expect("a log");
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let statement = |line: Value| {
        let long = line["db.statement"].as_str().filter(|text| !text.is_empty());
        let text = long
            .or_else(|| line["summary"].as_str())?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let is_plan = ["select", "insert", "update", "delete", "with"]
            .iter()
            .any(|word| text.starts_with(word));
        is_plan.then_some(text)
    };
    let own = |sql: &String| {
        !["_sqlx_migrations", "pg_catalog", "pg_notify", "pg_advisory", "sqlite_master"]
            .iter()
            .any(|word| sql.contains(word))
    };
    lines.filter_map(statement).filter(own).collect()
}

/// The work of a server's jobs with old data.
async fn let_jobs_work(db: &TestDb, log: &Path) {
    for sql in [
        "update events set id = 'evt_00000000000000000000000000'
         where id = (select min(id) from events)",
        "update mails set next_attempt_at = null, created_at = 0",
        "update notices set created_at = 0",
        "update invitations set expires_at = 0",
        "update one_time_tokens set expires_at = 0",
        "insert into key_notices (key_id, notice, created_at)
         select id, 'expires_in_7_days', 0 from keys",
        "insert into month_parts (subject, month, journal_id, amount)
         values ('org:a', 0, 'jrn', 1)",
        "insert into threshold_notices (org_id, subject, month, bound, percent, created_at)
         values ('a', 'quota:p', 0, 1, 80, 0)",
        "update idempotency_keys set created_at = 0",
        "insert into sessions (id, token_hash, user_id, source_ip, user_agent, created_at,
         last_seen_at, expires_at)
         select 'ses_1', id_hash.h, u.id, '', '', 0, 9999999999999, 0
         from users u, (select key_hash as h from keys limit 1) id_hash limit 1",
        "insert into billing_inbox (event_id, type, object_id, body_json, received_at,
         applied_at, attempts, next_attempt_at, fault)
         values ('evt_1', 'poll', '', '', 0, 0, 0, 0, '')",
        "insert into request_log_ends (id, org_id, request_bytes, response_bytes,
         duration_us, ended)
         select last_id, 'a', 0, 0, 0, 0 from request_log_blocks limit 1",
    ] {
        db.execute(sql).await;
    }
    let age = if db.url().is_some() { "decode('00', 'hex')" } else { "x'00'" };
    db.execute(format!("update request_log_ends set id = {age}").leak()).await;
    db.execute(
        format!(
            "update request_log_blocks set last_id = {age} where last_id =
             (select last_id from request_log_blocks order by last_id limit 1)"
        )
        .leak(),
    )
    .await;
    let _server = Server::start(db, log).await;
    for table in [
        "events",
        "mails",
        "notices",
        "invitations",
        "one_time_tokens",
        "key_notices",
        "month_parts",
        "threshold_notices",
        "idempotency_keys",
        "sessions",
        "billing_inbox",
        "request_log_ends",
        "request_log_blocks",
    ] {
        let begins = format!("delete from {table} where");
        eventually(&begins, || async {
            statements(log).iter().any(|sql| sql.starts_with(&begins)).then_some(())
        })
        .await;
    }
}

/// Makes the database explain every statement of a server while a test visits its pages, lists and
/// jobs.
async fn explain_all(db: TestDb) {
    let log: PathBuf = db.data_dir().join("statements.log");
    crawl(&db, &log).await;
    let_jobs_work(&db, &log).await;
    let all = statements(&log);
    assert!(all.len() > 150, "only {} statements were seen", all.len());
    let mut wrong = Vec::new();
    for sql in all.iter().filter(|sql| !allowed(sql)) {
        let plan = db.plan(sql).await;
        let faults = faults(sql, &plan, db.url().is_some());
        if !faults.is_empty() {
            wrong.push(format!("{}\n    {sql}", faults.join("\n")));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} statements read too much:\n{}",
        wrong.len(),
        all.len(),
        wrong.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_of_a_page_a_list_or_a_job_scans_a_table_that_grows_on_sqlite() {
    explain_all(TestDb::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_of_a_page_a_list_or_a_job_scans_a_table_that_grows_on_postgres() {
    if let Some(db) = TestDb::postgres().await {
        explain_all(db).await;
    }
}
