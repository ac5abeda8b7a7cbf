//! One script, one round trip: its arguments, and its result.

use std::sync::LazyLock;

use redis::{Cmd, Script, Value};
use tollgate_types::id::OrgId;
use tollgate_types::time::SECOND;

use super::pending::Update;
use crate::shared::counters::{COUNTERS, Counter, KEEP, Known, Outcome, Reading, Readings};
use crate::shared::gcra::Bucket;

pub static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("script.lua")));

/// The maximum of an amount, so that reservations stay below Redis' 2^63.
const MOST: u64 = 1 << 60;

/// The maximum of a sum in the database. Redis does not calculate with them.
const MOST_SUM: u64 = (1 << 62) - 1;

/// The prefix of the field with one journal's component. With a minute, it has that journal's
/// reservations.
pub fn field_of(journal: &str) -> String {
    format!("p{journal}")
}

/// The names of keys. In a cluster, all keys of a script must be in one slot, which the part in
/// braces determines.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    pub org: Option<&'a OrgId>,
    pub is_cluster: bool,
}

impl Keys<'_> {
    /// A bucket that belongs to no organisation is shared by all of them on a single server. In a
    /// cluster each organisation has its own.
    fn bucket(self, bucket: &Bucket) -> String {
        match self.org.filter(|_| bucket.of_org || self.is_cluster) {
            Some(org) => format!("tollgate:{{{org}}}:limit:{:016x}", bucket.id),
            None => format!("tollgate:limit:{:016x}", bucket.id),
        }
    }

    fn counter(self, id: u64) -> String {
        format!("tollgate:{{{}}}:parts:{id:016x}", self.org.map_or("", |org| org.as_str()))
    }
}

/// The arguments of the script.
pub struct ScriptCall<'a> {
    pub keys: Keys<'a>,
    /// Overrides Redis' own clock.
    pub now_us: Option<i64>,
    pub now_ms: i64,
    /// The [`field_of`] this instance's journal.
    pub own_field: &'a str,
    pub updates: &'a [Update],
    pub buckets: &'a [Bucket],
    pub counters: &'a [Option<Counter>],
}

impl ScriptCall<'_> {
    /// By the script's hash or, if Redis does not know it, with the script.
    pub fn command(&self, is_known: bool) -> Cmd {
        let mut cmd = if is_known { redis::cmd("EVALSHA") } else { redis::cmd("EVAL") };
        if is_known {
            cmd.arg(SCRIPT.get_hash());
        } else {
            cmd.arg(include_str!("script.lua"));
        }
        let counters = || self.counters.iter().flatten();
        cmd.arg(self.updates.len() + self.buckets.len() + counters().count());
        let updated = self.updates.iter().map(|update| self.keys.counter(update.id));
        let buckets = self.buckets.iter().map(|bucket| self.keys.bucket(bucket));
        for key in
            updated.chain(buckets).chain(counters().map(|counter| self.keys.counter(counter.id)))
        {
            cmd.arg(key);
        }
        match self.now_us {
            Some(now_us) => cmd.arg(now_us),
            None => cmd.arg(""),
        };
        cmd.arg(self.updates.len())
            .arg(self.buckets.len())
            .arg(counters().count())
            .arg(self.own_field);
        for update in self.updates {
            cmd.arg(update.own.min(MOST_SUM));
            match &update.others {
                Some(others) => {
                    cmd.arg((update.period_end - self.now_ms).clamp(SECOND, KEEP * 400) + KEEP)
                        .arg(others.len());
                    for (journal, part) in others {
                        cmd.arg(field_of(journal)).arg((*part).min(MOST_SUM));
                    }
                }
                None => drop(cmd.arg("")),
            }
            for (minute, amount) in update.back {
                cmd.arg(minute).arg(amount.min(MOST));
            }
        }
        for bucket in self.buckets {
            cmd.arg(bucket.interval_ns()).arg(bucket.window_ns());
        }
        for counter in counters() {
            cmd.arg(counter.amount.min(MOST));
            match counter.limit {
                Some(limit) => cmd.arg(limit),
                None => cmd.arg(""),
            };
        }
        cmd
    }

    /// Parses the result; `None` if it is not one of the script's.
    pub fn read<const N: usize>(&self, response: &Value) -> Option<ScriptReply<N>> {
        let Value::Array(values) = response else { return None };
        let mut values = values.iter();
        let taken = int(values.next()?)? == 1;
        let at_us = int(values.next()?)?;
        let mut debts = [0; N];
        for debt in &mut debts {
            *debt = int(values.next()?)?;
        }
        let (mut readings, mut known) = ([None; COUNTERS], [None; COUNTERS]);
        for (i, _) in self.counters.iter().enumerate().filter(|(_, counter)| counter.is_some()) {
            let outcome = match int(values.next()?)? {
                0 => Outcome::Unknown,
                1 => Outcome::Allowed,
                _ => Outcome::Reached,
            };
            readings[i] = Some(Reading { outcome, used: number(values.next()?)? });
            let found = Known {
                at_us,
                others: number(values.next()?)?,
                own: number(values.next()?)?,
                held: number(values.next()?)?,
            };
            known[i] = Some(found).filter(|_| outcome != Outcome::Unknown);
        }
        Some(ScriptReply { taken, minute: at_us / 60_000_000, debts, readings, known })
    }
}

pub struct ScriptReply<const N: usize> {
    pub taken: bool,
    /// The minute of Redis' clock in which it was reserved.
    pub minute: i64,
    /// What each bucket lacked before, in nanoseconds.
    pub debts: [i64; N],
    pub readings: Readings,
    pub known: [Option<Known>; COUNTERS],
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        // Several such sums may overflow together.
        Value::BulkString(bytes) => std::str::from_utf8(bytes)
            .ok()?
            .parse::<u128>()
            .ok()
            .map(|sum| u64::try_from(sum).unwrap_or(u64::MAX)),
        _ => None,
    }
}
