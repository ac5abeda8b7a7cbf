//! The terms of one key's calls to one product: its plan, and the limits of the plan and the key.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderValue;
use tollgate_types::id::{KeyId, OrgId};
use tollgate_types::plan::PlanRate;

use crate::Result;
use crate::config::{LimitsConfig, Rate};
use crate::plans::Terms;
use crate::shared::Bucket;

pub struct KeyTerms {
    pub product: Arc<str>,
    /// The allowances and prices of the organisation's plan.
    pub plan: Terms,
    pub key_bucket: Bucket,
    pub org_bucket: Bucket,
    pub server_wide: ServerWide,
    /// `RateLimit-Policy`: the same for all of these calls.
    pub policy_header: HeaderValue,
    /// Units of the organisation's month at the last use: they determine the cost of a call.
    used_units: AtomicU64,
}

impl KeyTerms {
    /// `own` is the key's own rate, which restricts the plan's.
    pub fn new(
        product: Arc<str>,
        key: &KeyId,
        org: &OrgId,
        own: Option<Rate>,
        plan: Terms,
        limits: &LimitsConfig,
    ) -> Result<Self> {
        let plan_rate = plan.key_rate.map_or(limits.limit_key, Rate::from);
        let key_rate = own.map_or(plan_rate, |own| plan_rate.tightened_by(own));
        // The plan's burst does not apply to a key with its own rate.
        let burst = plan.key_rate.filter(|_| own.is_none()).and_then(|rate| rate.burst);
        let key_bucket = Bucket::new("key", (key.as_str(), &*product), key_rate).with_burst(burst);
        let org_limit = match (plan.org_rate, plan.key_rate) {
            (Some(rate), _) => Limit::of_plan(rate),
            // A single key must be able to use the plan's rate.
            (None, Some(rate)) => Limit::of(limits.limit_org).loosened_by(Limit::of_plan(rate)),
            (None, None) => Limit::of(limits.limit_org),
        };
        let org_bucket = Bucket::new("org", (org.as_str(), &*product), org_limit.rate)
            .with_burst(org_limit.burst);
        let server_wide = ServerWide::new(&plan, limits);
        let policy_header = policy_header(&key_bucket, &org_bucket, &server_wide)?;
        Ok(Self {
            product,
            plan,
            key_bucket,
            org_bucket,
            server_wide,
            policy_header,
            used_units: AtomicU64::new(0),
        })
    }

    /// [`policy_header`](Self::policy_header) as text.
    pub fn policies(&self) -> &str {
        self.policy_header.to_str().unwrap_or_default()
    }

    pub fn last_used_units(&self) -> u64 {
        self.used_units.load(Ordering::Relaxed)
    }

    pub fn note_used_units(&self, units: u64) {
        self.used_units.store(units, Ordering::Relaxed);
    }
}

/// A rate with the calls that may arrive at once; `None` for one window's worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit {
    rate: Rate,
    burst: Option<u32>,
}

impl Limit {
    const fn of(rate: Rate) -> Self {
        Self { rate, burst: None }
    }

    fn of_plan(rate: PlanRate) -> Self {
        Self { rate: rate.into(), burst: rate.burst }
    }

    fn capacity(self) -> u32 {
        self.burst.unwrap_or(self.rate.calls)
    }

    /// The looser combination of two limits.
    fn loosened_by(self, other: Self) -> Self {
        let rate = self.rate.loosened_by(other.rate);
        let capacity = self.capacity().max(other.capacity());
        Self { rate, burst: (capacity != rate.calls).then_some(capacity) }
    }
}

/// The server-wide limits, per address and per operation, for calls on one plan: never stricter
/// than the plan's rate, which the partner was promised.
pub struct ServerWide {
    address: Limit,
    operation: Limit,
    /// Whether the organisation has its own limit per address. Otherwise all organisations at an
    /// address share one, and others could use up what the plan promises.
    is_own_address: bool,
}

impl ServerWide {
    fn new(plan: &Terms, limits: &LimitsConfig) -> Self {
        let promised = plan.org_rate.or(plan.key_rate).map(Limit::of_plan);
        let at_least = |limit: Rate| {
            promised.map_or(Limit::of(limit), |promised| Limit::of(limit).loosened_by(promised))
        };
        Self {
            address: at_least(limits.limit_ip),
            operation: at_least(limits.limit_operation),
            is_own_address: promised.is_some(),
        }
    }

    pub fn of_address(&self, org: &OrgId, network: IpAddr) -> Bucket {
        let bucket = if self.is_own_address {
            Bucket::new("ip", (org.as_str(), network), self.address.rate)
        } else {
            Bucket::of_nobody("ip", network, self.address.rate)
        };
        bucket.with_burst(self.address.burst)
    }

    pub fn of_operation(&self, org: &OrgId, product: &str, operation: &str) -> Bucket {
        Bucket::new("operation", (org.as_str(), product, operation), self.operation.rate)
            .with_burst(self.operation.burst)
    }
}

/// `"key";q=20;w=1, "org";q=100;w=1, …` (draft-ietf-httpapi-ratelimit-headers). `q` is the size of
/// a full bucket, so that the `r` of `RateLimit` is never larger.
fn policy_header(key: &Bucket, org: &Bucket, server_wide: &ServerWide) -> Result<HeaderValue> {
    let policy =
        |name: &str, calls: u32, rate: Rate| format!("\"{name}\";q={calls};w={}", rate.seconds);
    let ServerWide { address, operation, .. } = server_wide;
    let text = [
        policy("key", key.capacity(), key.rate),
        policy("org", org.capacity(), org.rate),
        policy("ip", address.capacity(), address.rate),
        policy("operation", operation.capacity(), operation.rate),
    ];
    Ok(HeaderValue::from_str(&text.join(", ")).map_err(anyhow::Error::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(rate: &str, burst: Option<u32>) -> Limit {
        Limit { rate: rate.parse().unwrap(), burst }
    }

    #[test]
    fn a_loosened_limit_undercuts_neither() {
        for (a, b, rate, capacity) in [
            (limit("50/1", None), limit("100/1", None), "100/1", 100),
            (limit("50/1", None), limit("10/1", None), "50/1", 50),
            // The faster of the two rates, with the larger burst.
            (limit("50/1", None), limit("6000/60", None), "6000/60", 6_000),
            (limit("50/1", None), limit("1000/60", None), "1000/20", 1_000),
            (limit("50/1", None), limit("10/1", Some(300)), "50/1", 300),
            (limit("50/1", None), limit("100/1", Some(300)), "100/1", 300),
            (limit("2/3", None), limit("3/5", None), "3/4", 3),
        ] {
            let both = a.loosened_by(b);
            assert_eq!(
                (both.rate.to_string().as_str(), both.capacity()),
                (rate, capacity),
                "{a:?} {b:?}"
            );
            assert_eq!(b.loosened_by(a).capacity(), capacity);
            for one in [a, b] {
                assert!(both.capacity() >= one.capacity());
                let per =
                    |limit: Limit| f64::from(limit.rate.calls) / f64::from(limit.rate.seconds);
                assert!(per(both) >= per(one), "{both:?} undercuts {one:?}");
            }
        }
    }
}
