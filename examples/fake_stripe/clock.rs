//! The clock of the fake, and calendar months as Stripe counts them.

use super::error::Failure;
use super::state::State;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

/// The real time in seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the fake is a separate program and starts with the real time"
)]
pub fn wall() -> i64 {
    Timestamp::now().as_second()
}

impl State {
    /// Advances a running clock to the real time, and does the work that is due.
    pub fn tick(&mut self) -> Result<(), Failure> {
        match self.offset {
            Some(offset) => self.advance_to(wall() + offset),
            None => Ok(()),
        }
    }

    /// Moves the clock forward. Due billing happens at its own time.
    pub fn advance_to(&mut self, target: i64) -> Result<(), Failure> {
        while let Some((due, task)) = self.next_task(target) {
            self.now = self.now.max(due);
            self.run(task)?;
        }
        self.now = self.now.max(target);
        if let Some(offset) = &mut self.offset {
            *offset = self.now - wall();
        }
        Ok(())
    }
}

/// The end of the period that contains `at`, in whole intervals from the anchor. If the month does
/// not have the anchor's day, its last day is used. Later months return to the anchor's day.
pub fn period_end(anchor: i64, at: i64, interval: &str, count: i64) -> i64 {
    let mut steps = 0;
    let mut bound = anchor;
    while bound <= at {
        steps += 1;
        bound = step(anchor, steps * count.max(1), interval);
    }
    // If the anchor is in the future, the first period is shorter than the others.
    while steps <= 0 && step(anchor, (steps - 1) * count.max(1), interval) > at {
        steps -= 1;
        bound = step(anchor, steps * count.max(1), interval);
    }
    bound
}

/// The next time that has a configured day of the month. Parts of the day that are not configured
/// are those of `now`.
pub fn anchored(now: i64, config: &serde_json::Value) -> i64 {
    let Ok(start) = Timestamp::from_second(now).map(|time| time.to_zoned(TimeZone::UTC)) else {
        return now;
    };
    let part = |name: &str, own: i8| {
        config[name].as_i64().and_then(|part| i8::try_from(part).ok()).unwrap_or(own)
    };
    let mut month = start.first_of_month().unwrap_or_else(|_| start.clone());
    loop {
        let day = part("day_of_month", 1).min(month.days_in_month());
        let found = month
            .with()
            .day(day)
            .hour(part("hour", start.hour()))
            .minute(part("minute", start.minute()))
            .second(part("second", start.second()))
            .build();
        match (found.map(|found| found.timestamp().as_second()), month.checked_add(1.month())) {
            (Ok(found), _) if found >= now => return found,
            (_, Ok(next)) => month = next,
            (_, Err(_)) => return now,
        }
    }
}

/// `anchor` moved by this many intervals.
pub fn step(anchor: i64, steps: i64, interval: &str) -> i64 {
    let day = 86_400;
    match interval {
        "day" => anchor + steps * day,
        "week" => anchor + steps * 7 * day,
        _ => {
            let months = if interval == "year" { steps * 12 } else { steps };
            let start = Timestamp::from_second(anchor).map(|time| time.to_zoned(TimeZone::UTC));
            let moved = start.and_then(|start| start.checked_add(months.months()));
            moved.map_or(anchor + months * 30 * day, |moved| moved.timestamp().as_second())
        }
    }
}
