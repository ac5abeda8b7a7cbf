//! One object of each kind, and ids of objects that do not exist.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::Operator;
use tollgate::server::admin;
use tollgate::types::admin::CreatedAdminToken;
use tollgate::types::environment::Environment;
use tollgate::types::id::OrgId;

use super::text;
use crate::support::{Org, Portal, TestResponse, eventually};

pub const DOCUMENT: &str = r#"{"openapi":"3.0.3","info":{"title":"Pets","version":"1"},"servers":[{"url":"https://pets.example.com"}],"paths":{"/pets":{"get":{"operationId":"listPets","responses":{"200":{"description":"All pets"}}}}}}"#;

/// A well-formed id of an object that does not exist.
pub fn missing_id(prefix: &str) -> String {
    format!("{prefix}_01h2xcejqtf2nbrexx3vqjhp41")
}

/// Ids of an organisation's objects in one environment.
pub struct Objects {
    pub customer: String,
    pub endpoint: String,
    pub event: String,
    pub delivery: String,
    /// Request id of a call that is in the request log.
    pub log: String,
    /// A key that is not used for calls.
    pub key: String,
}

impl Objects {
    pub async fn new(portal: &Portal, org: &Org, environment: Environment) -> Self {
        let key = match environment {
            Environment::Sandbox => &org.sandbox,
            Environment::Live => &org.live,
        };
        let endpoint = made(
            &portal
                .post(
                    key,
                    "/v1/webhook-endpoints",
                    &json!({ "url": "https://receiver.example/hook" }),
                )
                .await,
        );
        let called = portal.post(key, "/v1/customers", &json!({ "name": "Ada" })).await;
        let (customer, log) = (made(&called), called.request_id().to_owned());
        let first = async |path: &str| text(&portal.get(key, path).await.json()["data"][0]["id"]);
        let event = first("/v1/events?type=customer.created").await;
        let delivery = first("/v1/webhook-deliveries").await;
        let logged = format!("/v1/request-logs/{log}");
        eventually("the call is in the log", || async {
            (portal.get(key, &logged).await.status == 200).then_some(())
        })
        .await;
        // Two scopes, so that one can be taken away.
        let spare = portal.key(&org.id, environment, &["customers:read", "keys:read"]).await;
        Self { customer, endpoint, event, delivery, log, key: spare.view.id.to_string() }
    }

    /// Ids of objects that do not exist.
    pub fn missing() -> Self {
        let [customer, endpoint, event, delivery, log, key] =
            ["cus", "ep", "evt", "dlv", "req", "key"].map(missing_id);
        Self { customer, endpoint, event, delivery, log, key }
    }

    pub fn ids(&self) -> [&str; 6] {
        [&self.customer, &self.endpoint, &self.event, &self.delivery, &self.log, &self.key]
            .map(String::as_str)
    }

    /// The id that comes after this part of a path. None for an unknown path.
    pub fn id_after(&self, path: &str) -> Option<&str> {
        Some(match path {
            "/v1/customers/" => self.customer.as_str(),
            "/v1/webhook-endpoints/" => self.endpoint.as_str(),
            "/v1/events/" => self.event.as_str(),
            "/v1/webhook-deliveries/" => self.delivery.as_str(),
            "/v1/request-logs/" => self.log.as_str(),
            "/v1/keys/" => self.key.as_str(),
            _ => return None,
        })
    }
}

/// Ids of objects that operators manage.
pub struct Catalogue {
    pub product: String,
    /// A plan that is offered to one organisation only.
    pub plan: String,
    /// The id of an admin token.
    pub admin_token: String,
    /// Its text.
    pub token: String,
}

impl Catalogue {
    pub async fn new(portal: &Portal, org: &OrgId) -> Self {
        let CreatedAdminToken { view, token } = admin_token(portal).await;
        let send = async |method: Method, path: &str, body: Value| {
            let request = portal
                .request(method, &format!("/admin/api/v1/products/pets{path}"))
                .bearer_auth(&token);
            let response = portal.send(request.json(&body)).await;
            assert_eq!(response.status, 201, "{}", response.text);
            response.json()
        };
        let published = send(Method::PUT, "", json!({ "document": DOCUMENT })).await;
        let plan =
            json!({ "name": "Own", "monthly_price": 100, "included_units": 10, "offered_to": org });
        let plan = send(Method::POST, "/plans", plan).await;
        Self {
            product: text(&published["product"]["id"]),
            plan: text(&plan["id"]),
            admin_token: view.id.to_string(),
            token,
        }
    }

    /// Ids of objects that do not exist.
    pub fn missing() -> Self {
        Self {
            product: "nothing".into(),
            plan: missing_id("plan"),
            admin_token: missing_id("adm"),
            token: String::new(),
        }
    }

    /// The id that comes after this part of a path. None for an unknown path.
    pub fn id_after(&self, path: &str) -> Option<&str> {
        Some(match path {
            "/admin/api/v1/products/" => self.product.as_str(),
            "/admin/api/v1/plans/" => self.plan.as_str(),
            "/admin/api/v1/tokens/" => self.admin_token.as_str(),
            _ => return None,
        })
    }
}

pub async fn admin_token(portal: &Portal) -> CreatedAdminToken {
    admin::create_token(&portal.app.db, &Operator::command_line(), "test", portal.now())
        .await
        .expect("a token")
}

#[track_caller]
fn made(response: &TestResponse) -> String {
    assert_eq!(response.status, 201, "{}", response.text);
    text(&response.json()["id"])
}
