//! Callers and scopes that a key uses: for rotating it, and for removing unused scopes.

use serde::{Deserialize, Serialize};

use super::scope::Scope;
use super::time::Timestamp;

/// A program that calls with a key, identified by its address and user agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub source_ip: String,
    pub user_agent: String,
    pub last_call: Timestamp,
    pub calls: u64,
}

/// Callers, latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callers {
    pub data: Vec<Caller>,
    /// False if only the latest calls were read.
    pub is_complete: bool,
}

/// Whether callers of a rotated key have moved to the new key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Callers with the old key since the rotation.
    pub callers: Callers,
    /// Last call with the old key since the rotation.
    pub last_call: Option<Timestamp>,
    /// Full hours without a call with the old key, since the rotation at most.
    pub quiet_hours: u64,
    /// True after 24 hours without a call.
    pub is_safe: bool,
}

/// Scopes of a key that were used and that were not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeUse {
    pub used: Vec<Scope>,
    pub unused: Vec<Scope>,
    /// Narrower scopes that would have been enough. Empty if there are none.
    pub narrowed: Vec<Scope>,
    /// Start of the period in which calls were read.
    pub since: Timestamp,
    /// True if the key was created within this period.
    pub is_since_made: bool,
}
