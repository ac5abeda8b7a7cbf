//! A journal that cannot be applied unchanged: everything else is applied, nothing is counted
//! twice, and all status reports show the problem.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::FileExt;

use tollgate::server::journal::{LIMITS, Record, Texts};
use tollgate::types::environment::Environment;
use tollgate::types::log::{AnsweredBy, Ended};

use crate::support::{Portal, TestDb, eventually, on_both, process};

const OPEN: [&str; 8] = [
    "--limit-key",
    "100000/1",
    "--limit-org",
    "100000/1",
    "--limit-ip",
    "100000/1",
    "--limit-operation",
    "100000/1",
];

/// Every place where calls are counted.
async fn counted(db: &TestDb) -> [i64; 4] {
    [
        db.logged().await,
        db.number(
            "select cast(coalesce(sum(calls), 0) as bigint) from usage_hourly where org_id <> ''",
        )
        .await,
        db.number("select cast(coalesce(sum(units), 0) as bigint) from quota_counters").await,
        db.number("select cast(coalesce(sum(units), 0) as bigint) from usage_ledger").await,
    ]
}

/// The doctor's result for the journal: outcome and text.
fn doctor(db: &TestDb) -> (String, String) {
    let checks: serde_json::Value =
        serde_json::from_slice(&process::run(db, &["doctor", "--json"]).stdout).unwrap();
    let check =
        checks.as_array().unwrap().iter().find(|check| check["name"] == "journal").unwrap().clone();
    (check["outcome"].as_str().unwrap().into(), check["detail"].as_str().unwrap().into())
}

fn end_of_a_stream() -> Record<'static> {
    Record {
        is_end: true,
        ended: Ended::Complete,
        request_id: 1,
        environment: Environment::Live,
        status: 200,
        at_ms: 1,
        latency_us: 1,
        checks_us: 0,
        handler_us: 0,
        request_bytes: 0,
        response_bytes: 5,
        units: 0,
        billed_units: 0,
        price_nano: 0,
        quota: None,
        limits_used: [0; LIMITS],
        answered_by: AnsweredBy::OwnApi,
        source_ip: [127, 0, 0, 1].into(),
        texts: Texts::default(),
    }
}

on_both! {
    async fn a_journal_that_lost_its_id_is_read_again_and_nothing_is_counted_twice(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let org = portal.org("Acme").await;
        for _ in 0..5 {
            assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        }
        portal.stop().await;
        assert_eq!(counted(&db).await, [5; 4]);
        for calls in [8, 11] {
            std::fs::remove_file(db.data_dir().join("journal/id")).unwrap();
            let portal = Portal::with_flags(&db, &OPEN).await;
            for _ in 0..3 {
                assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
            }
            portal.stop().await;
            assert_eq!(counted(&db).await, [calls; 4]);
        }
    }

    async fn records_that_are_there_already_are_skipped_and_the_rest_is_counted(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let org = portal.org("Acme").await;
        for _ in 0..5 {
            assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        }
        portal.stop().await;
        db.execute("update journal_cursors set segment = 1, position = 0").await;
        let portal = Portal::with_flags(&db, &OPEN).await;
        for _ in 0..3 {
            assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        }
        portal.stop().await;
        assert_eq!(counted(&db).await, [8; 4]);
        assert!(!db.data_dir().join("journal/dead-letters").exists());
    }

    async fn records_that_cannot_be_applied_are_put_aside_and_counted_once_after_a_repair(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let (bad, good) = (portal.org("Bad").await, portal.org("Good").await);
        // A stand-in for a damaged page: whatever touches this organisation's usage fails.
        let (refuse, allow) = match db.url() {
            None => (
                format!(
                    "create trigger damaged before insert on usage_hourly when new.org_id = '{}' begin select raise(abort, 'damaged'); end",
                    bad.id
                ),
                "drop trigger damaged",
            ),
            Some(_) => (
                format!("alter table usage_hourly add constraint damaged check (org_id <> '{}')", bad.id),
                "alter table usage_hourly drop constraint damaged",
            ),
        };
        db.execute_text(refuse).await;
        for _ in 0..10 {
            assert_eq!(portal.get(&good.live, "/v1/customers").await.status, 200);
            assert_eq!(portal.get(&bad.live, "/v1/customers").await.status, 200);
            assert_eq!(portal.get(&good.sandbox, "/v1/customers").await.status, 200);
        }
        eventually("all others are counted", || async { (db.logged().await == 20).then_some(()) }).await;
        assert_eq!(counted(&db).await, [20, 20, 10, 10]);
        let (outcome, detail) = doctor(&db);
        assert!(outcome == "failed" && detail.starts_with("10 recorded calls"), "{detail}");
        assert_eq!(portal.send(portal.request(reqwest::Method::GET, "/readyz")).await.status, 200);
        portal.stop().await;
        // Still damaged: they are tried again, and set aside again.
        Portal::with_flags(&db, &OPEN).await.stop().await;
        assert_eq!(counted(&db).await, [20, 20, 10, 10]);
        assert!(doctor(&db).1.starts_with("10 recorded calls"));
        db.execute(allow).await;
        for _ in 0..2 {
            Portal::with_flags(&db, &OPEN).await.stop().await;
            assert_eq!(counted(&db).await, [30, 30, 20, 20]);
            assert_eq!(doctor(&db).0, "ok");
        }
    }

    async fn a_damaged_record_is_kept_and_reported_and_all_others_are_counted(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let org = portal.org("Acme").await;
        // Holds up the applier.
        db.execute("alter table usage_hourly rename to elsewhere").await;
        let mut ends = Vec::new();
        for _ in 0..5 {
            assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
            ends.push(portal.app.journal.end());
        }
        let (before, after) = (ends[1], ends[2]);
        assert_eq!(before.segment, after.segment);
        let segment = db.data_dir().join(format!("journal/{:012}.journal", before.segment));
        let mut damaged = std::fs::read(&segment).unwrap()[before.offset as usize..after.offset as usize].to_vec();
        damaged[60] ^= 1;
        OpenOptions::new().write(true).open(&segment).unwrap().write_all_at(&damaged, before.offset).unwrap();
        db.execute("alter table elsewhere rename to usage_hourly").await;
        eventually("all others are counted", || async { (db.logged().await == 4).then_some(()) }).await;
        assert_eq!(counted(&db).await, [4; 4]);

        let kept = db.data_dir().join(format!("journal/{:012}-{:012}.damaged", before.segment, before.offset));
        assert_eq!(std::fs::read(&kept).unwrap(), damaged);
        let ready = portal.send(portal.request(reqwest::Method::GET, "/readyz")).await;
        assert_eq!((ready.status, &ready.json()["journal_damaged"]), (200, &serde_json::json!({ "parts": 1, "bytes": damaged.len() })));
        portal.stop().await;
        // A restart neither forgets the damage nor counts anything again.
        Portal::with_flags(&db, &OPEN).await.stop().await;
        assert_eq!(counted(&db).await, [4; 4]);
        let (outcome, text) = doctor(&db);
        assert!(outcome == "failed" && text.starts_with(&format!("damaged parts of the journal: 1 ({} bytes)", damaged.len())), "{text}");
        assert!(!process::run(&db, &["doctor"]).status.success());
        std::fs::remove_file(&kept).unwrap();
        assert_eq!(doctor(&db).0, "ok");
    }

    async fn a_damaged_last_record_is_kept_and_one_whose_write_was_interrupted_is_not(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let org = portal.org("Acme").await;
        let begin = portal.app.journal.end();
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        let end = portal.app.journal.end();
        portal.stop().await;
        assert_eq!(begin.segment, end.segment);
        let segment = db.data_dir().join(format!("journal/{:012}.journal", end.segment));
        let record = std::fs::read(&segment).unwrap()[begin.offset as usize..end.offset as usize].to_vec();
        let append = |bytes: &[u8]| OpenOptions::new().append(true).open(&segment).unwrap().write_all(bytes).unwrap();
        let kept = db.data_dir().join(format!("journal/{:012}-{:012}.damaged", end.segment, end.offset));

        append(&record[..record.len() - 1]);
        Portal::with_flags(&db, &OPEN).await.stop().await;
        assert_eq!((counted(&db).await, kept.exists(), doctor(&db).0.as_str()), ([1; 4], false, "ok"));
        // The applier is in a later segment: it reads this one again.
        db.execute_text(format!("update journal_cursors set segment = {}, position = {}", end.segment, end.offset)).await;
        OpenOptions::new().write(true).open(&segment).unwrap().set_len(end.offset).unwrap();
        append(&[&record[..60], &[record[60] ^ 1], &record[61..]].concat());
        Portal::with_flags(&db, &OPEN).await.stop().await;
        assert_eq!((counted(&db).await, kept.exists(), doctor(&db).0.as_str()), ([1; 4], true, "failed"));
    }

    async fn the_doctor_says_what_is_missing_with_an_end_and_with_an_interrupted_record(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let org = portal.org("Acme").await;
        let begin = portal.app.journal.end();
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        let last = portal.app.journal.end();
        portal.stop().await;
        let folder = db.data_dir().join("journal");
        let mut end = Vec::new();
        end_of_a_stream().encode(&mut end);
        let (aside, damaged) = (folder.join("dead-letters"), folder.join("000000000001-000000000000.damaged"));
        std::fs::write(&aside, &end).unwrap();
        let (outcome, text) = doctor(&db);
        assert!(outcome == "failed" && text.starts_with("1 end of a streamed response could not be applied, so calls and billed units are complete"), "{text}");
        std::fs::remove_file(&aside).unwrap();

        end[60] ^= 1;
        std::fs::write(&damaged, &end).unwrap();
        let (outcome, text) = doctor(&db);
        assert!(outcome == "failed" && text.contains("ends of streamed responses: calls and billed units are complete"), "{text}");
        std::fs::remove_file(&damaged).unwrap();
        assert!(!doctor(&db).1.contains("incomplete record"));

        let segment = folder.join(format!("{:012}.journal", last.segment));
        let record = std::fs::read(&segment).unwrap()[begin.offset as usize..last.offset as usize].to_vec();
        let torn = &record[..record.len() - 1];
        OpenOptions::new().append(true).open(&segment).unwrap().write_all(torn).unwrap();
        let (outcome, text) = doctor(&db);
        let wanted = format!("0 bytes are not in the database yet; the oldest has waited 0 s. An incomplete record of {} bytes", torn.len());
        assert!(outcome == "ok" && text.starts_with(&wanted), "{text}");
    }

    async fn a_journal_that_is_not_applied_is_reported_by_readiness_and_waits_for_an_operator(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let org = portal.org("Acme").await;
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        eventually("it is applied", || async { (db.logged().await == 1).then_some(()) }).await;
        // Not a problem of the records.
        db.execute("alter table usage_hourly rename to elsewhere").await;
        for _ in 0..5 {
            assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
        }
        let ready = async || portal.send(portal.request(reqwest::Method::GET, "/readyz")).await;
        let response = ready().await;
        assert!(response.status == 200 && response.json()["journal_lag"]["bytes"].as_u64() > Some(500), "{}", response.text);
        portal.clock.advance(2 * 60_000);
        let response = ready().await;
        assert_eq!((response.status, &response.json()["journal_applied"]), (503, &false.into()));
        assert!(response.json()["journal_lag"]["seconds"].as_u64() >= Some(120));
        assert!(!db.data_dir().join("journal/dead-letters").exists());
        db.execute("alter table elsewhere rename to usage_hourly").await;
        eventually("ready again", || async { (ready().await.status == 200).then_some(()) }).await;
        portal.stop().await;
        assert_eq!(counted(&db).await, [6; 4]);
    }
}
