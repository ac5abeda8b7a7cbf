//! How many deliveries an endpoint has under way, and how many it may have.

use std::collections::HashMap;

/// Deliveries to one endpoint at once, from one instance.
const WIDE: usize = 4;
/// And to one whose last attempt failed: many that hang must not use up what all share.
const NARROW: usize = 1;

#[derive(Default)]
pub struct Lanes(HashMap<String, Lane>);

#[derive(Default)]
struct Lane {
    under_way: usize,
    is_failing: bool,
}

impl Lanes {
    pub fn room(&self, endpoint: &str) -> usize {
        let Some(lane) = self.0.get(endpoint) else { return WIDE };
        (if lane.is_failing { NARROW } else { WIDE }).saturating_sub(lane.under_way)
    }

    pub fn enter(&mut self, endpoint: &str) {
        self.0.entry(endpoint.to_owned()).or_default().under_way += 1;
    }

    /// `success` is none where nothing was sent. A lane is forgotten when it is empty and in order.
    pub fn leave(&mut self, endpoint: &str, success: Option<bool>) {
        let Some(lane) = self.0.get_mut(endpoint) else { return };
        lane.under_way = lane.under_way.saturating_sub(1);
        lane.is_failing = success.map_or(lane.is_failing, |success| !success);
        if lane.under_way == 0 && !lane.is_failing {
            self.0.remove(endpoint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_fails_gets_one_at_a_time_until_it_succeeds() {
        let mut lanes = Lanes::default();
        (0..3).for_each(|_| lanes.enter("a"));
        assert_eq!((lanes.room("a"), lanes.room("b")), (1, 4));
        lanes.leave("a", Some(false));
        assert_eq!(lanes.room("a"), 0);
        lanes.leave("a", None);
        lanes.leave("a", Some(false));
        assert_eq!(lanes.room("a"), 1);
        lanes.enter("a");
        lanes.leave("a", Some(true));
        assert_eq!(lanes.room("a"), 4);
        assert!(lanes.0.is_empty());
    }
}
