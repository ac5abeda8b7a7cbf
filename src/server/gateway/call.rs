//! What the steps learn about a call, for those that come after.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, USER_AGENT};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method};

use super::quota::{Charge, Held};
use super::{request_id, source_ip};
use crate::server::journal::LIMITS;
use crate::server::keys::{KeyEntry, KeyTerms};
use crate::server::products::{Operation, Product};
use crate::server::shared::Verdict;
use crate::server::{App, random};
use crate::types::environment::Environment;
use crate::types::id::RequestId;
use crate::types::log::AnsweredBy;
use crate::types::product::PLATFORM;
use crate::types::time::Timestamp;

pub struct Call {
    /// Empty once it has been handed to a handler.
    pub request: Request,
    pub request_id: RequestId,
    /// The caller's own `X-Request-Id`, if well-formed.
    pub client_request_id: Option<String>,
    pub began: Instant,
    pub now: Timestamp,
    pub now_us: i64,
    pub method: Method,
    /// What the request line asks for.
    pub target: Option<PathAndQuery>,
    pub user_agent: Option<HeaderValue>,
    pub request_bytes: u64,
    pub source_ip: IpAddr,
    pub key: Option<Arc<KeyEntry>>,
    /// What holds for the key's calls to what is called; as for the platform where that is unknown.
    pub terms: Option<Arc<KeyTerms>>,
    /// None for the platform's own API, and where there is no such product.
    pub product: Option<Arc<Product>>,
    pub operation: Option<Arc<Operation>>,
    /// The origin of the page that calls, where the product allows it.
    pub origin: Option<HeaderValue>,
    /// In the order their names stand in `RateLimit`.
    pub limits: Option<[Verdict; LIMITS]>,
    /// What is held of the quota while the call is under way, and what its answer is charged.
    pub quota: Held,
    pub charge: Charge,
    /// Microseconds spent before the handler, in it, and until it has answered: none where it was not asked.
    pub checks_us: u32,
    pub handler_us: u32,
    pub latency_us: Option<u32>,
    pub answered_by: AnsweredBy,
    /// Only to be told what it would come to.
    pub is_dry_run: bool,
}

impl Call {
    /// A call whose connection came from `peer`.
    pub fn begin(app: &App, request: Request, peer: IpAddr) -> Self {
        let now_us = app.clock.now_us();
        let headers = request.headers();
        // What a caller declares is his word; no more than what would be read is believed.
        let declared: u64 = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0);
        Self {
            request_id: random::request_id(now_us),
            client_request_id: request_id::of_client(headers),
            began: Instant::now(),
            now: Timestamp(now_us / 1_000),
            now_us,
            method: request.method().clone(),
            target: request.uri().path_and_query().cloned(),
            user_agent: headers.get(USER_AGENT).cloned(),
            request_bytes: declared.min(app.config.limits.max_body_bytes as u64),
            source_ip: source_ip::of(app, peer, headers),
            key: None,
            terms: None,
            product: None,
            operation: None,
            origin: None,
            limits: None,
            quota: Held::default(),
            charge: Charge::default(),
            checks_us: 0,
            handler_us: 0,
            latency_us: None,
            answered_by: AnsweredBy::Gateway,
            is_dry_run: false,
            request,
        }
    }

    pub fn path(&self) -> &str {
        self.target.as_ref().map_or("/", PathAndQuery::path)
    }

    /// The product's id.
    pub fn product(&self) -> &str {
        self.product.as_ref().map_or(PLATFORM, |product| &product.id)
    }

    /// Microseconds since the call began.
    pub fn elapsed_us(&self) -> u32 {
        u32::try_from(self.began.elapsed().as_micros()).unwrap_or(u32::MAX)
    }

    /// Sandbox until a key says otherwise: what nobody can be billed for.
    pub fn environment(&self) -> Environment {
        self.key.as_ref().map_or(Environment::Sandbox, |key| key.environment)
    }
}
