//! Amounts of money: whole numbers, never floats.

/// An amount in 10^-9 of a currency's minor unit as a decimal in the minor unit: `0.2`.
pub fn nano_text(nano: u64) -> String {
    let (whole, part) = (nano / 1_000_000_000, nano % 1_000_000_000);
    if part == 0 { whole.to_string() } else { format!("{whole}.{part:09}").trim_end_matches('0').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_without_needless_digits() {
        assert_eq!([0, 200_000_000, 1_000_000_000, 12_000_000_001].map(nano_text), ["0", "0.2", "1", "12.000000001"]);
    }
}
