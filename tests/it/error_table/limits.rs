//! Calls that are refused because of earlier calls.

use tollgate::server::plans::{self, Provided, Reconciled};
use tollgate::types::billing::SubscriptionState;
use tollgate::types::key::{NewKey, RateLimit};
use tollgate::types::time::{DAY, MINUTE, SECOND, Timestamp};

use super::credentials::key;
use crate::quota::{cap, org_on, plan};
use crate::support::{Portal, TestResponse};

/// Checks that `Retry-After` is exact to the second, for a response between `began` and now.
fn check_wait(
    portal: &Portal,
    response: &TestResponse,
    began: Timestamp,
    earliest: Timestamp,
    latest: Timestamp,
) {
    let seconds_up = |ms: i64| (ms + SECOND - 1).div_euclid(SECOND);
    let wait: i64 = response.header("retry-after").parse().unwrap();
    let right = seconds_up(earliest.0 - portal.now().0)..=seconds_up(latest.0 + 1 - began.0);
    assert!(right.contains(&wait), "{wait} is not within {right:?}");
}

pub async fn past_the_rate(portal: &Portal) -> Vec<TestResponse> {
    let org = portal.org("Acme").await.id;
    let rate_limit = Some(RateLimit { calls: 3, seconds: 3600 });
    let tight = key(
        portal,
        &org,
        NewKey { scopes: vec!["customers:read".into()], rate_limit, ..NewKey::default() },
    )
    .await;
    let (first, mut second) = (portal.now(), portal.now());
    for left in ["2", "1", "0"] {
        let response = portal.get(&tight, "/v1/customers").await;
        assert_eq!((response.status, response.header("x-ratelimit-remaining")), (200, left));
        second = if left == "2" { portal.now() } else { second };
    }
    let began = portal.now();
    let responses =
        vec![portal.get(&tight, "/v1/customers").await, portal.get(&tight, "/v1/nothing").await];
    for response in &responses {
        // A third of the window after the first call, a token is back.
        check_wait(portal, response, began, first.plus(1200 * SECOND), second.plus(1200 * SECOND));
        assert_eq!(response.header("x-ratelimit-remaining"), "0");
        assert!(
            response.json()["detail"].as_str().unwrap().contains("key (3 calls in 3600 s)"),
            "{}",
            response.text
        );
    }
    portal.clock.advance(1200 * SECOND);
    assert_eq!(portal.get(&tight, "/v1/customers").await.status, 200);
    responses
}

pub async fn past_the_quota(portal: &Portal) -> Vec<TestResponse> {
    let org = org_on(portal, plan("Tiny", 1, None)).await;
    assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    let began = portal.now();
    let refused = portal.get(&org.live, "/v1/customers").await;
    check_wait(portal, &refused, began, began.next_month(), began.next_month());
    assert_eq!(refused.header("tollgate-quota-remaining"), "0");
    vec![refused]
}

pub async fn past_the_spend_cap(portal: &Portal) -> Vec<TestResponse> {
    let org = org_on(portal, plan("Dear", 1, Some("1"))).await;
    cap(portal, &org, Some(1)).await;
    for _ in 0..2 {
        assert_eq!(portal.get(&org.live, "/v1/customers").await.status, 200);
    }
    let refused = portal.get(&org.live, "/v1/customers").await;
    // The sandbox still works.
    assert_eq!(portal.get(&org.sandbox, "/v1/customers").await.status, 200);
    vec![refused]
}

pub async fn past_the_days_of_grace(portal: &Portal) -> Vec<TestResponse> {
    let org = org_on(portal, plan("Paid", 10, None)).await;
    let now = portal.now();
    let provided = Provided {
        stripe_id: "sub_1".into(),
        state: SubscriptionState::PastDue,
        created_at: now,
        started_at: now,
        ended_at: None,
        period_start: None,
        period_end: None,
        trial_ends_at: None,
        ends_at: None,
        blocked_at: Some(now.plus(3 * DAY)),
    };
    let (paid, _) = plans::current(&portal.app.db, &org.id, "platform").await.unwrap();
    let mut tx = portal.app.db.begin().await.unwrap();
    let outcome =
        plans::reconcile(&mut tx, (&org.id, &paid), None, &provided, false, now).await.unwrap();
    assert_eq!(outcome, Reconciled::Done);
    tx.commit().await.unwrap();
    assert_eq!(
        portal.get(&org.live, "/v1/customers").await.status,
        200,
        "within the days of grace"
    );
    portal.clock.advance(3 * DAY + MINUTE);
    let refused = portal.get(&org.live, "/v1/customers").await;
    // The sandbox still works.
    assert_eq!(portal.get(&org.sandbox, "/v1/customers").await.status, 200);
    vec![refused]
}
