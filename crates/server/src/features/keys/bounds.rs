//! The bounds of a key besides its scopes: addresses, rate and cost.

use tollgate_types::error::FieldError;
use tollgate_types::key::RateLimit;

use super::AllowList;
use crate::config::Rate;

/// More than any real spending, and far below overflows of sums.
const MAX_SPEND_CAP: u64 = 1_000_000_000_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    pub ip_allow_list: AllowList,
    pub rate_limit: Option<RateLimit>,
    /// Minor units per calendar month.
    pub spend_cap: Option<u64>,
}

impl Bounds {
    /// Reports every number that is out of range.
    pub fn check(&self, errors: &mut Vec<FieldError>) {
        if let Some(rate) = self.rate_limit
            && Rate::new(rate.calls, rate.seconds).is_err()
        {
            errors.push(FieldError::new(
                "rate_limit",
                "out_of_range",
                "A rate limit must be 1 to 1000000000 calls in 1 to 86400 seconds.",
            ));
        }
        if self.spend_cap.is_some_and(|cap| cap > MAX_SPEND_CAP) {
            errors.push(FieldError::new(
                "spend_cap",
                "out_of_range",
                format!("A spend cap may be at most {MAX_SPEND_CAP} minor units."),
            ));
        }
    }

    /// The name of a bound that is looser than in `outer`.
    pub fn looser_than(&self, outer: &Self) -> Option<&'static str> {
        let rate_fits = outer
            .rate_limit
            .is_none_or(|outer| self.rate_limit.is_some_and(|own| is_within(own, outer)));
        let cap_fits =
            outer.spend_cap.is_none_or(|outer| self.spend_cap.is_some_and(|own| own <= outer));
        if !self.ip_allow_list.is_within(&outer.ip_allow_list) {
            Some("ip_allow_list")
        } else if !rate_fits {
            Some("rate_limit")
        } else {
            (!cap_fits).then_some("spend_cap")
        }
    }
}

/// No larger burst, and not faster.
fn is_within(own: RateLimit, outer: RateLimit) -> bool {
    own.calls <= outer.calls
        && u64::from(own.calls) * u64::from(outer.seconds)
            <= u64::from(outer.calls) * u64::from(own.seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(calls: u32, seconds: u32) -> Bounds {
        Bounds { rate_limit: Some(RateLimit { calls, seconds }), ..Bounds::default() }
    }

    #[test]
    fn what_is_unbounded_is_looser_than_any_bound() {
        let capped = Bounds { spend_cap: Some(100), ..Bounds::default() };
        assert_eq!(Bounds::default().looser_than(&capped), Some("spend_cap"));
        assert_eq!(capped.looser_than(&Bounds::default()), None);
        assert_eq!(
            Bounds { spend_cap: Some(101), ..Bounds::default() }.looser_than(&capped),
            Some("spend_cap")
        );
        assert_eq!(Bounds::default().looser_than(&rate(1, 1)), Some("rate_limit"));
    }

    #[test]
    fn a_rate_is_tighter_only_in_burst_and_speed_together() {
        assert_eq!(rate(5, 1).looser_than(&rate(5, 1)), None);
        assert_eq!(rate(5, 60).looser_than(&rate(20, 1)), None);
        assert_eq!(rate(100, 60).looser_than(&rate(20, 1)), Some("rate_limit"));
        assert_eq!(rate(5, 1).looser_than(&rate(100, 60)), Some("rate_limit"));
    }
}
