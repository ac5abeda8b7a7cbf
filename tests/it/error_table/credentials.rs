//! Calls that are refused because of their key.

use reqwest::Method;
use serde_json::json;
use tollgate::server::access::{ManageKeys, Permit};
use tollgate::server::keys::{self, PlainKey};
use tollgate::types::environment::Environment;
use tollgate::types::id::OrgId;
use tollgate::types::key::{CreatedKey, NewKey};
use tollgate::types::time::SECOND;

use crate::support::{Portal, TestResponse};

pub async fn key(portal: &Portal, org: &OrgId, new: NewKey) -> CreatedKey {
    let permit = Permit::<ManageKeys>::for_command_line(org.clone());
    let new = NewKey { name: "Bound".into(), environment: Environment::Live, ..new };
    keys::create_key(&portal.app.db, &permit, new, portal.now()).await.unwrap()
}

/// A call with these headers.
async fn with(portal: &Portal, headers: &[(&'static str, &str)]) -> TestResponse {
    let request = portal.request(Method::GET, "/v1/customers");
    portal
        .send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
        .await
}

pub async fn none(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live.key;
    let in_query =
        portal.send(portal.request(Method::GET, &format!("/v1/customers?api_key={key}"))).await;
    let nowhere = portal.send(portal.request(Method::GET, "/v1/nothing")).await;
    vec![with(portal, &[]).await, in_query, nowhere]
}

pub async fn of_no_key(portal: &Portal) -> Vec<TestResponse> {
    let key = portal.org("Acme").await.live.key;
    assert_eq!(with(portal, &[("x-api-key", &key)]).await.status, 200);
    // Valid form and checksum, but unknown.
    let unknown = format!("Bearer {}", PlainKey::generate(Environment::Live).expose());
    // One letter is another, so the checksum is wrong.
    let last = if key.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("Bearer {}{last}", &key[..key.len() - 1]);
    // The visible part of a key with the secret of another.
    let forged =
        format!("Bearer {}{}", &key[..20], &PlainKey::generate(Environment::Live).expose()[20..]);
    let mut responses = Vec::new();
    for text in [&unknown, &mistyped, &forged, "Bearer nonsense", "Bearer", "", "Basic dTpw", &key]
    {
        responses.push(with(portal, &[("authorization", text)]).await);
    }
    responses.push(with(portal, &[("x-api-key", "")]).await);
    responses
}

pub async fn two_that_differ(portal: &Portal) -> Vec<TestResponse> {
    let org = portal.org("Acme").await;
    let (live, sandbox) =
        (format!("Bearer {}", org.live.key), format!("Bearer {}", org.sandbox.key));
    assert_eq!(
        with(portal, &[("authorization", &live), ("x-api-key", &org.live.key)]).await.status,
        200
    );
    let across = with(portal, &[("authorization", &live), ("x-api-key", &org.sandbox.key)]).await;
    vec![across, with(portal, &[("authorization", &live), ("authorization", &sandbox)]).await]
}

pub async fn expired(portal: &Portal) -> Vec<TestResponse> {
    let org = portal.org("Acme").await.id;
    let expires_at = Some(portal.now().plus(60 * SECOND));
    let short = key(
        portal,
        &org,
        NewKey { scopes: vec!["customers:read".into()], expires_at, ..NewKey::default() },
    )
    .await;
    assert_eq!(portal.get(&short, "/v1/customers").await.status, 200);
    portal.clock.advance(61 * SECOND);
    vec![portal.get(&short, "/v1/customers").await]
}

/// A call with a key after `act`, on a path that exists and one that does not.
pub async fn after(portal: &Portal, act: &str) -> Vec<TestResponse> {
    let org = portal.org("Acme").await;
    assert_eq!(portal.get(&org.sandbox, "/v1/customers").await.status, 200);
    let manager = portal.key(&org.id, Environment::Sandbox, &["keys:write"]).await;
    let done =
        portal.post(&manager, &format!("/v1/keys/{}/{act}", org.sandbox.view.id), &json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    vec![
        portal.get(&org.sandbox, "/v1/customers").await,
        portal.get(&org.sandbox, "/v1/nothing").await,
    ]
}

pub async fn lacking_a_scope(portal: &Portal) -> Vec<TestResponse> {
    let org = portal.org("Acme").await;
    let reader = portal.key(&org.id, Environment::Live, &["customers:read"]).await;
    assert_eq!(portal.get(&reader, "/v1/customers").await.status, 200);
    let star = portal.key(&org.id, Environment::Live, &["customers:*"]).await;
    assert_eq!(portal.post(&star, "/v1/customers", &json!({ "name": "Ada" })).await.status, 201);
    let responses = vec![
        portal.post(&reader, "/v1/customers", &json!({})).await,
        portal.get(&star, "/v1/keys").await,
    ];
    for (response, scope) in responses.iter().zip(["`customers:write`", "`keys:read`"]) {
        assert!(response.json()["detail"].as_str().unwrap().contains(scope), "{}", response.text);
    }
    responses
}

pub async fn for_the_other_environment(portal: &Portal) -> Vec<TestResponse> {
    let org = portal.org("Acme").await;
    let new = |environment: &str| json!({ "name": "Robot", "environment": environment, "scopes": ["customers:read"] });
    vec![
        portal.post(&org.live, "/v1/keys", &new("sandbox")).await,
        portal.post(&org.sandbox, "/v1/keys", &new("live")).await,
    ]
}

pub async fn from_elsewhere(portal: &Portal) -> Vec<TestResponse> {
    let org = portal.org("Acme").await.id;
    let ip_allow_list = vec!["203.0.113.0/24".into()];
    let bound = key(
        portal,
        &org,
        NewKey { scopes: vec!["customers:read".into()], ip_allow_list, ..NewKey::default() },
    )
    .await;
    let response = portal.get(&bound, "/v1/customers").await;
    assert!(response.json()["detail"].as_str().unwrap().contains("127.0.0.1"), "{}", response.text);
    vec![response]
}

pub async fn giving_more_than_its_own(portal: &Portal) -> Vec<TestResponse> {
    let org = portal.org("Acme").await.id;
    let expires_at = Some(portal.now().plus(60 * SECOND));
    let short = key(
        portal,
        &org,
        NewKey { scopes: vec!["keys:write".into()], expires_at, ..NewKey::default() },
    )
    .await;
    let for_good = json!({ "name": "Robot", "environment": "live", "scopes": ["keys:write"] });
    vec![portal.post(&short, "/v1/keys", &for_good).await]
}
