//! Compares and divides numbers exactly, with a bounded number of operations for numbers of any
//! size.

use std::cmp::Ordering;

use serde_json::Number;

fn integer(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// `None` if one of them is not a comparable number.
pub fn compare(one: &Number, other: &Number) -> Option<Ordering> {
    match (integer(one), integer(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        (Some(one), None) => with_float(one, other.as_f64()?),
        (None, Some(other)) => with_float(other, one.as_f64()?).map(Ordering::reverse),
        (None, None) => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

fn with_float(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // Larger than every integer that JSON is read into; a cast would saturate.
    if float.abs() >= 1e30 {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let whole = float.trunc() as i128;
    Some(
        integer
            .cmp(&whole)
            .then_with(|| 0.0_f64.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal)),
    )
}

/// Digits without a sign, and the power of ten that they are multiplied by: `0.25` is (25, -2).
fn decimal(number: &Number) -> Option<(u128, i64)> {
    if let Some(integer) = integer(number) {
        return Some((integer.unsigned_abs(), 0));
    }
    // The shortest digits of the same number, as people write it.
    let text = format!("{:e}", number.as_f64()?.abs());
    let (digits, exponent) = text.split_once('e')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mantissa = format!("{whole}{fraction}").parse().ok()?;
    Some((mantissa, exponent.parse::<i64>().ok()?.checked_sub(fraction.len().try_into().ok()?)?))
}

/// Whether `value` is a whole multiple of `step`, by their decimal digits: 0.3 is a multiple of
/// 0.1.
pub fn is_multiple(value: &Number, step: &Number) -> bool {
    let (Some((value, value_power)), Some((step, step_power))) = (decimal(value), decimal(step))
    else {
        return true;
    };
    if step == 0 || value == 0 {
        return value == 0;
    }
    let power = value_power - step_power;
    if power >= 0 {
        return times_power_of_ten(value % step, power.unsigned_abs(), step) == 0;
    }
    // Parsed numbers have at most 20 digits.
    let scale = u32::try_from(power.unsigned_abs())
        .ok()
        .filter(|power| *power <= 18)
        .map(|power| 10_u128.pow(power));
    scale.and_then(|scale| step.checked_mul(scale)).is_some_and(|step| value % step == 0)
}

/// `value * 10^power` modulo `modulus`, which has at most 64 bits.
fn times_power_of_ten(mut value: u128, mut power: u64, modulus: u128) -> u128 {
    let mut base = 10 % modulus;
    while power > 0 {
        if power & 1 == 1 {
            value = value * base % modulus;
        }
        base = base * base % modulus;
        power >>= 1;
    }
    value % modulus
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn number(value: &Value) -> &Number {
        value.as_number().expect("a number")
    }

    #[test]
    fn multiples_are_compared_by_their_digits() {
        for (value, step, is) in [
            (json!(6), json!(3), true),
            (json!(7), json!(3), false),
            (json!(0.3), json!(0.1), true),
            (json!(0.0075), json!(0.0001), true),
            (json!(0.00751), json!(0.0001), false),
            (json!(4.5), json!(1.5), true),
            (json!(35), json!(1.5), false),
            (json!(1e308), json!(0.5), true),
            (json!(1e308), json!(0.123_456_789), false),
            (json!(u64::MAX), json!(5), true),
            (json!(u64::MAX), json!(2), false),
            (json!(i64::MIN), json!(2), true),
            (json!(1e-300), json!(1e300), false),
            (json!(0), json!(1e300), true),
            (json!(-9), json!(3), true),
            (json!(12.0), json!(4), true),
        ] {
            assert_eq!(is_multiple(number(&value), number(&step)), is, "{value} of {step}");
        }
    }

    #[test]
    fn numbers_are_compared_exactly() {
        for (one, other, is) in [
            (json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992.0), Ordering::Greater),
            (json!(u64::MAX), json!(-1), Ordering::Greater),
            (json!(u64::MAX), json!(18_446_744_073_709_551_616.0), Ordering::Less),
            (json!(1), json!(1.0), Ordering::Equal),
            (json!(-1), json!(-1.5), Ordering::Greater),
            (json!(1e300), json!(5), Ordering::Greater),
            (json!(5), json!(-1e300), Ordering::Greater),
        ] {
            assert_eq!(compare(number(&one), number(&other)), Some(is), "{one} and {other}");
        }
    }
}
