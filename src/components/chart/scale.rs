//! Round numbers for the vertical axis.

/// An axis from 0 to a round top, in equal steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    step: u64,
}

impl Scale {
    /// Steps between 0 and the top.
    pub const STEPS: u64 = 4;

    /// The smallest round axis that includes `max`: steps are 1, 2, 2.5 or 5 times a power of ten,
    /// and whole, because calls are.
    pub fn for_max(max: u64) -> Self {
        let least = max.div_ceil(Self::STEPS).max(1);
        let mut power = 1u64;
        loop {
            for tenths in [10, 20, 25, 50] {
                let step = power.saturating_mul(tenths);
                if step.is_multiple_of(10) && step / 10 >= least {
                    return Self { step: step / 10 };
                }
            }
            let Some(next) = power.checked_mul(10) else { return Self { step: least } };
            power = next;
        }
    }

    /// The value at the top.
    pub fn top(self) -> u64 {
        self.step.saturating_mul(Self::STEPS)
    }

    /// 0 and each step above it.
    pub fn ticks(self) -> impl Iterator<Item = u64> {
        (0..=Self::STEPS).map(move |i| self.step.saturating_mul(i))
    }

    /// The part of the axis's height that `value` takes, 0 to 1.
    pub fn part(self, value: u64) -> f64 {
        (value as f64 / self.top() as f64).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_round_and_never_below_the_data() {
        for (max, top) in [
            (0, 4),
            (1, 4),
            (4, 4),
            (5, 8),
            (9, 20),
            (20, 20),
            (33, 40),
            (90, 100),
            (101, 200),
            (1_000, 1_000),
        ] {
            assert_eq!(Scale::for_max(max).top(), top, "{max}");
        }
        for max in [7, 77, 777, 123_456, u64::MAX] {
            assert!(Scale::for_max(max).top() >= max);
        }
    }
}
