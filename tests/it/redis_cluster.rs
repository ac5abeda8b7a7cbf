//! A cluster of three: each organisation's keys lie together, somewhere.

use crate::support::{Portal, RedisCluster, TestDb};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_in_a_cluster() {
    let Some(cluster) = RedisCluster::start().await else { return };
    let (url, db) = (cluster.url(), TestDb::sqlite());
    let portal =
        Portal::with_flags(&db, &["--redis-url", &url, "--redis-deadline-ms", "1000", "--limit-key", "3/3600", "--limit-ip", "5/3600"])
            .await;
    assert!(portal.app.shared.redis().expect("by Redis").is_up);
    let mut tags = std::collections::BTreeSet::new();
    for name in ["Acme", "Other", "Third", "Fourth"] {
        let org = portal.org(name).await;
        let mut statuses = Vec::new();
        for key in [&org.live, &org.sandbox] {
            for _ in 0..4 {
                statuses.push(portal.get(key, "/v1/customers").await.status);
            }
        }
        // Three of one key and two of the other: in a cluster the address is limited for each organisation apart.
        assert_eq!(statuses, [200, 200, 200, 429, 200, 200, 429, 429]);
        tags.insert(format!("{{{}}}", org.id));
    }
    let stats = portal.app.shared.redis().expect("by Redis");
    assert_eq!((stats.outages, stats.fallbacks), (0, 0));
    let keys = cluster.keys();
    // Two keys, the organisation, the address, the operation, and the live key's quota.
    for tag in tags {
        assert_eq!(keys.iter().filter(|key| key.contains(&tag)).count(), 6, "{keys:?}");
    }
}
