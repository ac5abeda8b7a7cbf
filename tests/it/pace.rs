//! Rate limits of people's requests, and the error for exceeding them; and no organisation's
//! searches block others, or the journal.

use std::sync::{Arc, Mutex, mpsc};

use futures::FutureExt;
use reqwest::Method;
use serde_json::json;
use tollgate::server::access::{Permit, ReadLogs};
use tollgate::server::db::{Change, OPERATORS};
use tollgate::server::{offload, products, request_logs};
use tollgate::types::code::Code;
use tollgate::types::environment::Environment;
use tollgate::types::log::LogFilter;

use crate::support::{Portal, TestDb, Visitor, eventually, on_both};

on_both! {
    async fn a_session_that_requests_too_many_pages_gets_the_time_to_retry(db: TestDb) {
        // One in ten minutes, and a burst of three.
        let portal = Portal::with_flags(&db, &["--limit-page", "1/600"]).await;
        let mut ada = Visitor::new(&portal);
        let responses = [ada.page("/docs").await.status, ada.page("/docs").await.status, ada.page("/docs").await.status];
        assert_eq!(responses, [200; 3]);
        // Without a session, an address has five times as many: here, a burst of fifteen.
        for _ in 0..12 {
            assert_eq!(ada.page("/docs").await.status, 200);
        }
        let refused = ada.page("/docs").await;
        assert_eq!((refused.status, refused.header("content-type")), (429, "text/html; charset=utf-8"));
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=600).contains(&seconds), "{seconds}");
        assert!(refused.text.contains("Too many requests") && refused.text.contains(&format!("Wait {seconds} second")), "{}", refused.text);
        // A request of a page's script gets an error that it can show.
        let refused = ada.submit("search", &[("query", "x")]).await;
        let error = refused.json();
        assert_eq!((refused.status, &error["code"]), (429, &json!("rate_limited")), "{error}");
        assert!(error["message"].as_str().unwrap().starts_with("You sent too many requests"), "{error}");
        assert!(refused.header("retry-after").parse::<u64>().is_ok());
        // Files and metered calls are not affected.
        assert_eq!(portal.send(portal.request(Method::GET, "/healthz")).await.status, 200);
        portal.send(portal.request(Method::GET, "/v1/customers")).await.problem(401, "missing_key");
        portal.clock.advance(i64::try_from(seconds).unwrap() * 1_000);
        assert_eq!(ada.page("/docs").await.status, 200);
        portal.stop().await;
    }

    async fn one_session_of_an_organisation_does_not_use_up_the_others_requests(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--limit-page", "2/600"]).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        for _ in 0..6 {
            assert_eq!(ada.page("/docs").await.status, 200);
        }
        assert_eq!(ada.page("/docs").await.status, 429);
        // Without the session's cookie the address has more.
        let mut other = Visitor::new(&portal);
        assert_eq!(other.page("/docs").await.status, 200);
        // A made-up cookie does not bypass the limit of the address.
        let mut passed = 0;
        for i in 0..40 {
            other.cookie = Some(format!("__Host-tollgate_session={i:043}"));
            passed += usize::from(other.page("/docs").await.status == 200);
        }
        assert!(passed < 30, "{passed} passed");
        portal.stop().await;
    }

    async fn searches_of_one_organisation_keep_no_other_waiting(db: TestDb) {
        let portal = Portal::start(&db).await;
        let (noisy, quiet) = (portal.org("Noisy").await, portal.org("Quiet").await);
        portal.get(&quiet.live, "/v1/customers").await;
        let db = &portal.app.db;
        // All slots that one organisation can have are taken by searches that do not end.
        let mut held = Vec::new();
        while let Some(place) = db.scan(noisy.id.as_str()).now_or_never() {
            held.push(place.unwrap());
        }
        assert!(!held.is_empty());
        let permit = Permit::<ReadLogs>::for_command_line(quiet.id.clone());
        eventually("the other organisation finds its call", || async {
            let found = request_logs::list(db, &permit, Environment::Live, &LogFilter::default(), None, 10).await.unwrap();
            (found.data.len() == 1).then_some(())
        })
        .await;
        drop(db.scan(OPERATORS).await.unwrap());
        // Its own searches wait, and too many of them are refused immediately.
        let waiting: Vec<_> = (0..40).map(|_| db.scan(noisy.id.as_str())).collect();
        let (first, ..) = futures::future::select_all(waiting.into_iter().map(Box::pin)).await;
        assert!(first.is_err_and(|error| error.code() == Code::RateLimited));
        drop(held);
        portal.stop().await;
    }

    async fn searches_of_the_docs_run_a_few_at_a_time(db: TestDb) {
        let portal = Portal::start(&db).await;
        assert!(products::search_docs(&portal.app.products, &portal.app.db, "customers").await.is_ok());
        // More searches than there are places, which do not end.
        let (release, gate) = mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let mut held: Vec<_> = (0..10)
            .map(|_| {
                let gate = Arc::clone(&gate);
                Box::pin(offload::SEARCHES.run(move || gate.lock().is_ok_and(|gate| gate.recv().is_ok())))
            })
            .collect();
        assert!(held.iter_mut().all(|search| search.as_mut().now_or_never().is_none()));
        let refused = products::search_docs(&portal.app.products, &portal.app.db, "customers").await;
        assert!(refused.is_err_and(|error| error.code() == Code::Unavailable));
        drop((held, release));
        eventually("searches run again", || async { products::search_docs(&portal.app.products, &portal.app.db, "customers").await.ok() }).await;
        portal.stop().await;
    }

    async fn calls_are_answered_and_applied_though_every_connection_that_pages_use_is_taken(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let mut taken = Vec::new();
        // The last one is refused, after the time for which one waits for a connection.
        while let Ok(reading) = portal.app.db.snapshot().await {
            taken.push(reading);
        }
        assert!(!taken.is_empty());
        // A key that was never used, and one whose cache entry was dropped: both are looked up.
        let again = || portal.app.db.changes().publish(&Change::Everything);
        for round in 1..=3 {
            // Refused by the handler, before it queries the database.
            portal.get(&org.live, "/v1/customers?limit=0").await.problem(400, "invalid_request");
            eventually("the call is applied", || async { (db.logged().await == round).then_some(()) }).await;
            again();
        }
        drop(taken);
        portal.stop().await;
    }
}
