//! Numbers as texts that people read, on pages, in mails and on the command line.

/// `12,345`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 call`, `2 calls`.
pub fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// The part of `whole` that `part` is: `0 %`, `0.4 %`, `12 %`, `99.5 %`. Rounded half up, but `0 %`
/// is only none, and `100 %` only all.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".to_owned();
    }
    let rounded = |steps: u64| {
        (u128::from(part) * u128::from(steps) + u128::from(whole) / 2) / u128::from(whole)
    };
    match rounded(1_000) {
        0 => "< 0.1 %".to_owned(),
        _ if part == whole => "100 %".to_owned(),
        _ if part > whole => format!("{} %", rounded(100).max(101)),
        1_000.. => "> 99.9 %".to_owned(),
        tenths @ (1..100 | 991..1_000) if tenths % 10 != 0 => {
            format!("{}.{} %", tenths / 10, tenths % 10)
        }
        _ => format!("{} %", rounded(100)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_have_their_unit() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0, 1, 2, 1_000].map(|n| plural(n, "call", "calls")),
            ["0 calls", "1 call", "2 calls", "1,000 calls"]
        );
    }

    #[test]
    fn a_percentage_is_0_only_for_none_and_100_only_for_all() {
        for (part, whole, text) in [
            (0, 0, "0 %"),
            (3, 0, "0 %"),
            (0, 7, "0 %"),
            (1, 1_000_000, "< 0.1 %"),
            (4, 10_000, "< 0.1 %"),
            (5, 10_000, "0.1 %"),
            (1, 250, "0.4 %"),
            (5, 100, "5 %"),
            (9_949, 100_000, "9.9 %"),
            (9_960, 100_000, "10 %"),
            (1, 8, "13 %"),
            (1, 2, "50 %"),
            (985, 1_000, "99 %"),
            (99, 100, "99 %"),
            (995, 1_000, "99.5 %"),
            (9_994, 10_000, "99.9 %"),
            (9_996, 10_000, "> 99.9 %"),
            (u64::MAX - 1, u64::MAX, "> 99.9 %"),
            (7, 7, "100 %"),
            (u64::MAX, u64::MAX, "100 %"),
            (1_001, 1_000, "101 %"),
            (3, 2, "150 %"),
        ] {
            assert_eq!(percent(part, whole), text, "{part} of {whole}");
        }
    }
}
