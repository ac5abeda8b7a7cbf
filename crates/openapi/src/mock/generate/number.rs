//! Numbers within their bounds, realistic ones if the field's name allows it.

use serde_json::{Number, Value};

use super::{Flat, Spot, names};
use crate::schemas::range_of;

/// Without bounds, a number is between 1 and this value.
const USUAL: i64 = 1_000;
/// The largest whole number in JSON that every reader keeps exactly.
const SAFE: i128 = 9_007_199_254_740_991;
/// Larger bounds and steps are reduced to this value, so that sums of them do not overflow.
const FAR: i128 = 1_000_000_000_000_000_000_000_000_000_000;

pub fn integer(flat: &Flat, spot: &Spot) -> Option<Value> {
    let step = whole_step(flat)?;
    let low = [
        exact(flat, "minimum", f64::ceil),
        exact(flat, "exclusiveMinimum", f64::floor).map(|bound| bound + 1),
    ];
    let high = [
        exact(flat, "maximum", f64::floor),
        exact(flat, "exclusiveMaximum", f64::ceil).map(|bound| bound - 1),
    ];
    let (low, high) = (low.into_iter().flatten().max(), high.into_iter().flatten().min());
    // Larger numbers only if the document requires them.
    let lowest = if high.is_some_and(|high| high < -SAFE) { i64::MIN.into() } else { -SAFE };
    let highest = if low.is_some_and(|low| low > SAFE) { u64::MAX.into() } else { SAFE };
    let range = flat.get("format").and_then(Value::as_str).and_then(range_of);
    let (least, most) = range.unzip();
    let bound = |bound: Option<Number>| bound.and_then(|bound| bound.as_i128());
    let lowest = bound(least).map_or(lowest, |least| least.max(lowest));
    let highest = bound(most).map_or(highest, |most| most.min(highest));
    let (low, high) = window(low, high, USUAL.into(), step);
    let (low, high) = (low.max(lowest), high.min(highest));
    let (first, last) = (ceil_to(low, step), floor_to(high, step));
    if first > last {
        return None;
    }
    let usual = names::number(&spot.name, spot.seed)
        .map(i128::from)
        .filter(|usual| (first..=last).contains(usual) && usual % step == 0);
    let usual = usual.filter(|_| spot.tries < 2);
    let count = u64::try_from((last - first) / step + 1).unwrap_or(u64::MAX);
    let value = usual.unwrap_or_else(|| {
        first + i128::from(spot.seed.nth(spot.tries as u64).below(count)) * step
    });
    i64::try_from(value).map(Value::from).or_else(|_| u64::try_from(value).map(Value::from)).ok()
}

/// A bound as written. A fraction is rounded to a whole number inside the range.
fn exact(flat: &Flat, key: &str, beside: fn(f64) -> f64) -> Option<i128> {
    let bound = flat.get(key)?.as_number()?;
    bound.as_i128().or_else(|| bound.as_f64().map(|bound| whole(beside(bound))))
}

fn whole(number: f64) -> i128 {
    (number as i128).clamp(-FAR, FAR)
}

/// Whole steps: a fraction that divides 1 (0.5) sets no restriction on whole numbers; others are
/// multiplied until they are whole (1.5).
fn whole_step(flat: &Flat) -> Option<i128> {
    let Some(step) = flat.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0)
    else {
        return Some(1);
    };
    (1..=1_000_i128)
        .map(|times| (times, step * times as f64))
        .find(|(_, whole)| whole.fract().abs() < 1e-9 && *whole >= 1.0)
        .map(|(_, step)| whole(step))
}

/// A range around the typical value, within the bounds.
fn window(low: Option<i128>, high: Option<i128>, usual: i128, step: i128) -> (i128, i128) {
    let span = usual.max(step.saturating_mul(10));
    match (low, high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + span),
        (None, Some(high)) if high >= 1 => (1.min(high), high),
        (None, Some(high)) => (high - span, high),
        (None, None) => (1, span),
    }
}

fn ceil_to(value: i128, step: i128) -> i128 {
    value.div_euclid(step) * step + if value.rem_euclid(step) == 0 { 0 } else { step }
}

fn floor_to(value: i128, step: i128) -> i128 {
    value.div_euclid(step) * step
}

/// The bounds. Exclusive bounds are moved inwards by `inset`. `None` if no number is between them.
fn bounds(flat: &Flat, inset: f64) -> Option<(Option<f64>, Option<f64>)> {
    let get = |key: &str| flat.get(key).and_then(Value::as_f64);
    let inwards =
        |bound: f64, by: f64| if inset >= 1.0 && bound.fract() != 0.0 { bound } else { bound + by };
    let low = [get("minimum"), get("exclusiveMinimum").map(|bound| inwards(bound, inset))]
        .into_iter()
        .flatten()
        .reduce(f64::max);
    let high = [get("maximum"), get("exclusiveMaximum").map(|bound| inwards(bound, -inset))]
        .into_iter()
        .flatten()
        .reduce(f64::min);
    match (low, high) {
        (Some(low), Some(high)) if low > high => None,
        bounds => Some(bounds),
    }
}

pub fn number(flat: &Flat, spot: &Spot) -> Option<Value> {
    if let Some(step) =
        flat.get("multipleOf").filter(|step| step.as_f64().is_some_and(|step| step > 0.0))
    {
        return multiple(flat, spot, step);
    }
    let (low, high) = bounds(flat, 0.0)?;
    let usual = names::number(&spot.name, spot.seed).map(|number| number as f64);
    if let Some(usual) = usual.filter(|usual| spot.tries < 2 && is_within(flat, *usual)) {
        return Number::from_f64(usual + if is_within(flat, usual + 0.5) { 0.5 } else { 0.0 })
            .map(Value::Number);
    }
    let (low, high) = match (low, high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + USUAL as f64),
        (None, Some(high)) => (high - USUAL as f64, high),
        (None, None) => (1.0, USUAL as f64),
    };
    // Two decimal places if possible, otherwise a number between the bounds.
    let part = (spot.seed.nth(spot.tries as u64).below(97) + 1) as f64 / 99.0;
    let between = low + (high - low) * part;
    let rounded = (between * 100.0).round() / 100.0;
    let fitting = [rounded, between, low + (high - low) / 2.0, low, high]
        .into_iter()
        .find(|value| is_within(flat, *value))?;
    Number::from_f64(fitting).map(Value::Number)
}

fn is_within(flat: &Flat, value: f64) -> bool {
    let get = |key: &str| flat.get(key).and_then(Value::as_f64);
    value.is_finite()
        && get("minimum").is_none_or(|bound| value >= bound)
        && get("maximum").is_none_or(|bound| value <= bound)
        && get("exclusiveMinimum").is_none_or(|bound| value > bound)
        && get("exclusiveMaximum").is_none_or(|bound| value < bound)
}

/// Multiples of a decimal step are written and not computed: 0.1 times three is 0.3.
fn multiple(flat: &Flat, spot: &Spot, step: &Value) -> Option<Value> {
    // Never with an exponent.
    let text = step.as_f64()?.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals > 12 {
        return [0.0, step.as_f64()?]
            .into_iter()
            .find(|value| is_within(flat, *value))
            .and_then(Number::from_f64)
            .map(Value::Number);
    }
    let scale = 10_i128.checked_pow(u32::try_from(decimals).ok()?)?;
    let step =
        text.replace('.', "").parse::<i128>().ok().filter(|step| (1..=FAR).contains(step))?;
    let (low, high) = bounds(flat, 0.0)?;
    let scaled = |bound: f64| bound * scale as f64;
    let (low, high) = window(
        low.map(|low| whole(scaled(low).ceil())),
        high.map(|high| whole(scaled(high).floor())),
        i128::from(USUAL) * scale,
        step,
    );
    let (first, last) = (ceil_to(low, step), floor_to(high, step));
    let count = u64::try_from((last - first).checked_div(step)?.checked_add(1)?).ok()?;
    let start = spot.seed.nth(spot.tries as u64).below(count);
    (0..3)
        .filter_map(|more| {
            written(first + i128::from((start + more) % count) * step, scale, decimals)
        })
        .find(|value| value.as_f64().is_some_and(|value| is_within(flat, value)))
}

fn written(value: i128, scale: i128, decimals: usize) -> Option<Value> {
    if decimals == 0 {
        return i64::try_from(value).ok().map(Value::from);
    }
    let sign = if value < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:0decimals$}", (value / scale).abs(), (value % scale).abs());
    text.parse().ok().and_then(Number::from_f64).map(Value::Number)
}
