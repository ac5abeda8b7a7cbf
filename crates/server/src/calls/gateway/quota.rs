//! Quota and spend caps. Before the call, its maximum charge is reserved, together with the rate
//! limits; after it, the reservation is replaced by the real charge. So no month exceeds its units,
//! however many calls are in progress. The sandbox is counted and never billed: it has no quota.

mod seed;

use axum::http::HeaderName;
use axum::response::Response;
pub use seed::{seed, take_seeded};
use tollgate_openapi::spec::Billable;
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::log::AnsweredBy;
use tollgate_types::money::Exact;
use tollgate_types::number::plural;

use super::Call;
use super::key::seconds_up;
use crate::keys::{KeyEntry, KeyTerms};
use crate::products::Operation;
use crate::quota;
use crate::shared::{COUNTERS, Counter, Outcome, Readings, Reservation, Taken};
use crate::usage_limits::{self, Reached, Refuses};
use crate::{App, Error, Result};

/// The units of a response, as reported by a handler or upstream.
const REPORTED: HeaderName = HeaderName::from_static("tollgate-units");

/// The positions of the counters.
const QUOTA: usize = 0;
const KEY_CAP: usize = 1;
const ORG_CAP: usize = 2;

/// How often a call tries again if its price moved to a more expensive tier meanwhile.
const ATTEMPTS: usize = 4;

pub type Counters = [Option<Counter>; COUNTERS];

/// The charge of a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCost {
    /// The counted units, also in the sandbox.
    pub units: u32,
    pub billed_units: u32,
    /// 10^-9 of the currency's minor unit.
    pub price_nano: u64,
}

/// The reservations of a live call in progress.
#[derive(Default)]
pub struct Held {
    /// Billed units of the month before this call: including other calls' reservations, until it is
    /// charged.
    used: Option<u64>,
    reservation: Option<Reservation>,
}

/// The counters of a call; `None` in the sandbox. A call that will be refused in any case reserves
/// nothing, but learns the remaining quota.
pub fn counters(call: &Call, key: &KeyEntry, permitted: bool) -> Counters {
    if key.environment == Environment::Sandbox {
        return [None; COUNTERS];
    }
    let operation = call.operation.as_ref().filter(|_| permitted);
    let units = operation.map_or(0, |operation| u64::from(operation.most_units()));
    let month = quota::month(call.now);
    let terms = terms(call, key);
    let bound = usage_limits::unit_limit(&terms.plan, units);
    let mut counters =
        [Some(quota::quota_counter(&key.org, call.product(), month, bound, units)), None, None];
    if is_capped(call, key) {
        let price = terms.plan.prices.cost_after(terms.last_used_units(), units);
        set_caps(&mut counters, call, key, price);
    }
    counters
}

/// Whether the call's cost counts against a cap.
pub fn is_capped(call: &Call, key: &KeyEntry) -> bool {
    key.settings.spend_cap.is_some() || terms(call, key).plan.spend_cap.is_some()
}

/// Makes a call that costs `price` count against the existing caps.
fn set_caps(counters: &mut Counters, call: &Call, key: &KeyEntry, price: Exact) {
    let month = quota::month(call.now);
    let limit = |cap| usage_limits::cap_limit(cap, price);
    counters[KEY_CAP] = key
        .settings
        .spend_cap
        .map(|cap| quota::key_counter(&key.spend_id, month.clone(), limit(cap), nano(price)));
    let org_cap = terms(call, key).plan.spend_cap;
    counters[ORG_CAP] =
        org_cap.map(|cap| quota::org_counter(&key.org, month, limit(cap), nano(price)));
}

/// The part of the caps that the call reserves.
fn held_price(counters: &Counters) -> u64 {
    counters[KEY_CAP].or(counters[ORG_CAP]).map_or(0, |held| held.amount)
}

fn terms<'a>(call: &'a Call, key: &'a KeyEntry) -> &'a KeyTerms {
    call.terms.as_ref().unwrap_or(&key.platform)
}

/// As it is reserved, recorded and charged.
fn nano(price: Exact) -> u64 {
    usage_limits::price_nano(price)
}

/// Reserves what the call may really cost, if a cap applies: the first reservation was calculated
/// before the units of the month were known.
pub async fn hold_enough(
    app: &App,
    call: &mut Call,
    key: &KeyEntry,
    mut counters: Counters,
) -> Result<()> {
    let Some(used) = call.quota.used.filter(|_| is_capped(call, key)) else { return Ok(()) };
    terms(call, key).note_used_units(used);
    for _ in 0..ATTEMPTS {
        let price = price(call, key, &counters, call.quota.used.unwrap_or(0));
        if nano(price) <= held_price(&counters) {
            break;
        }
        set_caps(&mut counters, call, key, price);
        // The first reservation is released first.
        call.quota.reservation = None;
        let mut taken = app.shared.take(&key.org, call.now_us, &[], &counters).await;
        note(call, &mut taken);
        refuse(call, &taken.counters)?;
    }
    Ok(())
}

/// Checks whether the month has room for the call, without reserving anything.
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
    for (reading, wanted) in taken.counters.iter_mut().zip(wanted) {
        if let (Some(reading), Some(wanted)) = (reading, wanted) {
            reading.outcome = wanted.outcome(reading.used);
        }
    }
    refuse(call, &taken.counters)
}

/// The maximum cost of the call now, in 10^-9 of the currency's minor unit; `None` in the sandbox.
pub fn expected_price(call: &Call) -> Option<u64> {
    let (key, operation) = (call.key.as_ref()?, call.operation.as_ref()?);
    Some(nano(
        terms(call, key).plan.prices.cost_after(call.quota.used?, operation.most_units().into()),
    ))
}

/// Stores the result of the counters.
pub fn note<const N: usize>(call: &mut Call, taken: &mut Taken<N>) {
    call.quota = Held {
        used: taken.counters[QUOTA].map(|reading| reading.used),
        reservation: taken.reservation.take(),
    };
}

/// The maximum cost of the call after the first `used` units of the month.
fn price(call: &Call, key: &KeyEntry, counters: &Counters, used: u64) -> Exact {
    terms(call, key).plan.prices.cost_after(used, counters[QUOTA].map_or(0, |quota| quota.amount))
}

/// Refuses the call if the counters say that its month is used up.
pub fn refuse(call: &Call, readings: &Readings) -> Result<()> {
    let Some(key) = &call.key else { return Ok(()) };
    let terms = terms(call, key);
    if key.environment != Environment::Live {
        return Ok(());
    }
    let reached =
        |place: usize| readings[place].is_some_and(|reading| reading.outcome == Outcome::Reached);
    let reached =
        Reached { quota: reached(QUOTA), key_cap: reached(KEY_CAP), org_cap: reached(ORG_CAP) };
    // Organisations that cannot pay can still manage their account.
    let is_of_account = call.product.is_none()
        && call
            .operation
            .as_ref()
            .is_some_and(|operation| operation.price.billable == Billable::Never);
    if is_of_account {
        return Ok(());
    }
    Err(match usage_limits::first(&terms.plan, reached, call.now) {
        None => return Ok(()),
        Some(Refuses::Payment) => Error::new(
            Code::PaymentRequired,
            "A payment for your plan is overdue. Pay it on the billing page of the dashboard.",
        ),
        Some(Refuses::Quota) => used_up(terms.plan.included_units, call),
        Some(Refuses::KeyCap) => capped("The key's", call),
        Some(Refuses::OrgCap) => capped("The organisation's", call),
    })
}

fn used_up(included: u64, call: &Call) -> Error {
    let resets_at = call.now.next_month();
    if included == 0 {
        // The next month does not bring free units, either.
        let detail = "Your plan includes no units for live calls. Free units apply once per owner: \
                      your first organisation has them. Choose a paid plan.";
        return Error::new(Code::QuotaExceeded, detail)
            .retry_after(seconds_up(resets_at.0 * 1_000 - call.now_us).max(1));
    }
    let detail = format!(
        "The {} used up. The quota resets at {resets_at}; a larger plan takes effect immediately.",
        plural(
            included,
            "unit that your plan includes per month is",
            "units that your plan includes per month are"
        )
    );
    Error::new(Code::QuotaExceeded, detail)
        .retry_after(seconds_up(resets_at.0 * 1_000 - call.now_us).max(1))
}

fn capped(whose: &str, call: &Call) -> Error {
    let resets_at = call.now.next_month();
    let detail = format!(
        "{whose} spend cap for this month is reached. Raise it in the dashboard, or wait until \
         {resets_at}."
    );
    Error::new(Code::SpendCapReached, detail)
}

/// Determines the charge for the response of a handler or upstream. Our own errors are free,
/// whatever the operation bills.
pub fn charge(call: &mut Call, answer: &Response) {
    // A dry run costs nothing, and a stored response was charged with its first call.
    let Some(operation) = call
        .operation
        .as_ref()
        .filter(|_| !call.is_dry_run && call.answered_by != AnsweredBy::Replay)
    else {
        return;
    };
    let units = units(operation, answer);
    call.charge = CallCost { units, ..CallCost::default() };
    let (Some(terms), Some(used)) = (&call.terms, &mut call.quota.used) else { return };
    call.charge.billed_units = units;
    let reservation = &mut call.quota.reservation;
    // Units that are only reserved may never be billed: those of this instance must not make a call
    // more expensive.
    *used = reservation.as_mut().and_then(|held| held.count(QUOTA, units.into())).unwrap_or(*used);
    // The exact price of its position among the completed calls, even if less was reserved: so
    // prices add up to the month's cost, and a key exceeds its cap by no more than its calls in
    // progress.
    call.charge.price_nano = nano(terms.plan.prices.cost_after(*used, units.into()));
}

/// The units of a response: for an operation that reports its units, the reported number, up to its
/// maximum.
fn units(operation: &Operation, answer: &Response) -> u32 {
    let (status, reported) = (answer.status().as_u16(), answer.headers().get(REPORTED));
    // Our own errors have a code, also if an earlier step created a response from one.
    let is_ours = answer.extensions().get::<Code>().is_some();
    let is_billable = match operation.price.billable {
        Billable::OnSuccess => (200..400).contains(&status),
        Billable::Always => true,
        Billable::Never => false,
    };
    let reported = || reported?.to_str().ok()?.trim().parse::<u64>().ok();
    match operation.price.max_units {
        _ if is_ours || !is_billable => 0,
        Some(max) => reported()
            .map_or(operation.price.units, |units| u32::try_from(units).unwrap_or(u32::MAX))
            .min(max),
        None => operation.price.units,
    }
}

/// From now on the journal may have the call, even if its client disconnects: its reservation is no
/// longer released, but replaced by its charge.
pub fn will_count(call: &mut Call) {
    if let Some(reservation) = &mut call.quota.reservation {
        let mut added = [0; COUNTERS];
        added[QUOTA] = call.charge.billed_units.into();
        added[KEY_CAP] = call.charge.price_nano;
        added[ORG_CAP] = call.charge.price_nano;
        reservation.will_add(added);
    }
}

/// Ends the reservation: the call is in the journal, or could not be recorded. If the next call's
/// price or refusal can depend on it, other instances know it before the caller does.
pub async fn finalise(app: &App, call: &mut Call, is_counted: bool) {
    let (Some(mut reservation), Some(key)) = (call.quota.reservation.take(), &call.key) else {
        return;
    };
    if !is_counted {
        reservation.will_add([0; COUNTERS]);
    }
    let matters_now = reservation.ends_soon() || is_capped(call, key);
    drop(reservation);
    if matters_now {
        // Boxed, because it is rarely needed.
        Box::pin(app.shared.flush(&key.org)).await;
    }
}

/// Included units of the month, and the remaining ones after this call; `None` without a plan for
/// its product.
pub fn left(call: &Call) -> Option<(u64, u64)> {
    let terms = call.terms.as_ref().filter(|terms| *terms.product == *call.product())?;
    let included = terms.plan.quota()?;
    let used = call.quota.used?.saturating_add(call.charge.billed_units.into());
    Some((included, included.saturating_sub(used)))
}

#[cfg(test)]
mod tests;
