//! Calls to products: validated against the document if the product requires it, then sent to its
//! server, or to the mock if the sandbox has no server.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use tollgate_openapi::schemas::{Budget, Unsaid, with_budget, within_task};
use tollgate_openapi::validate::{self, ACCEPTED_ENCODINGS, Checked, Decoded, Found, Validator};
use tollgate_openapi::{mock, spec};
use tollgate_proxy::upstream::{self, Outgoing, Target};
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;
use tollgate_types::log::AnsweredBy;
use tollgate_types::product::Validation;
use tollgate_types::time::{SECOND, Timestamp};

use super::Call;
use super::idempotency::read_body;
use super::operation::split;
use crate::error::Problem;
use crate::products::{Operation, Product};
use crate::{App, Error, Result, offload};

const VALIDATION: HeaderName = HeaderName::from_static("tollgate-validation");
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");
/// The maximum number of faults in a header.
const NAMED_FAULTS: usize = 8;
/// Bytes of body and query that are validated on an async worker.
const MAX_INLINE: usize = 8 * 1024;

pub async fn handle(app: &App, call: &mut Call, product: &Arc<Product>) -> Result<Response> {
    let operation = call
        .operation
        .clone()
        .ok_or_else(|| anyhow::anyhow!("a permitted call has no operation"))?;
    let declared = operation.place.and_then(|place| product.spec.operations.get(place));
    let warning = match (product.settings().validation, declared) {
        (Validation::Off, _) | (_, None) => None,
        (mode, Some(declared)) => validate(app, call, product, declared, mode).await?,
    };
    let mut answer = match product.target(call.environment()) {
        Some(target) => forward(app, call, target, &operation).await?,
        None => respond_with_mock(app, call, product, declared).await?,
    };
    if let Some(warning) = warning {
        answer.headers_mut().insert(VALIDATION, warning);
    }
    add_deprecation_headers(declared, product, answer.headers_mut());
    Ok(answer)
}

async fn forward(
    app: &App,
    call: &mut Call,
    target: &Target,
    operation: &Operation,
) -> Result<Response> {
    call.answered_by = AnsweredBy::Upstream;
    let request = std::mem::take(&mut call.request);
    let Some(key) = &call.key else {
        return Err(anyhow::anyhow!("a permitted call has no key").into());
    };
    let whole = call.target.as_ref().map_or("", |target| target.as_str());
    // The part after the product's id; a bare id means the root.
    let rest =
        whole.get(super::operation::API.len() + operation.product.len()..).unwrap_or_default();
    let rooted = (!rest.starts_with('/')).then(|| format!("/{rest}"));
    let outgoing = Outgoing {
        request,
        path_and_query: rooted.as_deref().unwrap_or(rest),
        request_id: call.request_id,
        org: key.org.as_str(),
        key_id: key.id.as_str(),
        environment: key.environment,
        product: &operation.product,
        operation: &operation.id,
        source_ip: call.source_ip,
        now: call.now,
        sending: call.sending.as_deref(),
    };
    Ok(upstream::forward(&app.upstreams, target, outgoing).await?)
}

async fn respond_with_mock(
    app: &App,
    call: &mut Call,
    product: &Arc<Product>,
    declared: Option<&spec::Operation>,
) -> Result<Response> {
    call.answered_by = AnsweredBy::Mock;
    if declared.is_none() {
        return Err(Error::new(
            Code::NotFound,
            "The sandbox supports only paths that the product's document declares, and this path is not one of them.",
        ));
    }
    let delay = mock::delay(call.request.headers()).map_err(refused)?;
    let (headers, body) = take_body(app, call, product).await?;
    let body = plain(app, product, &headers, &body).await?;
    let key = call.key.as_ref().ok_or_else(|| anyhow::anyhow!("a permitted call has no key"))?;
    let MatchedRequest { path_params, query, place } = MatchedRequest::by(call, product);
    let (app, product, org) = (app.clone(), Arc::clone(product), key.org.as_str().to_owned());
    // Values are generated and checked until they match, which would block a worker for too long.
    let mocked = offload::MOCKS.run(move || {
        within_task(|| {
            let declared = place.and_then(|place| product.spec.operations.get(place))?;
            let matched = mock::Call {
                org: &org,
                product: &product.id,
                path_params: &path_params,
                query: query.as_deref(),
                headers: &headers,
                body: &body,
            };
            Some(mock::respond(product.answers(), declared, &matched, &app.mocks))
        })
    });
    let mocked = mocked
        .await?
        .ok_or_else(|| anyhow::anyhow!("a declared operation has no place"))?
        .map_err(refused)?;
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    let mut answer = Response::builder().status(mocked.status);
    for (name, value) in mocked.headers {
        answer = answer.header(name, value);
    }
    if let Some(content_type) = mocked.content_type {
        answer = answer.header(CONTENT_TYPE, content_type);
    }
    Ok(answer.body(Body::from(mocked.body)).map_err(anyhow::Error::from)?)
}

fn refused(fault: mock::MockFault) -> Error {
    let errors = vec![FieldError::new(
        format!("header.{}", fault.header),
        "invalid_value",
        fault.message.clone(),
    )];
    Error::Problem(Box::new(Problem {
        code: Code::InvalidRequest,
        detail: fault.message,
        errors,
        retry_after: None,
        allow: None,
    }))
}

/// Validates the call. Faults refuse it, or are returned in a header; so are parts that could not
/// be checked.
async fn validate(
    app: &App,
    call: &mut Call,
    product: &Arc<Product>,
    declared: &spec::Operation,
    mode: Validation,
) -> Result<Option<HeaderValue>> {
    let (headers, body) = take_body(app, call, product).await?;
    let body = match plain(app, product, &headers, &body).await {
        Ok(body) => body,
        Err(error) if mode == Validation::Enforce || !matches!(error, Error::Problem(_)) => {
            return Err(error);
        }
        Err(_) => {
            let unsaid = [("body".to_owned(), Unsaid::Unreadable)];
            app.unchecked.record(&product.id, &declared.id, &unsaid, call.now);
            return Ok(not_checked(&unsaid));
        }
    };
    let found = check(MatchedRequest::by(call, product), product, declared, headers, body).await?;
    if !found.unsaid.is_empty() {
        app.unchecked.record(&product.id, &declared.id, &found.unsaid, call.now);
    }
    let faults = found.faults;
    match mode {
        _ if faults.is_empty() => Ok(not_checked(&found.unsaid)),
        Validation::Enforce
            if faults.iter().all(|fault| fault.code == "unsupported_media_type") =>
        {
            Err(Error::new(
                Code::UnsupportedMediaType,
                faults.first().map(|fault| fault.message.clone()).unwrap_or_default(),
            ))
        }
        Validation::Enforce => Err(Error::fields(faults)),
        Validation::Warn | Validation::Off => {
            let named: Vec<String> = faults
                .iter()
                .take(NAMED_FAULTS)
                .map(|fault| format!("{} {}", fault.location, fault.code))
                .collect();
            // A location may contain characters that headers do not allow.
            Ok(HeaderValue::try_from(named.join(", "))
                .or_else(|_| HeaderValue::try_from(format!("{} faults", faults.len())))
                .ok())
        }
    }
}

/// `body not_checked`: the document does not allow a decision about this call.
fn not_checked(unsaid: &[(String, Unsaid)]) -> Option<HeaderValue> {
    let named: Vec<String> =
        unsaid.iter().take(NAMED_FAULTS).map(|(place, _)| format!("{place} not_checked")).collect();
    if named.is_empty() {
        return None;
    }
    HeaderValue::try_from(named.join(", ")).or_else(|_| HeaderValue::try_from("not_checked")).ok()
}

/// The parts of a call that go to another thread for validation.
struct MatchedRequest {
    path_params: Vec<(String, String)>,
    query: Option<String>,
    /// The position of its operation in the document.
    place: Option<usize>,
}

impl MatchedRequest {
    fn by(call: &Call, product: &Product) -> Self {
        Self {
            path_params: product.params(&call.method, split(call.path()).1),
            query: call.target.as_ref().and_then(|target| target.query()).map(str::to_owned),
            place: call.operation.as_ref().and_then(|operation| operation.place),
        }
    }
}

/// On this worker if it takes few steps, as nearly all checks do; otherwise on a separate thread
/// with a larger budget.
async fn check(
    matched: MatchedRequest,
    product: &Arc<Product>,
    declared: &spec::Operation,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Found> {
    let MatchedRequest { path_params, query, place } = matched;
    let bytes = body.len() + query.as_ref().map_or(0, String::len);
    let validate = move |validator: &Validator, declared: &spec::Operation| {
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let checked = Checked {
            path_params: &path_params,
            query: query.as_deref(),
            headers: &headers,
            body: (!body.is_empty()).then_some((content_type, &body[..])),
        };
        validator.validate(declared, &checked)
    };
    if let Some(validator) = product.ready_validator().filter(|_| bytes <= MAX_INLINE) {
        let found = with_budget(Budget::inline(), || validate(validator, declared));
        if !found.is_over_budget() {
            return Ok(found);
        }
    }
    let product = Arc::clone(product);
    let found = offload::CHECKS.run(move || {
        let declared = place.and_then(|place| product.spec.operations.get(place))?;
        Some(with_budget(Budget::of_bytes(bytes), || validate(product.validator(), declared)))
    });
    Ok(found.await?.ok_or_else(|| anyhow::anyhow!("a declared operation has no place"))?)
}

/// The body without its encodings, as the document describes it.
async fn plain(app: &App, product: &Product, headers: &HeaderMap, body: &Bytes) -> Result<Bytes> {
    if !headers.contains_key(CONTENT_ENCODING) {
        return Ok(body.clone());
    }
    let limit = product.max_body_bytes(&app.config.limits);
    let (encoded, body) = (headers.clone(), body.clone());
    match offload::CHECKS.run(move || validate::decoded(&encoded, &body, limit)).await? {
        Decoded::Body(body) => Ok(body),
        Decoded::TooLarge => Err(Error::body_too_large(limit)),
        Decoded::Malformed => Err(Error::field(
            "header.Content-Encoding",
            "invalid_format",
            "The body is not compressed as this header states.",
        )),
        Decoded::Unknown => Err(Error::new(
            Code::UnsupportedMediaType,
            format!(
                "The body cannot be read to check it. Send it without `Content-Encoding`, or with one of {ACCEPTED_ENCODINGS}."
            ),
        )),
    }
}

/// The headers and the whole body, which stay with the call.
async fn take_body(app: &App, call: &mut Call, product: &Product) -> Result<(HeaderMap, Bytes)> {
    let (parts, body) = std::mem::take(&mut call.request).into_parts();
    let body = read_body(body, product.max_body_bytes(&app.config.limits)).await?;
    let headers = parts.headers.clone();
    call.request = Request::from_parts(parts, Body::from(body.clone()));
    Ok((headers, body))
}

/// When the operation, or the whole product, was deprecated (RFC 9745): for an operation, as far as
/// known, when the document first said so. And when it ends (RFC 8594): the earlier of two dates.
fn add_deprecation_headers(
    declared: Option<&spec::Operation>,
    product: &Product,
    headers: &mut HeaderMap,
) {
    let view = &product.view.view;
    let declared = declared.filter(|declared| declared.deprecated);
    let since =
        [declared.map(|_| product.version_at()), view.deprecated_at].into_iter().flatten().min();
    if let Some(value) = since
        .and_then(|since| HeaderValue::try_from(format!("@{}", since.0.div_euclid(SECOND))).ok())
    {
        headers.insert(DEPRECATION, value);
    }
    let sunset =
        declared.and_then(|declared| declared.sunset.as_deref()).and_then(Timestamp::of_day);
    let ends = [sunset, view.retires_at].into_iter().flatten().min();
    if let Some(value) = ends.and_then(|at| HeaderValue::try_from(at.http_date()).ok()) {
        headers.insert(SUNSET, value);
    }
}
