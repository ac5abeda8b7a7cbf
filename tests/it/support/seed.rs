//! A portal with content on every page.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Portal, TestDb, Visitor, eventually, process};

/// The demo partner, who also is an operator, in an organisation with keys in each state,
/// successful and failed calls, events, a webhook endpoint with deliveries, an invitation, and an
/// admin token. The portal must be started with `--outbound anywhere`.
pub async fn furnish<'a>(portal: &'a Portal, db: &TestDb) -> Visitor<'a> {
    let demo = process::json(db, &["demo", "--force", "--json"]);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    db.execute("update users set is_operator = true where email = 'demo@example.com'").await;
    let mut visitor = Visitor::new(portal);
    let fields =
        [("email", "demo@example.com"), ("password", &text(&demo["password"])), ("next", "")];
    let logged_in = visitor.submit("log_in", &fields).await;
    assert_eq!(logged_in.status, 200, "{}", logged_in.text);

    let keys = [text(&demo["keys"]["sandbox"]), text(&demo["keys"]["live"])];
    let send = async |key: &str, method: Method, path: &str, body: Option<&Value>| {
        let request = portal.request(method, path).bearer_auth(key);
        portal
            .send(body.map_or_else(
                || portal.request(Method::GET, path).bearer_auth(key),
                |body| request.json(body),
            ))
            .await
    };
    for key in &keys {
        // Nothing listens there, so the deliveries fail and are retried later.
        let endpoint = json!({ "url": "http://127.0.0.1:9/hooks/with/a/rather/long/path/to/see/where/it/ends", "event_types": ["*"] });
        assert_eq!(
            send(key, Method::POST, "/v1/webhook-endpoints", Some(&endpoint)).await.status,
            201
        );
        assert_eq!(
            send(key, Method::POST, "/v1/customers", Some(&json!({ "name": "Ada" }))).await.status,
            201
        );
        assert_eq!(send(key, Method::POST, "/v1/customers", Some(&json!({}))).await.status, 422);
        assert_eq!(
            send(key, Method::GET, "/v1/customers/cus_01h2xcejqtf2nbrexx3vqjhp41", None)
                .await
                .status,
            404
        );
        assert_eq!(send(key, Method::GET, "/v1/nothing", None).await.status, 404);
    }
    for (name, act) in [("Disabled", "disable_key"), ("Revoked", "revoke_key")] {
        let new = [("name", name), ("environment", "sandbox"), ("scopes[]", "customers:read")];
        let key = Visitor::value(&visitor.submit("create_key", &new).await);
        let id = text(&key["id"]);
        assert_eq!(visitor.submit(act, &[("id", &id)]).await.status, 200, "{act}");
        assert_eq!(send(&text(&key["key"]), Method::GET, "/v1/customers", None).await.status, 401);
    }
    let invited =
        visitor.submit("invite", &[("email", "grace@example.com"), ("role", "viewer")]).await;
    assert_eq!(invited.status, 200, "{}", invited.text);
    eventually("the calls are in the log", || async { (db.logged().await >= 12).then_some(()) })
        .await;
    visitor
}
