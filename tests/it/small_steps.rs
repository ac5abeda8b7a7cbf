//! Changes of very many rows use small transactions, and nothing is written if there is nothing to
//! do.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tollgate::server::{
    accounts, billing, idempotency, keys, notices, quota, request_logs, webhooks, webhooks::events,
};
use tollgate::types::id::{DeliveryId, EventId};
use tollgate::types::time::DAY;

use crate::support::{Org, Portal, TestDb, Visitor, eventually, on_both};

/// An endpoint with many pending deliveries, which are due in a year.
async fn endpoint(db: &TestDb, portal: &Portal, org: &Org, deliveries: usize) -> String {
    let body = json!({ "url": "https://receiver.example.com/hook", "event_types": ["order.paid"] });
    let made = portal.post(&org.live, "/v1/webhook-endpoints", &body).await;
    let endpoint = made.json()["id"].as_str().expect("an id").to_owned();
    let (now, due) = (portal.now().0, portal.now().0 + 31_536_000_000);
    let ids: Vec<(EventId, DeliveryId)> = (0..deliveries)
        .map(|_| (tollgate::server::random::id(), tollgate::server::random::id()))
        .collect();
    for ids in ids.chunks(1_000) {
        let events: Vec<String> = ids
            .iter()
            .map(|(event, _)| {
                format!("('{event}', '{}', 'live', 'order.paid', '{{}}', '', {now})", org.id)
            })
            .collect();
        let rows: Vec<String> = ids
            .iter()
            .map(|(event, delivery)| {
                format!("('{delivery}', '{}', 'live', '{endpoint}', '{event}', 'order.paid', 'pending', 0, 1, {due}, 0, '', {now})", org.id)
            })
            .collect();
        let insert = "insert into events (id, org_id, environment, type, data_json, request_id, created_at) values";
        db.execute(format!("{insert} {}", events.join(", ")).leak()).await;
        let insert = "insert into webhook_deliveries (id, org_id, environment, endpoint_id, event_id, event_type, state, attempts, step,
            next_attempt_at, claims, last_error, created_at) values";
        db.execute(format!("{insert} {}", rows.join(", ")).leak()).await;
    }
    endpoint
}

on_both! {
    async fn an_endpoint_with_many_deliveries_is_gone_at_once_and_they_go_by_and_by(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let id = endpoint(&db, &portal, &org, 2_500).await;
        let path = format!("/v1/webhook-endpoints/{id}");
        let listed = portal.get(&org.live, "/v1/webhook-deliveries?state=pending").await.json();
        assert_eq!(listed["data"].as_array().unwrap().len(), 20);
        let delivery = listed["data"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(portal.send(portal.request(Method::DELETE, &path).bearer_auth(&org.live.key)).await.status, 204);
        portal.get(&org.live, &path).await.problem(404, "not_found");
        portal.get(&org.live, &format!("/v1/webhook-deliveries/{delivery}")).await.problem(404, "not_found");
        assert_eq!(portal.get(&org.live, "/v1/webhook-deliveries").await.json()["data"], json!([]));
        assert_eq!(portal.get(&org.live, "/v1/webhook-endpoints").await.json()["data"], json!([]));
        eventually("nothing is left", || async { (db.number("select count(*) from webhook_endpoints").await == 0).then_some(()) }).await;
        assert_eq!(db.number("select count(*) from webhook_deliveries").await, 0);
        portal.stop().await;
    }

    async fn what_is_pending_at_an_endpoint_is_held_and_resumed_in_small_steps(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        let id = endpoint(&db, &portal, &org, 1_300).await;
        let (held, due) = ("select count(*) from webhook_deliveries where next_attempt_at is null", "select count(*) from webhook_deliveries where next_attempt_at is not null");
        let act = async |what: &str| portal.post(&org.live, &format!("/v1/webhook-endpoints/{id}/{what}"), &json!({})).await.json();
        assert_eq!(act("disable").await["state"], "disabled");
        eventually("all are held", || async { (db.number(held).await == 1_300).then_some(()) }).await;
        // Manually, as if a server was killed before it was done: the next sweep completes it, at
        // most a chunk per step.
        db.execute("update webhook_endpoints set state = 'active', disabled_reason = ''").await;
        webhooks::sweep(&portal.app.db, 1, portal.now()).await.unwrap();
        eventually("all are due", || async { (db.number(due).await == 1_300).then_some(()) }).await;
        portal.stop().await;
    }

    async fn nothing_is_written_where_nothing_is_old(db: TestDb) {
        let portal = Portal::start(&db).await;
        let org = portal.org("Acme").await;
        portal.get(&org.live, "/v1/customers").await;
        eventually("the call is applied", || async { (db.logged().await == 1).then_some(()) }).await;
        let (db, now) = (&portal.app.db, portal.now());
        // The embedded database's only writer is occupied: any write would wait.
        let held = db.begin().await.unwrap();
        let pruned = async {
            request_logs::prune(db, now.plus(-1_000_000_000)).await?;
            events::prune(db, now).await?;
            keys::prune(db, now).await?;
            notices::prune(db, now).await?;
            idempotency::prune(db, now).await?;
            quota::prune(db, now).await?;
            billing::prune(db, now).await?;
            accounts::prune(db, now).await
        };
        tokio::time::timeout(Duration::from_secs(60), pruned).await.expect("waits for nobody").unwrap();
        drop(held);
        portal.stop().await;
    }

    async fn what_cannot_be_deleted_does_not_keep_the_rest_from_being_deleted(db: TestDb) {
        let portal = Portal::start(&db).await;
        Visitor::signed_up(&portal, "ada").await;
        portal.stop().await;
        assert_eq!(db.number("select count(*) from sessions").await, 1);
        // Sessions are deleted last.
        db.execute("drop table threshold_notices").await;
        let portal = Portal::with_parts(&db, &[], |parts| parts.clock.advance(400 * DAY)).await;
        eventually("the session is deleted", || async { (db.number("select count(*) from sessions").await == 0).then_some(()) }).await;
        portal.stop().await;
    }
}
