//! Errors in Stripe's form (<https://docs.stripe.com/api/errors>).

use serde_json::{Map, Value, json};

/// One error: its response, and whether it was found before the request started to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub status: u16,
    pub kind: &'static str,
    pub code: Option<&'static str>,
    pub message: String,
    pub param: Option<String>,
    pub decline_code: Option<&'static str>,
    /// Errors that are found while parameters are read do not use an idempotency key up.
    pub before_running: bool,
}

pub type ApiResult = Result<Value, Failure>;

impl Failure {
    fn new(status: u16, kind: &'static str, message: String) -> Self {
        Self {
            status,
            kind,
            code: None,
            message,
            param: None,
            decline_code: None,
            before_running: false,
        }
    }

    /// The request cannot be carried out.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message.into())
    }

    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub fn before_running(mut self) -> Self {
        self.before_running = true;
        self
    }

    pub fn unknown_parameter(name: &str) -> Self {
        Self::invalid(format!("Received unknown parameter: {name}"))
            .code("parameter_unknown")
            .param(name)
    }

    pub fn missing_parameter(name: &str) -> Self {
        Self::invalid(format!("Missing required param: {name}."))
            .code("parameter_missing")
            .param(name)
    }

    /// `what` is Stripe's name of the kind: `customer`, `price`, `checkout.session`.
    pub fn no_such(what: &str, id: &str, param: &str) -> Self {
        let mut failure =
            Self::invalid(format!("No such {what}: '{id}'")).code("resource_missing").param(param);
        failure.status = if param == "id" { 404 } else { 400 };
        failure
    }

    pub fn unknown_url(method: &str, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
        );
        Self::new(404, "invalid_request_error", message).before_running()
    }

    pub fn unauthorized(message: &str) -> Self {
        Self::new(401, "invalid_request_error", message.into()).before_running()
    }

    pub fn idempotency(message: String) -> Self {
        Self::new(400, "idempotency_error", message).before_running()
    }

    pub fn rate_limited() -> Self {
        let message = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.";
        Self::new(429, "invalid_request_error", message.into()).code("rate_limit").before_running()
    }

    pub fn broken() -> Self {
        Self::new(500, "api_error", "An unknown error occurred".into()).before_running()
    }

    pub fn card(code: &'static str, decline_code: Option<&'static str>, message: &str) -> Self {
        let mut failure = Self::new(402, "card_error", message.into()).code(code);
        failure.decline_code = decline_code;
        failure
    }

    /// The body of the response. Fields that do not apply are left out, as in Stripe.
    pub fn body(&self, request_id: &str, now: i64) -> Value {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".into(), json!(code));
        }
        if let Some(code) = self.decline_code {
            error.insert("decline_code".into(), json!(code));
        }
        if let Some(code) = self.code {
            error.insert(
                "doc_url".into(),
                json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"))),
            );
        }
        error.insert("message".into(), json!(self.message));
        if let Some(param) = &self.param {
            error.insert("param".into(), json!(param));
        }
        error.insert(
            "request_log_url".into(),
            json!(format!("https://dashboard.stripe.com/test/logs/{request_id}?t={now}")),
        );
        error.insert("type".into(), json!(self.kind));
        json!({ "error": error })
    }
}
