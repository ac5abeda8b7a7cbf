//! The number of records per transaction.

use std::time::Duration;

/// The target time of an applier transaction on the embedded database, which blocks all other
/// writers.
const STEP: Duration = Duration::from_millis(50);
/// The target on PostgreSQL, where it blocks only writers of the same rows.
const SHARED_STEP: Duration = Duration::from_millis(500);
/// As many as are collected at full load.
const MAX: i64 = 20_000;
/// Smaller transactions do not reduce fixed costs, such as the disk's time to commit: with fewer
/// records than this, a slow disk would never catch up. It is also the initial value.
const FEW: i64 = 250;

/// Adapts to the duration of transactions, and to records that cannot be applied.
#[derive(Debug)]
pub struct Pace {
    pub records: i64,
    step: Duration,
}

impl Pace {
    pub const fn new(is_embedded: bool) -> Self {
        Self { records: FEW, step: if is_embedded { STEP } else { SHARED_STEP } }
    }

    /// A transaction of `records` took this long: the next one should take a step.
    pub fn took(&mut self, records: i64, time: Duration) {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX).max(1);
        let fitting = records.max(1).saturating_mul(micros(self.step)) / micros(time);
        // A small transaction says little about larger ones, and one slow moment little about the
        // next.
        let double = self.records.saturating_mul(2);
        self.records = fitting.clamp(self.records / 2, double).max(FEW.min(double)).min(MAX);
    }

    /// A transaction of `records` contains one that cannot be applied: half of them are tried next.
    /// True if there was only one.
    pub fn halve(&mut self, records: i64) -> bool {
        let is_found = records <= 1;
        self.records = (self.records.min(records) / 2).max(1);
        is_found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady_size(cost: impl Fn(i64) -> Duration) -> i64 {
        let mut pace = Pace::new(true);
        for _ in 0..30 {
            let records = pace.records;
            pace.took(records, cost(records));
        }
        pace.records
    }

    #[test]
    fn transactions_are_as_large_as_fit_into_a_step() {
        for (per_record, expected) in [(100, 450..=500), (10, 4_500..=5_000), (1, MAX..=MAX)] {
            let records = steady_size(|records| {
                Duration::from_micros(2_000 + records.unsigned_abs() * per_record)
            });
            assert!(expected.contains(&records), "{records} at {per_record} us each");
        }
    }

    #[test]
    fn a_disk_that_is_slow_whatever_it_writes_does_not_get_ever_smaller_transactions() {
        assert_eq!(steady_size(|_| Duration::from_millis(300)), FEW);
    }

    #[test]
    fn one_stalled_transaction_slows_the_next_ones_down_by_half_only() {
        let mut pace = Pace { records: 8_000, step: STEP };
        pace.took(8_000, Duration::from_secs(30));
        assert_eq!(pace.records, 4_000);
        pace.took(4_000, Duration::from_micros(1));
        assert_eq!(pace.records, 8_000);
    }

    #[test]
    fn one_bad_record_among_many_is_found_in_few_steps() {
        let (mut pace, bad, mut at, mut steps) = (Pace { records: MAX, step: STEP }, 12_345, 0, 0);
        loop {
            steps += 1;
            let records = pace.records.min(MAX - at);
            if !(at..at + records).contains(&bad) {
                at += records;
                pace.took(records, Duration::from_millis(1));
            } else if pace.halve(records) {
                break;
            }
        }
        assert_eq!(at, bad);
        assert!(steps < 100, "{steps}");
    }
}
