//! What a response is generated from, and what it consists of.

use http::HeaderMap;

use crate::mock::Seed;
use crate::mock::state::Store;
use crate::schemas::Schemas;
use crate::spec::{Operation, Response};

/// The status of the response to return: `429`.
pub const STATUS_HEADER: &str = "tollgate-mock-status";

/// Says in a response that its body does not match the document, and where.
pub const NOTE_HEADER: &str = "Tollgate-Mock-Note";

/// A call that was matched to an operation.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub org: &'a str,
    pub product: &'a str,
    /// By name, decoded.
    pub path_params: &'a [(String, String)],
    /// As it was sent, without `?`.
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockResponse {
    pub status: u16,
    /// Without `Content-Type`. Names and values are valid in HTTP.
    pub headers: Vec<(String, String)>,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// A header of the call requests something that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockFault {
    /// `Tollgate-Mock-Status`, `Tollgate-Mock-Delay` or `Prefer`.
    pub header: &'static str,
    /// What is wrong, and which values are allowed.
    pub message: String,
}

/// The inputs of one response.
pub struct ResponseContext<'a> {
    pub schemas: &'a Schemas,
    pub operation: &'a Operation,
    pub call: &'a Call<'a>,
    pub store: &'a Store,
    pub status: u16,
    pub response: &'a Response,
    pub seed: Seed,
}
