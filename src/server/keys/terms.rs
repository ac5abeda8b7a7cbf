//! What holds for one key's calls to one product: its plan, and the limits that come of it and of the key's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderValue;

use crate::server::Result;
use crate::server::config::{LimitsConfig, Rate};
use crate::server::plans::Terms;
use crate::server::shared::Bucket;
use crate::types::id::{KeyId, OrgId};

pub struct KeyTerms {
    pub product: Arc<str>,
    /// What the organisation's plan allows and charges.
    pub plan: Terms,
    pub key_bucket: Bucket,
    pub org_bucket: Bucket,
    /// `RateLimit-Policy`: the same for all of these calls.
    pub policy_header: HeaderValue,
    /// Units of the organisation's month, as they were when this was used last: what a call will cost depends on
    /// them.
    used_units: AtomicU64,
}

impl KeyTerms {
    /// `own` is the key's own rate, which tightens the plan's.
    pub fn new(product: Arc<str>, key: &KeyId, org: &OrgId, own: Option<Rate>, plan: Terms, limits: &LimitsConfig) -> Result<Self> {
        let plan_rate = plan.key_rate.map_or(limits.limit_key, Rate::from);
        let key_rate = own.map_or(plan_rate, |own| plan_rate.tightened_by(own));
        // Where a key's own rate holds, the plan's burst is not meant for it.
        let burst = plan.key_rate.filter(|_| own.is_none()).and_then(|rate| rate.burst);
        let key_bucket = Bucket::new("key", (key.as_str(), &*product), key_rate).with_burst(burst);
        let org_rate = plan.org_rate.map_or(limits.limit_org, Rate::from);
        let org_bucket = Bucket::new("org", (org.as_str(), &*product), org_rate).with_burst(plan.org_rate.and_then(|rate| rate.burst));
        let policy_header = policy_header(&key_bucket, &org_bucket, limits)?;
        Ok(Self { product, plan, key_bucket, org_bucket, policy_header, used_units: AtomicU64::new(0) })
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

/// `"key";q=20;w=1, "org";q=100;w=1, …` (draft-ietf-httpapi-ratelimit-headers). `q` is what a full bucket holds, so that
/// the `r` of `RateLimit` is never more.
fn policy_header(key: &Bucket, org: &Bucket, limits: &LimitsConfig) -> Result<HeaderValue> {
    let policy = |name: &str, calls: u32, rate: Rate| format!("\"{name}\";q={calls};w={}", rate.seconds);
    let (ip, operation) = (limits.limit_ip, limits.limit_operation);
    let text = [
        policy("key", key.capacity(), key.rate),
        policy("org", org.capacity(), org.rate),
        policy("ip", ip.calls, ip),
        policy("operation", operation.calls, operation),
    ];
    Ok(HeaderValue::from_str(&text.join(", ")).map_err(anyhow::Error::from)?)
}
