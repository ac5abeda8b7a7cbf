//! A running fake with a client, and a plan with overage to subscribe to.

use super::stripe::{Config, Handle, serve};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// The first of January 2026, midnight UTC.
pub const START: i64 = 1_767_225_600;
pub const DAY: i64 = 86_400;
pub const GOOD: &str = "4242424242424242";
pub const FAILS_LATER: &str = "4000000000000341";

pub struct TestResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl TestResponse {
    pub fn id(&self) -> String {
        self.text("id")
    }

    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_default().to_owned()
    }

    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn param(&self) -> &str {
        self.body["error"]["param"].as_str().unwrap_or_default()
    }
}

pub struct World {
    pub fake: Handle,
    http: reqwest::Client,
}

/// A plan of 20.00 per month with a thousand included calls and 0.5 minor units per further one.
pub struct Plan {
    pub product: String,
    pub licence: String,
    pub usage: String,
    pub meter: String,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Config { clock: Some(START), ..Config::default() }).await
    }

    pub async fn with(config: Config) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { fake: serve(listener, config).await.unwrap(), http }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.fake.base_url()))
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> TestResponse {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        TestResponse {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.send(self.request("GET", path).bearer_auth("sk_test_fake")).await
    }

    pub async fn delete(&self, path: &str) -> TestResponse {
        self.send(self.request("DELETE", path).bearer_auth("sk_test_fake")).await
    }

    pub fn form(&self, path: &str, form: &str) -> reqwest::RequestBuilder {
        let request = self.request("POST", path).bearer_auth("sk_test_fake");
        request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())
    }

    /// Posts a form, with any result.
    pub async fn try_post(&self, path: &str, form: &str) -> TestResponse {
        self.send(self.form(path, form)).await
    }

    /// Posts a form that must be accepted.
    pub async fn post(&self, path: &str, form: &str) -> TestResponse {
        let answer = self.try_post(path, form).await;
        assert_eq!(answer.status, 200, "{path} {form}: {}", answer.body);
        answer
    }

    pub async fn control(&self, path: &str, body: Value) -> TestResponse {
        self.send(self.request("POST", &format!("/_control/{path}")).body(body.to_string())).await
    }

    pub async fn meter(&self) -> String {
        self.post(
            "/v1/billing/meters",
            "display_name=Calls&event_name=calls&default_aggregation[formula]=sum",
        )
        .await
        .id()
    }

    pub async fn plan(
        &self,
        name: &str,
        monthly: i64,
        included: i64,
        overage: &str,
        meter: &str,
    ) -> Plan {
        let product = self.post("/v1/products", &format!("name={name}")).await.id();
        let licence = self
            .post(
                "/v1/prices",
                &format!(
                    "product={product}&currency=usd&unit_amount={monthly}&recurring[interval]=month"
                ),
            )
            .await
            .id();
        let tiers = format!(
            "product={product}&currency=usd&recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]={meter}&billing_scheme=tiered\
             &tiers_mode=graduated&tiers[0][up_to]={included}&tiers[0][unit_amount]=0&tiers[1][up_to]=inf&tiers[1][unit_amount_decimal]={overage}"
        );
        let usage = self.post("/v1/prices", &tiers).await.id();
        Plan { product, licence, usage, meter: meter.to_owned() }
    }

    pub async fn pro(&self) -> Plan {
        let meter = self.meter().await;
        self.plan("Pro", 2000, 1000, "0.5", &meter).await
    }

    pub async fn customer(&self) -> String {
        self.post("/v1/customers", "email=ada@example.com").await.id()
    }

    pub async fn checkout(&self, customer: &str, plan: &Plan, more: &str) -> TestResponse {
        let form = format!(
            "mode=subscription&customer={customer}&line_items[0][price]={}&line_items[0][quantity]=1&line_items[1][price]={}\
             &success_url=http://127.0.0.1:9/ok?session={{CHECKOUT_SESSION_ID}}&cancel_url=http://127.0.0.1:9/no{more}",
            plan.licence, plan.usage
        );
        self.post("/v1/checkout/sessions", &form).await
    }

    /// A customer who bought the plan with a good card; returns customer and subscription.
    pub async fn subscriber(&self, plan: &Plan, more: &str) -> (String, String) {
        let customer = self.customer().await;
        let session = self.checkout(&customer, plan, more).await.id();
        let session = self.fake.pay_checkout(&session, GOOD).unwrap();
        (customer, session["subscription"].as_str().unwrap().to_owned())
    }

    pub async fn use_calls(
        &self,
        customer: &str,
        identifier: &str,
        calls: i64,
        at: i64,
    ) -> TestResponse {
        let form = format!(
            "event_name=calls&identifier={identifier}&timestamp={at}&payload[stripe_customer_id]={customer}&payload[value]={calls}"
        );
        self.try_post("/v1/billing/meter_events", &form).await
    }

    pub async fn subscription(&self, id: &str) -> Value {
        self.get(&format!("/v1/subscriptions/{id}")).await.body
    }

    /// A subscription's invoices, newest first.
    pub async fn invoices(&self, subscription: &str) -> Vec<Value> {
        let list =
            self.get(&format!("/v1/invoices?limit=100&subscription={subscription}")).await.body;
        list["data"].as_array().unwrap().clone()
    }

    pub fn events(&self) -> Vec<String> {
        self.fake
            .objects("event")
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }
}
