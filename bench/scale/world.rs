//! The objects of the database, and the ids and times that tables share.

use tollgate::types::id::{EndpointId, EventId, KeyId, OrgId, PlanId, UserId};
use tollgate::types::time::{DAY, HOUR, MINUTE, Timestamp};

/// The organisation with a large part of all data.
pub const GIANT: u64 = 0;
pub const PRODUCT: &str = "orders";
pub const OPERATIONS: [&str; 3] = ["listOrders", "createOrder", "getOrder"];
pub const METHODS: [&str; 3] = ["GET", "POST", "GET"];

pub struct World {
    pub orgs: u64,
    /// The end of the data, which is in the past.
    pub now: Timestamp,
}

/// Pseudo-random numbers that are the same each time (SplitMix64).
pub fn mix(kind: u64, i: u64) -> u64 {
    let mut z =
        (kind << 56 ^ i).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The id of an object that was created at this time.
pub fn id(at: Timestamp, kind: u64, i: u64) -> u128 {
    let (version, variant) = (7 << 76, 2 << 62);
    u128::from(at.0.unsigned_abs()) << 80 | version | variant | u128::from(mix(kind, i) >> 2)
}

impl World {
    /// The `i`th of `n` times, spread evenly over the last `days`.
    pub fn at(&self, i: u64, n: u64, days: i64) -> Timestamp {
        let span = i128::from(days * DAY);
        self.now.plus(-(days * DAY) + (span * i128::from(i) / i128::from(n.max(1))) as i64)
    }

    pub fn joined(&self, org: u64) -> Timestamp {
        self.at(org, self.orgs, 300).plus(-90 * DAY)
    }

    pub fn org(&self, i: u64) -> OrgId {
        OrgId::from(id(self.joined(i), 1, i))
    }

    pub fn user(&self, i: u64) -> UserId {
        UserId::from(id(self.joined(i), 2, i))
    }

    /// The giant has a tenth as many keys as there are organisations; all others have ten.
    pub fn keys(&self) -> u64 {
        self.giant_keys() + 10 * (self.orgs - 1)
    }

    pub fn giant_keys(&self) -> u64 {
        (self.orgs / 10).max(10)
    }

    /// The `i`th key of an organisation.
    pub fn key_of(&self, org: u64, i: u64) -> KeyId {
        let number = if org == GIANT {
            i % self.giant_keys()
        } else {
            self.giant_keys() + 10 * (org - 1) + i % 10
        };
        KeyId::from(id(self.joined(org).plus(MINUTE + (i % self.giant_keys()) as i64), 3, number))
    }

    pub fn org_of_key(&self, number: u64) -> (u64, u64) {
        match number.checked_sub(self.giant_keys()) {
            None => (GIANT, number),
            Some(rest) => (1 + rest / 10, rest % 10),
        }
    }

    /// Of ten numbered objects, `giant` belong to the giant.
    pub fn owner(&self, kind: u64, i: u64, giant: u64) -> u64 {
        if mix(kind, i) % 10 < giant {
            GIANT
        } else {
            1 + mix(kind, i) / 10 % (self.orgs - 1).max(1)
        }
    }

    pub fn endpoint(&self, org: u64) -> EndpointId {
        EndpointId::from(id(self.joined(org).plus(HOUR), 4, org))
    }

    pub fn event(&self, i: u64) -> (EventId, u64, Timestamp, &'static str, &'static str) {
        let (at, chance) = (self.at(i, self.events(), 90), mix(6, i) >> 32);
        let kind = match chance % 100_000 {
            0 => "key.revoked",
            1..1_000 => "invoice.paid",
            1_000..40_000 => "customer.updated",
            _ => "customer.created",
        };
        let environment = match chance / 100_000 % 100 {
            0 => "",
            1..30 => "sandbox",
            _ => "live",
        };
        (EventId::from(id(at, 6, i)), self.owner(7, i, 3), at, kind, environment)
    }

    pub fn events(&self) -> u64 {
        10 * self.orgs
    }

    pub fn plan(&self, is_default: bool) -> PlanId {
        PlanId::from(id(self.at(0, 1, 400), 8, is_default.into()))
    }
}
