//! Counters of units: kept over restarts, and shared by instances.

use tollgate::server::quota;
use tollgate::types::time::DAY;

use super::{OPEN, applied, call, org_on, passed, plan, portal, put_on};
use crate::support::{Portal, TestDb, Visitor, eventually, on_both, process};

on_both! {
    async fn a_restart_in_the_middle_of_a_month_keeps_the_count(db: TestDb) {
        let first = portal(&db).await;
        let org = org_on(&first, plan("Tiny", 12, None)).await;
        assert_eq!(passed(&first, &org, 7, 429, "quota_exceeded").await, 7);
        first.stop().await;
        let second = portal(&db).await;
        assert_eq!(passed(&second, &org, 9, 429, "quota_exceeded").await, 5);
        second.stop().await;
    }

    async fn what_was_counted_before_counters_had_components_counts(db: TestDb) {
        let first = portal(&db).await;
        let org = org_on(&first, plan("Tiny", 12, None)).await;
        assert_eq!(passed(&first, &org, 7, 429, "quota_exceeded").await, 7);
        first.stop().await;
        // As the migration leaves it.
        db.execute("update month_parts set journal_id = ''").await;
        let second = portal(&db).await;
        assert_eq!(passed(&second, &org, 2, 429, "quota_exceeded").await, 2);
        applied(&db, 9).await;
        assert_eq!(passed(&second, &org, 9, 429, "quota_exceeded").await, 3);
        second.stop().await;
        assert_eq!(db.texts("select cast(amount as text) from month_parts where subject like 'quota:%' order by journal_id").await, ["7", "5"]);
    }

    async fn components_of_old_counters_are_pruned(db: TestDb) {
        let portal = portal(&db).await;
        let org = org_on(&portal, plan("Tiny", 12, None)).await;
        call(&portal, &org).await;
        applied(&db, 1).await;
        let parts = async || db.number("select count(*) from month_parts").await;
        let kept = parts().await;
        assert!(kept >= 2, "of the organisation's quota and of its key");
        quota::prune(&portal.app.db, portal.now().plus(60 * DAY)).await.unwrap();
        assert_eq!(parts().await, kept);
        quota::prune(&portal.app.db, portal.now().plus(150 * DAY)).await.unwrap();
        assert_eq!(parts().await, 0);
    }

    async fn a_new_plan_takes_effect_immediately_on_every_instance(db: TestDb) {
        let first = portal(&db).await;
        let org = org_on(&first, plan("Tiny", 3, None)).await;
        assert_eq!(passed(&first, &org, 5, 429, "quota_exceeded").await, 3);
        process::json(&db, &["plan", "create", "Larger", "--included", "6", "--json"]);
        process::json(&db, &["org", "set-plan", org.id.as_str(), "larger", "--json"]);
        eventually("the larger plan holds", || async { (call(&first, &org).await.status == 200).then_some(()) }).await;
        assert_eq!(passed(&first, &org, 8, 429, "quota_exceeded").await, 2);
        // The operator's limits apply immediately, too.
        process::json(&db, &["org", "set-limit", org.id.as_str(), "--key", "7/3600", "--json"]);
        eventually("the limit holds", || async { (call(&first, &org).await.header("x-ratelimit-limit") == "7").then_some(()) }).await;
    }

    async fn two_instances_that_share_counters_notify_each_threshold_once(db: TestDb) {
        // Both on one embedded database, which real servers cannot share.
        let first = Portal::with_parts(&db, &OPEN, |parts| parts.database_lock = None).await;
        let folder = TestDb::sqlite();
        let url = db.url().map_or_else(|| format!("sqlite:{}", db.data_dir().join("tollgate.db").display()), str::to_owned);
        let mut flags = OPEN.to_vec();
        flags.extend(["--database-url", &url]);
        let second = Portal::with_flags(&folder, &flags).await;
        let mut owner = Visitor::signed_up(&first, "ada").await;
        let id = Visitor::value(&owner.submit("me", &[]).await)["org"]["id"].as_str().unwrap().parse().unwrap();
        let org = first.with_keys(id).await;
        put_on(&first, &org, plan("Soft", 20, Some("0.1"))).await;
        let both = futures::future::join(passed(&first, &org, 10, 0, ""), passed(&second, &org, 10, 0, ""));
        assert_eq!(both.await, (10, 10));
        applied(&db, 20).await;
        assert_eq!(db.number("select count(*) from events where type = 'quota.threshold_reached'").await, 3);
        assert_eq!(db.number("select count(*) from threshold_notices").await, 3);
        assert_eq!(db.number("select count(*) from mails where subject like '100 %'").await, 1);
        // Each learns the other's counts with its own next batch.
        call(&first, &org).await;
        applied(&db, 21).await;
        put_on(&first, &org, plan("Hard", 22, None)).await;
        eventually("the first instance knows of all", || async { (passed(&first, &org, 3, 429, "quota_exceeded").await == 0).then_some(()) }).await;
        first.stop().await;
        second.stop().await;
    }
}
