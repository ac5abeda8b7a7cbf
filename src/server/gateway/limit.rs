//! Rate limits by key, organisation, source address and operation, taken together: all or none. A call that
//! is refused for its path or scope takes from them too, or it could be repeated without end.

use super::key::seconds_up;
use super::quota::Counters;
use super::source_ip::network;
use super::{Call, quota};
use crate::server::journal::LIMITS;
use crate::server::keys::KeyEntry;
use crate::server::shared::{Bucket, COUNTERS, Taken, Verdict};
use crate::server::{App, Error, Result};
use crate::types::code::Code;

pub async fn take(app: &App, call: &mut Call, permitted: bool) -> Result<()> {
    let Some(key) = &call.key else { return Ok(()) };
    let wanted = Wanted { buckets: buckets(app, call, key), counters: quota::counters(call, key, permitted) };
    let taken = if quota::is_capped(call, key) { None } else { take_at_once(app, call, &wanted) };
    match taken {
        Some(taken) => note(call, taken),
        // Boxed, as what is seldom needed must not make every call's future larger: they are copied.
        None => Box::pin(take_and_wait(app, call, wanted)).await,
    }
}

/// What a call takes from.
struct Wanted {
    buckets: [Bucket; LIMITS],
    counters: Counters,
}

/// What is answered where nobody has to be asked for it; else nothing is taken. Most calls are decided so.
fn take_at_once(app: &App, call: &Call, wanted: &Wanted) -> Option<Taken<LIMITS>> {
    let taken = app.shared.take_at_once(call.now_us, &wanted.buckets, &wanted.counters)?;
    (!taken.is_unknown() && !is_refused_by_counters(&taken)).then_some(taken)
}

async fn take_and_wait(app: &App, call: &mut Call, Wanted { buckets, counters }: Wanted) -> Result<()> {
    let Some(key) = call.key.clone() else { return Ok(()) };
    let mut taken = app.shared.take(&key.org, call.now_us, &buckets, &counters).await;
    if taken.is_unknown() {
        quota::seed(app, call, &key, &counters, &taken.counters).await;
        taken = quota::take_seeded(app, call.now_us, &key, &buckets, &counters).await;
    }
    if is_refused_by_counters(&taken) {
        // A call that its quota refuses takes from the limits all the same, or it could be repeated without end.
        taken.verdicts = app.shared.take(&key.org, call.now_us, &buckets, &[None; COUNTERS]).await.verdicts;
    }
    note(call, taken)?;
    quota::hold_enough(app, call, &key, counters).await
}

/// Whether the limits would let the call pass, and a counter does not.
fn is_refused_by_counters(taken: &Taken<LIMITS>) -> bool {
    !taken.took_tokens && taken.verdicts.iter().all(|verdict| verdict.allowed)
}

/// Takes note of what was answered, and refuses the call where that refuses it.
fn note(call: &mut Call, mut taken: Taken<LIMITS>) -> Result<()> {
    quota::note(call, &mut taken);
    call.limits = Some(taken.verdicts);
    pass(&taken.verdicts)?;
    quota::refuse(call, &taken.counters)
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
