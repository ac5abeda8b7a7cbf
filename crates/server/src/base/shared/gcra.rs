//! Rate limits as token buckets, with the generic cell rate algorithm (GCRA, ITU-T I.371): a bucket
//! is one number, the theoretical arrival time at which it would be full again. This file has the
//! arithmetic, in whole nanoseconds; this process' limiter or Redis stores the number.

use std::hash::{BuildHasher, Hash};

use rustc_hash::FxBuildHasher;

use crate::config::Rate;

/// The name of a limit, as in `RateLimit-Policy`.
pub type Policy = &'static str;

/// One limit that a call must pass.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    pub policy: Policy,
    pub(super) id: u64,
    pub rate: Rate,
    /// Calls in a full bucket: by default, one window's worth.
    burst: u32,
    interval_ns: i64,
    window_ns: i64,
    /// False for a subject that several organisations may share, such as an address.
    pub(super) of_org: bool,
}

impl Bucket {
    /// The bucket of `policy` for `subject`, which belongs to the calling organisation, such as a
    /// key's id.
    pub fn new(policy: Policy, subject: impl Hash, rate: Rate) -> Self {
        // Includes its rate: a slowly filling bucket must not delay calls that a changed, faster
        // rate allows.
        let id = FxBuildHasher.hash_one((policy, subject, rate.calls, rate.seconds));
        let interval_ns = i64::from(rate.seconds) * 1_000_000_000 / i64::from(rate.calls);
        Self {
            policy,
            id,
            rate,
            burst: rate.calls,
            interval_ns,
            window_ns: window_ns(interval_ns, rate.calls),
            of_org: true,
        }
    }

    /// The bucket of a `subject` that belongs to no organisation, such as an address.
    pub fn of_nobody(policy: Policy, subject: impl Hash, rate: Rate) -> Self {
        Self { of_org: false, ..Self::new(policy, subject, rate) }
    }

    /// The same with room for `burst` calls at once; `None` for one window's worth.
    #[must_use]
    pub fn with_burst(self, burst: Option<u32>) -> Self {
        let burst = burst.unwrap_or(self.burst);
        Self { burst, window_ns: window_ns(self.interval_ns, burst), ..self }
    }

    /// Nanoseconds until one token returns. At least one: [`Rate`] allows no more than one call
    /// each.
    pub(super) const fn interval_ns(&self) -> i64 {
        self.interval_ns
    }

    /// Tokens of a full bucket.
    pub const fn capacity(&self) -> u32 {
        self.burst
    }

    /// What a full bucket is worth, in nanoseconds.
    pub(super) const fn window_ns(&self) -> i64 {
        self.window_ns
    }

    /// The missing part of a bucket that would be full at `tat`. A clock that was set back must not
    /// keep a bucket empty for that long.
    pub(super) fn debt_ns(&self, tat: i64, now_us: i64) -> i64 {
        tat.saturating_sub(now_us * 1_000).clamp(0, self.window_ns())
    }

    /// Whether a bucket that lacks `debt` nanoseconds has a token.
    pub(super) const fn has_token(&self, debt: i64) -> bool {
        debt + self.interval_ns() <= self.window_ns()
    }

    /// The result of a bucket that lacked `debt` before the call; `taken` if the call took a token.
    pub(super) fn verdict(&self, debt: i64, taken: bool) -> Verdict {
        let (interval, window) = (self.interval_ns(), self.window_ns());
        let allowed = self.has_token(debt);
        let after = if taken { debt + interval } else { debt };
        let free = window - after;
        let remaining = u32::try_from(free / interval).unwrap_or(u32::MAX);
        let retry_us = if remaining > 0 { 0 } else { us_up(interval - free % interval) };
        Verdict {
            policy: self.policy,
            rate: self.rate,
            capacity: self.capacity(),
            allowed,
            remaining,
            reset_us: us_up(after),
            retry_us,
        }
    }
}

/// The worth of a full bucket: exactly its calls, however the division rounded. At most some
/// decades, so that no sum with it overflows.
fn window_ns(interval_ns: i64, burst: u32) -> i64 {
    interval_ns * i64::from(burst).min(i64::MAX / 8 / interval_ns)
}

/// The result of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub policy: Policy,
    pub rate: Rate,
    /// Tokens of a full bucket: `remaining` is never larger.
    pub capacity: u32,
    pub allowed: bool,
    /// Tokens that are left after this call.
    pub remaining: u32,
    /// Microseconds until the bucket is full again.
    pub reset_us: i64,
    /// Microseconds until one more call would be allowed; 0 if it would be now.
    pub retry_us: i64,
}

/// Rounded up, so that waiting this long is always sufficient.
const fn us_up(ns: i64) -> i64 {
    (ns + 999) / 1_000
}
