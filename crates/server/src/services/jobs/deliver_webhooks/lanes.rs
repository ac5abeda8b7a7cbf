//! Deliveries in progress per endpoint, and their limits.

use std::collections::HashMap;

use super::SHARE;
use crate::webhooks::Reliability;

/// Concurrent deliveries per endpoint and instance.
const WIDE: usize = 4;
/// The limit for one whose last attempt failed, or that never responded yet: many hanging ones must
/// not use up the shared capacity.
const NARROW: usize = 1;

#[derive(Default)]
pub struct Lanes(HashMap<String, Lane>);

struct Lane {
    under_way: usize,
    reliability: Reliability,
}

impl Lanes {
    /// Returns how many more deliveries an endpoint may get; called for one endpoint after the
    /// other.
    pub fn rooms(&self) -> impl FnMut(&str, Reliability) -> usize {
        let [mut new, mut failing] = [Reliability::New, Reliability::Failing]
            .map(|reliability| SHARE.saturating_sub(self.under_way(reliability)));
        move |endpoint, reliability| {
            let lane = self.0.get(endpoint);
            let room = |width: usize| width.saturating_sub(lane.map_or(0, |lane| lane.under_way));
            // A very recent failure may not be recorded yet.
            let is_failing = lane.is_some_and(|lane| lane.reliability == Reliability::Failing);
            let share = match if is_failing { Reliability::Failing } else { reliability } {
                Reliability::Failing => &mut failing,
                Reliability::New => &mut new,
                Reliability::Proven => return room(WIDE),
            };
            let given = room(NARROW).min(*share);
            *share -= given;
            given
        }
    }

    fn under_way(&self, reliability: Reliability) -> usize {
        self.0
            .values()
            .filter(|lane| lane.reliability == reliability)
            .map(|lane| lane.under_way)
            .sum()
    }

    pub fn add(&mut self, endpoint: &str, reliability: Reliability) {
        let lane = self.0.entry(endpoint.to_owned()).or_insert(Lane { under_way: 0, reliability });
        lane.under_way += 1;
        if lane.reliability != Reliability::Failing {
            lane.reliability = reliability;
        }
    }

    /// `success` is `None` if nothing was sent. An empty lane without failures is removed.
    pub fn leave(&mut self, endpoint: &str, success: Option<bool>) {
        let Some(lane) = self.0.get_mut(endpoint) else { return };
        lane.under_way = lane.under_way.saturating_sub(1);
        match success {
            Some(true) => lane.reliability = Reliability::Proven,
            Some(false) => lane.reliability = Reliability::Failing,
            None => {}
        }
        if lane.under_way == 0 && lane.reliability != Reliability::Failing {
            self.0.remove(endpoint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(lanes: &Lanes, endpoint: &str, reliability: Reliability) -> usize {
        lanes.rooms()(endpoint, reliability)
    }

    #[test]
    fn an_endpoint_that_fails_gets_one_at_a_time_until_it_succeeds() {
        let mut lanes = Lanes::default();
        (0..3).for_each(|_| lanes.add("a", Reliability::Proven));
        assert_eq!(
            (room(&lanes, "a", Reliability::Proven), room(&lanes, "b", Reliability::Proven)),
            (1, 4)
        );
        lanes.leave("a", Some(false));
        assert_eq!(room(&lanes, "a", Reliability::Proven), 0);
        lanes.leave("a", None);
        lanes.leave("a", Some(false));
        assert_eq!(room(&lanes, "a", Reliability::Proven), 1);
        lanes.add("a", Reliability::Proven);
        lanes.leave("a", Some(true));
        assert_eq!(room(&lanes, "a", Reliability::Proven), 4);
        assert!(lanes.0.is_empty());
    }

    #[test]
    fn those_that_fail_and_those_that_are_new_share_a_part_and_leave_the_rest() {
        let mut lanes = Lanes::default();
        for reliability in [Reliability::New, Reliability::Failing] {
            for i in 0..SHARE {
                assert_eq!(room(&lanes, &format!("{i}"), reliability), 1);
                lanes.add(&format!("{i}{reliability:?}"), reliability);
            }
            assert_eq!(room(&lanes, "one more", reliability), 0);
        }
        assert_eq!(room(&lanes, "in order", Reliability::Proven), 4);
        lanes.leave("0New", Some(true));
        assert_eq!(room(&lanes, "one more", Reliability::New), 1);
        // Also within one round.
        let lanes = Lanes::default();
        let mut rooms = lanes.rooms();
        assert_eq!(
            (0..SHARE * 2).map(|i| rooms(&format!("{i}"), Reliability::Failing)).sum::<usize>(),
            SHARE
        );
    }
}
