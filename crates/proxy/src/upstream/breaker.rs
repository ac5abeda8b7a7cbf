//! A circuit breaker: an upstream that fails repeatedly gets no calls for a while, and then one
//! probe call. So its callers learn immediately that it is unavailable, and it is not overloaded
//! when it recovers.
//!
//! Only a missing response counts as a failure. A 5xx response, including 502 to 504 from a load
//! balancer in front of the upstream, is about one call: it goes to the caller unchanged, and one
//! operation that always fails does not affect the others.

use parking_lot::Mutex;
use tollgate_types::time::{SECOND, Timestamp};

/// Consecutive failures that open it.
const IN_A_ROW: u32 = 5;
/// Or half of at least this many calls within one window.
const LEAST_CALLS: u32 = 20;
const WINDOW: i64 = 10 * SECOND;
/// How long it stays open before one probe call.
pub const OPEN: i64 = 5 * SECOND;

#[derive(Default)]
pub struct Breaker(Mutex<State>);

/// A call's permission to go to the upstream. If it is dropped without a result, it says nothing
/// about the upstream: then the caller was at fault, or disconnected.
pub struct Pass<'a> {
    breaker: &'a Breaker,
    is_probe: bool,
    is_reported: bool,
}

impl Breaker {
    /// # Errors
    /// The seconds to wait, while it is open.
    pub fn pass(&self, now: Timestamp) -> Result<Pass<'_>, u64> {
        let is_probe = self.0.lock().pass(now)?;
        Ok(Pass { breaker: self, is_probe, is_reported: false })
    }
}

impl Pass<'_> {
    /// The upstream responded, with any status.
    pub fn succeeded(mut self, now: Timestamp) {
        self.is_reported = true;
        if self.breaker.0.lock().succeeded(self.is_probe, now) {
            tracing::info!("an upstream responds again");
        }
    }

    pub fn failed(mut self, now: Timestamp) {
        self.is_reported = true;
        if self.breaker.0.lock().failed(self.is_probe, now) {
            tracing::warn!("an upstream fails repeatedly; calls to it are paused");
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.is_probe && !self.is_reported {
            self.breaker.0.lock().probe_is_gone();
        }
    }
}

#[derive(Default)]
struct State {
    phase: Phase,
    in_a_row: u32,
    /// Of the window that started then.
    began: Timestamp,
    calls: u32,
    failures: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Closed,
    Open {
        until: Timestamp,
    },
    /// One probe call checks whether the upstream is back.
    HalfOpen,
}

impl State {
    /// Whether the allowed call is the probe.
    fn pass(&mut self, now: Timestamp) -> Result<bool, u64> {
        match self.phase {
            Phase::Closed => Ok(false),
            // A clock that was set back must not keep it open for longer.
            Phase::Open { until } if now < until && until.0 - now.0 <= OPEN => {
                Err((until.0 - now.0).unsigned_abs().div_ceil(SECOND.unsigned_abs()).max(1))
            }
            Phase::Open { .. } => {
                self.phase = Phase::HalfOpen;
                Ok(true)
            }
            Phase::HalfOpen => Err(1),
        }
    }

    /// Whether this closed it.
    fn succeeded(&mut self, is_probe: bool, now: Timestamp) -> bool {
        if is_probe {
            *self = Self { began: now, ..Self::default() };
        } else if self.phase == Phase::Closed {
            self.in_a_row = 0;
            self.count(now, 0);
        }
        is_probe
    }

    /// Whether this opened it.
    fn failed(&mut self, is_probe: bool, now: Timestamp) -> bool {
        // A call that started before it opened is no new information.
        if !is_probe && self.phase != Phase::Closed {
            return false;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.count(now, 1);
        let opens = is_probe
            || self.in_a_row >= IN_A_ROW
            || (self.calls >= LEAST_CALLS && self.failures * 2 >= self.calls);
        if opens {
            *self = Self { phase: Phase::Open { until: now.plus(OPEN) }, ..Self::default() };
        }
        opens && !is_probe
    }

    fn probe_is_gone(&mut self) {
        if self.phase == Phase::HalfOpen {
            self.phase = Phase::Open { until: Timestamp::default() };
        }
    }

    fn count(&mut self, now: Timestamp, failures: u32) {
        if !(0..WINDOW).contains(&(now.0 - self.began.0)) {
            (self.began, self.calls, self.failures) = (now, 0, 0);
        }
        self.calls = self.calls.saturating_add(1);
        self.failures += failures;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_763_760_778_042);

    fn opened() -> State {
        let mut state = State::default();
        for left in (0..IN_A_ROW).rev() {
            assert_eq!(state.pass(NOW), Ok(false));
            assert_eq!(state.failed(false, NOW), left == 0);
        }
        state
    }

    #[test]
    fn consecutive_failures_open_the_breaker_and_a_response_between_them_does_not() {
        let mut state = State::default();
        for _ in 0..3 {
            for _ in 0..IN_A_ROW - 1 {
                assert!(!state.failed(false, NOW));
            }
            state.succeeded(false, NOW);
            state = State { calls: 0, failures: 0, ..state };
        }
        assert_eq!(opened().pass(NOW.plus(1)), Err(5));
        assert_eq!(opened().pass(NOW.plus(OPEN - 1)), Err(1));
    }

    #[test]
    fn half_of_many_calls_failing_opens_it_and_those_of_an_old_window_are_forgotten() {
        let fail_each_other = |state: &mut State, calls: u32, at: Timestamp| {
            (0..calls).any(|i| {
                if i % 2 == 0 { state.failed(false, at) } else { state.succeeded(false, at) }
            })
        };
        let mut state = State::default();
        assert!(!fail_each_other(&mut state, LEAST_CALLS - 2, NOW));
        assert!(!fail_each_other(&mut state, LEAST_CALLS - 2, NOW.plus(WINDOW)));
        assert!(fail_each_other(&mut state, 4, NOW.plus(WINDOW)));
        let mut seldom = State::default();
        assert!(!(0..1_000).any(|i| if i % 3 == 0 {
            seldom.failed(false, NOW)
        } else {
            seldom.succeeded(false, NOW)
        }));
    }

    #[test]
    fn after_a_while_one_call_probes_and_decides_for_all() {
        let later = NOW.plus(OPEN);
        let mut state = opened();
        assert_eq!(state.pass(later), Ok(true));
        assert_eq!(state.pass(later), Err(1));
        // Late results of earlier calls do not matter.
        assert!(!state.succeeded(false, later) && !state.failed(false, later));
        assert_eq!(state.pass(later), Err(1));
        assert!(!state.failed(true, later));
        assert_eq!(state.pass(later.plus(1)), Err(5));
        assert_eq!(state.pass(later.plus(OPEN)), Ok(true));
        assert!(state.succeeded(true, later.plus(OPEN)));
        assert_eq!(state.pass(later.plus(OPEN)), Ok(false));
    }

    #[test]
    fn a_probe_that_nobody_waits_for_any_more_leaves_its_turn_to_the_next() {
        let breaker = Breaker(Mutex::new(opened()));
        drop(breaker.pass(NOW.plus(OPEN)).unwrap());
        let probe = breaker.pass(NOW.plus(OPEN)).unwrap();
        assert!(probe.is_probe && breaker.pass(NOW.plus(OPEN)).is_err());
        probe.succeeded(NOW.plus(OPEN));
        assert!(!breaker.pass(NOW.plus(OPEN)).unwrap().is_probe);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_it_open() {
        assert_eq!(opened().pass(NOW.plus(-60 * SECOND)), Ok(true));
    }
}
