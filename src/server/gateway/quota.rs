//! Quota and spend caps. Before the call the most that it can be billed is reserved, together with the rate
//! limits; after it, what it was really billed takes its place. So no month has a unit more than it may,
//! however many calls are under way. The sandbox is counted and never billed: it has no quota.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderName;
use axum::response::Response;
use tokio::sync::Semaphore;

use super::Call;
use super::key::seconds_up;
use crate::server::keys::{KeyEntry, KeyTerms};
use crate::server::products::Operation;
use crate::server::quota;
use crate::server::shared::{Bucket, COUNTERS, Counter, Outcome, Parts, Reservation, Standings, Taken};
use crate::server::spec::Billable;
use crate::server::{App, Error, Result};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::{KeyId, OrgId};
use crate::types::log::AnsweredBy;
use crate::types::money::Exact;

/// What a handler or upstream says that an answer costs.
const REPORTED: HeaderName = HeaderName::from_static("tollgate-units");

/// The places of the counters.
const QUOTA: usize = 0;
const KEY_CAP: usize = 1;
const ORG_CAP: usize = 2;

/// The most that a counter can hold.
const MAX_SUM: u64 = i64::MAX as u64;

/// How long a call waits for what this instance counted to reach the database, and for the database itself.
const CATCH_UP: Duration = Duration::from_secs(2);
const ASK: Duration = Duration::from_millis(500);
/// How often a call asks again whose price moved into a dearer tier meanwhile.
const ATTEMPTS: usize = 4;

/// How often what was seeded without certainty is asked for again, and for how many callers at the same time: the
/// applier tells the sums of all others, too.
const MENDS: usize = 600;
static MENDING: Semaphore = Semaphore::const_new(64);

pub type Counters = [Option<Counter>; COUNTERS];

/// What an answer is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// What it counts, in the sandbox too.
    pub units: u32,
    pub billed_units: u32,
    /// 10^-9 of the currency's minor unit.
    pub price_nano: u64,
}

/// What a live call holds while it is under way.
#[derive(Default)]
pub struct Held {
    /// Billed units of the month before this call: with what other calls hold, until it is charged.
    used: Option<u64>,
    reservation: Option<Reservation>,
}

/// The counters that a call takes from; none in the sandbox. A call that will be refused in any case
/// reserves nothing, but is told what is left.
pub fn counters(call: &Call, key: &KeyEntry, permitted: bool) -> Counters {
    if key.environment == Environment::Sandbox {
        return [None; COUNTERS];
    }
    let operation = call.operation.as_ref().filter(|_| permitted);
    let units = operation.map_or(0, |operation| u64::from(operation.most_units()));
    let month = quota::month(call.now);
    let terms = terms(call, key);
    // What costs nothing passes, also where more was used than a new plan would allow.
    let bound = terms.plan.quota_bound.filter(|_| units > 0);
    let mut counters = [Some(quota::quota_counter(&key.org, call.product(), month, bound, units)), None, None];
    if is_capped(call, key) {
        let price = terms.plan.prices.cost_after(terms.last_used_units(), units);
        set_caps(&mut counters, call, key, price);
    }
    counters
}

/// Whether what the call costs counts against a cap.
pub fn is_capped(call: &Call, key: &KeyEntry) -> bool {
    key.spend_cap.is_some() || terms(call, key).plan.spend_cap.is_some()
}

/// Makes a call that costs `price` count against the caps that there are.
fn set_caps(counters: &mut Counters, call: &Call, key: &KeyEntry, price: Exact) {
    let month = quota::month(call.now);
    // What costs nothing passes, also where more was spent than a new cap allows.
    let limit = |cap| if price == Exact::default() { MAX_SUM } else { Exact::minor(cap).nano_up().min(quota::MAX_SPENT.unsigned_abs()) };
    counters[KEY_CAP] = key.spend_cap.map(|cap| quota::key_counter(&key.spend_id, month.clone(), limit(cap), nano(price)));
    let org_cap = terms(call, key).plan.spend_cap;
    counters[ORG_CAP] = org_cap.map(|cap| quota::org_counter(&key.org, month, limit(cap), nano(price)));
}

/// What the caps hold for the call.
fn held_price(counters: &Counters) -> u64 {
    counters[KEY_CAP].or(counters[ORG_CAP]).map_or(0, |held| held.amount)
}

fn terms<'a>(call: &'a Call, key: &'a KeyEntry) -> &'a KeyTerms {
    call.terms.as_ref().unwrap_or(&key.platform)
}

/// As it is held, recorded and charged.
fn nano(price: Exact) -> u64 {
    price.nano_up().min(quota::MAX_PRICE)
}

/// Makes counters known that nobody has seeded since this instance started, from the database.
pub async fn seed(app: &App, call: &mut Call, key: &KeyEntry, counters: &Counters, standings: &Standings) {
    // What this instance counted must be in the sums.
    let mut is_certain = tokio::time::timeout(CATCH_UP, app.journal.caught_up()).await.is_ok();
    let month = call.now.month().0;
    for (place, counter) in counters.iter().enumerate() {
        let (Some(counter), Some(Outcome::Unknown)) = (counter, standings[place].map(|standing| standing.outcome)) else { continue };
        let asking = parts_of(app, &key.org, call.product(), &key.spend_id, place, month);
        let parts = tokio::time::timeout(ASK, asking).await.ok().and_then(Result::ok);
        if parts.is_none() {
            is_certain = false;
            tracing::warn!(
                counter = counter.name,
                "the database cannot say what was used this month; counting from what is known until it can"
            );
        }
        // The calls of known keys go on while the database is away. What this instance knows already is not lowered.
        app.shared.seed(&key.org, call.now_us, counter, &parts.unwrap_or_default());
    }
    if !is_certain && let Ok(permit) = MENDING.try_acquire() {
        let (app, org, product, spend_id) = (app.clone(), key.org.clone(), Arc::clone(&terms(call, key).product), key.spend_id.clone());
        let (counters, now_us) = (*counters, call.now_us);
        tokio::spawn(async move {
            let _permit = permit;
            mend(&app, &org, &product, &spend_id, &counters, month, now_us).await;
        });
    }
}

async fn parts_of(app: &App, org: &OrgId, product: &str, spend_id: &KeyId, place: usize, month: i64) -> Result<Parts> {
    let subject = match place {
        QUOTA => quota::quota_subject(org, product),
        KEY_CAP => quota::key_subject(spend_id),
        _ => quota::org_subject(org),
    };
    quota::parts(&app.db, &app.journal.id, &subject, month).await
}

/// Seeds again what was seeded without knowing all of it, as soon as it is known.
async fn mend(app: &App, org: &OrgId, product: &str, spend_id: &KeyId, counters: &Counters, month: i64, now_us: i64) {
    for _ in 0..MENDS {
        tokio::time::sleep(ASK).await;
        if tokio::time::timeout(CATCH_UP, app.journal.caught_up()).await.is_err() {
            continue;
        }
        let sums = async {
            for (place, counter) in counters.iter().enumerate() {
                if let Some(counter) = counter {
                    app.shared.seed(org, now_us, counter, &parts_of(app, org, product, spend_id, place, month).await?);
                }
            }
            Ok::<_, Error>(())
        };
        if sums.await.is_ok() {
            return;
        }
    }
}

/// Takes with counters that were just seeded. A Redis that has lost them again, or was not told yet, must not let
/// calls pass unbounded: then this instance decides by what it knows itself.
pub async fn take_seeded<const N: usize>(app: &App, now_us: i64, key: &KeyEntry, buckets: &[Bucket; N], counters: &Counters) -> Taken<N> {
    let taken = app.shared.take(&key.org, now_us, buckets, counters).await;
    if taken.is_unknown() { app.shared.take_here(&key.org, now_us, buckets, counters) } else { taken }
}

/// Holds what the call may really cost, where a cap holds: what it took was reckoned before it was known how many units the
/// month has.
pub async fn hold_enough(app: &App, call: &mut Call, key: &KeyEntry, mut counters: Counters) -> Result<()> {
    let Some(used) = call.quota.used.filter(|_| is_capped(call, key)) else { return Ok(()) };
    terms(call, key).note_used_units(used);
    for _ in 0..ATTEMPTS {
        let price = price(call, key, &counters, call.quota.used.unwrap_or(0));
        if nano(price) <= held_price(&counters) {
            break;
        }
        set_caps(&mut counters, call, key, price);
        // What was held is given back first.
        call.quota.reservation = None;
        let mut taken = app.shared.take(&key.org, call.now_us, &[], &counters).await;
        note(call, &mut taken);
        refuse(call, &taken.counters)?;
    }
    Ok(())
}

/// Finds out whether the month has room for the call, and holds none of it, not even for a moment.
pub async fn peek(app: &App, call: &mut Call, key: &KeyEntry, permitted: bool) -> Result<()> {
    let mut wanted = counters(call, key, permitted);
    let looking = wanted.map(|counter| counter.map(Counter::to_look));
    let mut taken = app.shared.take(&key.org, call.now_us, &[], &looking).await;
    if taken.is_unknown() {
        seed(app, call, key, &looking, &taken.counters).await;
        taken = take_seeded(app, call.now_us, key, &[], &looking).await;
    }
    note(call, &mut taken);
    call.quota.reservation = None;
    if let Some(used) = call.quota.used {
        let price = price(call, key, &wanted, used);
        set_caps(&mut wanted, call, key, price);
    }
    for (standing, wanted) in taken.counters.iter_mut().zip(wanted) {
        if let (Some(standing), Some(wanted)) = (standing, wanted) {
            standing.outcome = wanted.outcome(standing.used);
        }
    }
    refuse(call, &taken.counters)
}

/// The most that the call can cost now, in 10^-9 of the currency's minor unit; none in the sandbox.
pub fn expected_price(call: &Call) -> Option<u64> {
    let (key, operation) = (call.key.as_ref()?, call.operation.as_ref()?);
    Some(nano(terms(call, key).plan.prices.cost_after(call.quota.used?, operation.most_units().into())))
}

/// Takes note of what the counters answered.
pub fn note<const N: usize>(call: &mut Call, taken: &mut Taken<N>) {
    call.quota = Held { used: taken.counters[QUOTA].map(|standing| standing.used), reservation: taken.reservation.take() };
}

/// The most that the call can cost after the first `used` units of the month.
fn price(call: &Call, key: &KeyEntry, counters: &Counters, used: u64) -> Exact {
    terms(call, key).plan.prices.cost_after(used, counters[QUOTA].map_or(0, |quota| quota.amount))
}

/// Refuses the call if its month is used up, by what the counters answered.
pub fn refuse(call: &Call, standings: &Standings) -> Result<()> {
    let Some(key) = &call.key else { return Ok(()) };
    let terms = terms(call, key);
    if key.environment == Environment::Live && terms.plan.is_blocked(call.now) {
        return Err(Error::new(Code::PaymentRequired, "A payment for your plan is overdue. Pay it on the billing page of the dashboard."));
    }
    let reached = |place: usize| standings[place].is_some_and(|standing| standing.outcome == Outcome::Reached);
    if reached(QUOTA) {
        return Err(used_up(terms.plan.included_units, call));
    }
    if reached(KEY_CAP) {
        return Err(capped("The key's", call));
    }
    if reached(ORG_CAP) {
        return Err(capped("The organisation's", call));
    }
    Ok(())
}

fn used_up(included: u64, call: &Call) -> Error {
    let resets_at = call.now.next_month();
    let detail = format!(
        "The {included} units that your plan includes each month are used up. Counting begins anew at {resets_at}; a larger plan holds at once."
    );
    Error::new(Code::QuotaExceeded, detail).retry_after(seconds_up(resets_at.0 * 1_000 - call.now_us).max(1))
}

fn capped(whose: &str, call: &Call) -> Error {
    let resets_at = call.now.next_month();
    let detail = format!("{whose} spend cap for this month is reached. Raise it in the dashboard, or wait until {resets_at}.");
    Error::new(Code::SpendCapReached, detail)
}

/// Decides what the answer of a handler or upstream is charged. Our own errors are free, whatever the operation bills.
pub fn charge(call: &mut Call, answer: &Response) {
    // A dry run comes to nothing, and the stored answer to an earlier call was charged then.
    let Some(operation) = call.operation.as_ref().filter(|_| !call.is_dry_run && call.answered_by != AnsweredBy::Replay) else { return };
    let units = units(operation, answer);
    call.charge = Charge { units, ..Charge::default() };
    let (Some(terms), Some(used)) = (&call.terms, &mut call.quota.used) else { return };
    call.charge.billed_units = units;
    let reservation = &mut call.quota.reservation;
    // Units that calls under way only hold may never be billed: those of this instance make no call dearer.
    *used = reservation.as_mut().and_then(|held| held.count(QUOTA, units.into())).unwrap_or(*used);
    // The true price of its place among the calls that ended, also where it had held less: then prices add up to what
    // the month costs, and a key's cap is passed by no more than what was in flight.
    call.charge.price_nano = nano(terms.plan.prices.cost_after(*used, units.into()));
}

/// What an answer counts: for an operation that reports its units, what the answer says, up to its maximum.
fn units(operation: &Operation, answer: &Response) -> u32 {
    let (status, reported) = (answer.status().as_u16(), answer.headers().get(REPORTED));
    // Errors of our own carry their code, also where a step before this made an answer of one.
    let is_ours = answer.extensions().get::<Code>().is_some();
    let is_billable = match operation.price.billable {
        Billable::OnSuccess => (200..400).contains(&status),
        Billable::Always => true,
        Billable::Never => false,
    };
    let reported = || reported?.to_str().ok()?.trim().parse::<u64>().ok();
    match operation.price.max_units {
        _ if is_ours || !is_billable => 0,
        Some(max) => reported().map_or(operation.price.units, |units| u32::try_from(units).unwrap_or(u32::MAX)).min(max),
        None => operation.price.units,
    }
}

/// From now on the journal may have the call, though its caller hangs up: what it holds is no more given back, but replaced
/// by what it is charged.
pub fn will_count(call: &mut Call) {
    if let Some(reservation) = &mut call.quota.reservation {
        let mut added = [0; COUNTERS];
        added[QUOTA] = call.charge.billed_units.into();
        added[KEY_CAP] = call.charge.price_nano;
        added[ORG_CAP] = call.charge.price_nano;
        reservation.will_add(added);
    }
}

/// Ends what the call holds: the journal has it, or was not able to take it. Where the next call's price or refusal can
/// depend on it, other instances know it before the caller does.
pub async fn settle(app: &App, call: &mut Call, is_counted: bool) {
    let (Some(mut reservation), Some(key)) = (call.quota.reservation.take(), &call.key) else { return };
    if !is_counted {
        reservation.will_add([0; COUNTERS]);
    }
    let matters_now = reservation.ends_soon() || is_capped(call, key);
    drop(reservation);
    if matters_now {
        // Boxed, as it is seldom needed.
        Box::pin(app.shared.flush(&key.org)).await;
    }
}

/// Included units of the month, and how many are left after this call; none where there is no plan for its product.
pub fn left(call: &Call) -> Option<(u64, u64)> {
    let terms = call.terms.as_ref().filter(|terms| *terms.product == *call.product())?;
    let included = terms.plan.quota()?;
    let used = call.quota.used?.saturating_add(call.charge.billed_units.into());
    Some((included, included.saturating_sub(used)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::problem;
    use crate::server::spec::Price;

    fn operation(billable: Billable, units: u32, max_units: Option<u32>) -> Operation {
        Operation {
            product: "a".into(),
            place: Some(0),
            id: "op".into(),
            parameters: Vec::new(),
            scope: "a:b".into(),
            own_scope: None,
            price: Price { units, max_units, billable },
            requires_idempotency_key: false,
            answers_with_secret: false,
        }
    }

    fn answer(status: u16, reported: Option<&str>) -> Response {
        let mut answer = Response::default();
        *answer.status_mut() = status.try_into().unwrap();
        answer.headers_mut().extend(reported.map(|units| (REPORTED, units.parse().unwrap())));
        answer
    }

    #[test]
    fn only_answers_that_succeeded_are_billed_unless_the_operation_says_otherwise() {
        let billed = |billable, status| units(&operation(billable, 3, None), &answer(status, None));
        assert_eq!([200, 201, 304, 404, 500].map(|status| billed(Billable::OnSuccess, status)), [3, 3, 3, 0, 0]);
        assert_eq!([200, 404, 502].map(|status| billed(Billable::Always, status)), [3, 3, 3]);
        assert_eq!([200, 404].map(|status| billed(Billable::Never, status)), [0, 0]);
    }

    #[test]
    fn our_own_errors_are_never_billed() {
        let ours = problem::respond(Error::not_found("customer"), "req_1", "http://localhost");
        assert_eq!(units(&operation(Billable::Always, 3, Some(10)), &ours), 0);
        assert_eq!(units(&operation(Billable::Always, 3, Some(10)), &answer(404, None)), 3);
    }

    #[test]
    fn reported_units_are_clamped_and_read_only_where_the_operation_declares_a_maximum() {
        let reported = |max, text: &str| units(&operation(Billable::OnSuccess, 2, max), &answer(200, Some(text)));
        assert_eq!(reported(Some(10), "7"), 7);
        assert_eq!(reported(Some(10), "0"), 0);
        assert_eq!(reported(Some(10), "11"), 10);
        assert_eq!(reported(Some(10), "99999999999"), 10);
        assert_eq!(reported(None, "7"), 2);
        for nonsense in ["", "-1", "1.5", "many"] {
            assert_eq!(reported(Some(10), nonsense), 2, "{nonsense}");
        }
        assert_eq!(units(&operation(Billable::OnSuccess, 2, Some(10)), &answer(404, Some("7"))), 0);
    }
}
