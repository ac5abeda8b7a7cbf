//! Checks a receiver: sends valid and invalid deliveries, and evaluates the responses.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use serde_json::json;
use tokio::time::Instant;
use tollgate_types::environment::Environment;
use tollgate_types::event::EventType;
use tollgate_types::id::{EndpointId, EventId};
use tollgate_types::time::{MINUTE, Timestamp};
use tollgate_types::webhook_check::{CheckCase, CheckResult, ReceiverCheck};

use super::claim::{Target, target};
use super::destination::{self, ByHand};
use super::endpoints::find;
use super::events;
use super::secret::{Signed, WebhookSecret};
use super::send;
use crate::access::{ManageWebhooks, Permit};
use crate::{Base, Result, random};

/// Per delivery, including the slow one's pause: all of them must end within a call's deadline.
const DEADLINE: Duration = Duration::from_secs(7);
const PAUSE: Duration = Duration::from_secs(2);
/// The age of the stale delivery's signature: twice what receivers should accept.
const STALE: i64 = 10 * MINUTE;
/// By how much the reordered event is older than the first.
const OLDER: i64 = 2 * MINUTE;
const MAX_RESPONSE: usize = 1024;

/// Sends one delivery of each kind and returns the results. None of them is an event, and nothing
/// is stored.
pub async fn check_receiver(
    base: &Base,
    permit: &Permit<ManageWebhooks>,
    environment: Environment,
    id: &EndpointId,
    now: Timestamp,
) -> Result<ReceiverCheck> {
    destination::check_sender(base, permit).await?;
    let row = find(&base.db, permit, environment, id).await?;
    destination::take(base, permit, &row.url, ByHand::Check).await?;
    let target = target(base, &row, now)?;
    let first = Sample::new(id, environment, now)?;
    let mut results = Vec::new();
    for case in CheckCase::ALL {
        let other = match case {
            CheckCase::Duplicate => None,
            CheckCase::Reordered => Some(Sample::new(id, environment, now.plus(-OLDER))?),
            CheckCase::Good | CheckCase::BadSignature | CheckCase::Stale | CheckCase::Slow => {
                (case != CheckCase::Good).then(|| Sample::new(id, environment, now)).transpose()?
            }
        };
        let result = try_case(base, &target, case, other.as_ref().unwrap_or(&first)).await?;
        let is_there = result.status.is_some();
        results.push(result);
        if case == CheckCase::Good && !is_there {
            break;
        }
    }
    Ok(ReceiverCheck { is_right: results.iter().all(|result| result.is_right), results })
}

/// An event that never happened.
struct Sample {
    id: EventId,
    body: Bytes,
}

impl Sample {
    fn new(endpoint: &EndpointId, environment: Environment, at: Timestamp) -> Result<Self> {
        let id: EventId = random::id();
        let data = serde_json::to_string(
            &json!({ "endpoint_id": endpoint, "message": "This is a check of your receiver." }),
        )?;
        let body = events::body(
            id.as_str(),
            EventType::EndpointTest.as_str(),
            environment.as_str(),
            &data,
            at,
        );
        Ok(Self { id, body: body.into() })
    }
}

async fn try_case(
    base: &Base,
    target: &Target,
    case: CheckCase,
    sample: &Sample,
) -> Result<CheckResult> {
    let now = base.clock.now();
    let signed_at = if case == CheckCase::Stale { now.plus(-STALE) } else { now };
    let strange = [WebhookSecret::generate()];
    let secrets = if case == CheckCase::BadSignature { &strange[..] } else { &target.secrets };
    let signed = Signed::new(secrets, sample.id.as_str(), signed_at, &sample.body)?;
    let mut request =
        send::request(target, signed, sample.body.clone())?.map(|_| body(case, &sample.body));
    // Declared in advance, so that the slow one is not sent with chunked encoding.
    request.headers_mut().insert(CONTENT_LENGTH, sample.body.len().into());
    let began = Instant::now();
    let answered = base.outbound.send(request, MAX_RESPONSE, DEADLINE).await;
    let latency_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (status, error) = match answered {
        Ok(answer) => (Some(answer.status), String::new()),
        Err(failure) => (None, failure.to_string()),
    };
    // Only a rejection counts as one: a receiver that fails, or does not respond, may have accepted
    // it.
    let is_right = status.is_some_and(|status| {
        if case.is_to_be_accepted() { status.is_success() } else { status.is_client_error() }
    });
    Ok(CheckResult {
        case,
        is_right,
        status: status.map(|status| status.as_u16()),
        error,
        latency_ms,
    })
}

fn body(case: CheckCase, bytes: &Bytes) -> BoxBody<Bytes, Infallible> {
    if case != CheckCase::Slow {
        return Full::new(bytes.clone()).boxed();
    }
    let half = bytes.len() / 2;
    let halves = [(Duration::ZERO, bytes.slice(..half)), (PAUSE, bytes.slice(half..))];
    let frames = stream::unfold(halves.into_iter(), |mut halves| async move {
        let (pause, half) = halves.next()?;
        tokio::time::sleep(pause).await;
        Some((Ok(Frame::data(half)), halves))
    });
    StreamBody::new(frames).boxed()
}
