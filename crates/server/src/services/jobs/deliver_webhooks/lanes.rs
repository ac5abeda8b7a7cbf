//! Deliveries in progress per endpoint, and their limits.

use std::collections::HashMap;

use super::SHARE;
use crate::webhooks::Standing;

/// Concurrent deliveries per endpoint and instance.
const WIDE: usize = 4;
/// The limit for one whose last attempt failed, or that never responded yet: many hanging ones must
/// not use up the shared capacity.
const NARROW: usize = 1;

#[derive(Default)]
pub struct Lanes(HashMap<String, Lane>);

struct Lane {
    under_way: usize,
    standing: Standing,
}

impl Lanes {
    /// Returns how many more deliveries an endpoint may get; called for one endpoint after the
    /// other.
    pub fn rooms(&self) -> impl FnMut(&str, Standing) -> usize {
        let [mut new, mut failing] = [Standing::New, Standing::Failing]
            .map(|standing| SHARE.saturating_sub(self.under_way(standing)));
        move |endpoint, standing| {
            let lane = self.0.get(endpoint);
            let room = |width: usize| width.saturating_sub(lane.map_or(0, |lane| lane.under_way));
            // A very recent failure may not be recorded yet.
            let is_failing = lane.is_some_and(|lane| lane.standing == Standing::Failing);
            let share = match if is_failing { Standing::Failing } else { standing } {
                Standing::Failing => &mut failing,
                Standing::New => &mut new,
                Standing::Proven => return room(WIDE),
            };
            let given = room(NARROW).min(*share);
            *share -= given;
            given
        }
    }

    fn under_way(&self, standing: Standing) -> usize {
        self.0.values().filter(|lane| lane.standing == standing).map(|lane| lane.under_way).sum()
    }

    pub fn enter(&mut self, endpoint: &str, standing: Standing) {
        let lane = self.0.entry(endpoint.to_owned()).or_insert(Lane { under_way: 0, standing });
        lane.under_way += 1;
        if lane.standing != Standing::Failing {
            lane.standing = standing;
        }
    }

    /// `success` is `None` if nothing was sent. An empty lane without failures is removed.
    pub fn leave(&mut self, endpoint: &str, success: Option<bool>) {
        let Some(lane) = self.0.get_mut(endpoint) else { return };
        lane.under_way = lane.under_way.saturating_sub(1);
        match success {
            Some(true) => lane.standing = Standing::Proven,
            Some(false) => lane.standing = Standing::Failing,
            None => {}
        }
        if lane.under_way == 0 && lane.standing != Standing::Failing {
            self.0.remove(endpoint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(lanes: &Lanes, endpoint: &str, standing: Standing) -> usize {
        lanes.rooms()(endpoint, standing)
    }

    #[test]
    fn an_endpoint_that_fails_gets_one_at_a_time_until_it_succeeds() {
        let mut lanes = Lanes::default();
        (0..3).for_each(|_| lanes.enter("a", Standing::Proven));
        assert_eq!(
            (room(&lanes, "a", Standing::Proven), room(&lanes, "b", Standing::Proven)),
            (1, 4)
        );
        lanes.leave("a", Some(false));
        assert_eq!(room(&lanes, "a", Standing::Proven), 0);
        lanes.leave("a", None);
        lanes.leave("a", Some(false));
        assert_eq!(room(&lanes, "a", Standing::Proven), 1);
        lanes.enter("a", Standing::Proven);
        lanes.leave("a", Some(true));
        assert_eq!(room(&lanes, "a", Standing::Proven), 4);
        assert!(lanes.0.is_empty());
    }

    #[test]
    fn those_that_fail_and_those_that_are_new_share_a_part_and_leave_the_rest() {
        let mut lanes = Lanes::default();
        for standing in [Standing::New, Standing::Failing] {
            for i in 0..SHARE {
                assert_eq!(room(&lanes, &format!("{i}"), standing), 1);
                lanes.enter(&format!("{i}{standing:?}"), standing);
            }
            assert_eq!(room(&lanes, "one more", standing), 0);
        }
        assert_eq!(room(&lanes, "in order", Standing::Proven), 4);
        lanes.leave("0New", Some(true));
        assert_eq!(room(&lanes, "one more", Standing::New), 1);
        // Also within one round.
        let lanes = Lanes::default();
        let mut rooms = lanes.rooms();
        assert_eq!(
            (0..SHARE * 2).map(|i| rooms(&format!("{i}"), Standing::Failing)).sum::<usize>(),
            SHARE
        );
    }
}
