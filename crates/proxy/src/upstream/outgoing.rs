//! A call that is passed on to an upstream.

use std::error::Error as StdError;
use std::net::IpAddr;

use axum::extract::Request;
use futures::future::BoxFuture;
use tollgate_types::environment::Environment;
use tollgate_types::id::RequestId;
use tollgate_types::time::Timestamp;

/// Why an upstream did not respond, for the log.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// A call to an upstream.
pub struct Outgoing<'a> {
    pub request: Request,
    /// The part of the path after `/api/{product}`.
    pub path_and_query: &'a str,
    pub request_id: RequestId,
    pub org: &'a str,
    pub key_id: &'a str,
    pub environment: Environment,
    pub product: &'a str,
    pub operation: &'a str,
    pub source_ip: IpAddr,
    pub now: Timestamp,
    /// Must record the call before it can reach the upstream; `None` for a call that may be sent
    /// again.
    pub sending: Option<&'a dyn Sending>,
}

/// Records whether a call may have reached its upstream.
pub trait Sending: Send + Sync {
    /// Records that the call is about to be sent, before its first byte is sent.
    ///
    /// # Errors
    /// Fails if that cannot be written: then nothing is sent.
    fn begin(&self) -> BoxFuture<'_, Result<(), Cause>>;

    /// No byte was sent after all.
    fn take_back(&self);
}
