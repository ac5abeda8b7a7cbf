//! Rate limits by key, organisation, source address and operation, taken together: all or none. A
//! call that is refused for its path or scope counts, too; otherwise it could be repeated without
//! end.

use tollgate_proxy::network::network;
use tollgate_types::code::Code;
use tollgate_types::number::plural;

use super::key::seconds_up;
use super::quota::Counters;
use super::{Call, quota};
use crate::journal::LIMITS;
use crate::keys::KeyEntry;
use crate::shared::{Bucket, COUNTERS, Taken, Verdict};
use crate::{App, Error, Result};

pub async fn take(app: &App, call: &mut Call, permitted: bool) -> Result<()> {
    // The current time: earlier steps may have had to wait, and later calls may have taken their
    // tokens already.
    call.now_us = app.clock.now_us();
    let Some(key) = &call.key else { return Ok(()) };
    let wanted =
        Wanted { buckets: buckets(call, key), counters: quota::counters(call, key, permitted) };
    let taken = if quota::is_capped(call, key) { None } else { take_at_once(app, call, &wanted) };
    match taken {
        Some(taken) => note(call, taken),
        // Boxed: rarely needed state must not make the future of every call larger, because futures
        // are copied.
        None => Box::pin(take_and_wait(app, call, wanted)).await,
    }
}

/// The limits that a call counts against.
struct Wanted {
    buckets: [Bucket; LIMITS],
    counters: Counters,
}

/// The decision, if it can be made without waiting; otherwise nothing is taken. Most calls are
/// decided this way.
fn take_at_once(app: &App, call: &Call, wanted: &Wanted) -> Option<Taken<LIMITS>> {
    let taken = app.shared.take_at_once(call.now_us, &wanted.buckets, &wanted.counters)?;
    (!taken.is_unknown() && !is_refused_by_counters(&taken)).then_some(taken)
}

async fn take_and_wait(
    app: &App,
    call: &mut Call,
    Wanted { buckets, counters }: Wanted,
) -> Result<()> {
    let Some(key) = call.key.clone() else { return Ok(()) };
    let mut taken = app.shared.take(&key.org, call.now_us, &buckets, &counters).await;
    if taken.is_unknown() {
        quota::seed(app, call, &key, &counters, &taken.counters).await;
        call.now_us = app.clock.now_us();
        taken = quota::take_seeded(app, call.now_us, &key, &buckets, &counters).await;
    }
    if is_refused_by_counters(&taken) {
        // A call that its quota refuses counts against the limits; otherwise it could be repeated
        // without end.
        taken.verdicts =
            app.shared.take(&key.org, call.now_us, &buckets, &[None; COUNTERS]).await.verdicts;
    }
    note(call, taken)?;
    quota::hold_enough(app, call, &key, counters).await
}

/// Whether the limits would allow the call, but a counter does not.
fn is_refused_by_counters(taken: &Taken<LIMITS>) -> bool {
    !taken.took_tokens && taken.verdicts.iter().all(|verdict| verdict.allowed)
}

/// Applies the decision, and refuses the call if necessary.
fn note(call: &mut Call, mut taken: Taken<LIMITS>) -> Result<()> {
    quota::note(call, &mut taken);
    call.limits = Some(taken.verdicts);
    pass(&taken.verdicts)?;
    quota::refuse(call, &taken.counters)
}

/// Like [`take`], without taking; if instances share limits, as far as this one knows.
pub async fn peek(app: &App, call: &mut Call, permitted: bool) -> Result<()> {
    let Some(key) = call.key.clone() else { return Ok(()) };
    let verdicts = app.shared.local().preview(call.now_us, &buckets(call, &key));
    call.limits = Some(verdicts);
    pass(&verdicts)?;
    quota::peek(app, call, &key, permitted).await
}

fn buckets(call: &Call, key: &KeyEntry) -> [Bucket; LIMITS] {
    // Calls that match no operation share a bucket.
    let operation = call.operation.as_ref().map_or("", |operation| operation.id.as_str());
    let terms = call.terms.as_ref().unwrap_or(&key.platform);
    [
        terms.key_bucket,
        terms.org_bucket,
        terms.server_wide.of_address(&key.org, network(call.source_ip)),
        terms.server_wide.of_operation(&key.org, call.product(), operation),
    ]
}

/// Allows a call that no limit refuses.
pub fn pass(verdicts: &[Verdict]) -> Result<()> {
    let violated: Vec<_> = verdicts.iter().filter(|verdict| !verdict.allowed).collect();
    if violated.is_empty() {
        return Ok(());
    }
    let name = |verdict: &&Verdict| {
        format!(
            "{} ({} in {} s)",
            verdict.policy,
            plural(verdict.rate.calls.into(), "call", "calls"),
            verdict.rate.seconds
        )
    };
    let names: Vec<String> = violated.iter().map(name).collect();
    let wait =
        seconds_up(violated.iter().map(|verdict| verdict.retry_us).max().unwrap_or(0)).max(1);
    let detail = format!(
        "These rate limits are exceeded: {}. Try again in {}.",
        names.join(", "),
        plural(wait, "second", "seconds")
    );
    Err(Error::new(Code::RateLimited, detail).retry_after(wait))
}
