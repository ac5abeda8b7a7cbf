//! The schedule of retries.

use axum::http::HeaderMap;
use axum::http::header::RETRY_AFTER;
use tollgate_types::time::{HOUR, MINUTE, SECOND, Timestamp};

use crate::random;

/// The number of attempts after which a delivery is not restarted by retry, replay or recovery.
pub const MAX_ATTEMPTS: u32 = 200;

/// The pause after each failed attempt; there is none after the last attempt.
pub const PAUSES: [i64; 7] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
/// The jitter of a pause, so that deliveries that failed together are not retried together.
const SPREAD_PERCENT: i64 = 20;

/// When to retry after the failed attempt number `step`, counted from 1; `None` after the last. The
/// receiver's `Retry-After` is honoured up to twice the pause.
pub fn next_attempt(step: i64, requested: Option<i64>, now: Timestamp) -> Option<Timestamp> {
    let pause = *PAUSES.get(usize::try_from(step - 1).ok()?)?;
    let own = random::spread(pause, SPREAD_PERCENT);
    Some(now.plus(requested.map_or(own, |requested| own.max(requested.min(2 * pause)))))
}

/// Milliseconds that `Retry-After` asks to wait: seconds, or a date (RFC 9110, 10.2.3).
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds) * SECOND);
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond();
    Some((at - now.0).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_tried_eight_times_within_the_promised_pauses() {
        for _ in 0..200 {
            let pauses: Vec<i64> = (1..)
                .map_while(|step| next_attempt(step, None, Timestamp(0)))
                .map(|at| at.0)
                .collect();
            assert_eq!(pauses.len() + 1, 8);
            for (pause, wanted) in pauses.iter().zip(PAUSES) {
                assert!(
                    (wanted * 8 / 10..=wanted * 12 / 10).contains(pause),
                    "{pause} for {wanted}"
                );
            }
        }
        let some: std::collections::BTreeSet<i64> =
            (0..50).filter_map(|_| next_attempt(7, None, Timestamp(0))).map(|at| at.0).collect();
        assert!(some.len() > 10, "the pauses are spread");
    }

    #[test]
    fn a_receiver_may_ask_for_up_to_twice_the_pause_and_never_for_less() {
        let after = |requested| next_attempt(2, Some(requested), Timestamp(0)).unwrap().0;
        assert_eq!(after(8 * MINUTE), 8 * MINUTE);
        assert_eq!(after(HOUR), 10 * MINUTE);
        assert!((4 * MINUTE..=6 * MINUTE).contains(&after(0)));
        assert_eq!(next_attempt(8, Some(SECOND), Timestamp(0)), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let requested = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, Timestamp(784_111_777_000))
        };
        assert_eq!(requested("120"), Some(120_000));
        assert_eq!(requested("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60_000));
        assert_eq!(requested("Sun, 06 Nov 1994 08:48:37 GMT"), Some(0));
        for bad in ["soon", "-5", "1.5", ""] {
            assert_eq!(requested(bad), None, "{bad}");
        }
    }
}
