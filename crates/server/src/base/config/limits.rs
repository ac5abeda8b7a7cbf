use std::fmt;
use std::str::FromStr;

use clap::Args;

/// Default rate limits. Each is `CALLS/SECONDS`: the number of calls allowed in that many seconds.
#[derive(Clone, Debug, Args)]
pub struct LimitsConfig {
    /// Calls per key.
    #[arg(long, global = true, env = "TOLLGATE_LIMIT_KEY", default_value = "20/1")]
    pub limit_key: Rate,

    /// Calls per organisation, all its keys combined.
    #[arg(long, global = true, env = "TOLLGATE_LIMIT_ORG", default_value = "100/1")]
    pub limit_org: Rate,

    /// Calls per source address. If a plan sets a rate, this limit is at least that rate, and
    /// counts per organisation.
    #[arg(long, global = true, env = "TOLLGATE_LIMIT_IP", default_value = "100/1")]
    pub limit_ip: Rate,

    /// Calls per organisation to one operation. If a plan sets a rate, this limit is at least that
    /// rate.
    #[arg(long, global = true, env = "TOLLGATE_LIMIT_OPERATION", default_value = "50/1")]
    pub limit_operation: Rate,

    /// Failed authentications per source address.
    #[arg(long, global = true, env = "TOLLGATE_LIMIT_FAILED_AUTH", default_value = "20/60")]
    pub limit_failed_auth: Rate,

    /// Login attempts per account; five times as many per source address.
    #[arg(long, global = true, env = "TOLLGATE_LIMIT_LOGIN", default_value = "10/300")]
    pub limit_login: Rate,

    /// Webhook deliveries to one host, for all organisations combined, per instance. One
    /// organisation may use at most half of it.
    #[arg(long, global = true, env = "TOLLGATE_LIMIT_DESTINATION", default_value = "200/1")]
    pub limit_destination: Rate,

    /// Organisations that one person can own. The command line can create more.
    #[arg(long, global = true, env = "TOLLGATE_MAX_OWNED_ORGS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub max_owned_orgs: u32,

    /// Requests for pages, forms and their data, per session; three times as many in a burst, and
    /// five times as many per organisation and per source address.
    #[arg(long, global = true, env = "TOLLGATE_LIMIT_PAGE", default_value = "20/1")]
    pub limit_page: Rate,

    /// The maximum size of a request body to the API, in bytes.
    #[arg(long, global = true, env = "TOLLGATE_MAX_BODY_BYTES", default_value_t = 1024 * 1024)]
    pub max_body_bytes: usize,

    /// Seconds in which a call to the API must send its body; the response must follow at most one
    /// second later. Quota reservations expire after two minutes, so no call may take that long.
    #[arg(long, global = true, env = "TOLLGATE_CALL_TIMEOUT_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub call_timeout_seconds: u32,
}

/// `calls` in a window of `seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub calls: u32,
    pub seconds: u32,
}

impl Rate {
    /// The same window with `times` as many calls.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { calls: self.calls.saturating_mul(times), ..self }
    }

    /// The stricter combination of two rates: the smaller burst, refilled at the slower of the two
    /// speeds.
    #[must_use]
    pub fn tightened_by(self, other: Self) -> Self {
        let calls = self.calls.min(other.calls);
        // Rounded up, towards the stricter rate.
        let seconds = |rate: Self| {
            (u64::from(rate.seconds) * u64::from(calls)).div_ceil(u64::from(rate.calls))
        };
        Self {
            calls,
            seconds: u32::try_from(seconds(self).max(seconds(other))).unwrap_or(u32::MAX),
        }
    }

    /// The looser combination of two rates: the larger burst, refilled at the faster of the two
    /// speeds.
    #[must_use]
    pub fn loosened_by(self, other: Self) -> Self {
        let calls = self.calls.max(other.calls);
        // Rounded down, towards the looser rate.
        let seconds =
            |rate: Self| u64::from(rate.seconds) * u64::from(calls) / u64::from(rate.calls);
        Self {
            calls,
            seconds: u32::try_from(seconds(self).min(seconds(other)).max(1)).unwrap_or(u32::MAX),
        }
    }

    /// # Errors
    /// Fails if a number is outside the range of a rate.
    pub fn new(calls: u32, seconds: u32) -> Result<Self, RateError> {
        let fits = (1..=1_000_000_000).contains(&calls) && (1..=86_400).contains(&seconds);
        if fits { Ok(Self { calls, seconds }) } else { Err(RateError) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.calls, self.seconds)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("must be CALLS/SECONDS, such as 20/1: 1 to 1000000000 calls, and 1 to 86400 seconds")]
pub struct RateError;

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (calls, seconds) = text.split_once('/').ok_or(RateError)?;
        let calls = calls.trim().parse().map_err(|_| RateError)?;
        let seconds = seconds.trim().parse().map_err(|_| RateError)?;
        Self::new(calls, seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rates_together_let_through_no_more_than_either() {
        let both = |a: &str, b: &str| {
            let (a, b): (Rate, Rate) = (a.parse().unwrap(), b.parse().unwrap());
            assert_eq!(a.tightened_by(b), b.tightened_by(a));
            a.tightened_by(b).to_string()
        };
        assert_eq!(both("20/1", "5/1"), "5/1");
        assert_eq!(both("20/1", "50/1"), "20/1");
        assert_eq!(both("20/1", "5/60"), "5/60");
        // A larger burst at a slower rate, and the reverse.
        assert_eq!(both("20/1", "100/60"), "20/12");
        assert_eq!(both("100/60", "5/1"), "5/3");
        assert_eq!(both("1000000000/1", "1/86400"), "1/86400");
    }
}
