//! Settings of a test, before the start and while the fake runs.

use serde_json::{Value, json};

/// The initial settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The only secret key that is accepted.
    pub secret_key: String,
    /// URL of the hosted pages, without a slash at the end. `None`: the address of the fake.
    pub public_url: Option<String>,
    /// Time at which the clock stands still, in seconds since 1970. `None`: it follows the real
    /// time.
    pub clock: Option<i64>,
    /// Seed for ids and faults, so that a run can be repeated.
    pub seed: u64,
    /// A webhook endpoint that exists from the start: its URL and signing secret.
    pub webhook: Option<(String, String)>,
    /// How long a drafted renewal invoice accepts late usage. Stripe waits an hour.
    pub finalize_after: i64,
    /// Days between the attempts to collect a failed payment.
    pub retry_days: Vec<i64>,
    /// The status of a subscription after the last attempt: `canceled`, `unpaid` or `past_due`.
    pub after_retries: String,
    /// Smaller amounts are moved to the customer's balance instead of being charged, as Stripe does
    /// with 0.50 of most currencies.
    pub minimum_charge: i64,
    /// Stripe's portal offers no plan switch if an item is metered or there are several items. Set
    /// this to offer it in any case.
    pub portal_switches_metered: bool,
    pub faults: Faults,
    pub webhooks: Webhooks,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            secret_key: "sk_test_fake".into(),
            public_url: None,
            clock: None,
            seed: 1,
            webhook: None,
            finalize_after: 3600,
            retry_days: vec![3, 5, 7],
            after_retries: "canceled".into(),
            minimum_charge: 50,
            portal_switches_metered: false,
            faults: Faults::default(),
            webhooks: Webhooks::default(),
        }
    }
}

/// Shares of the API's requests that fail, each from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    pub rate_limited: f64,
    pub broken: f64,
    pub hang: f64,
    pub drop: f64,
    /// The share of these faults that occur after the request was applied, so that its response is
    /// lost.
    pub applied: f64,
    /// A 500 after applying is stored under the idempotency key and replayed, as Stripe documents.
    pub sticky: bool,
    /// Only paths that start with this text. Empty: all paths.
    pub path: String,
}

/// Faults in the delivery of webhooks.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhooks {
    /// Number of additional copies of every event.
    pub duplicate: u32,
    /// Delay of every delivery, in milliseconds of real time.
    pub delay_ms: u64,
    /// Maximum additional random delay, which also changes the order.
    pub shuffle_ms: u64,
    /// The share of deliveries that are lost without a retry.
    pub drop: f64,
    /// The share of deliveries that are signed with another secret. Each is followed by a valid
    /// one.
    pub wrong_signature: f64,
    /// Added to the time in the signature.
    pub signature_skew: i64,
    /// Sign with the fake's clock instead of the real time.
    pub sign_with_clock: bool,
    /// Hold all deliveries until they are released.
    pub hold: bool,
    /// The delay before the first retry. It doubles each time.
    pub retry_ms: u64,
    pub attempts: u32,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            duplicate: 0,
            delay_ms: 0,
            shuffle_ms: 0,
            drop: 0.0,
            wrong_signature: 0.0,
            signature_skew: 0,
            sign_with_clock: false,
            hold: false,
            retry_ms: 250,
            attempts: 16,
        }
    }
}

impl Faults {
    /// Changes the given fields. A field that does not exist is refused by name.
    pub fn set(&mut self, given: &Value) -> Result<(), String> {
        for (name, value) in fields(given)? {
            match name.as_str() {
                "rate_limited" => self.rate_limited = share(name, value)?,
                "broken" => self.broken = share(name, value)?,
                "hang" => self.hang = share(name, value)?,
                "drop" => self.drop = share(name, value)?,
                "applied" => self.applied = share(name, value)?,
                "sticky" => self.sticky = flag(name, value)?,
                "path" => self.path = value.as_str().ok_or_else(|| wrong(name))?.into(),
                _ => return Err(wrong(name)),
            }
        }
        Ok(())
    }

    pub fn show(&self) -> Value {
        json!({
            "rate_limited": self.rate_limited, "broken": self.broken, "hang": self.hang, "drop": self.drop,
            "applied": self.applied, "sticky": self.sticky, "path": self.path,
        })
    }
}

impl Webhooks {
    /// Changes the given fields. A field that does not exist is refused by name.
    pub fn set(&mut self, given: &Value) -> Result<(), String> {
        for (name, value) in fields(given)? {
            let count = || value.as_u64().ok_or_else(|| wrong(name));
            match name.as_str() {
                "duplicate" => {
                    self.duplicate = u32::try_from(count()?.min(100)).unwrap_or_default()
                }
                "delay_ms" => self.delay_ms = count()?,
                "shuffle_ms" => self.shuffle_ms = count()?,
                "drop" => self.drop = share(name, value)?,
                "wrong_signature" => self.wrong_signature = share(name, value)?,
                "signature_skew" => {
                    self.signature_skew = value.as_i64().ok_or_else(|| wrong(name))?
                }
                "sign_with_clock" => self.sign_with_clock = flag(name, value)?,
                "hold" => self.hold = flag(name, value)?,
                "retry_ms" => self.retry_ms = count()?,
                "attempts" => self.attempts = u32::try_from(count()?.min(100)).unwrap_or_default(),
                _ => return Err(wrong(name)),
            }
        }
        Ok(())
    }

    pub fn show(&self) -> Value {
        json!({
            "duplicate": self.duplicate, "delay_ms": self.delay_ms, "shuffle_ms": self.shuffle_ms, "drop": self.drop,
            "wrong_signature": self.wrong_signature, "signature_skew": self.signature_skew,
            "sign_with_clock": self.sign_with_clock, "hold": self.hold, "retry_ms": self.retry_ms, "attempts": self.attempts,
        })
    }
}

fn fields(given: &Value) -> Result<&serde_json::Map<String, Value>, String> {
    given.as_object().ok_or_else(|| "send a JSON object".into())
}

fn wrong(name: &str) -> String {
    format!("{name} does not exist or does not have such a value")
}

fn share(name: &str, value: &Value) -> Result<f64, String> {
    value.as_f64().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| wrong(name))
}

fn flag(name: &str, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| wrong(name))
}
