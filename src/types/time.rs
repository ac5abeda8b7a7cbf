//! Points in time: unix milliseconds inside, RFC 3339 in UTC with milliseconds on the wire.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// Milliseconds since the unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }

    /// The start of the hour this moment lies in, UTC.
    pub const fn hour(self) -> Self {
        Self(self.0.div_euclid(HOUR) * HOUR)
    }

    /// The start of the calendar month this moment lies in, UTC.
    pub fn month(self) -> Self {
        let day = jiff::tz::Offset::UTC.to_datetime(self.jiff()).date();
        Self::start_of(day.first_of_month())
    }

    /// The start of the month after it, UTC.
    pub fn next_month(self) -> Self {
        let day = jiff::tz::Offset::UTC.to_datetime(self.jiff()).date();
        day.last_of_month().tomorrow().map_or(self, Self::start_of)
    }

    /// The start of the month that `2026-11` names, UTC.
    pub fn parse_month(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
        let year = year.parse().ok().filter(|year| (1970..=9000).contains(year))?;
        Some(Self::start_of(jiff::civil::Date::new(year, month.parse().ok()?, 1).ok()?))
    }

    /// The beginning of a day, UTC, written `2027-01-31`.
    pub fn of_day(text: &str) -> Option<Self> {
        text.parse().ok().map(Self::start_of)
    }

    fn start_of(day: jiff::civil::Date) -> Self {
        let start = jiff::tz::Offset::UTC.to_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
        Self(start.map_or(0, jiff::Timestamp::as_millisecond))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// For headers (RFC 9110): `Sat, 21 Nov 2026 21:32:58 GMT`.
    pub fn http_date(self) -> String {
        self.jiff().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// For people: `21 Nov 2026, 21:32:58`.
    pub fn long(self) -> String {
        self.jiff().strftime("%-d %b %Y, %H:%M:%S").to_string()
    }

    /// For people, short: `21 Nov, 21:32`.
    pub fn short(self) -> String {
        self.jiff().strftime("%-d %b, %H:%M").to_string()
    }

    /// For people, only the day: `21 Nov 2026`.
    pub fn day(self) -> String {
        self.jiff().strftime("%-d %b %Y").to_string()
    }

    /// For people, only the month: `November 2026`.
    pub fn month_name(self) -> String {
        self.jiff().strftime("%B %Y").to_string()
    }

    /// For chart axes: `21:00`.
    pub fn clock(self) -> String {
        self.jiff().strftime("%H:%M").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.jiff().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        Ok(Self(text.parse::<jiff::Timestamp>()?.as_millisecond()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        // What the reader missed says less than what it wants.
        text.parse().map_err(|_| "a time is written as 2026-11-21T22:00:00Z")
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> String {
        at.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_over_the_wire_as_rfc_3339_utc_with_milliseconds() {
        let at = Timestamp(1_763_760_778_042);
        assert_eq!(at.to_string(), "2025-11-21T21:32:58.042Z");
        assert_eq!("2025-11-21T22:32:58.042+01:00".parse::<Timestamp>().unwrap(), at);
        assert_eq!(Timestamp(784_111_777_000).http_date(), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn an_hour_begins_on_the_hour_also_before_1970() {
        assert_eq!(Timestamp(HOUR + 1).hour(), Timestamp(HOUR));
        assert_eq!(Timestamp(-1).hour(), Timestamp(-HOUR));
    }
    #[test]
    fn a_month_begins_at_midnight_utc_and_ends_where_the_next_begins() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (inside, start, next) in [
            ("2026-11-21T21:32:58.042Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        ] {
            assert_eq!((at(inside).month(), at(inside).next_month()), (at(start), at(next)), "{inside}");
        }
        assert_eq!(Timestamp::parse_month("2026-11"), Some(at("2026-11-01T00:00:00Z")));
        for bad in ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "2026-11-01", "-026-11", "+026-11"] {
            assert_eq!(Timestamp::parse_month(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_moment_and_its_whole_hour_are_in_one_month(ms in 0i64..7_258_118_400_000) {
            let at = Timestamp(ms);
            let (start, end) = (at.month(), at.next_month());
            proptest::prop_assert!(start <= at && at < end);
            proptest::prop_assert_eq!((start.month(), end.month(), end.plus(-1).month()), (start, end, start));
            // The ledger is kept by the hour, and months are summed from it.
            proptest::prop_assert!(at.hour() >= start && at.hour().plus(HOUR) <= end);
            proptest::prop_assert!((28 * DAY..=31 * DAY).contains(&(end.0 - start.0)));
        }
    }
}
