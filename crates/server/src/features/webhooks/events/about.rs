//! What an event is about.

use tollgate_types::environment::Environment;
use tollgate_types::id::OrgId;

use crate::access::Permit;

/// The organisation and environment of an event, and its cause.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub org: &'a OrgId,
    /// `None` for an event without an environment.
    pub environment: Option<Environment>,
    /// The call or page request that caused it; empty if none did.
    pub request_id: &'a str,
}

impl<'a> About<'a> {
    /// For an action of the holder of `permit` in `environment`.
    pub fn act<P>(permit: &'a Permit<P>, environment: Environment) -> Self {
        Self {
            org: &permit.org,
            environment: Some(environment),
            request_id: permit.actor.request_id(),
        }
    }
}
