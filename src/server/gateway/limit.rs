//! Rate limits by key, organisation, source address and operation, taken together: all or none. A call that
//! is refused for its path or scope takes from them too, or it could be repeated without end.

use super::key::seconds_up;
use super::source_ip::network;
use super::{Call, quota};
use crate::server::shared::{Bucket, COUNTERS};
use crate::server::{App, Error, Result};
use crate::types::code::Code;

pub async fn take(app: &App, call: &mut Call, permitted: bool) -> Result<()> {
    let Some(key) = call.key.clone() else { return Ok(()) };
    // Calls that match no operation share a bucket.
    let operation = call.operation.as_ref().map_or("", |operation| operation.id.as_str());
    let limits = &app.config.limits;
    let buckets = [
        key.key_bucket,
        key.org_bucket,
        Bucket::of_nobody("ip", network(call.source_ip), limits.limit_ip),
        Bucket::new("operation", (key.org.as_str(), operation), limits.limit_operation),
    ];
    let counters = quota::counters(call, &key, permitted);
    let mut taken = app.shared.take(&key.org, call.now_us, &buckets, &counters).await;
    if taken.is_unknown() {
        Box::pin(quota::seed(app, call, &key, &counters, &taken.counters)).await;
        taken = app.shared.take(&key.org, call.now_us, &buckets, &counters).await;
    }
    if taken.reservation.is_none() && taken.verdicts.iter().all(|verdict| verdict.allowed) && taken.counters[..] != [None; COUNTERS] {
        // A call that its quota refuses takes from the limits all the same, or it could be repeated without end.
        taken.verdicts = app.shared.take(&key.org, call.now_us, &buckets, &[None; COUNTERS]).await.verdicts;
    }
    quota::note(call, &mut taken);
    let verdicts = taken.verdicts;
    call.limits = Some(verdicts);
    let violated: Vec<_> = verdicts.iter().filter(|verdict| !verdict.allowed).collect();
    if violated.is_empty() {
        return quota::check(app, call, &key, counters, taken.counters).await;
    }
    let names: Vec<String> =
        violated.iter().map(|verdict| format!("{} ({} calls in {} s)", verdict.policy, verdict.rate.calls, verdict.rate.seconds)).collect();
    let wait = seconds_up(violated.iter().map(|verdict| verdict.retry_us).max().unwrap_or(0)).max(1);
    let detail = format!("No room is left in these limits: {}. Try again in {wait} seconds.", names.join(", "));
    Err(Error::new(Code::RateLimited, detail).retry_after(wait))
}
