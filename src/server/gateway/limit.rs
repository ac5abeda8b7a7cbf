//! Rate limits by key, organisation, source address and operation, taken together: all or none. A call that
//! is refused for its path or scope takes from them too, or it could be repeated without end.

use super::key::seconds_up;
use super::source_ip::network;
use super::{Call, quota};
use crate::server::journal::LIMITS;
use crate::server::keys::KeyEntry;
use crate::server::shared::{Bucket, COUNTERS, Verdict};
use crate::server::{App, Error, Result};
use crate::types::code::Code;

pub async fn take(app: &App, call: &mut Call, permitted: bool) -> Result<()> {
    let Some(key) = call.key.clone() else { return Ok(()) };
    let buckets = buckets(app, call, &key);
    let counters = quota::counters(call, &key, permitted);
    let mut taken = app.shared.take(&key.org, call.now_us, &buckets, &counters).await;
    if taken.is_unknown() {
        Box::pin(quota::seed(app, call, &key, &counters, &taken.counters)).await;
        taken = quota::take_seeded(app, call.now_us, &key, &buckets, &counters).await;
    }
    if taken.reservation.is_none() && taken.verdicts.iter().all(|verdict| verdict.allowed) && taken.counters[..] != [None; COUNTERS] {
        // A call that its quota refuses takes from the limits all the same, or it could be repeated without end.
        taken.verdicts = app.shared.take(&key.org, call.now_us, &buckets, &[None; COUNTERS]).await.verdicts;
    }
    quota::note(call, &mut taken);
    call.limits = Some(taken.verdicts);
    pass(&taken.verdicts)?;
    quota::check(app, call, &key, counters, taken.counters).await
}

/// As [`take`], without taking; where instances share limits, as far as this one knows.
pub async fn peek(app: &App, call: &mut Call, permitted: bool) -> Result<()> {
    let Some(key) = call.key.clone() else { return Ok(()) };
    let verdicts = app.shared.local().preview(call.now_us, &buckets(app, call, &key));
    call.limits = Some(verdicts);
    pass(&verdicts)?;
    quota::peek(app, call, &key, permitted).await
}

fn buckets(app: &App, call: &Call, key: &KeyEntry) -> [Bucket; LIMITS] {
    // Calls that match no operation share a bucket.
    let operation = call.operation.as_ref().map_or("", |operation| operation.id.as_str());
    let terms = call.terms.as_ref().unwrap_or(&key.platform);
    let limits = &app.config.limits;
    [
        terms.key_bucket,
        terms.org_bucket,
        Bucket::of_nobody("ip", network(call.source_ip), limits.limit_ip),
        Bucket::new("operation", (key.org.as_str(), call.product(), operation), limits.limit_operation),
    ]
}

/// Lets a call pass that no limit refuses.
pub fn pass(verdicts: &[Verdict]) -> Result<()> {
    let violated: Vec<_> = verdicts.iter().filter(|verdict| !verdict.allowed).collect();
    if violated.is_empty() {
        return Ok(());
    }
    let names: Vec<String> =
        violated.iter().map(|verdict| format!("{} ({} calls in {} s)", verdict.policy, verdict.rate.calls, verdict.rate.seconds)).collect();
    let wait = seconds_up(violated.iter().map(|verdict| verdict.retry_us).max().unwrap_or(0)).max(1);
    let detail = format!("No room is left in these limits: {}. Try again in {wait} seconds.", names.join(", "));
    Err(Error::new(Code::RateLimited, detail).retry_after(wait))
}
