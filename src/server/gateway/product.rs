//! Calls to products: checked against the document where the product wants that, then answered by its server, or by
//! the mock where the sandbox has none.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::Call;
use super::idempotency::read_body;
use super::operation::split;
use crate::server::error::Problem;
use crate::server::products::{Operation, Product};
use crate::server::upstream::{self, Outgoing, Target};
use crate::server::validate::Checked;
use crate::server::{App, Error, Result, mock, spec};
use crate::types::code::Code;
use crate::types::error::FieldError;
use crate::types::log::AnsweredBy;
use crate::types::product::Validation;
use crate::types::time::{SECOND, Timestamp};

const VALIDATION: HeaderName = HeaderName::from_static("tollgate-validation");
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");
/// Faults that are named in a header.
const NAMED_FAULTS: usize = 8;

pub async fn handle(app: &App, call: &mut Call, product: &Product) -> Result<Response> {
    let operation = call.operation.clone().ok_or_else(|| anyhow::anyhow!("a permitted call has no operation"))?;
    let declared = operation.place.and_then(|place| product.spec.operations.get(place));
    let warning = match (product.settings().validation, declared) {
        (Validation::Off, _) | (_, None) => None,
        (mode, Some(declared)) => validate(app, call, product, declared, mode).await?,
    };
    let mut answer = match product.target(call.environment()) {
        Some(target) => forward(app, call, target, &operation).await?,
        None => answer_by_mock(app, call, product, declared).await?,
    };
    if let Some(warning) = warning {
        answer.headers_mut().insert(VALIDATION, warning);
    }
    if let Some(declared) = declared.filter(|declared| declared.deprecated) {
        tell_deprecation(declared, product.version_at(), answer.headers_mut());
    }
    Ok(answer)
}

async fn forward(app: &App, call: &mut Call, target: &Target, operation: &Operation) -> Result<Response> {
    call.answered_by = AnsweredBy::Upstream;
    let request = std::mem::take(&mut call.request);
    let Some(key) = &call.key else { return Err(anyhow::anyhow!("a permitted call has no key").into()) };
    let whole = call.target.as_ref().map_or("", |target| target.as_str());
    // What follows the product's id; a bare id is its root.
    let rest = whole.get(super::operation::API.len() + operation.product.len()..).unwrap_or_default();
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
    };
    upstream::forward(&app.upstreams, target, outgoing).await
}

async fn answer_by_mock(app: &App, call: &mut Call, product: &Product, declared: Option<&spec::Operation>) -> Result<Response> {
    call.answered_by = AnsweredBy::Mock;
    let Some(declared) = declared else {
        return Err(Error::new(Code::NotFound, "The sandbox has only what the product's document declares, and this path is not in it."));
    };
    let delay = mock::delay(call.request.headers()).map_err(refused)?;
    let (headers, body) = take_body(app, call, product).await?;
    let key = call.key.as_ref().ok_or_else(|| anyhow::anyhow!("a permitted call has no key"))?;
    let params = product.params(&call.method, split(call.path()).1);
    let asked = mock::Call {
        org: key.org.as_str(),
        product: &product.id,
        path_params: &params,
        query: call.target.as_ref().and_then(|target| target.query()),
        headers: &headers,
        body: &body,
    };
    let mocked = mock::answer(product.answers(), declared, &asked, &app.mocks).map_err(refused)?;
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
    let errors = vec![FieldError::new(format!("header.{}", fault.header), "invalid_value", fault.message.clone())];
    Error::Problem(Box::new(Problem { code: Code::InvalidRequest, detail: fault.message, errors, retry_after: None, allow: None }))
}

/// Checks the call. Its faults refuse it, or come back as a header for its answer.
async fn validate(
    app: &App,
    call: &mut Call,
    product: &Product,
    declared: &spec::Operation,
    mode: Validation,
) -> Result<Option<HeaderValue>> {
    let (headers, body) = take_body(app, call, product).await?;
    let params = product.params(&call.method, split(call.path()).1);
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let checked = Checked {
        path_params: &params,
        query: call.target.as_ref().and_then(|target| target.query()),
        headers: &headers,
        body: (!body.is_empty()).then_some((content_type, &body[..])),
    };
    let faults = product.validator().validate(declared, &checked);
    match mode {
        _ if faults.is_empty() => Ok(None),
        Validation::Enforce if faults.iter().all(|fault| fault.code == "unsupported_media_type") => {
            Err(Error::new(Code::UnsupportedMediaType, faults.first().map(|fault| fault.message.clone()).unwrap_or_default()))
        }
        Validation::Enforce => Err(Error::fields(faults)),
        Validation::Warn | Validation::Off => {
            let named: Vec<String> = faults.iter().take(NAMED_FAULTS).map(|fault| format!("{} {}", fault.location, fault.code)).collect();
            // A place may be named in letters that no header has.
            Ok(HeaderValue::try_from(named.join(", ")).or_else(|_| HeaderValue::try_from(format!("{} faults", faults.len()))).ok())
        }
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

/// Since when it is deprecated (RFC 9745): as far as is known, since the document says so. And when it ends (RFC 8594).
fn tell_deprecation(declared: &spec::Operation, since: Timestamp, headers: &mut HeaderMap) {
    if let Ok(value) = HeaderValue::try_from(format!("@{}", since.0.div_euclid(SECOND))) {
        headers.insert(DEPRECATION, value);
    }
    let sunset = declared.sunset.as_deref().and_then(Timestamp::of_day);
    if let Some(value) = sunset.and_then(|at| HeaderValue::try_from(at.http_date()).ok()) {
        headers.insert(SUNSET, value);
    }
}
