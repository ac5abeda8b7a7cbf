//! Points in time: unix milliseconds inside, RFC 3339 in UTC with milliseconds on the wire.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::number::plural;

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// Milliseconds since the unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }

    /// The start of its hour, UTC.
    pub const fn hour(self) -> Self {
        Self(self.0.div_euclid(HOUR) * HOUR)
    }

    /// The start of its day, UTC.
    pub const fn start_of_day(self) -> Self {
        Self(self.0.div_euclid(DAY) * DAY)
    }

    /// The start of its calendar month, UTC.
    pub fn month(self) -> Self {
        let day = jiff::tz::Offset::UTC.to_datetime(self.jiff()).date();
        Self::start_of(day.first_of_month())
    }

    /// The start of the next month, UTC.
    pub fn next_month(self) -> Self {
        let day = jiff::tz::Offset::UTC.to_datetime(self.jiff()).date();
        day.last_of_month().tomorrow().map_or(self, Self::start_of)
    }

    /// The start of a month that is written `2026-11`, UTC.
    pub fn parse_month(text: &str) -> Option<Self> {
        let (year, month) =
            text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
        let year = year.parse().ok().filter(|year| (1970..=9000).contains(year))?;
        Some(Self::start_of(jiff::civil::Date::new(year, month.parse().ok()?, 1).ok()?))
    }

    /// The start of a day that is written `2027-01-31`, UTC.
    pub fn of_day(text: &str) -> Option<Self> {
        text.parse().ok().map(Self::start_of)
    }

    fn start_of(day: jiff::civil::Date) -> Self {
        let start =
            jiff::tz::Offset::UTC.to_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
        Self(start.map_or(0, jiff::Timestamp::as_millisecond))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// For headers (RFC 9110): `Sat, 21 Nov 2026 21:32:58 GMT`.
    pub fn http_date(self) -> String {
        self.jiff().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// For people: `21 Nov 2026, 21:32:58 UTC`.
    pub fn long(self) -> String {
        self.jiff().strftime("%-d %b %Y, %H:%M:%S UTC").to_string()
    }

    /// For people, relative to `now`: `12 s ago`, `5 min ago`, `in 3 h`. Beyond 30 days, the date.
    pub fn relative(self, now: Self) -> String {
        let distance = now.0.abs_diff(self.0).cast_signed();
        let span = match distance {
            ..SECOND => return "just now".to_owned(),
            SECOND..MINUTE => format!("{} s", distance / SECOND),
            MINUTE..HOUR => format!("{} min", distance / MINUTE),
            HOUR..DAY => format!("{} h", distance / HOUR),
            _ if distance < 30 * DAY => {
                plural(distance.unsigned_abs() / DAY.unsigned_abs(), "day", "days")
            }
            _ => return self.day(),
        };
        if self > now { format!("in {span}") } else { format!("{span} ago") }
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
        // The parser's own message does not say which form is expected.
        text.parse().map_err(|_| "a time must be written as in 2026-11-21T22:00:00Z")
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
    fn an_age_has_one_unit_and_far_away_is_a_day() {
        let now = Timestamp(1_763_760_778_042);
        let cases = [
            (0, "just now"),
            (-12 * SECOND, "12 s ago"),
            (-59 * MINUTE, "59 min ago"),
            (-HOUR, "1 h ago"),
            (-DAY, "1 day ago"),
            (-29 * DAY, "29 days ago"),
            (-30 * DAY, "22 Oct 2025"),
            (5 * MINUTE, "in 5 min"),
            (3 * DAY, "in 3 days"),
            (60 * DAY, "20 Jan 2026"),
        ];
        for (distance, text) in cases {
            assert_eq!(now.plus(distance).relative(now), text);
        }
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
            assert_eq!(
                (at(inside).month(), at(inside).next_month()),
                (at(start), at(next)),
                "{inside}"
            );
        }
        assert_eq!(Timestamp::parse_month("2026-11"), Some(at("2026-11-01T00:00:00Z")));
        for bad in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "26-11",
            "2026-1",
            "2026-11-01",
            "-026-11",
            "+026-11",
        ] {
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
            // The ledger has one row per hour, and months are calculated from it.
            proptest::prop_assert!(at.hour() >= start && at.hour().plus(HOUR) <= end);
            proptest::prop_assert!((28 * DAY..=31 * DAY).contains(&(end.0 - start.0)));
        }
    }
}
