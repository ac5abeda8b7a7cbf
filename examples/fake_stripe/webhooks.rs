//! Sends webhooks, with the faults that a test sets.

use super::Shared;
use super::events::matches;
use super::state::{State, text};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

const MAX_WAITING: usize = 100_000;
const MAX_REMEMBERED: usize = 20_000;
/// Stripe waits longer; tests need short delays.
const TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// One delivery of one event to one endpoint.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub event: String,
    pub kind: String,
    pub url: String,
    pub secret: String,
    pub body: String,
    pub attempt: u32,
    pub due: Instant,
    pub forged: bool,
}

#[derive(Clone, Default)]
pub struct Queue {
    pub waiting: Vec<Delivery>,
    pub in_flight: usize,
    /// The attempts, with the receiver's status (0 if it could not be reached, -1 if dropped on
    /// purpose).
    pub log: VecDeque<Value>,
}

impl Queue {
    fn note(&mut self, delivery: &Delivery, status: i32) {
        if self.log.len() == MAX_REMEMBERED {
            self.log.pop_front();
        }
        self.log.push_back(json!({
            "event": delivery.event, "type": delivery.kind, "url": delivery.url, "attempt": delivery.attempt, "forged": delivery.forged,
            "status": status,
        }));
    }
}

impl State {
    /// Queues an event for every endpoint that receives its type.
    pub fn enqueue(&mut self, event: &Value) {
        let endpoints: Vec<Value> = self
            .table("webhook_endpoint")
            .filter(|endpoint| wants(endpoint, event))
            .cloned()
            .collect();
        for endpoint in endpoints {
            self.deliver(event, &text(&endpoint, "url"), &text(&endpoint, "_signing"));
        }
    }

    fn deliver(&mut self, event: &Value, url: &str, secret: &str) {
        let knobs = self.webhooks.clone();
        let body = serde_json::to_string_pretty(event).unwrap_or_default();
        for _ in 0..=knobs.duplicate {
            let delivery = Delivery {
                event: text(event, "id"),
                kind: text(event, "type"),
                url: url.into(),
                secret: secret.into(),
                body: body.clone(),
                attempt: 1,
                due: self.later(0),
                forged: false,
            };
            if self.chance.share() < knobs.drop {
                self.queue.note(&delivery, -1);
                continue;
            }
            if self.chance.share() < knobs.wrong_signature {
                self.queue.waiting.push(Delivery { forged: true, ..delivery.clone() });
            }
            if self.queue.waiting.len() < MAX_WAITING {
                self.queue.waiting.push(delivery);
            }
        }
        self.wake.notify_one();
    }

    fn later(&mut self, extra_ms: u64) -> Instant {
        let shuffle = self.chance.below(self.webhooks.shuffle_ms + 1);
        Instant::now() + Duration::from_millis(self.webhooks.delay_ms + shuffle + extra_ms)
    }

    /// Sends an event of any age again. Returns false if it does not exist.
    pub fn replay(&mut self, id: &str) -> bool {
        let found = self.find("event", id).or_else(|| self.find("v2.core.event", id)).cloned();
        if let Some(event) = &found {
            self.enqueue(event);
        }
        found.is_some()
    }

    /// Releases all pending deliveries, shuffled by `seed` if one is given.
    pub fn release(&mut self, seed: Option<u64>) -> usize {
        if let Some(seed) = seed {
            let mut dice = super::dice::Dice::new(seed);
            for end in (1..self.queue.waiting.len()).rev() {
                let other = usize::try_from(dice.below(end as u64 + 1)).unwrap_or(0);
                self.queue.waiting.swap(end, other);
            }
        }
        let now = Instant::now();
        for delivery in &mut self.queue.waiting {
            delivery.due = now;
        }
        self.webhooks.hold = false;
        self.wake.notify_one();
        self.queue.waiting.len()
    }

    fn next_delivery(&mut self) -> Result<(Delivery, i64), Duration> {
        if self.webhooks.hold {
            return Err(LONGEST_WAIT);
        }
        let now = Instant::now();
        // The first of equals, so that without faults events arrive in order.
        let Some((at, due)) = self
            .queue
            .waiting
            .iter()
            .enumerate()
            .map(|(at, delivery)| (at, delivery.due))
            .min_by_key(|(_, due)| *due)
        else {
            return Err(LONGEST_WAIT);
        };
        if due > now {
            return Err(due - now);
        }
        self.queue.in_flight += 1;
        let signed_at = if self.webhooks.sign_with_clock { self.now } else { super::clock::wall() };
        Ok((self.queue.waiting.remove(at), signed_at + self.webhooks.signature_skew))
    }

    fn delivered(&mut self, mut delivery: Delivery, status: i32) {
        self.queue.in_flight -= 1;
        self.queue.note(&delivery, status);
        if delivery.forged
            || (200..300).contains(&status)
            || delivery.attempt >= self.webhooks.attempts
        {
            return;
        }
        let wait = self.webhooks.retry_ms << (delivery.attempt - 1).min(8);
        delivery.attempt += 1;
        delivery.due = self.later(wait);
        self.queue.waiting.push(delivery);
    }
}

fn wants(endpoint: &Value, event: &Value) -> bool {
    let kind = event["type"].as_str().unwrap_or_default();
    let names = endpoint["enabled_events"].as_array();
    endpoint["status"] == "enabled"
        && names.is_some_and(|names| {
            names.iter().filter_map(Value::as_str).any(|name| matches(name, kind))
        })
}

/// `t=…,v1=…` over `t.body`, as in <https://docs.stripe.com/webhooks#verify-manually>.
pub fn sign(secret: &str, at: i64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{at}.{body}").as_bytes());
    let hex: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at},v1={hex}")
}

/// Sends due deliveries, one at a time, until the task is aborted.
pub async fn send_forever(shared: Arc<Shared>) {
    let client = reqwest::Client::builder().timeout(TIMEOUT).build().unwrap_or_default();
    let wake = shared.state.lock().wake.clone();
    loop {
        let next = shared.state.lock().next_delivery();
        let (delivery, signed_at) = match next {
            Ok(next) => next,
            Err(wait) => {
                let _ = tokio::time::timeout(wait, wake.notified()).await;
                continue;
            }
        };
        let secret = if delivery.forged { "whsec_of_somebody_else" } else { &delivery.secret };
        let request = client
            .post(&delivery.url)
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
            .header("stripe-signature", sign(secret, signed_at, &delivery.body))
            .body(delivery.body.clone());
        let status =
            request.send().await.map_or(0, |response| i32::from(response.status().as_u16()));
        shared.state.lock().delivered(delivery, status);
    }
}
