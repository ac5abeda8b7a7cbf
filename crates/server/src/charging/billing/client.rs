//! Calls to Stripe. Requests are built with the library's typed builders; only the needed parts of
//! responses are read, so that new or changed fields break nothing here.

use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use stripe::{IdempotencyKey, RequestStrategy, StripeError};
use stripe_client_core::{CustomizedStripeRequest, StripeClient, StripeRequest};
use tollgate_types::code::Code;

use crate::config::{BillingConfig, Secret};
use crate::{Error, random};

/// The library itself waits forever.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Attempts of one call while a person waits for it.
const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// An account at Stripe.
pub struct Stripe {
    client: stripe::Client,
    pub(super) webhook_secret: Option<Secret>,
}

/// Why a call has no usable response.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The outcome is unknown: repeating the call with the same idempotency key finds out.
    #[error("Stripe cannot be reached: {0}")]
    Unreachable(String),
    #[error("too many calls to Stripe")]
    Limited,
    /// Under the same idempotency key, Stripe would repeat the failure for a day.
    #[error("Stripe failed with {0}")]
    Failed(u16),
    #[error("Stripe rejected the call with {status}: {message}")]
    Refused { status: u16, code: String, message: String },
    #[error("Stripe's response could not be read: {0}")]
    Shape(String),
}

impl Fault {
    /// Whether the same call can succeed later.
    pub fn is_passing(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// The error for operators, who can look into the payment provider's account. The conversion
    /// into [`Error`] is for partners.
    pub fn for_operators(self) -> Error {
        tracing::warn!(cause = %self, "a call to the payment provider failed");
        let remedy = match &self {
            Self::Refused { status: 401 | 403, .. } => {
                "Check STRIPE_SECRET_KEY and the permissions of this key."
            }
            Self::Refused { .. } => "Check the state of the account in Stripe's dashboard.",
            Self::Shape(_) => "Check STRIPE_API_BASE, and whether Stripe changed its API.",
            Self::Unreachable(_) | Self::Limited | Self::Failed(_) => {
                "Try again in a minute. If it persists, check STRIPE_API_BASE and the network."
            }
        };
        let detail = format!("{self}. Nothing was changed. {remedy}");
        let error = Error::new(Code::Unavailable, detail.replace(".. ", ". "));
        if self.is_passing() { error.retry_after(60) } else { error }
    }

    /// Whether the object already exists, by its own id or key.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Refused { code, message, .. }
            if code == "resource_already_exists" || message.contains("already exists") || message.contains("already uses") || message.contains("already been"))
    }
}

impl From<StripeError> for Fault {
    fn from(error: StripeError) -> Self {
        match error {
            // 409: another call with the same key has not ended.
            StripeError::Stripe(_, 409 | 429) => Self::Limited,
            StripeError::Stripe(_, status @ 500..) => Self::Failed(status),
            StripeError::Stripe(error, status) => Self::Refused {
                status,
                code: error.code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
                message: error.message.unwrap_or_default(),
            },
            // Proxies between us and Stripe send other responses than Stripe.
            StripeError::JSONDeserialize(_) => Self::Failed(502),
            StripeError::Timeout => Self::Unreachable("no response in time".into()),
            other => Self::Unreachable(other.to_string()),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            // Only the operator can fix missing permissions; the buyer can only wait.
            Fault::Refused { status: 401 | 403, .. } => {
                tracing::error!(cause = %fault, "the payment provider rejects this portal's key: check STRIPE_SECRET_KEY");
                let detail = "The payment provider rejects this portal's credentials. Nothing was charged or changed. Contact the portal's operator.";
                Self::new(Code::Unavailable, detail)
            }
            Fault::Refused { status, ref message, .. } => {
                tracing::warn!(cause = %fault, "the payment provider rejected a call");
                let code = if status == 402 { Code::PaymentRequired } else { Code::Conflict };
                let reason = if message.is_empty() { "It gave no reason." } else { message };
                Self::new(
                    code,
                    format!(
                        "The payment provider rejected this, and nothing was changed: {reason}"
                    ),
                )
            }
            Fault::Shape(_) => {
                tracing::error!(cause = %fault, "a response of the payment provider could not be read");
                Self::new(
                    Code::Unavailable,
                    "The payment provider's response could not be read. Check the billing page before you try again.",
                )
                .retry_after(60)
            }
            passing => {
                tracing::warn!(cause = %passing, "a call to the payment provider failed");
                Self::new(
                    Code::Unavailable,
                    "The payment provider cannot be reached at the moment. Try again shortly.",
                )
                .retry_after(5)
            }
        }
    }
}

impl Stripe {
    pub(super) fn open(config: &BillingConfig, key: &Secret) -> anyhow::Result<Self> {
        let mut base = config.stripe_api_base.to_string();
        if !base.ends_with('/') {
            base.push('/');
        }
        let client = stripe::ClientBuilder::new(key.expose()).url(base).timeout(TIMEOUT).build();
        let client = client.map_err(|_| {
            anyhow::anyhow!("STRIPE_SECRET_KEY contains characters that are not valid in a key")
        })?;
        Ok(Self { client, webhook_secret: config.stripe_webhook_secret.clone() })
    }

    /// Fetches something.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        request: &impl StripeRequest,
    ) -> Result<T, Fault> {
        self.patiently(request, None).await
    }

    /// Changes something, once for each `key`.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        request: &impl StripeRequest,
        key: &str,
    ) -> Result<T, Fault> {
        self.patiently(request, Some(key)).await
    }

    async fn patiently<T: DeserializeOwned>(
        &self,
        request: &impl StripeRequest,
        key: Option<&str>,
    ) -> Result<T, Fault> {
        let (mut pause, mut failures) = (FIRST_PAUSE, 0);
        for attempt in 1.. {
            let key =
                key.map(
                    |key| if failures == 0 { key.to_owned() } else { format!("{key}.{failures}") },
                );
            let fault = match self.once(request, key.as_deref()).await {
                Err(fault) if fault.is_passing() && attempt < ATTEMPTS => fault,
                answered => return answered,
            };
            failures += u32::from(matches!(fault, Fault::Failed(_)));
            tokio::time::sleep(jittered(pause)).await;
            pause *= 2;
        }
        Err(Fault::Limited)
    }

    /// One attempt, for callers that count attempts themselves.
    pub(super) async fn once<T: DeserializeOwned>(
        &self,
        request: &impl StripeRequest,
        key: Option<&str>,
    ) -> Result<T, Fault> {
        let tap = Tap { client: &self.client, bytes: Mutex::default() };
        let mut call = request.build().customize::<()>();
        if let Some(key) = key {
            let key = IdempotencyKey::new(key).map_err(|error| Fault::Shape(error.to_string()))?;
            call = call.request_strategy(RequestStrategy::Idempotent(key));
        }
        call.send(&tap).await?;
        let bytes = tap.bytes.into_inner();
        serde_json::from_slice(&bytes).map_err(|error| Fault::Shape(error.to_string()))
    }
}

/// Between half of it and all of it, so that callers that failed together do not retry together.
pub(super) fn jittered(pause: Duration) -> Duration {
    let [byte] = random::bytes::<1>();
    pause / 2 + pause / 2 * u32::from(byte) / 255
}

/// Returns the raw response: the library's parser fails for any unexpected field.
struct Tap<'a> {
    client: &'a stripe::Client,
    bytes: Mutex<Bytes>,
}

impl StripeClient for Tap<'_> {
    type Err = StripeError;

    async fn execute(&self, request: CustomizedStripeRequest) -> Result<Bytes, StripeError> {
        *self.bytes.lock() = self.client.execute(request).await?;
        Ok(Bytes::from_static(b"null"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_told_what_stripe_said_and_partners_what_it_means_for_them() {
        let refused = |status| Fault::Refused {
            status,
            code: String::new(),
            message: "Your account is past due.".into(),
        };
        let detail = |error: Error| match error {
            Error::Problem(problem) => (problem.code, problem.detail.clone()),
            Error::Internal(cause) => panic!("{cause}"),
        };
        assert_eq!(
            detail(refused(402).for_operators()),
            (
                Code::Unavailable,
                "Stripe rejected the call with 402: Your account is past due. Nothing was changed. Check the state of the account in Stripe's dashboard.".to_owned()
            )
        );
        assert!(detail(refused(401).for_operators()).1.contains("STRIPE_SECRET_KEY"));
        assert_eq!(detail(refused(402).into()).0, Code::PaymentRequired);
        assert!(!detail(refused(401).into()).1.contains("STRIPE_SECRET_KEY"));
    }
}
