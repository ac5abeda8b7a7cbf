//! Blocks of the request log: merged, and read a bounded number at a time.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use tollgate::server::access::{Permit, ReadLogs};
use tollgate::server::db::{Fence, Tx, behind};
use tollgate::server::journal::{Record, Texts};
use tollgate::server::request_logs::{self, Builder};
use tollgate::server::{Error, Result};
use tollgate::types::environment::Environment;
use tollgate::types::id::{KeyId, OrgId, RequestId};
use tollgate::types::log::{AnsweredBy, Ended, LogFilter, RequestLog};
use tollgate::types::time::{HOUR, MINUTE, Timestamp};

use crate::support::{Portal, TestDb, on_both};

const KEY: &str = "key_01h2xcejqtf2nbrexx3vqjhp41";

fn record(org: &str, at: Timestamp, i: u128) -> Record<'_> {
    let texts = Texts {
        org_id: org,
        key_id: KEY,
        product: "platform",
        operation: "listCustomers",
        method: "GET",
        path: "/v1/customers",
        ..Texts::default()
    };
    Record {
        is_end: false,
        ended: Ended::Complete,
        request_id: (u128::from(at.0.unsigned_abs()) << 80) + i,
        environment: Environment::Live,
        status: if i.is_multiple_of(3) { 404 } else { 200 },
        at_ms: at.0 + 5,
        latency_us: i as u64,
        checks_us: 1,
        handler_us: 2,
        request_bytes: 3,
        response_bytes: 4,
        units: 1,
        billed_units: 1,
        price_nano: 5,
        quota: None,
        limits_used: [0; 4],
        answered_by: AnsweredBy::OwnApi,
        source_ip: [192, 0, 2, 1].into(),
        texts,
    }
}

/// Writes `blocks` blocks of `calls` calls each, a second apart, from `start` on.
async fn write(portal: &Portal, org: &OrgId, start: Timestamp, blocks: i64, calls: u128) {
    let mut tx = portal.app.db.begin().await.unwrap();
    for second in 0..blocks {
        let mut builder = Builder::default();
        for i in 0..calls {
            builder.add(&record(org.as_str(), start.plus(second * 1000), i), true);
        }
        request_logs::write(
            &mut tx,
            org.as_str(),
            Environment::Live,
            builder.pack().unwrap().unwrap(),
        )
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

/// All calls by pages of `limit`, and how many pages there were.
async fn all(portal: &Portal, org: &OrgId, status: &str, limit: i64) -> (Vec<RequestLog>, usize) {
    let permit = Permit::<ReadLogs>::for_command_line(org.clone());
    let filter = LogFilter { status: status.into(), ..LogFilter::default() };
    let (mut logs, mut cursor, mut pages) = (Vec::new(), None::<RequestId>, 0);
    loop {
        let page = request_logs::list(
            &portal.app.db,
            &permit,
            Environment::Live,
            &filter,
            cursor.as_ref(),
            limit,
        )
        .await
        .unwrap();
        logs.extend(page.data);
        pages += 1;
        let Some(next) = page.next_cursor else { return (logs, pages) };
        cursor = Some(next.parse().unwrap());
    }
}

fn hour_of(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - now.0.rem_euclid(HOUR))
}

/// What happens to a process that is killed while it commits.
struct Killed;

impl Fence for Killed {
    fn pass<'a>(&'a self, _: &'a mut Tx) -> BoxFuture<'a, Result<()>> {
        async { Err(Error::not_found("process")) }.boxed()
    }
}

on_both! {
    async fn small_blocks_of_a_past_hour_become_full_ones_and_the_log_stays_as_it_was(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await.id;
        // The portal's own job must find nothing to do yet.
        let start = hour_of(portal.now());
        write(&portal, &org, start, 1_300, 1).await;
        write(&portal, &org, start.plus(1_500 * 1000), 3, 400).await;
        let before = all(&portal, &org, "", 300).await.0;
        assert_eq!(before.len(), 2_500);
        let compact = async |now| request_logs::compact(&portal.app.db, Timestamp(0), now).await;

        assert!(compact(start.plus(HOUR + 10 * MINUTE - 1)).await.unwrap());
        assert_eq!(db.number("select count(*) from request_log_blocks").await, 1_303, "the hour has not settled");

        let later = start.plus(HOUR + 10 * MINUTE);
        behind(Arc::new(Killed), compact(later)).await.unwrap_err();
        assert_eq!(db.number("select count(*) from request_log_blocks").await, 1_303, "half a transaction is none");
        assert_eq!(all(&portal, &org, "", 300).await.0, before);

        let (one, other) = tokio::join!(compact(later), compact(later));
        assert!(one.unwrap() && other.unwrap());
        compact(later).await.unwrap();
        assert_eq!(db.number("select count(*) from request_log_blocks").await, 3);
        assert_eq!(db.number("select max(calls) from request_log_blocks").await, 1_000);
        assert_eq!(db.logged().await, 2_500);
        assert_eq!(all(&portal, &org, "", 300).await.0, before);
        assert_eq!(all(&portal, &org, "4xx", 7).await.0, before.into_iter().filter(|log| log.status == 404).collect::<Vec<_>>());
    }

    async fn a_damaged_block_keeps_no_other_hour_from_being_packed(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await.id;
        let start = hour_of(portal.now());
        write(&portal, &org, start, 2, 1).await;
        match db.url() {
            Some(_) => db.execute("update request_log_blocks set data = '\\x00'").await,
            None => db.execute("update request_log_blocks set data = x'00'").await,
        }
        write(&portal, &org, start.plus(HOUR), 5, 1).await;
        request_logs::compact(&portal.app.db, Timestamp(0), start.plus(3 * HOUR)).await.unwrap_err();
        assert_eq!(db.number("select count(*) from request_log_blocks").await, 3);
    }

    async fn a_filter_that_fits_nothing_reads_a_bounded_number_of_blocks_for_a_page(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await.id;
        let start = hour_of(portal.now());
        write(&portal, &org, start, 3_000, 1).await;
        let (found, pages) = all(&portal, &org, "500", 50).await;
        assert_eq!((found.len(), pages), (0, 2));
        assert_eq!(all(&portal, &org, "404", 500).await.0.len(), 3_000);
    }

    async fn callers_are_not_complete_where_looking_for_them_would_not_end(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await.id;
        let start = hour_of(portal.now()).plus(-5 * HOUR);
        write(&portal, &org, start, 12_500, 1).await;
        let permit = Permit::<ReadLogs>::for_command_line(org.clone());
        let other: KeyId = "key_01h2xcejqtf2nbrexx3vqjhp42".parse().unwrap();
        let callers = request_logs::callers(&portal.app.db, &permit, Environment::Live, &other, start).await.unwrap();
        assert_eq!((callers.data.len(), callers.is_complete), (0, false));
        let callers = request_logs::callers(&portal.app.db, &permit, Environment::Live, &other, start.plus(4 * HOUR)).await.unwrap();
        assert!(callers.is_complete);
    }
}
