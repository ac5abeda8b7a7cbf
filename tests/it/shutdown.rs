//! Stopping in good order.

use crate::support::{Process, TestDb, on_both, process};

on_both! {
    async fn sigterm_lets_calls_end_applies_the_journal_and_exits_with_zero(db: TestDb) {
        let demo = process::json(&db, &["demo", "--json"]);
        let key = demo["keys"]["live"].as_str().unwrap().to_owned();
        let server = Process::start(&db).await;
        let client = reqwest::Client::new();
        for _ in 0..20 {
            assert_eq!(client.get(format!("{}/v1/customers", server.url)).bearer_auth(&key).send().await.unwrap().status(), 200);
        }
        server.signal(libc::SIGTERM);
        assert_eq!(server.ended().await.code(), Some(0));
        assert_eq!(db.number("select count(*) from request_logs").await, 20);
    }
}
