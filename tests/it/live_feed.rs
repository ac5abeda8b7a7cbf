//! What a dashboard is told while calls are counted. Signing in is tested with the accounts.

use tollgate::types::environment::Environment;

use crate::support::{Portal, TestDb, on_both};

on_both! {
    async fn each_applied_batch_is_told_by_organisation_and_environment(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let mut feed = portal.app.live.listen();
        portal.get(&org.live, "/v1/customers").await;
        portal.get(&org.live, "/v1/nothing").await;
        let (mut calls, mut errors, mut billed) = (0, 0, 0);
        while calls < 2 {
            let counted = feed.recv().await.unwrap();
            assert_eq!((&counted.org, counted.environment), (&org.id, Environment::Live));
            for point in counted.points {
                assert_eq!(point.hour, point.hour.hour());
                calls += point.calls;
                errors += point.errors;
                billed += point.billed_units;
            }
        }
        assert_eq!((calls, errors, billed), (2, 1, 1));
    }

    async fn the_stream_needs_a_session(db: TestDb) {
        let portal = Portal::start(&db).await;
        assert_eq!(portal.send(portal.request(reqwest::Method::GET, "/dashboard/live?env=live")).await.status, 401);
    }
}
