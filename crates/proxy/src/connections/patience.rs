//! Closes connections whose client does nothing. Checked periodically instead of by a timer per
//! request, which would cost every call: so a wait may last longer than configured, by at most the
//! shortest of the three times.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::Bounds;
use super::exchange::Activity;

/// The results of the last checks of a connection.
pub struct Patience {
    head: Duration,
    idle: Duration,
    send: Duration,
    /// The time between two checks.
    pub step: Duration,
    begun: u32,
    read: u64,
    written: u64,
    /// How long there has been no request.
    quiet: Duration,
    /// How long the headers of a request have been incomplete; `None` without such a request.
    partial: Option<Duration>,
    /// How long the client has read nothing.
    stalled: Duration,
}

impl Patience {
    /// `is_kept` for a connection in a place that is reserved for metered calls: idle ones are
    /// closed sooner there.
    pub fn new(bounds: &Bounds, is_kept: bool) -> Self {
        let idle =
            if is_kept { bounds.idle.min(bounds.head).min(super::KEPT_IDLE) } else { bounds.idle };
        let head = bounds.head.min(idle);
        Self {
            head,
            idle,
            send: bounds.send,
            step: step(idle, head.min(bounds.send)),
            begun: 0,
            read: 0,
            written: 0,
            quiet: Duration::ZERO,
            // A new connection is expected to send a request.
            partial: Some(Duration::ZERO),
            stalled: Duration::ZERO,
        }
    }

    /// Checks the connection, one [`step`](Self::step) after the last check. True if it should be
    /// closed.
    pub fn is_over(&mut self, activity: &Activity) -> bool {
        let (begun, read, written) = (
            activity.begun.load(Relaxed),
            activity.read.load(Relaxed),
            activity.written.load(Relaxed),
        );
        let is_stalled = activity.is_blocked.load(Relaxed) && written == self.written;
        self.stalled = if is_stalled { self.stalled + self.step } else { Duration::ZERO };
        let is_quiet = !activity.is_busy() && begun == self.begun;
        if is_quiet {
            // Bytes before the first quiet check may have been the rest of the last request's body.
            let is_begun = !self.quiet.is_zero() && read != self.read;
            self.partial = self
                .partial
                .map(|partial| partial + self.step)
                .or(is_begun.then_some(Duration::ZERO));
            self.quiet += self.step;
        } else {
            (self.quiet, self.partial) = (Duration::ZERO, None);
        }
        (self.begun, self.read, self.written) = (begun, read, written);
        self.stalled >= self.send
            || self.quiet >= self.idle
            || self.partial.is_some_and(|partial| partial >= self.head)
    }
}

/// At most `shortest`, and a part of `idle`, so that a connection is idle for a whole number of
/// checks.
fn step(idle: Duration, shortest: Duration) -> Duration {
    let checks = idle.as_nanos().div_ceil(shortest.as_nanos().max(1)).max(1);
    // Rounded up: so many checks must not fall short of `idle` by a nanosecond.
    Duration::from_nanos(u64::try_from(idle.as_nanos().div_ceil(checks)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        head: Duration::from_secs(10),
        idle: Duration::from_secs(60),
        send: Duration::from_secs(30),
        ..Bounds::DEFAULT
    };

    /// The number of checks until a connection is closed, if `look` happens between checks.
    fn looks(bounds: &Bounds, is_kept: bool, mut look: impl FnMut(u32, &Activity)) -> u32 {
        let (activity, mut patience) = (Activity::default(), Patience::new(bounds, is_kept));
        (1..=100)
            .find(|at| {
                look(*at, &activity);
                patience.is_over(&activity)
            })
            .unwrap_or(u32::MAX)
    }

    fn request_once(activity: &Activity) {
        activity.begun.fetch_add(1, Relaxed);
        activity.ended.fetch_add(1, Relaxed);
        activity.read.fetch_add(100, Relaxed);
    }

    #[test]
    fn a_first_head_that_does_not_come_is_waited_for_once() {
        assert_eq!(looks(&BOUNDS, false, |_, _| {}), 1);
        assert_eq!(
            looks(&BOUNDS, false, |_, activity| _ = activity.read.fetch_add(1, Relaxed)),
            1,
            "a byte now and then"
        );
    }

    #[test]
    fn between_two_requests_a_connection_may_rest_but_a_head_that_is_begun_must_come() {
        let resting = |at, activity: &Activity| {
            if at == 1 {
                request_once(activity)
            }
        };
        assert_eq!(looks(&BOUNDS, false, resting), 1 + 6);
        // A second head, whose first byte arrives before the fourth check.
        let begun = |at, activity: &Activity| match at {
            1 => request_once(activity),
            4.. => _ = activity.read.fetch_add(1, Relaxed),
            _ => {}
        };
        assert_eq!(looks(&BOUNDS, false, begun), 5);
        let steady = |_, activity: &Activity| request_once(activity);
        assert_eq!(looks(&BOUNDS, false, steady), u32::MAX);
    }

    #[test]
    fn a_response_that_nobody_reads_is_given_up_and_one_that_is_read_slowly_is_not() {
        let unread = |_, activity: &Activity| {
            activity.begun.store(1, Relaxed);
            activity.is_blocked.store(true, Relaxed);
        };
        assert_eq!(looks(&BOUNDS, false, unread), 3);
        let slowly = |at, activity: &Activity| {
            unread(at, activity);
            if at % 3 == 0 {
                activity.written.fetch_add(1_000, Relaxed);
            }
        };
        assert_eq!(looks(&BOUNDS, false, slowly), u32::MAX);
        let waiting = |_, activity: &Activity| activity.begun.store(1, Relaxed);
        assert_eq!(looks(&BOUNDS, false, waiting), u32::MAX, "a handler may take its time");
    }

    #[test]
    fn an_idle_connection_is_closed_at_most_the_shortest_time_later_than_configured() {
        let seconds = Duration::from_secs;
        for (head, idle, send) in
            [(15, 75, 60), (15, 20, 60), (15, 5, 60), (7, 60, 11), (60, 75, 50)]
        {
            let bounds =
                Bounds { head: seconds(head), idle: seconds(idle), send: seconds(send), ..BOUNDS };
            // A request just after a check.
            let resting = |at, activity: &Activity| {
                if at == 1 {
                    request_once(activity)
                }
            };
            let took = Patience::new(&bounds, false).step * looks(&bounds, false, resting);
            let latest = bounds.idle + bounds.head.min(bounds.idle).min(bounds.send);
            assert!((bounds.idle..=latest).contains(&took), "{head} {idle} {send}: {took:?}");
        }
    }

    #[test]
    fn in_a_place_that_is_kept_for_calls_nobody_rests() {
        let resting = |at, activity: &Activity| {
            if at == 1 {
                request_once(activity)
            }
        };
        assert_eq!(looks(&BOUNDS, true, resting), 2);
    }
}
