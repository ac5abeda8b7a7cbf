//! What the steps learn about a call, for later steps.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, USER_AGENT};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method};
use tollgate_proxy::upstream::Sending;
use tollgate_types::environment::Environment;
use tollgate_types::id::RequestId;
use tollgate_types::log::AnsweredBy;
use tollgate_types::product::PLATFORM;
use tollgate_types::time::Timestamp;

use super::quota::{CallCost, Held};
use super::{request_id, source_ip};
use crate::journal::LIMITS;
use crate::keys::{KeyEntry, KeyTerms};
use crate::products::{Operation, Product};
use crate::shared::Verdict;
use crate::{App, random};

pub struct Call {
    /// Empty after it was passed to a handler.
    pub request: Request,
    pub request_id: RequestId,
    /// The caller's own `X-Request-Id`, if well-formed.
    pub client_request_id: Option<String>,
    pub began: Instant,
    pub now: Timestamp,
    pub now_us: i64,
    pub method: Method,
    /// The target of the request line.
    pub target: Option<PathAndQuery>,
    pub user_agent: Option<HeaderValue>,
    pub request_bytes: u64,
    pub source_ip: IpAddr,
    pub key: Option<Arc<KeyEntry>>,
    /// The terms of the key for the called product; the platform's if that is unknown.
    pub terms: Option<Arc<KeyTerms>>,
    /// `None` for the platform's own API, and for unknown products.
    pub product: Option<Arc<Product>>,
    pub operation: Option<Arc<Operation>>,
    /// The origin of the calling page, if the product allows it.
    pub origin: Option<HeaderValue>,
    /// In the order of their names in `RateLimit`.
    pub limits: Option<[Verdict; LIMITS]>,
    /// The reserved part of the quota while the call is in progress, and the charge of its
    /// response.
    pub quota: Held,
    pub charge: CallCost,
    /// Microseconds before the handler, in it, and until its response: `None` if it was not called.
    pub checks_us: u32,
    pub handler_us: u32,
    pub latency_us: Option<u32>,
    pub answered_by: AnsweredBy,
    /// Only a dry run.
    pub is_dry_run: bool,
    /// Records whether the call may have reached its upstream, if it must not be sent twice.
    pub sending: Option<Arc<dyn Sending>>,
}

impl Call {
    /// A call on a connection from `peer`.
    pub fn begin(app: &App, request: Request, peer: IpAddr) -> Self {
        let now_us = app.clock.now_us();
        let headers = request.headers();
        // The declared length is only a claim; no more than the maximum is believed.
        let declared: u64 = headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .unwrap_or(0);
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
            charge: CallCost::default(),
            checks_us: 0,
            handler_us: 0,
            latency_us: None,
            answered_by: AnsweredBy::Gateway,
            is_dry_run: false,
            sending: None,
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

    /// Microseconds since the start of the call.
    pub fn elapsed_us(&self) -> u32 {
        u32::try_from(self.began.elapsed().as_micros()).unwrap_or(u32::MAX)
    }

    /// Sandbox until a key says otherwise: nobody can be billed for it.
    pub fn environment(&self) -> Environment {
        self.key.as_ref().map_or(Environment::Sandbox, |key| key.environment)
    }
}
