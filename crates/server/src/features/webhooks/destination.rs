//! Limits per destination host, over all organisations. Otherwise anyone could use this server to
//! flood a host that never asked for deliveries.

use tollgate_proxy::outbound::Reach;
use tollgate_types::code::Code;
use tollgate_types::number::plural;
use url::Url;

use crate::access::{ManageWebhooks, Permit};
use crate::config::Rate;
use crate::shared::{Bucket, COUNTERS};
use crate::{Base, Error, Result, accounts};

/// Receiver checks per organisation, and per host over all organisations. Each sends up to six
/// requests.
const CHECKS: Rate = Rate { calls: 10, seconds: 600 };
/// Test events per organisation, and per host over all organisations.
const TESTS: Rate = Rate { calls: 60, seconds: 600 };
/// Deliveries to one host whose endpoints have not succeeded yet, or have failed since.
const UNPROVEN: Rate = Rate { calls: 60, seconds: 60 };

/// A request that a person triggers.
#[derive(Clone, Copy)]
pub enum ByHand {
    Check,
    Test,
}

/// Checks that the caller may have requests sent to hosts of their choice.
///
/// # Errors
/// `forbidden` until their address is verified.
pub async fn check_sender(base: &Base, permit: &Permit<ManageWebhooks>) -> Result<()> {
    accounts::require_verified(&base.db, permit, "send webhooks").await
}

/// Counts one manual request to the host of `url`.
///
/// # Errors
/// `rate_limited` if the organisation, or all together for this host, have reached their limit.
pub async fn take(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    url: &str,
    what: ByHand,
) -> Result<()> {
    let (of_org, to_host, rate, name) = match what {
        ByHand::Check => ("webhook_check", "webhook_check_host", CHECKS, "receiver checks"),
        ByHand::Test => ("webhook_test", "webhook_test_host", TESTS, "test events"),
    };
    let host = host(url, base.outbound.reach());
    let buckets =
        [Bucket::new(of_org, permit.org.as_str(), rate), Bucket::of_nobody(to_host, &host, rate)];
    let taken =
        base.shared.take(&permit.org, base.clock.now_us(), &buckets, &[None; COUNTERS]).await;
    let Some(retry_us) = taken
        .verdicts
        .iter()
        .filter(|verdict| !verdict.allowed)
        .map(|verdict| verdict.retry_us)
        .max()
    else {
        return Ok(());
    };
    let seconds = u64::try_from(retry_us).unwrap_or(0).div_ceil(1_000_000).max(1);
    let detail = format!(
        "Too many {name} were sent to {host} or by your organisation. Try again in {}.",
        plural(seconds, "second", "seconds")
    );
    Err(Error::new(Code::RateLimited, detail).retry_after(seconds))
}

/// How many deliveries may go to one host now, counted per instance.
pub struct Gate<'a> {
    base: &'a Base,
    buckets: [Bucket; 3],
    /// An endpoint that works does not use the last bucket.
    is_proven: bool,
    now_us: i64,
}

impl<'a> Gate<'a> {
    pub fn new(base: &'a Base, org: &str, url: &str, is_proven: bool, now_us: i64) -> Self {
        let host = host(url, base.outbound.reach());
        let all = base.config.limits.limit_destination;
        // So that one organisation cannot use up a shared host, such as a chat service.
        let half = Rate { calls: all.calls.div_ceil(2), ..all };
        let buckets = [
            Bucket::of_nobody("webhook_host", &host, all),
            Bucket::new("webhook_host_of_org", (org, &host), half),
            Bucket::of_nobody("webhook_host_unproven", &host, UNPROVEN),
        ];
        Self { base, buckets, is_proven, now_us }
    }

    fn buckets(&self) -> &[Bucket] {
        if self.is_proven { &self.buckets[..2] } else { &self.buckets }
    }

    pub fn room(&self) -> usize {
        let left = self
            .buckets()
            .iter()
            .map(|bucket| self.base.shared.local().peek(self.now_us, bucket).remaining)
            .min();
        usize::try_from(left.unwrap_or(0)).unwrap_or(usize::MAX)
    }

    pub fn take(&self, deliveries: usize) {
        for bucket in self.buckets() {
            for _ in 0..deliveries {
                self.base.shared.local().take(self.now_us, std::array::from_ref(bucket));
            }
        }
    }
}

/// The destination of a URL. In development, where all receivers are on one machine, ports count as
/// hosts.
fn host(url: &str, reach: Reach) -> String {
    let Ok(url) = url.parse::<Url>() else { return String::new() };
    let name = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    match reach {
        Reach::Public => name,
        Reach::Anywhere => format!("{name}:{}", url.port_or_known_default().unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_however_its_url_is_written() {
        for url in
            ["https://example.com/a", "https://EXAMPLE.com:8443/b?c", "https://example.com./"]
        {
            assert_eq!(host(url, Reach::Public), "example.com");
        }
        assert_ne!(
            host("http://127.0.0.1:1/", Reach::Anywhere),
            host("http://127.0.0.1:2/", Reach::Anywhere)
        );
    }
}
