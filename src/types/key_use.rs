//! Who uses a key, and what of it: for handing over to a new key, and for taking away what is not needed.

use serde::{Deserialize, Serialize};

use super::scope::Scope;
use super::time::Timestamp;

/// A program that calls with a key, as far as its address and user agent tell programs apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub source_ip: String,
    pub user_agent: String,
    pub last_call: Timestamp,
    pub calls: u64,
}

/// Callers, the latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callers {
    pub data: Vec<Caller>,
    /// False where there were more calls than are looked at; the latest are.
    pub is_complete: bool,
}

/// Whether the calls of a rotated key have moved to the one that takes over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Those who called with the old key since the rotation began.
    pub callers: Callers,
    /// With the old key, since the rotation began.
    pub last_call: Option<Timestamp>,
    /// For so many whole hours there was no call with the old key; counted from the rotation at most.
    pub quiet_hours: u64,
    /// True once it was quiet for a day.
    pub is_safe: bool,
}

/// What a key may do, beside what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeUse {
    pub used: Vec<Scope>,
    pub unused: Vec<Scope>,
    /// The scopes that would have been enough; empty where that is all, or none at all.
    pub narrowed: Vec<Scope>,
    /// From when on calls were looked at.
    pub since: Timestamp,
    /// True where the key is younger than what would be looked at.
    pub is_since_made: bool,
}
